//! The flow document. [`Flow::parse`] is the way in.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::domain::{
    duration::{DAY, HOUR, Span},
    survey::Coupon,
    targeting::Targeting,
    words::words,
};

words! {
    /// What a flow begins with.
    pub enum Trigger {
        CartAbandoned = "cart.abandoned",
        ResponseCompleted = "response.completed",
        OrderCompleted = "order.completed",
        /// A low NPS, CSAT, CES or rating.
        ScoreLow = "score.low",
    }
}

impl Trigger {
    /// How late a step may be carried out, in milliseconds: a reminder of a cart is stale sooner than thanks for an order.
    pub const fn stale_after_ms(self) -> i64 {
        match self {
            Self::CartAbandoned => 12 * HOUR,
            _ => 3 * DAY,
        }
    }
}

words! {
    /// What ends a flow before its time.
    pub enum StopEvent {
        OrderCompleted = "order.completed",
        CartEmptied = "cart.emptied",
        ResponseCompleted = "response.completed",
        Unsubscribed = "unsubscribed",
    }
}

impl StopEvent {
    /// What ends flows of this kind unless their document says otherwise.
    pub fn defaults(on: Trigger) -> Vec<Self> {
        match on {
            Trigger::CartAbandoned => vec![Self::OrderCompleted, Self::CartEmptied, Self::Unsubscribed],
            _ => vec![Self::Unsubscribed],
        }
    }
}

/// A whole flow, checked, with every default filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Its stable name within the site.
    pub key: String,
    /// What the owner calls it; the key, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it begins with.
    pub on: Trigger,
    /// Of which survey, where it begins with a response or a score; of any, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<String>,
    /// For whom; must hold again at every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Targeting>,
    /// In order.
    pub steps: Vec<Step>,
    /// What ends it before its time.
    pub stop_on: Vec<StopEvent>,
    /// When the same person may go through it again.
    #[serde(default)]
    pub re_entry: ReEntry,
    /// Share of people who get nothing and are only counted, 0 to 1.
    #[serde(default)]
    pub holdout: f64,
}

impl Flow {
    /// The document as JSON, with all defaults written out.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a flow has text keys and finite numbers only")
    }

    /// What the owner calls it.
    pub fn title(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.key)
    }

    /// Whether any of its steps is a mail.
    pub fn mails(&self) -> bool {
        self.steps.iter().any(|step| matches!(step.action, Action::Email { .. }))
    }

    /// When step `at` falls due, given when the one before it was done, skipped, or, for the first, when the flow began.
    pub fn due(&self, at: usize, before: i64) -> Option<i64> {
        self.steps.get(at).map(|step| before.saturating_add(step.after.ms()))
    }
}

/// One thing that a flow does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// How long after the step before it.
    #[serde(default = "at_once")]
    pub after: Span,
    /// What.
    #[serde(flatten)]
    pub action: Action,
    /// For whom; for all in the flow, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Targeting>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Sends a mail.
    Email {
        /// Key of the template.
        template: String,
        /// A coupon to give.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coupon: Option<Coupon>,
        /// Key of the survey that the mail leads to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        survey: Option<String>,
    },
    /// Only waits.
    Wait,
    /// Calls an endpoint.
    Webhook {
        /// Key of the endpoint.
        to: String,
    },
    /// Tells a connector.
    Notify {
        /// Key of the connector.
        to: String,
    },
}

impl Action {
    /// What the document writes as `do`.
    pub const TYPES: &[&str] = &["email", "wait", "webhook", "notify"];
}

/// When the same person may go through a flow again, counted from when they last entered it: `"30d"` or `"never"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReEntry {
    /// Once in a lifetime.
    Never,
    /// After so long.
    After(Span),
}

impl ReEntry {
    /// What the document writes for [`ReEntry::Never`].
    pub const NEVER: &str = "never";
}

impl Default for ReEntry {
    fn default() -> Self {
        Self::After(Span::days(30))
    }
}

impl fmt::Display for ReEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str(Self::NEVER),
            Self::After(span) => span.fmt(f),
        }
    }
}

impl Serialize for ReEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value == Self::NEVER {
            return Ok(Self::Never);
        }
        Span::deserialize(value).map(Self::After).map_err(de::Error::custom)
    }
}

fn at_once() -> Span {
    Span::days(0)
}
