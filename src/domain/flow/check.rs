//! Reading a flow document: all problems at once, in words for a store owner.

use serde_json::{Value, json};

use super::{Action, Flow, ReEntry, StopEvent, Trigger, facts::FAMILIES};
use crate::domain::{
    duration::{self, DAY},
    report::{Fields, Problem, Report, is_key, show},
    targeting::{self, Scope},
};

/// Most steps in a flow.
const MAX_STEPS: usize = 20;
/// Longest wait between two steps: a year.
const MAX_AFTER: i64 = 366 * DAY;

const FIELDS: &[&str] = &["key", "name", "on", "survey", "when", "steps", "stop_on", "re_entry", "holdout"];

impl Flow {
    /// Reads a document and fills in the defaults, or says everything that is wrong with it.
    pub fn parse(document: &Value) -> Result<Self, Vec<Problem>> {
        let mut report = Report::default();
        check(document, &mut report);
        if !report.problems.is_empty() {
            return Err(report.problems);
        }
        serde_json::from_value(with_defaults(document))
            .map_err(|error| vec![Problem { path: String::new(), message: error.to_string() }])
    }
}

fn check(document: &Value, report: &mut Report) {
    let Some(fields) = report.object(document, "", FIELDS) else { return };
    report.key(&fields);
    report.text(&fields, "name");
    report.require(&fields, "on");
    let on = report.word(&fields, "on", Trigger::WORDS).and_then(Trigger::parse);
    key_of(&fields, "survey", "a survey", report);
    if fields.get("survey").is_some() && matches!(on, Some(Trigger::CartAbandoned | Trigger::OrderCompleted)) {
        report.add(
            fields.at("survey"),
            "a flow that begins with a cart or an order has no survey: ask for its answers in \"when\"",
        );
    }
    when(&fields, report);
    report.require(&fields, "steps");
    let steps = report.list(&fields, "steps", 1..=MAX_STEPS);
    for (path, value) in &steps {
        step(value, path, report);
    }
    if steps.last().is_some_and(|(_, last)| last["do"] == "wait") {
        report.add(format!("{}.do", steps[steps.len() - 1].0), "nothing comes after this wait: leave it out");
    }
    stop_on(&fields, report);
    re_entry(&fields, report);
    report.number(&fields, "holdout", 0.0..=1.0);
}

fn step(value: &Value, path: &str, report: &mut Report) {
    const COMMON: [&str; 3] = ["after", "do", "when"];
    let own: &[&str] = match value["do"].as_str() {
        Some("email") => &["template", "coupon", "survey"],
        Some("webhook" | "notify") => &["to"],
        Some("wait") => &[],
        // What is written cannot be told from what is meant; only the type itself is to blame.
        _ => &["template", "coupon", "survey", "to"],
    };
    let Some(fields) = report.object(value, path, &[&COMMON[..], own].concat()) else { return };
    report.require(&fields, "do");
    let after = report.span(&fields, "after");
    if after.is_some_and(|after| after > MAX_AFTER) {
        report.add(fields.at("after"), "a step may wait for a year at most");
    }
    match report.word(&fields, "do", Action::TYPES) {
        Some("email") => {
            report.require(&fields, "template");
            key_of(&fields, "template", "a template", report);
            key_of(&fields, "survey", "a survey", report);
            if let Some(coupon) = fields.get("coupon")
                && let Some(coupon) = report.object(coupon, &fields.at("coupon"), &["pool"])
            {
                report.require(&coupon, "pool");
                key_of(&coupon, "pool", "a coupon pool", report);
            }
        }
        Some("webhook") => {
            report.require(&fields, "to");
            key_of(&fields, "to", "an endpoint", report);
        }
        Some("notify") => {
            report.require(&fields, "to");
            key_of(&fields, "to", "a connector", report);
        }
        Some("wait") if fields.get("after").is_none() || after == Some(0) => {
            report.add(fields.at("after"), "a step that only waits needs to know how long");
        }
        _ => {}
    }
    when(&fields, report);
}

fn when(fields: &Fields<'_>, report: &mut Report) {
    if let Some(value) = fields.get("when") {
        let before = report.problems.len();
        targeting::check(value, &fields.at("when"), Scope::Flow, report);
        if report.problems.len() == before {
            known(value, &fields.at("when"), report);
        }
    }
}

/// Notes facts of a page or a visit: none of them is known when a flow runs, and the condition could never hold.
fn known(condition: &Value, path: &str, report: &mut Report) {
    for group in ["all", "any"] {
        for (at, part) in condition[group].as_array().into_iter().flatten().enumerate() {
            known(part, &format!("{path}.{group}[{at}]"), report);
        }
    }
    if condition.get("not").is_some() {
        known(&condition["not"], &format!("{path}.not"), report);
    }
    if let Some(field) = condition["field"].as_str()
        && !FAMILIES.iter().any(|family| field.strip_prefix(family).is_some_and(|rest| rest.starts_with('.')))
    {
        let families = FAMILIES.map(|family| format!("{family}.*")).join(", ");
        report.add(
            format!("{path}.field"),
            format!("{field:?} belongs to a visit, which is over when a flow runs: use {families}"),
        );
    }
}

fn key_of(fields: &Fields<'_>, name: &str, of: &str, report: &mut Report) {
    let wanted = format!("the key of {of}: 1 to 64 of the characters a-z 0-9 _ -");
    report.read(fields, name, wanted, |value| value.as_str().filter(|text| is_key(text)));
}

fn stop_on(fields: &Fields<'_>, report: &mut Report) {
    let mut seen = Vec::new();
    for (path, item) in report.list(fields, "stop_on", 0..=StopEvent::WORDS.len()) {
        match item.as_str().filter(|word| StopEvent::WORDS.contains(word)) {
            Some(word) if seen.contains(&word) => report.add(path, format!("{word:?} is named twice")),
            Some(word) => seen.push(word),
            None => report.add(path, format!("{} should be one of {}", show(item), StopEvent::WORDS.join(", "))),
        }
    }
}

fn re_entry(fields: &Fields<'_>, report: &mut Report) {
    report.read(fields, "re_entry", "a duration such as \"30d\", or \"never\"", |value| {
        value.as_str().filter(|text| *text == ReEntry::NEVER || duration::parse_ms(text).is_ok())
    });
}

/// What ends a flow depends on what it begins with, which serde's defaults cannot see.
fn with_defaults(document: &Value) -> Value {
    let mut filled = document.clone();
    let on = document["on"].as_str().and_then(Trigger::parse);
    if let (Some(fields), Some(on)) = (filled.as_object_mut(), on) {
        fields.entry("stop_on").or_insert_with(|| json!(StopEvent::defaults(on)));
    }
    filled
}

#[cfg(test)]
mod tests;
