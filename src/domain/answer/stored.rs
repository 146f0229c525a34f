//! An answer as it is stored, read back: the way from [`super::tallies`] and what was typed.

use std::collections::BTreeMap;

use super::Answer;
use crate::domain::survey::{OTHER, Question, QuestionType};

/// Item of an address whose box was ticked.
pub const CONSENT: &str = "~consent";

/// The answer that these rows (item and what was typed) are of; `None` where they do not fit the question.
pub fn from_stored(question: &Question, rows: &[(&str, Option<&str>)]) -> Option<Answer> {
    if rows.iter().all(|(item, _)| item.is_empty()) {
        return Some(Answer::Withdrawn);
    }
    let typed = || rows.iter().find_map(|(_, body)| body.map(str::to_owned));
    let key = |item: &str| if item == "~other" { OTHER.to_owned() } else { item.to_owned() };
    Some(match question.kind {
        QuestionType::ShortText | QuestionType::LongText => Answer::Text(typed()?),
        QuestionType::Email => Answer::Email { email: typed()?, consent: rows.iter().any(|(item, _)| *item == CONSENT) },
        QuestionType::Ranking => {
            let mut ranks: Vec<(u32, &str)> = rows
                .iter()
                .filter_map(|(item, _)| item.rsplit_once(':').and_then(|(key, rank)| Some((rank.parse().ok()?, key))))
                .collect();
            ranks.sort_unstable();
            Answer::Ranking(ranks.into_iter().map(|(_, key)| key.to_owned()).collect())
        }
        QuestionType::Matrix => {
            let cells = rows.iter().filter_map(|(item, _)| item.split_once(':'));
            Answer::Matrix(cells.map(|(row, choice)| (row.to_owned(), choice.to_owned())).collect::<BTreeMap<_, _>>())
        }
        _ if question.scale().is_some() => Answer::Number(rows.first()?.0.parse().ok()?),
        _ if question.takes_several() => {
            Answer::Choices { keys: rows.iter().map(|(item, _)| key(item)).collect(), other: typed() }
        }
        _ => Answer::Choice { key: key(rows.first()?.0), other: typed() },
    })
}

#[cfg(test)]
mod tests {
    use super::super::{check, tallies};
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_answered_comes_back() {
        let choices = json!([{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]);
        for (question, given) in [
            (json!({"type": "nps"}), json!({"number": 9})),
            (json!({"type": "single_choice", "choices": choices}), json!({"choice": "b"})),
            (json!({"type": "single_choice", "choices": choices, "other": true}), json!({"choice": "other", "other": "dust"})),
            (json!({"type": "multi_choice", "choices": choices}), json!({"choices": ["a", "b"]})),
            (json!({"type": "ranking", "choices": choices}), json!({"ranking": ["b", "a"]})),
            (json!({"type": "matrix", "choices": choices, "rows": choices}), json!({"matrix": {"a": "b"}})),
            (json!({"type": "short_text"}), json!({"text": "dust"})),
        ] {
            let mut document = question;
            document["key"] = json!("q");
            document["prompt"] = json!("?");
            let question: Question = serde_json::from_value(document).unwrap();
            let answer = check(&question, &given).unwrap();
            let items = tallies(&question, &answer);
            let typed = given["other"].as_str().or(given["text"].as_str());
            let rows: Vec<_> = items.iter().map(|item| (item.as_str(), typed.filter(|_| item.starts_with('~')))).collect();
            assert_eq!(from_stored(&question, &rows), Some(answer), "{given}");
            assert_eq!(from_stored(&question, &[("", None)]), Some(Answer::Withdrawn));
        }
    }
    #[test]
    fn a_ticked_box_comes_back_with_its_address() {
        let question: Question =
            serde_json::from_value(json!({"key": "q", "prompt": "?", "type": "email", "consent": "Yes"})).unwrap();
        for consent in [true, false] {
            let mut rows = vec![("~text", Some("mia@example.com"))];
            rows.extend(consent.then_some((CONSENT, None)));
            assert_eq!(from_stored(&question, &rows), Some(Answer::Email { email: "mia@example.com".to_owned(), consent }));
        }
    }
}
