//! Reading a survey document: all problems at once, in words for a store owner.

mod display;
mod flow;
mod question;
mod stream;
mod trigger;
mod variants;

use serde_json::{Value, json};

use super::{Kind, Placement, Problem, Survey, Trigger};
use crate::domain::{
    report::{Fields, Report},
    targeting::{self, Scope},
};

/// Most questions in a survey.
const MAX_QUESTIONS: usize = 50;
/// Most endings in a survey.
const MAX_ENDINGS: usize = 50;
/// Largest magnitude of a priority.
const MAX_PRIORITY: i64 = 1_000_000;

const FIELDS: &[&str] = &[
    "key",
    "kind",
    "name",
    "locale",
    "placement",
    "trigger",
    "targeting",
    "frequency",
    "schedule",
    "quota",
    "sample",
    "priority",
    "stream",
    "questions",
    "endings",
    "translations",
    "theme",
    "holdout",
    "variants",
];

impl Survey {
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
    base(&fields, report);
    // Patched documents are compared with this one, which must make sense first.
    if report.problems.is_empty() {
        variants::check(&fields, document, report);
    }
}

/// Everything but the variants.
fn base(fields: &Fields<'_>, report: &mut Report) {
    report.key(fields);
    for name in ["kind", "name", "questions"] {
        report.require(fields, name);
    }
    report.word(fields, "kind", Kind::WORDS);
    report.text(fields, "name");
    report.read(fields, "locale", LOCALE, |value| value.as_str().filter(|text| is_locale(text)));
    display::placement(fields, report);
    trigger::check(fields, report);
    if let Some(value) = fields.get("targeting") {
        targeting::check(value, &fields.at("targeting"), Scope::Survey, report);
    }
    display::frequency(fields, report);
    display::schedule(fields, report);
    display::quota(fields, report);
    report.number(fields, "sample", 0.0..=1.0);
    report.integer(fields, "priority", -MAX_PRIORITY..=MAX_PRIORITY);
    questions_and_endings(fields, report);
    variants::translations(fields, report);
    display::theme(fields, report);
    report.number(fields, "holdout", 0.0..=1.0);
}

fn questions_and_endings(fields: &Fields<'_>, report: &mut Report) {
    let questions = report.list(fields, "questions", 1..=MAX_QUESTIONS);
    let endings = report.list(fields, "endings", 0..=MAX_ENDINGS);
    // Jumps name either, so that one key must not mean both.
    let mut keys = Vec::new();
    for (path, value) in &questions {
        question::question(value, path, &mut keys, report);
    }
    for (path, value) in &endings {
        question::ending(value, path, &mut keys, report);
    }
    flow::check(&questions, &endings, report);
    stream::check(fields, &questions, report);
}

/// Placement and trigger depend on the kind, which serde's defaults cannot see.
fn with_defaults(document: &Value) -> Value {
    let mut filled = document.clone();
    let kind = document["kind"].as_str().and_then(Kind::parse).unwrap_or_default();
    if let Some(fields) = filled.as_object_mut() {
        fields.entry("placement").or_insert_with(|| json!(Placement::default_for(kind)));
        fields.entry("trigger").or_insert_with(|| json!(Trigger::default_for(kind)));
        // Each order brings another question: the answer to one is no reason to keep the next.
        if fields.get("stream").is_some_and(|stream| *stream == true)
            && let Some(frequency) = fields.entry("frequency").or_insert_with(|| json!({})).as_object_mut()
        {
            frequency.entry("after_answer").or_insert_with(|| json!("0s"));
        }
    }
    filled
}

const LOCALE: &str = "a language such as en, de-AT or zh-Hant";

/// A language tag: letters first, then parts of letters and digits.
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && text.len() <= 35
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests;
