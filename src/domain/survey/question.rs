//! Questions, what leads from one to the next, and endings.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    duration::Span,
    targeting::{Op, Targeting},
    words::words,
};

words! {
    /// How a question is asked and answered.
    pub enum QuestionType {
        SingleChoice = "single_choice",
        MultiChoice = "multi_choice",
        Dropdown = "dropdown",
        /// 0 to 10.
        Nps = "nps",
        /// 1 to 5.
        Csat = "csat",
        /// 1 to 7.
        Ces = "ces",
        /// 1 to `max`.
        Rating = "rating",
        ShortText = "short_text",
        LongText = "long_text",
        Email = "email",
        Ranking = "ranking",
        ImageChoice = "image_choice",
        /// One choice for each row.
        Matrix = "matrix",
        /// Only read.
        Statement = "statement",
    }
}

/// A question. Which fields beyond the first few it may have depends on its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// Its stable name within the survey.
    pub key: String,
    /// How it is asked.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// The question itself.
    pub prompt: String,
    /// A smaller text below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Whether it must be answered before the next.
    #[serde(default)]
    pub required: bool,
    /// Choices; for a matrix its columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Rows of a matrix.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Choice>,
    /// Whether choices (of a matrix: rows) appear in a random order.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shuffle: bool,
    /// Whether a last choice, with the key `other`, asks for a text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other: bool,
    /// Fewest choices, or characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// Most choices, or characters, or the top of a rating. Several images may be chosen if it is more than 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// How a scale is drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<ScaleStyle>,
    /// Label of a scale's low end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<String>,
    /// Label of a scale's high end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<String>,
    /// Example in an empty field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Label of a box that allows marketing mail; no box when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
    /// In a stream: how long an answer stays true; for ever, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid: Option<Span>,
    /// In a stream: when it need not be asked, because the order or the customer's record says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unless: Option<Targeting>,
    /// Where to go from here; the first that holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<Jump>,
}

words! {
    /// How a scale is drawn.
    pub enum ScaleStyle {
        Stars = "stars",
        Faces = "faces",
        Numbers = "numbers",
    }
}

/// Key of the choice that asks for a text.
pub const OTHER: &str = "other";

impl QuestionType {
    /// Lowest and highest number of a scale, with the `max` of its question; `None` for other types.
    pub fn scale(self, max: Option<u32>) -> Option<(u32, u32)> {
        match self {
            Self::Nps => Some((0, 10)),
            Self::Csat => Some((1, 5)),
            Self::Ces => Some((1, 7)),
            Self::Rating => Some((1, max.unwrap_or(5))),
            _ => None,
        }
    }
}

impl Question {
    /// Lowest and highest number of a scale; `None` for other questions.
    pub fn scale(&self) -> Option<(i64, i64)> {
        let (low, high) = self.kind.scale(self.max)?;
        Some((low.into(), high.into()))
    }

    /// Whether several choices may be taken at once.
    pub fn takes_several(&self) -> bool {
        match self.kind {
            QuestionType::MultiChoice => true,
            QuestionType::ImageChoice => self.max.is_some_and(|max| max > 1),
            _ => false,
        }
    }

    /// Whether it has a choice with this key, `other` included.
    pub fn has_choice(&self, key: &str) -> bool {
        (self.other && key == OTHER) || self.choices.iter().any(|choice| choice.key == key)
    }
}

/// A choice, or a row of a matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its stable name within the question.
    pub key: String,
    /// What the shopper reads.
    pub label: String,
    /// Address of its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Whether it keeps its place at the end when the others are shuffled.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

/// Leads to another question or an ending.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Jump {
    /// When; always, when absent.
    #[serde(default, rename = "if", skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Key of a question or an ending, or `end`.
    pub go: String,
}

/// A comparison of an answer with a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Key of the question.
    pub answer: String,
    /// How they are compared.
    pub op: Op,
    /// With what; `exists` may do without.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
}

/// What is shown at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Its stable name within the survey.
    pub key: String,
    /// Headline.
    pub title: String,
    /// Text below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A coupon to give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<Coupon>,
    /// Where to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<Button>,
}

/// A coupon from a pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    /// Key of the pool.
    pub pool: String,
}

/// A button that leads to an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// Where it leads: `https://…`, `/path`, or a pipe such as `{{cart.url}}`.
    pub url: String,
}
