//! The question stream: only surveys that follow an order or a link can be one, and only its questions may say how long an answer
//! is good for.

use serde_json::Value;

use crate::domain::{
    report::{Fields, Report},
    survey::Kind,
    targeting::{self, Scope},
};

/// How long an answer may be good for at the least: anything shorter would ask again at the same order.
const SHORTEST: i64 = crate::domain::duration::DAY;

pub(super) fn check(fields: &Fields<'_>, questions: &[(String, &Value)], report: &mut Report) {
    let on = report.flag(fields, "stream").unwrap_or(false);
    let kind = fields.get("kind").and_then(Value::as_str).and_then(Kind::parse);
    if on && kind.is_some_and(|kind| !matches!(kind, Kind::PostPurchase | Kind::Link)) {
        report.add(fields.at("stream"), "only post_purchase and link surveys can ask one question after another");
    }
    if on && !questions.is_empty() && questions.iter().all(|(_, question)| question["type"] == "statement") {
        report.add(fields.at("questions"), "a stream needs a question that can be answered");
    }
    for (path, question) in questions {
        let Some(question) = report.map(question, path) else { continue };
        for name in ["valid", "unless"].into_iter().filter(|name| question.get(name).is_some() && !on) {
            report.add(question.at(name), "only counts in a stream: set \"stream\": true in the survey");
        }
        if report.span(&question, "valid").is_some_and(|valid| valid < SHORTEST) {
            report.add(question.at("valid"), "an answer should be good for at least 1d");
        }
        if let Some(unless) = question.get("unless") {
            targeting::check(unless, &question.at("unless"), Scope::Known, report);
        }
    }
    if on {
        variants(fields, report);
    }
}

/// Offers name the question by its place, which is the same in every arm.
fn variants(fields: &Fields<'_>, report: &mut Report) {
    let variants = fields.get("variants").and_then(Value::as_array).into_iter().flatten().enumerate();
    for (at, _) in variants.filter(|(_, variant)| variant["patch"].get("questions").is_some()) {
        report.add(
            format!("{}[{at}].patch.questions", fields.at("variants")),
            "the variants of a stream share its questions: let them differ in endings, placement or theme",
        );
    }
}
