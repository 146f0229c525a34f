//! When, how, and how often a survey appears.

use serde::{Deserialize, Serialize};

use super::Kind;
use crate::domain::{duration::Span, words::words};

/// How a survey appears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The form of it.
    #[serde(rename = "type")]
    pub form: Form,
    /// Where, for a slide-in or a bar; the first of [`Form::positions`] when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

words! {
    /// The form in which a survey appears.
    pub enum Form {
        /// Over the page, which waits.
        Modal = "modal",
        /// A card in a corner.
        SlideIn = "slide_in",
        /// A strip along an edge.
        Bar = "bar",
        /// In an element of the page.
        Inline = "inline",
    }
}

words! {
    /// A place on the screen.
    pub enum Position {
        BottomRight = "bottom-right",
        BottomLeft = "bottom-left",
        TopRight = "top-right",
        TopLeft = "top-left",
        Bottom = "bottom",
        Top = "top",
    }
}

impl Form {
    /// Where it may stand; the first is the default.
    pub const fn positions(self) -> &'static [Position] {
        match self {
            Self::Modal | Self::Inline => &[],
            Self::SlideIn => &[Position::BottomRight, Position::BottomLeft, Position::TopRight, Position::TopLeft],
            Self::Bar => &[Position::Bottom, Position::Top],
        }
    }
}

impl Placement {
    /// The usual one for this kind of survey.
    pub fn default_for(kind: Kind) -> Self {
        let form = match kind {
            Kind::ExitIntent => Form::Modal,
            Kind::PostPurchase | Kind::OnSite => Form::SlideIn,
            Kind::Link => Form::Inline,
        };
        Self { form, position: None }
    }
}

/// When a survey appears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Trigger {
    /// The shopper is about to leave.
    ExitIntent {
        /// Not before this many seconds on the page.
        #[serde(default = "five")]
        min_seconds: u32,
        /// What counts as leaving on a phone.
        #[serde(default = "every_sign")]
        mobile: Vec<MobileSign>,
    },
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
    /// The page reported an event of its own.
    Event {
        /// Its name.
        name: String,
    },
    /// Only when the page or a link opens it.
    Manual,
}

words! {
    /// Signs of leaving on a phone.
    pub enum MobileSign {
        /// A fast scroll up after reading.
        ScrollUp = "scroll_up",
        /// Nothing happens while the cart is filled.
        Idle = "idle",
        /// Back after the tab was hidden.
        Return = "return",
    }
}

impl Trigger {
    /// What the document writes as `type`.
    pub const TYPES: &[&str] = &["exit_intent", "order", "delay", "scroll", "event", "manual"];

    /// The usual one for this kind of survey.
    pub fn default_for(kind: Kind) -> Self {
        match kind {
            Kind::ExitIntent => Self::ExitIntent { min_seconds: five(), mobile: every_sign() },
            Kind::PostPurchase => Self::Order,
            Kind::OnSite => Self::Delay { seconds: 10 },
            Kind::Link => Self::Manual,
        }
    }

    /// The document's word for it. At most one survey is offered per word.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::ExitIntent { .. } => "exit_intent",
            Self::Order => "order",
            Self::Delay { .. } => "delay",
            Self::Scroll { .. } => "scroll",
            Self::Event { .. } => "event",
            Self::Manual => "manual",
        }
    }
}

fn five() -> u32 {
    5
}

fn every_sign() -> Vec<MobileSign> {
    vec![MobileSign::ScrollUp, MobileSign::Idle, MobileSign::Return]
}

words! {
    /// How often a survey is shown to one person.
    #[derive(Default)]
    pub enum Show {
        /// Once; for a post-purchase survey, once per order.
        #[default]
        Once = "once",
        /// At most `max_shows` times.
        Times = "times",
        /// Until it was answered, then again after `after_answer`.
        UntilAnswered = "until_answered",
        /// Again after each `gap`.
        Every = "every",
        /// Whenever the site's own rules allow it.
        Always = "always",
    }
}

/// How often one person may be asked this survey; the rules are in [`crate::domain::frequency`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frequency {
    /// The basic rule.
    pub show: Show,
    /// Never more shows than this, whatever the basic rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_shows: Option<u32>,
    /// Time between two shows of this survey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<Span>,
    /// Rest after an answer.
    pub after_answer: Span,
    /// Rest after a dismissal.
    pub after_dismiss: Span,
    /// Factor for each further dismissal in a row.
    pub backoff: f64,
}

impl Default for Frequency {
    fn default() -> Self {
        Self {
            show: Show::Once,
            max_shows: None,
            gap: None,
            after_answer: Span::days(90),
            after_dismiss: Span::days(30),
            backoff: 2.0,
        }
    }
}
