use proptest::prelude::*;

use super::*;
use crate::domain::survey::{Form, Frequency, QuestionType, Show};

fn minimal() -> Value {
    json!({"key": "s", "kind": "exit_intent", "name": "S", "questions": [{"key": "q", "type": "nps", "prompt": "How likely?"}]})
}

/// Every part of a document.
fn full() -> Value {
    json!({
        "key": "why-leaving", "kind": "exit_intent", "name": "Why are you leaving?", "locale": "en",
        "placement": {"type": "slide_in", "position": "bottom-right"},
        "trigger": {"type": "exit_intent", "min_seconds": 5, "mobile": ["scroll_up", "idle", "return"]},
        "targeting": {"all": [
            {"field": "page.path", "op": "glob", "value": "/cart*"},
            {"field": "cart.value", "op": "gte", "value": 3000}
        ]},
        "frequency": {
            "show": "until_answered", "max_shows": 3, "gap": "7d", "after_answer": "90d", "after_dismiss": "30d", "backoff": 2
        },
        "schedule": {"from": "2027-04-01T00:00", "until": "2027-04-02T00:00"},
        "quota": {"responses": 1000}, "sample": 1.0,
        "questions": [{
            "key": "reason", "type": "single_choice", "prompt": "What stopped you today?", "required": true, "shuffle": true, "other": true,
            "choices": [{"key": "shipping", "label": "Shipping cost"}, {"key": "price", "label": "Price"}],
            "next": [{"if": {"answer": "reason", "op": "in", "value": ["shipping"]}, "go": "offer"}]
        }],
        "endings": [{
            "key": "offer", "title": "Shipping is on us today", "coupon": {"pool": "free-shipping"},
            "button": {"label": "Back to cart", "url": "{{cart.url}}"}
        }],
        "translations": {"de": {"questions.reason.prompt": "Was hat Sie abgehalten?"}},
        "theme": {"accent": "#0b6e4f", "radius": 12}, "holdout": 0.1,
        "variants": [{"key": "a", "weight": 1}, {"key": "b", "weight": 1, "patch": {"endings": []}}]
    })
}

fn problems(document: &Value) -> Vec<(String, String)> {
    let found = Survey::parse(document).err().unwrap_or_default();
    found.into_iter().map(|problem| (problem.path, problem.message)).collect()
}

/// The problems after one change to a valid document.
fn after(base: Value, pointer: &str, value: Value) -> Vec<(String, String)> {
    let mut document = base;
    match document.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            document.pointer_mut(parent).unwrap()[name] = value;
        }
    }
    problems(&document)
}

#[test]
fn fills_in_defaults() {
    let survey = Survey::parse(&minimal()).unwrap();
    assert_eq!(survey.frequency, Frequency::default());
    assert_eq!(survey.frequency.show, Show::Once);
    assert_eq!(survey.placement.form, Form::Modal);
    assert_eq!(survey.trigger.type_name(), "exit_intent");
    assert_eq!((survey.locale.as_str(), survey.sample, survey.holdout, survey.priority), ("en", 1.0, 0.0, 0));
}

