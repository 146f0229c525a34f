//! The survey document: one shape for the database, the API, files and the editor. [`Survey::parse`] is the way in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Ending, Frequency, Placement, Question, Trigger};
use crate::domain::{gates::Answered, schedule::Schedule, targeting::Targeting, words::words};

words! {
    /// What a survey is for.
    #[derive(Default)]
    pub enum Kind {
        /// Asks who is about to leave.
        ExitIntent = "exit_intent",
        /// Asks who just ordered.
        PostPurchase = "post_purchase",
        /// Asks anywhere in the store.
        #[default]
        OnSite = "on_site",
        /// Opens from a link in a mail or a QR code.
        Link = "link",
    }
}

/// A whole survey, checked, with every default filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Its stable name within the site.
    pub key: String,
    /// What it is for.
    pub kind: Kind,
    /// What the owner calls it.
    pub name: String,
    /// Language of its own texts, `en` or `de-AT`.
    #[serde(default = "english")]
    pub locale: String,
    /// How it appears.
    pub placement: Placement,
    /// When it appears.
    pub trigger: Trigger,
    /// To whom; to everyone when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting: Option<Targeting>,
    /// How often.
    #[serde(default)]
    pub frequency: Frequency,
    /// From when until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// How many answers are wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// Share of visitors it may be shown to, 0 to 1.
    #[serde(default = "one")]
    pub sample: f64,
    /// The highest goes first among the surveys of one trigger.
    #[serde(default)]
    pub priority: i64,
    /// Whether a known customer is asked one question after another, each at another order ([`crate::domain::stream`]).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stream: bool,
    /// In the order in which they are asked, unless a rule leads elsewhere.
    pub questions: Vec<Question>,
    /// What is shown at the end.
    #[serde(default)]
    pub endings: Vec<Ending>,
    /// Texts in other languages: locale → path of the text → text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: BTreeMap<String, BTreeMap<String, String>>,
    /// Colours and corners.
    #[serde(default)]
    pub theme: Theme,
    /// Share of visitors who see nothing and are only counted, 0 to 1.
    #[serde(default)]
    pub holdout: f64,
    /// Versions to be compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Variant>,
}

impl Survey {
    /// The document as JSON, with all defaults written out.
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a survey has text keys and finite numbers only")
    }

    /// The question with this key.
    pub fn question(&self, key: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.key == key)
    }
}

/// When enough was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Responses in all.
    pub responses: u64,
    /// Responses on one day of the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u64>,
}

impl Quota {
    /// Whether enough have answered.
    pub fn is_full(&self, answered: Answered) -> bool {
        let full = |limit: u64, n: i64| n >= i64::try_from(limit).unwrap_or(i64::MAX);
        full(self.responses, answered.all) || self.per_day.is_some_and(|limit| full(limit, answered.today))
    }
}

/// Looks; what is absent comes from the site's theme.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// Buttons and marks, `#0b6e4f`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accent: Option<String>,
    /// Background.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<String>,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A font family; `inherit` takes the page's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub font: Option<String>,
    /// Roundness of corners in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<u8>,
    /// Light or dark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// Rules of the store's own, put after ours inside the shadow root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
}

impl Theme {
    /// What is left open here, as another theme has it.
    pub fn or(self, other: &Self) -> Self {
        let text = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            accent: text(self.accent, &other.accent),
            background: text(self.background, &other.background),
            text: text(self.text, &other.text),
            font: text(self.font, &other.font),
            radius: self.radius.or(other.radius),
            scheme: self.scheme.or(other.scheme),
            css: text(self.css, &other.css),
        }
    }
}

words! {
    /// Light or dark.
    pub enum Scheme {
        /// As the shopper's device has it.
        Auto = "auto",
        Light = "light",
        Dark = "dark",
    }
}

/// One arm of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// Its stable name within the survey.
    pub key: String,
    /// Its share relative to the other variants' weights.
    #[serde(default = "one")]
    pub weight: f64,
    /// What differs from the document, as a JSON merge patch (RFC 7396).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub patch: Map<String, Value>,
}

fn english() -> String {
    "en".to_owned()
}

fn one() -> f64 {
    1.0
}
