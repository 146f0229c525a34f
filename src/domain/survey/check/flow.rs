//! Where questions lead: every jump has a target, and every shopper can come to an end.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::{
    branching::END,
    report::{Report, did_you_mean, show},
    survey::OTHER,
};

type Node<'a> = (String, &'a Value);

pub(super) fn check(questions: &[Node<'_>], endings: &[Node<'_>], report: &mut Report) {
    let asked = keys(questions);
    let known: Vec<&str> = asked.iter().copied().chain(keys(endings)).chain([END]).collect();
    let before = report.problems.len();
    for (path, question) in questions {
        let jumps = question["next"].as_array().map_or(&[][..], Vec::as_slice);
        for (at, jump) in jumps.iter().enumerate() {
            let path = format!("{path}.next[{at}]");
            if let Some(go) = jump["go"].as_str()
                && !known.contains(&go)
            {
                report.add(format!("{path}.go"), format!("there is no question or ending {go:?}{}", did_you_mean(go, &known)));
            }
            if let Some(answer) = jump["if"]["answer"].as_str()
                && !asked.contains(&answer)
            {
                report
                    .add(format!("{path}.if.answer"), format!("there is no question {answer:?}{}", did_you_mean(answer, &asked)));
            }
            compared(&jump["if"], &format!("{path}.if"), questions, report);
            if jump.is_object() && jump.get("if").is_none() && at + 1 < jumps.len() {
                report.add(&path, "this jump has no condition, so those after it are never reached: put it last");
            }
        }
    }
    if report.problems.len() == before {
        endless(questions, report);
    }
}

fn keys<'a>(nodes: &[Node<'a>]) -> Vec<&'a str> {
    nodes.iter().filter_map(|(_, node)| node["key"].as_str()).collect()
}

/// Comparisons of a single choice with whole keys.
const ONE: [&str; 4] = ["eq", "ne", "in", "not_in"];

/// Notes values of a condition that are no choice of the question it asks about: it could never hold.
fn compared(condition: &Value, path: &str, questions: &[Node<'_>], report: &mut Report) {
    let asked = questions.iter().map(|(_, question)| *question).find(|question| question["key"] == condition["answer"]);
    let Some(question) = asked else { return };
    let whole = match question["type"].as_str() {
        Some("image_choice") if question["max"].as_u64().is_none_or(|max| max < 2) => &ONE[..],
        Some("single_choice" | "dropdown") => &ONE,
        // A part of a list is a whole key.
        Some("multi_choice" | "image_choice" | "ranking") => &["eq", "ne", "in", "not_in", "contains"],
        _ => return,
    };
    if !condition["op"].as_str().is_some_and(|op| whole.contains(&op)) {
        return;
    }
    let keys = question["choices"].as_array().into_iter().flatten().filter_map(|choice| choice["key"].as_str());
    let keys: Vec<&str> = keys.chain((question["other"] == true).then_some(OTHER)).collect();
    let (values, listed) = match &condition["value"] {
        Value::Null => return,
        Value::Array(values) => (values.as_slice(), true),
        value => (std::slice::from_ref(value), false),
    };
    for (at, value) in values.iter().enumerate() {
        let key = value.as_str().unwrap_or_default();
        // Comparisons ignore case, and keys have none.
        if !keys.contains(&key.to_lowercase().as_str()) {
            let path = if listed { format!("{path}.value[{at}]") } else { format!("{path}.value") };
            report.add(path, format!("{} is no choice of {}{}", show(value), question["key"], did_you_mean(key, &keys)));
        }
    }
}

/// Notes a loop without a way out. A loop with one is fine: a shopper may be asked again until it fits.
fn endless(questions: &[Node<'_>], report: &mut Report) {
    let index: HashMap<&str, usize> =
        questions.iter().enumerate().filter_map(|(at, (_, question))| Some((question["key"].as_str()?, at))).collect();
    // The end is one more node; so are all endings.
    let end = questions.len();
    let leads_to: Vec<Vec<usize>> = questions
        .iter()
        .enumerate()
        .map(|(at, (_, question))| {
            let jumps = question["next"].as_array().map_or(&[][..], Vec::as_slice);
            let mut targets: Vec<usize> =
                jumps.iter().map(|jump| jump["go"].as_str().and_then(|go| index.get(go)).copied().unwrap_or(end)).collect();
            if jumps.iter().all(|jump| jump.get("if").is_some()) {
                targets.push(at + 1);
            }
            targets
        })
        .collect();
    let mut ends = vec![false; questions.len() + 1];
    ends[end] = true;
    // Each round settles at least one more question, or the rest never ends.
    while let Some(found) = (0..questions.len()).find(|at| !ends[*at] && leads_to[*at].iter().any(|to| ends[*to])) {
        ends[found] = true;
    }
    if let Some(at) = ends.iter().position(|ends| !ends) {
        report.add(
            format!("{}.next", questions[at].0),
            "from here the questions go round for ever: let one of them lead to an ending or to \"end\"",
        );
    }
}