/// What people copy must work.
#[test]
fn the_manual_has_a_valid_example() {
    let manual = include_str!("../../../../docs/survey.md");
    let example = manual.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(problems(&serde_json::from_str(example).unwrap()), []);
    for word in [Kind::WORDS, Trigger::TYPES, QuestionType::WORDS, Form::WORDS, Show::WORDS, FIELDS].concat() {
        assert!(manual.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn survives_json() {
    for document in [minimal(), full()] {
        let survey = Survey::parse(&document).unwrap();
        assert_eq!(Survey::parse(&survey.to_value()).unwrap(), survey);
        assert_eq!(serde_json::from_value::<Survey>(survey.to_value()).unwrap(), survey);
    }
}

#[test]
fn accepts_every_question_type() {
    let list = |keys: &[&str]| json!(keys.iter().map(|key| json!({"key": key, "label": key})).collect::<Vec<_>>());
    let questions: Vec<Value> = QuestionType::WORDS
        .iter()
        .map(|kind| {
            let mut question = json!({"key": kind, "type": kind, "prompt": "Q", "help": "H"});
            match *kind {
                "single_choice" | "multi_choice" | "dropdown" | "ranking" => question["choices"] = list(&["a", "b"]),
                "image_choice" => {
                    question["choices"] =
                        json!(["a", "b"].map(|key| json!({"key": key, "label": key, "image": "https://cdn.example/a.png"})))
                }
                "matrix" => (question["rows"], question["choices"]) = (list(&["r"]), list(&["a", "b"])),
                "rating" => (question["max"], question["style"]) = (json!(10), json!("stars")),
                "email" => question["consent"] = json!("Send me offers"),
                _ => {}
            }
            question
        })
        .collect();
    assert_eq!(questions.len(), 14);
    assert_eq!(after(minimal(), "/questions", json!(questions)), []);
}

#[test]
fn collects_all_problems_at_once() {
    let document = json!({
        "key": "Why Leaving", "kind": "exit", "questons": [], "sample": 1.5, "holdout": "10 %",
        "frequency": {"show": "every", "after_answer": "3 months"},
        "schedule": {"from": "2027-04-02T00:00", "until": "2027-04-01T00:00"},
        "questions": [{"key": "a", "type": "single_choice", "promt": "?", "choices": [{"key": "x", "label": "X"}, {"key": "x", "label": ""}]}]
    });
    let found = problems(&document);
    let places: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        places,
        [
            "questons",
            "key",
            "name",
            "kind",
            "frequency.after_answer",
            "frequency.gap",
            "schedule.until",
            "sample",
            "questions[0].promt",
            "questions[0].prompt",
            "questions[0].choices[1].key",
            "questions[0].choices[1].label",
            "holdout",
        ]
    );
    assert_eq!(found[0].1, "there is no field \"questons\" here; did you mean \"questions\"?");
    assert_eq!(found[3].1, "\"exit\" should be one of exit_intent, post_purchase, on_site, link");
    assert_eq!(found[7].1, "1.5 should be a number from 0 to 1");
    assert_eq!(found[8].1, "there is no field \"promt\" here; did you mean \"prompt\"?");
}

#[test]
fn names_the_place_of_each_problem() {
    let long = "x".repeat(2001);
    let many =
        |n: usize| json!((0..n).map(|i| json!({"key": format!("q{i}"), "type": "nps", "prompt": "?"})).collect::<Vec<_>>());
    let choices = |n: usize| json!((0..n).map(|i| json!({"key": format!("c{i}"), "label": "C"})).collect::<Vec<_>>());
    for (pointer, value, place) in [
        ("/key", json!(""), "key"),
        ("/key", json!("x".repeat(65)), "key"),
        ("/name", json!(long), "name"),
        ("/name", json!(null), "name"),
        ("/locale", json!("English"), "locale"),
        ("/placement", json!("modal"), "placement"),
        ("/placement", json!({}), "placement.type"),
        ("/placement", json!({"type": "modal", "position": "top"}), "placement.position"),
        ("/placement", json!({"type": "bar", "position": "top-left"}), "placement.position"),
        ("/trigger/type", json!("exit"), "trigger.type"),
        ("/trigger", json!({"type": "scroll"}), "trigger.percent"),
        ("/trigger", json!({"type": "scroll", "percent": 0}), "trigger.percent"),
        ("/trigger", json!({"type": "order", "seconds": 3}), "trigger.seconds"),
        ("/trigger", json!({"percent": 3}), "trigger.type"),
        ("/trigger", json!({"type": "delay", "seconds": 0}), "trigger.seconds"),
        ("/trigger", json!({"type": "delay", "seconds": 3601}), "trigger.seconds"),
        ("/trigger", json!({"type": "click"}), "trigger.selector"),
        ("/trigger", json!({"type": "click", "selector": "#a {"}), "trigger.selector"),
        ("/trigger", json!({"type": "page_view", "selector": "#a"}), "trigger.selector"),
        ("/trigger", json!({"type": "event", "name": " "}), "trigger.name"),
        ("/trigger/mobile", json!(["shake"]), "trigger.mobile[0]"),
        ("/trigger/desktop", json!("no"), "trigger.desktop"),
        ("/trigger", json!({"type": "exit_intent", "desktop": false, "mobile": []}), "trigger.mobile"),
        ("/trigger/min_seconds", json!(-1), "trigger.min_seconds"),
        ("/trigger/dwell_ms", json!(5001), "trigger.dwell_ms"),
        ("/trigger/velocity", json!(0), "trigger.velocity"),
        ("/trigger/scroll_speed", json!(99), "trigger.scroll_speed"),
        ("/trigger/scroll_distance", json!(49), "trigger.scroll_distance"),
        ("/trigger/scroll_depth", json!(101), "trigger.scroll_depth"),
        ("/trigger/hidden_seconds", json!(0), "trigger.hidden_seconds"),
        ("/trigger/idle_seconds", json!(4), "trigger.idle_seconds"),
        ("/targeting/all/1/value", json!("30"), "targeting.all[1].value"),
        ("/frequency/show", json!("sometimes"), "frequency.show"),
        ("/frequency/max_shows", json!(0), "frequency.max_shows"),
        ("/frequency/backoff", json!(0.5), "frequency.backoff"),
        ("/frequency/gap", json!(7), "frequency.gap"),
        ("/schedule/from", json!("2027-02-30T00:00"), "schedule.from"),
        ("/schedule/from", json!("2027-04-01"), "schedule.from"),
        ("/quota", json!({}), "quota.responses"),
        ("/quota/per_day", json!(1.5), "quota.per_day"),
        ("/sample", json!(-0.1), "sample"),
        ("/priority", json!(0.5), "priority"),
        ("/questions", json!([]), "questions"),
        ("/questions", many(51), "questions"),
        ("/questions/0", json!("Why?"), "questions[0]"),
        ("/questions/0/key", json!("end"), "questions[0].key"),
        ("/questions/0/type", json!("choice"), "questions[0].type"),
        ("/questions/0/required", json!("yes"), "questions[0].required"),
        ("/questions/0/rows", json!([]), "questions[0].rows"),
        ("/questions/0/choices", choices(1), "questions[0].choices"),
        ("/questions/0/choices", choices(101), "questions[0].choices"),
        ("/questions/0/choices/1/key", json!("other"), "questions[0].choices[1].key"),
        ("/questions/0/choices/1/image", json!("/a.png"), "questions[0].choices[1].image"),
        ("/questions/0/choices/1/pinned", json!("last"), "questions[0].choices[1].pinned"),
        ("/questions/0/next/0/go", json!("ofer"), "questions[0].next[0].go"),
        ("/questions/0/next/0/if/answer", json!("reasons"), "questions[0].next[0].if.answer"),
        ("/questions/0/next/0/if/value", json!("shipping"), "questions[0].next[0].if.value"),
        ("/questions/0/next/0/if/op", json!("="), "questions[0].next[0].if.op"),
        ("/questions/0/next/0/if/value", json!(["other", "shiping"]), "questions[0].next[0].if.value[1]"),
        ("/endings/0/key", json!("reason"), "endings[0].key"),
        ("/endings/0/button/url", json!("javascript:alert(1)"), "endings[0].button.url"),
        ("/endings/0/button/url", json!("//evil.example"), "endings[0].button.url"),
        ("/endings/0/coupon", json!("FREE"), "endings[0].coupon"),
        ("/translations/de", json!({"questions.reasons.prompt": "?"}), "translations.de.questions.reasons.prompt"),
        ("/translations/german", json!({}), "translations.german"),
        ("/theme/accent", json!("green"), "theme.accent"),
        ("/theme/font", json!("x; } body { display: none"), "theme.font"),
        ("/theme/css", json!(7), "theme.css"),
        ("/theme/css", json!("a".repeat(4097)), "theme.css"),
        ("/theme/css", json!(".a {} </style>"), "theme.css"),
        ("/theme/css", json!("@IMPORT 'a.css';"), "theme.css"),
        ("/translations/de", json!({"words.hello": "?"}), "translations.de.words.hello"),
        ("/translations/de", json!({"words.next": ""}), "translations.de.words.next"),
        ("/holdout", json!(2), "holdout"),
        ("/variants/1/key", json!("a"), "variants[1].key"),
        ("/variants/1/weight", json!(-1), "variants[1].weight"),
        ("/variants/1/patch", json!({"holdout": 0}), "variants[1].patch.holdout"),
        ("/variants/1/patch", json!({"theme": {"radius": 400}}), "variants[1].patch.theme.radius"),
        ("/variants/1/patch", json!({"questions": null}), "variants[1].patch.questions"),
    ] {
        let found = after(full(), pointer, value.clone());
        let places: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert!(places.contains(&place), "{pointer} = {value}: {found:?}");
        assert!(found.iter().all(|(_, message)| !message.is_empty() && message.len() < 400), "{found:?}");
    }
}

#[test]
fn every_trigger_may_be_written_out() {
    for trigger in [
        json!({
            "type": "exit_intent", "min_seconds": 0, "desktop": false, "mobile": ["idle"], "dwell_ms": 0, "velocity": 1,
            "scroll_speed": 500, "scroll_distance": 100, "scroll_depth": 0, "hidden_seconds": 60, "idle_seconds": 90
        }),
        json!({"type": "exit_intent", "mobile": []}),
        json!({"type": "delay", "seconds": 3600}),
        json!({"type": "scroll", "percent": 100}),
        json!({"type": "click", "selector": "#help"}),
        json!({"type": "page_view"}),
        json!({"type": "event", "name": "viewed_size_guide"}),
        json!({"type": "order"}),
        json!({"type": "manual"}),
    ] {
        assert_eq!(after(full(), "/trigger", trigger.clone()), [], "{trigger}");
    }
}

#[test]
fn choices_images_and_limits() {
    let ask = |mut question: Value, more: Value| {
        let fields = question.as_object_mut().unwrap();
        fields.extend([("key".to_owned(), json!("q")), ("prompt".to_owned(), json!("?"))]);
        fields.extend(more.as_object().unwrap().clone());
        after(minimal(), "/questions", json!([question])).into_iter().map(|(path, _)| path).collect::<Vec<_>>()
    };
    let images = |address: &str| json!({"type": "image_choice", "choices": [{"key": "a", "label": "A", "image": "/a.png"}, {"key": "b", "label": "B", "image": address}]});
    let plain =
        |kind: &str| json!({"type": kind, "choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B", "pinned": true}]});
    let matrix = json!({"type": "matrix", "choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}], "rows": [{"key": "r", "label": "R", "pinned": true}]});
    for good in ["https://cdn.example/b.png?v=1", "/b.png"] {
        assert!(ask(images(good), json!({})).is_empty(), "{good}");
    }
    for bad in
        ["http://cdn.example/b.png", "//cdn.example/b.png", "data:image/png;base64,AA", "{{cart.url}}", "b.png", "/\\cdn.example"]
    {
        assert_eq!(ask(images(bad), json!({})), ["questions[0].choices[1].image"], "{bad}");
    }
    for (question, more, places) in [
        (images("/b.png"), json!({"max": 2, "min": 2, "shuffle": true}), &[][..]),
        (images("/b.png"), json!({"max": 1, "min": 1}), &[]),
        (images("/b.png"), json!({"min": 1}), &[]),
        (images("/b.png"), json!({"min": 2}), &["questions[0].min"]),
        (images("/b.png"), json!({"max": 4, "min": 3}), &["questions[0].min"]),
        (images("/b.png"), json!({"max": 0}), &["questions[0].max"]),
        (images("/b.png"), json!({"other": true}), &["questions[0].other"]),
        (plain("single_choice"), json!({"max": 2}), &["questions[0].max"]),
        (plain("multi_choice"), json!({"min": 3, "other": true}), &[]),
        (plain("multi_choice"), json!({"min": 4, "other": true}), &["questions[0].min"]),
        (plain("multi_choice"), json!({"min": 2, "max": 1}), &["questions[0].min"]),
        (plain("dropdown"), json!({"shuffle": true}), &[]),
        (plain("ranking"), json!({"other": true}), &["questions[0].other"]),
        (matrix.clone(), json!({"shuffle": true}), &[]),
        (matrix.clone(), json!({"rows": []}), &["questions[0].rows"]),
        (
            matrix,
            json!({"choices": [{"key": "a", "label": "A", "pinned": true}, {"key": "b", "label": "B"}]}),
            &["questions[0].choices[0].pinned"],
        ),
        (json!({"type": "short_text"}), json!({"min": 11, "max": 10}), &["questions[0].min"]),
        (json!({"type": "rating"}), json!({"max": 11}), &["questions[0].max"]),
        (json!({"type": "email"}), json!({"consent": ""}), &["questions[0].consent"]),
        (json!({"type": "statement"}), json!({"choices": []}), &["questions[0].choices"]),
    ] {
        assert_eq!(ask(question.clone(), more.clone()), places, "{question} {more}");
    }
}

#[test]
fn a_variant_may_drop_what_is_translated() {
    assert_eq!(
        after(full(), "/variants/1/patch", json!({"endings": [], "questions": [{"key": "q", "type": "nps", "prompt": "?"}]})),
        []
    );
}

#[test]
fn loops_need_a_way_out() {
    let survey = |next: Value| {
        let mut document = minimal();
        document["questions"] = json!([
            {"key": "a", "type": "nps", "prompt": "A"},
            {"key": "b", "type": "nps", "prompt": "B", "next": next},
            {"key": "c", "type": "nps", "prompt": "C"}
        ]);
        problems(&document)
    };
    let condition = json!({"answer": "b", "op": "lt", "value": 5});
    assert_eq!(survey(json!([{"if": condition, "go": "a"}])), []);
    assert_eq!(survey(json!([{"if": condition, "go": "end"}, {"go": "a"}])), []);
    assert_eq!(survey(json!([{"if": condition, "go": "b"}, {"go": "a"}]))[0].0, "questions[0].next");
    assert_eq!(survey(json!([{"go": "b"}]))[0].0, "questions[0].next");
    assert_eq!(survey(json!([{"go": "end"}, {"if": condition, "go": "a"}]))[0].0, "questions[1].next[0]");
}

#[test]
fn a_document_of_another_type_is_one_problem() {
    for document in [json!(null), json!([]), json!("survey"), json!(3)] {
        assert_eq!(problems(&document).len(), 1);
    }
}

/// Every place of a document, as a JSON pointer.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, inner)| pointers(inner, &format!("{at}/{name}"), all)),
        Value::Array(items) => items.iter().enumerate().for_each(|(i, inner)| pointers(inner, &format!("{at}/{i}"), all)),
        _ => {}
    }
}

