//! Which answer goes to which property of a person or event over there.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::webhook::payload::Answer;

/// One line of an endpoint's mapping: the answer to one question becomes one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// Key of a survey.
    pub survey: String,
    /// Key of one of its questions.
    pub question: String,
    /// The property's name, as the vendor has it.
    pub property: String,
}

/// The properties that some answers come to, in the order of the mapping. Numbers stay numbers, all else is the answer in words. Of two
/// answers to one question the first counts: answers come newest first.
pub fn properties(mapping: &[Mapped], answers: &[Answer]) -> Map<String, Value> {
    let mut all = Map::new();
    for line in mapping {
        let given = answers.iter().find(|answer| answer.survey == line.survey && answer.question == line.question);
        if let Some(answer) = given {
            all.insert(line.property.clone(), answer.value());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(survey: &str, question: &str, answer: Value, text: &str) -> Answer {
        let (survey, question, text) = (survey.to_owned(), question.to_owned(), text.to_owned());
        Answer { survey, question, kind: "short_text".to_owned(), prompt: String::new(), answer, text }
    }

    fn line(survey: &str, question: &str, property: &str) -> Mapped {
        Mapped { survey: survey.to_owned(), question: question.to_owned(), property: property.to_owned() }
    }

    #[test]
    fn mapped_answers_become_properties() {
        let answers = [
            answer("exit", "reason", json!({"choice": "price"}), "The price"),
            answer("nps", "score", json!({"number": 9}), "9"),
            answer("exit", "reason", json!({"choice": "old"}), "Older"),
        ];
        let mapping = [
            line("nps", "score", "last_nps"),
            line("exit", "reason", "why"),
            line("exit", "more", "unanswered"),
            line("other", "reason", "foreign"),
        ];
        assert_eq!(Value::Object(properties(&mapping, &answers)), json!({"last_nps": 9, "why": "The price"}));
    }
}
