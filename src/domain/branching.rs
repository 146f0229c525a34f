//! Which question follows which.
//!
//! The jumps of the current question are tried in order; the first that holds leads on. Without one, the next question
//! in the document follows, and after the last the default ending: the first ending that no jump leads to, because an
//! ending a jump leads to was written for those who are sent there. `end` leads to the default ending, too. Answers are
//! compared as facts are ([`crate::domain::targeting`]); no answer is an absent fact. The page does the same
//! (`tests/branching_cases.json`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    answer::Answer,
    survey::{Condition, Survey},
    targeting::Rule,
};

/// Where a jump leads that ends the survey without naming an ending.
pub const END: &str = "end";

/// Answers by question.
pub type Answers = BTreeMap<String, Answer>;

/// What comes next, as an index into the document's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A question.
    Question(usize),
    /// The end, with what is shown there.
    Ending(Option<usize>),
}

/// What follows the question `current`; an unknown one is followed by the end.
pub fn next(survey: &Survey, current: &str, answers: &Answers) -> Next {
    let Some(index) = question(survey, current) else { return Next::Ending(default_ending(survey)) };
    let jump = survey.questions[index]
        .next
        .iter()
        .find(|jump| jump.condition.as_ref().is_none_or(|condition| holds(condition, answers)));
    match jump {
        Some(jump) => target(survey, &jump.go),
        None if index + 1 < survey.questions.len() => Next::Question(index + 1),
        None => Next::Ending(default_ending(survey)),
    }
}

/// The questions from the first on as these answers lead, and what follows the last of them. Each once: a loop ends where it closes.
pub fn way(survey: &Survey, answers: &Answers) -> (Vec<usize>, Next) {
    let mut path = Vec::new();
    let mut step = if survey.questions.is_empty() { Next::Ending(default_ending(survey)) } else { Next::Question(0) };
    while let Next::Question(at) = step {
        if path.contains(&at) {
            break;
        }
        path.push(at);
        step = next(survey, &survey.questions[at].key, answers);
    }
    (path, step)
}

fn holds(condition: &Condition, answers: &Answers) -> bool {
    let fact = answers.get(&condition.answer).map_or(Value::Null, Answer::fact);
    Rule::new(&condition.answer, condition.op, condition.value.clone()).holds(&fact)
}

fn target(survey: &Survey, go: &str) -> Next {
    match question(survey, go) {
        Some(index) => Next::Question(index),
        None => Next::Ending(survey.endings.iter().position(|ending| ending.key == go).or_else(|| default_ending(survey))),
    }
}

fn question(survey: &Survey, key: &str) -> Option<usize> {
    survey.questions.iter().position(|question| question.key == key)
}

fn default_ending(survey: &Survey) -> Option<usize> {
    let led_to = |key: &str| survey.questions.iter().flat_map(|question| &question.next).any(|jump| jump.go == key);
    survey.endings.iter().position(|ending| !led_to(&ending.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answer;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Deserialize)]
    struct Case {
        name: String,
        questions: Value,
        endings: Value,
        answers: BTreeMap<String, Value>,
        at: String,
        expect: Value,
    }

    fn survey(questions: &Value, endings: &Value) -> Survey {
        let document = json!({"key": "s", "kind": "on_site", "name": "S", "questions": questions, "endings": endings});
        Survey::parse(&document).unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    #[test]
    fn agrees_with_the_table_shared_with_the_page() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/branching_cases.json")).unwrap();
        for case in cases {
            let survey = survey(&case.questions, &case.endings);
            let answer = |key: &String, value| answer::check(survey.question(key).unwrap(), value).unwrap();
            let answers: Answers = case.answers.iter().map(|(key, value)| (key.clone(), answer(key, value))).collect();
            let found = match next(&survey, &case.at, &answers) {
                Next::Question(index) => json!({"question": survey.questions[index].key}),
                Next::Ending(index) => json!({"ending": index.map(|index| &survey.endings[index].key)}),
            };
            assert_eq!(found, case.expect, "{}", case.name);
        }
    }

    #[test]
    fn a_way_goes_round_once() {
        let again = json!({"if": {"answer": "b", "op": "eq", "value": 1}, "go": "a"});
        let survey = survey(
            &json!([{"key": "a", "type": "statement", "prompt": "A"}, {"key": "b", "type": "rating", "prompt": "B", "next": [again]}]),
            &json!([]),
        );
        assert_eq!(way(&survey, &Answers::new()), (vec![0, 1], Next::Ending(None)));
        let low = Answers::from([("b".to_owned(), Answer::Number(1))]);
        assert_eq!(way(&survey, &low), (vec![0, 1], Next::Question(0)));
    }

    #[test]
    fn an_unknown_question_is_followed_by_the_end() {
        let survey = survey(&json!([{"key": "a", "type": "statement", "prompt": "A"}]), &json!([{"key": "bye", "title": "Bye"}]));
        assert_eq!(next(&survey, "gone", &Answers::new()), Next::Ending(Some(0)));
    }
}