fn junk() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!("end"),
        json!("9999-12-31T23:59"),
        json!("{{x}}"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"key": "x"}),
        json!({"all": [{"not": {}}]}),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Whatever the checks let through, serde reads: its own messages are no help to a store owner.
    #[test]
    fn checks_and_types_agree(changes in prop::collection::vec((any::<prop::sample::Index>(), junk()), 1..4)) {
        let mut document = full();
        for (index, value) in changes {
            let mut all = Vec::new();
            pointers(&document, "", &mut all);
            *document.pointer_mut(&all[index.index(all.len())]).unwrap() = value;
        }
        let mut report = Report::default();
        check(&document, &mut report);
        let parsed = Survey::parse(&document);
        prop_assert_eq!(parsed.is_ok(), report.problems.is_empty(), "{:?}", parsed);
        if let Ok(survey) = parsed {
            prop_assert_eq!(Survey::parse(&survey.to_value()), Ok(survey));
        }
    }
}

#[test]
fn a_stream_is_of_surveys_that_follow_orders_or_links() {
    let mut stream = minimal();
    stream["kind"] = json!("post_purchase");
    stream["stream"] = json!(true);
    stream["questions"][0]["valid"] = json!("60d");
    stream["questions"][0]["unless"] = json!({"field": "order.new_customer", "op": "exists"});
    let survey = Survey::parse(&stream).unwrap();
    assert_eq!((survey.stream, survey.frequency.after_answer.ms()), (true, 0), "the next order brings the next question");
    assert_eq!(Survey::parse(&survey.to_value()), Ok(survey));
    let paths =
        |pointer: &str, value: Value| after(stream.clone(), pointer, value).into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    assert_eq!(paths("/kind", json!("exit_intent")), ["stream"]);
    assert_eq!(paths("/stream", json!(false)), ["questions[0].valid", "questions[0].unless"]);
    assert_eq!(paths("/questions/0/valid", json!("2h")), ["questions[0].valid"]);
    assert_eq!(paths("/questions/0/unless/field", json!("page.path")), ["questions[0].unless.field"]);
    assert_eq!(paths("/questions/0", json!({"key": "q", "type": "statement", "prompt": "Q"})), ["questions"]);
    let patch = json!([{"key": "a", "patch": {"questions": [{"key": "q", "type": "nps", "prompt": "?"}]}}]);
    assert!(paths("/variants", patch).contains(&"variants[0].patch.questions".to_owned()));
    assert_eq!(paths("/variants", json!([{"key": "a", "patch": {"endings": []}}])), [""; 0]);
    // What the manual says, too.
    let manual = include_str!("../../../../docs/survey.md");
    let example = manual.split("## Stream").nth(1).and_then(|rest| rest.split("```json\n").nth(1)).unwrap();
    assert_eq!(problems(&serde_json::from_str(example.split("```").next().unwrap()).unwrap()), []);
}
