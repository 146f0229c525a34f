//! An answer as a person reads it: with the labels they saw, not the keys.

use super::Answer;
use crate::domain::survey::{Choice, OTHER, Question};

/// The answer to this question in words; empty for one that was taken back.
pub fn in_words(question: &Question, answer: &Answer) -> String {
    let choice = |key: &str, other: &Option<String>| match (key, other) {
        (OTHER, Some(text)) if question.other => text.clone(),
        _ => label(&question.choices, key),
    };
    match answer {
        Answer::Choice { key, other } => choice(key, other),
        Answer::Choices { keys, other } => keys.iter().map(|key| choice(key, other)).collect::<Vec<_>>().join(", "),
        Answer::Number(number) => match question.scale() {
            Some((_, high)) => format!("{number} of {high}"),
            None => number.to_string(),
        },
        Answer::Text(text) => text.clone(),
        Answer::Email { email, .. } => email.clone(),
        Answer::Ranking(keys) => {
            let places = keys.iter().enumerate().map(|(at, key)| format!("{}. {}", at + 1, label(&question.choices, key)));
            places.collect::<Vec<_>>().join(", ")
        }
        Answer::Matrix(cells) => {
            let rows =
                cells.iter().map(|(row, key)| format!("{}: {}", label(&question.rows, row), label(&question.choices, key)));
            rows.collect::<Vec<_>>().join(", ")
        }
        Answer::Withdrawn => String::new(),
    }
}

/// What was read for a key; the key itself where a later revision no longer has it.
fn label(choices: &[Choice], key: &str) -> String {
    choices.iter().find(|choice| choice.key == key).map_or_else(|| key.to_owned(), |choice| choice.label.clone())
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use serde_json::json;

    #[test]
    fn answers_are_told_with_the_labels_that_were_read() {
        let choices = json!([{"key": "a", "label": "Shipping cost"}, {"key": "b", "label": "Price"}]);
        let rows = json!([{"key": "r", "label": "Delivery"}]);
        for (question, given, words) in [
            (json!({"type": "nps"}), json!({"number": 9}), "9 of 10"),
            (json!({"type": "rating", "max": 7}), json!({"number": 2}), "2 of 7"),
            (json!({"type": "single_choice", "choices": choices}), json!({"choice": "b"}), "Price"),
            (
                json!({"type": "single_choice", "choices": choices, "other": true}),
                json!({"choice": "other", "other": "dust"}),
                "dust",
            ),
            (json!({"type": "single_choice", "choices": choices, "other": true}), json!({"choice": "other"}), "other"),
            (json!({"type": "multi_choice", "choices": choices}), json!({"choices": ["a", "b"]}), "Shipping cost, Price"),
            (json!({"type": "ranking", "choices": choices}), json!({"ranking": ["b", "a"]}), "1. Price, 2. Shipping cost"),
            (json!({"type": "matrix", "choices": choices, "rows": rows}), json!({"matrix": {"r": "b"}}), "Delivery: Price"),
            (json!({"type": "short_text"}), json!({"text": "dust"}), "dust"),
            (json!({"type": "email"}), json!({"email": "a@b.example", "consent": false}), "a@b.example"),
        ] {
            let mut document = question;
            document["key"] = json!("q");
            document["prompt"] = json!("?");
            let question: Question = serde_json::from_value(document).unwrap();
            assert_eq!(in_words(&question, &check(&question, &given).unwrap()), words, "{given}");
            assert_eq!(in_words(&question, &Answer::Withdrawn), "");
        }
    }
}
