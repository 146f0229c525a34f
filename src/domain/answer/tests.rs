use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::domain::survey::QuestionType;

#[derive(Deserialize)]
struct Case {
    name: String,
    question: Question,
    answer: Value,
    expect: Value,
}

#[test]
fn agrees_with_the_table() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/answer_cases.json")).unwrap();
    for Case { name, question, answer, expect } in cases {
        let found = match check(&question, &answer) {
            Ok(answer) => {
                json!({"answer": answer.to_value(), "fact": answer.fact(), "tallies": tallies(&question, &answer)})
            }
            Err(refusal) => json!({"reason": refusal.reason}),
        };
        assert_eq!(found, expect, "{name}");
    }
}

#[test]
fn a_refusal_says_what_and_where() {
    let question: Question = serde_json::from_value(json!({
        "key": "reason", "type": "single_choice", "prompt": "Why?", "choices": [{"key": "shipping", "label": "Shipping"}]
    }))
    .unwrap();
    let refusal = check(&question, &json!({"choice": "shiping"})).unwrap_err();
    assert_eq!(refusal.to_string(), "reason: no choice \"shiping\"");
    let refusal = check(&question, &json!({"number": 1})).unwrap_err();
    assert_eq!(refusal.to_string(), "reason: {\"number\":1} is no answer to a single_choice question");
}

fn question() -> impl Strategy<Value = Question> {
    prop::sample::select(QuestionType::WORDS).prop_map(|kind| {
        serde_json::from_value(json!({
            "key": "q", "type": kind, "prompt": "Q", "other": kind == "multi_choice",
            "choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}], "rows": [{"key": "a", "label": "A"}]
        }))
        .unwrap()
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-2..13i64).prop_map(Value::from),
        "[ab@. ]{0,4}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!("other")),
    ];
    let name =
        prop::sample::select(vec!["choice", "choices", "number", "text", "email", "consent", "ranking", "matrix", "other", "a"]);
    leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(name.clone(), inner, 0..3).prop_map(|fields| json!(fields)),
        ]
    })
}

proptest! {
    #[test]
    fn what_was_accepted_is_accepted_again(question in question(), value in value()) {
        if let Ok(answer) = check(&question, &value) {
            prop_assert_eq!(check(&question, &answer.to_value()), Ok(answer));
        }
    }
}
