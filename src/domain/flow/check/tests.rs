use proptest::prelude::*;

use super::*;
use crate::domain::{duration::Span, flow::Step, survey::Coupon};

fn minimal() -> Value {
    json!({"key": "f", "on": "cart.abandoned", "steps": [{"do": "email", "template": "t"}]})
}

/// The example of the documentation.
fn full() -> Value {
    json!({
        "key": "recover", "on": "cart.abandoned",
        "when": {"all": [{"field": "answer.why-leaving.reason", "op": "in", "value": ["shipping"]}]},
        "steps": [
            {"after": "1h", "do": "email", "template": "free-shipping", "coupon": {"pool": "free-shipping"}},
            {"after": "1d", "do": "email", "template": "last-call", "survey": "nps", "when": {"field": "cart.value", "op": "gte", "value": 3000}},
            {"after": "0s", "do": "notify", "to": "klaviyo"},
            {"after": "2d", "do": "wait"},
            {"do": "webhook", "to": "crm"}
        ],
        "stop_on": ["order.completed", "cart.emptied", "unsubscribed"], "re_entry": "30d", "holdout": 0.1
    })
}

fn problems(document: &Value) -> Vec<(String, String)> {
    let found = Flow::parse(document).err().unwrap_or_default();
    found.into_iter().map(|problem| (problem.path, problem.message)).collect()
}

#[test]
fn fills_in_defaults() {
    let flow = Flow::parse(&minimal()).unwrap();
    assert_eq!(flow.stop_on, [StopEvent::OrderCompleted, StopEvent::CartEmptied, StopEvent::Unsubscribed]);
    assert_eq!(flow.re_entry, ReEntry::After(Span::days(30)));
    assert_eq!((flow.holdout, flow.steps[0].after), (0.0, Span::days(0)));
    let thanks = Flow::parse(&json!({"key": "f", "on": "order.completed", "steps": [{"do": "notify", "to": "crm"}]})).unwrap();
    assert_eq!(thanks.stop_on, [StopEvent::Unsubscribed]);
}

#[test]
fn reads_every_step() {
    let flow = Flow::parse(&full()).unwrap();
    let actions: Vec<Action> = flow.steps.iter().map(|step| step.action.clone()).collect();
    let coupon = Some(Coupon { pool: "free-shipping".into() });
    assert_eq!(
        actions,
        [
            Action::Email { template: "free-shipping".into(), coupon, survey: None },
            Action::Email { template: "last-call".into(), coupon: None, survey: Some("nps".into()) },
            Action::Notify { to: "klaviyo".into() },
            Action::Wait,
            Action::Webhook { to: "crm".into() },
        ]
    );
    let Step { after, when, .. } = &flow.steps[1];
    assert_eq!((*after, when.is_some()), (Span::days(1), true));
    assert!(flow.mails());
    assert_eq!(flow.due(1, 5), Some(5 + DAY));
    assert_eq!(flow.due(5, 5), None);
}

#[test]
fn survives_json_and_keeps_what_was_written() {
    for document in [minimal(), full()] {
        let flow = Flow::parse(&document).unwrap();
        assert_eq!(Flow::parse(&flow.to_value()).unwrap(), flow);
        for (name, value) in document.as_object().unwrap().iter().filter(|(name, _)| *name != "steps") {
            assert_eq!(&flow.to_value()[name], value, "{name}");
        }
    }
    assert_eq!(Flow::parse(&full()).unwrap().to_value()["steps"][0], full()["steps"][0]);
}

#[test]
fn names_every_problem_and_its_place_at_once() {
    let found = problems(&json!({
        "key": "Recover", "on": "cart.left", "survey": 3, "steeps": [],
        "when": {"all": [{"field": "cart.valeu", "op": "gte", "value": 1}]},
        "steps": [
            {"after": "soon", "do": "email"},
            {"do": "mail", "template": "t"},
            {"do": "email", "template": "A b", "coupon": {"pol": "x"}},
            {"do": "notify", "to": "klaviyo", "template": "t"},
            {"do": "webhook"},
            {"after": "9999d", "do": "webhook", "to": "crm"},
            {"after": "400d", "do": "webhook", "to": "crm"},
            {"do": "wait"},
            {"template": "t"},
            "email"
        ],
        "stop_on": ["order.completed", "order.completed", "order.complete", 3],
        "re_entry": "often", "holdout": 2
    }));
    let places: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        places,
        [
            "steeps",
            "key",
            "on",
            "survey",
            "when.all[0].field",
            "steps[0].after",
            "steps[0].template",
            "steps[1].do",
            "steps[2].template",
            "steps[2].coupon.pol",
            "steps[2].coupon.pool",
            "steps[3].template",
            "steps[4].to",
            "steps[5].after",
            "steps[6].after",
            "steps[7].after",
            "steps[8].do",
            "steps[9]",
            "stop_on[1]",
            "stop_on[2]",
            "stop_on[3]",
            "re_entry",
            "holdout",
        ]
    );
    assert_eq!(found[0].1, "there is no field \"steeps\" here; did you mean \"steps\"?");
    assert_eq!(found[7].1, "\"mail\" should be one of email, wait, webhook, notify; did you mean \"email\"?");
}

#[test]
fn refuses_what_could_never_work() {
    let after = |name: &str, value: Value| {
        let mut document = minimal();
        document[name] = value;
        problems(&document).into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    assert_eq!(after("steps", json!([])), ["steps"]);
    assert_eq!(after("steps", json!([{"do": "notify", "to": "crm"}, {"after": "1d", "do": "wait"}])), ["steps[1].do"]);
    assert_eq!(after("survey", json!("nps")), ["survey"]);
    assert_eq!(
        after("when", json!({"not": {"any": [{"field": "page.path", "op": "eq", "value": "/"}]}})),
        ["when.not.any[0].field"]
    );
    assert_eq!(after("re_entry", json!("never")), [""; 0]);
    assert_eq!(after("stop_on", json!([])), [""; 0]);
    assert_eq!(problems(&json!([])).len(), 1);
}

fn loose() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3i64).prop_map(Value::from),
        prop::sample::select(vec!["1d", "0s", "never", "email", "wait", "notify", "cart.abandoned", "score.low", "t", ""])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let names = prop::sample::select(vec![
            "key", "on", "survey", "when", "steps", "stop_on", "re_entry", "holdout", "after", "do", "template", "to", "coupon",
            "pool", "all", "not", "field", "op", "value",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..5)
                .prop_map(|fields| fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn what_passes_the_check_is_read(place in prop::sample::select(vec!["/on", "/when", "/steps", "/steps/0", "/steps/1/after", "/steps/1/do", "/stop_on", "/re_entry", "/holdout"]), value in loose()) {
        let mut document = full();
        *document.pointer_mut(place).unwrap() = value;
        match Flow::parse(&document) {
            Ok(flow) => prop_assert_eq!(Flow::parse(&flow.to_value()), Ok(flow)),
            Err(problems) => prop_assert!(problems.iter().all(|problem| !problem.path.is_empty()), "{problems:?}"),
        }
    }
}
