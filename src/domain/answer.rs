//! What a shopper answered: wire shapes, checks, and what roll-ups count.
//!
//! Too few choices, too short a text and half a matrix pass: asking for more is the page's part, and an answer on the
//! way is still an answer. What could not have been given on the page is refused.

pub mod form;
mod read;
mod stored;
mod words;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    survey::{OTHER, Question},
    words::words,
};

pub use read::{check, is_email};
pub use stored::{CONSENT, from_stored};
pub use words::in_words;

/// Longest text, in characters.
pub const MAX_TEXT: usize = 5000;

/// An answer that fits its question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// One choice.
    Choice {
        /// Its key.
        key: String,
        /// What was written beside `other`.
        other: Option<String>,
    },
    /// Several choices, in the order they were given.
    Choices {
        /// Their keys, each once.
        keys: Vec<String>,
        /// What was written beside `other`.
        other: Option<String>,
    },
    /// A point on a scale.
    Number(i64),
    /// A text, trimmed and not empty.
    Text(String),
    /// A mail address.
    Email {
        /// As it was written.
        email: String,
        /// Whether the box for marketing mail was ticked.
        consent: bool,
    },
    /// Keys of choices, the best first.
    Ranking(Vec<String>),
    /// Row → choice.
    Matrix(BTreeMap<String, String>),
    /// Taken back: the question counts as not answered.
    Withdrawn,
}

words! {
    /// Why an answer is refused.
    pub enum Reason {
        UnknownChoice = "unknown_choice",
        WrongAnswerType = "wrong_answer_type",
        AnswerOutOfRange = "answer_out_of_range",
    }
}

/// An answer that does not fit its question.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// The stable code.
    pub reason: Reason,
    /// The question and what is wrong, for whoever debugs a page.
    pub detail: String,
}

impl Answer {
    /// The wire shape, which [`check`] reads again.
    pub fn to_value(&self) -> Value {
        let with_other = |mut shape: Value, other: &Option<String>| {
            if let Some(other) = other {
                shape[OTHER] = json!(other);
            }
            shape
        };
        match self {
            Self::Choice { key, other } => with_other(json!({"choice": key}), other),
            Self::Choices { keys, other } => with_other(json!({"choices": keys}), other),
            Self::Number(number) => json!({"number": number}),
            Self::Text(text) => json!({"text": text}),
            Self::Email { email, consent } => json!({"email": email, "consent": consent}),
            Self::Ranking(keys) => json!({"ranking": keys}),
            Self::Matrix(cells) => json!({"matrix": cells}),
            Self::Withdrawn => json!({}),
        }
    }

    /// What rules compare: a key, a number, a text, or a list; cells of a matrix are `row:choice`.
    pub fn fact(&self) -> Value {
        match self {
            Self::Choice { key, .. } => json!(key),
            Self::Choices { keys, .. } | Self::Ranking(keys) => json!(keys),
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
            Self::Email { email, .. } => json!(email),
            Self::Matrix(cells) => cells.iter().map(|(row, choice)| format!("{row}:{choice}")).collect(),
            Self::Withdrawn => Value::Null,
        }
    }

    /// An empty list is no answer.
    fn or_withdrawn(self) -> Self {
        let empty = match &self {
            Self::Choices { keys, .. } | Self::Ranking(keys) => keys.is_empty(),
            Self::Matrix(cells) => cells.is_empty(),
            _ => false,
        };
        if empty { Self::Withdrawn } else { self }
    }
}

/// The values to count in roll-ups: keys of choices, `~other`, `9`, `~text`, `key:rank` and `row:choice`.
///
/// A key never holds `~` or `:`, so none of them can be mistaken for another.
pub fn tallies(question: &Question, answer: &Answer) -> Vec<String> {
    let tally = |key: &String| if question.other && key == OTHER { "~other".to_owned() } else { key.clone() };
    match answer {
        Answer::Choice { key, .. } => vec![tally(key)],
        Answer::Choices { keys, .. } => keys.iter().map(tally).collect(),
        Answer::Number(number) => vec![number.to_string()],
        Answer::Text(_) | Answer::Email { .. } => vec!["~text".to_owned()],
        Answer::Ranking(keys) => keys.iter().enumerate().map(|(at, key)| format!("{key}:{}", at + 1)).collect(),
        Answer::Matrix(cells) => cells.iter().map(|(row, choice)| format!("{row}:{choice}")).collect(),
        Answer::Withdrawn => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
