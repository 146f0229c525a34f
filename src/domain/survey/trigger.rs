//! The moment at which a survey appears.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::domain::words::words;

/// When a survey appears.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Trigger {
    /// The shopper is about to leave.
    ExitIntent(ExitIntent),
    /// An order was reported.
    Order,
    /// Some time on the page has passed.
    Delay {
        /// How much.
        seconds: u32,
    },
    /// The page was scrolled.
    Scroll {
        /// How far down, 1 to 100.
        percent: u8,
    },
    /// Something on the page was clicked.
    Click {
        /// What, as a CSS selector.
        selector: String,
    },
    /// The page was opened.
    PageView,
    /// The page reported an event of its own.
    Event {
        /// Its name.
        name: String,
    },
    /// Only when the page or a link opens it.
    Manual,
}

/// What counts as leaving, and how much of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExitIntent {
    /// Not before this many seconds on the page.
    pub min_seconds: u32,
    /// Whether a mouse that leaves through the top edge counts.
    pub desktop: bool,
    /// What counts on a phone.
    pub mobile: Vec<MobileSign>,
    /// How long the mouse must stay away, in milliseconds.
    pub dwell_ms: u32,
    /// How fast the mouse must leave, in pixels a millisecond.
    pub velocity: f64,
    /// How fast a scroll up must be, in pixels a second.
    pub scroll_speed: u32,
    /// How long a scroll up must be, in pixels.
    pub scroll_distance: u32,
    /// How far down the page must have been read before, in per cent.
    pub scroll_depth: u8,
    /// How long the tab must have been hidden, in seconds, for a return to count.
    pub hidden_seconds: u32,
    /// How long nothing must happen while the cart is filled, in seconds.
    pub idle_seconds: u32,
}

impl Default for ExitIntent {
    fn default() -> Self {
        Self {
            min_seconds: 5,
            desktop: true,
            mobile: vec![MobileSign::ScrollUp, MobileSign::Idle, MobileSign::Return],
            dwell_ms: 300,
            velocity: 0.3,
            scroll_speed: 1000,
            scroll_distance: 300,
            scroll_depth: 30,
            hidden_seconds: 5,
            idle_seconds: 40,
        }
    }
}

words! {
    /// Signs of leaving on a phone.
    pub enum MobileSign {
        /// A fast scroll up after reading.
        ScrollUp = "scroll_up",
        /// Nothing happens while the cart is filled; with a mouse, half as long again.
        Idle = "idle",
        /// Back after the tab was hidden.
        Return = "return",
    }
}

impl Trigger {
    /// What the document writes as `type`.
    pub const TYPES: &[&str] = &["exit_intent", "order", "delay", "scroll", "click", "page_view", "event", "manual"];

    /// The usual one for this kind of survey.
    pub fn default_for(kind: Kind) -> Self {
        match kind {
            Kind::ExitIntent => Self::ExitIntent(ExitIntent::default()),
            Kind::PostPurchase => Self::Order,
            Kind::OnSite => Self::Delay { seconds: 10 },
            Kind::Link => Self::Manual,
        }
    }

    /// The document's word for it. At most one survey is offered per word.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::ExitIntent(_) => "exit_intent",
            Self::Order => "order",
            Self::Delay { .. } => "delay",
            Self::Scroll { .. } => "scroll",
            Self::Click { .. } => "click",
            Self::PageView => "page_view",
            Self::Event { .. } => "event",
            Self::Manual => "manual",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_page_gets_has_every_field() {
        let stored: Trigger = serde_json::from_value(json!({"type": "exit_intent", "min_seconds": 3})).unwrap();
        assert_eq!(
            json!(stored),
            json!({
                "type": "exit_intent", "min_seconds": 3, "desktop": true, "mobile": ["scroll_up", "idle", "return"],
                "dwell_ms": 300, "velocity": 0.3, "scroll_speed": 1000, "scroll_distance": 300, "scroll_depth": 30,
                "hidden_seconds": 5, "idle_seconds": 40
            })
        );
    }

    #[test]
    fn each_type_reads_back_as_itself() {
        for name in Trigger::TYPES {
            let written = json!({"type": name, "seconds": 60, "percent": 50, "selector": "#help", "name": "viewed_size_guide"});
            let trigger: Trigger = serde_json::from_value(written).unwrap();
            assert_eq!(trigger.type_name(), *name);
            assert_eq!(serde_json::from_value::<Trigger>(json!(trigger)).unwrap(), trigger);
        }
    }
}
