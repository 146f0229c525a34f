//! Single questions and endings. Where they lead is checked in [`super::flow`].

use serde_json::Value;

use crate::domain::{
    answer,
    branching::END,
    report::{Fields, Report},
    survey::{OTHER, QuestionType, ScaleStyle},
    targeting,
};

/// Most choices in a question, and rows in a matrix.
const MAX_CHOICES: usize = 100;
/// Most jumps from one question.
const MAX_JUMPS: usize = 50;
/// Longest address, in bytes.
const MAX_ADDRESS: usize = 2000;

const COMMON: &[&str] = &["key", "type", "prompt", "help", "required", "next", "valid", "unless"];

/// Fields beyond the common ones.
const fn own_fields(kind: QuestionType) -> &'static [&'static str] {
    use QuestionType as T;
    match kind {
        T::SingleChoice | T::Dropdown => &["choices", "shuffle", "other"],
        T::MultiChoice => &["choices", "shuffle", "other", "min", "max"],
        T::ImageChoice => &["choices", "shuffle", "min", "max"],
        T::Ranking => &["choices", "shuffle"],
        T::Matrix => &["choices", "rows", "shuffle"],
        T::Nps | T::Ces => &["low", "high"],
        T::Csat => &["low", "high", "style"],
        T::Rating => &["low", "high", "style", "max"],
        T::ShortText | T::LongText => &["placeholder", "min", "max"],
        T::Email => &["placeholder", "consent"],
        T::Statement => &[],
    }
}

pub(super) fn question<'a>(value: &'a Value, path: &str, keys: &mut Vec<&'a str>, report: &mut Report) {
    let kind = value.get("type").and_then(Value::as_str).and_then(QuestionType::parse);
    let Some(fields) = known_fields(value, path, kind, report) else { return };
    if let Some(key) = node_key(&fields, keys, report)
        && key == END
    {
        report.add(fields.at("key"), "\"end\" is what jumps call the end of the survey: choose another key");
    }
    report.require(&fields, "type");
    report.word(&fields, "type", QuestionType::WORDS);
    report.require(&fields, "prompt");
    for name in ["prompt", "help", "low", "high", "placeholder", "consent"] {
        report.text(&fields, name);
    }
    for name in ["required", "shuffle", "other"] {
        report.flag(&fields, name);
    }
    report.word(&fields, "style", ScaleStyle::WORDS);
    if let Some(kind) = kind {
        lists(&fields, kind, report);
        limits(&fields, kind, report);
    }
    for (path, jump) in report.list(&fields, "next", 0..=MAX_JUMPS) {
        self::jump(jump, &path, report);
    }
}

/// An unknown type may have any field: one message is enough.
fn known_fields<'a>(value: &'a Value, path: &str, kind: Option<QuestionType>, report: &mut Report) -> Option<Fields<'a>> {
    match kind {
        Some(kind) => report.object(value, path, &[COMMON, own_fields(kind)].concat()),
        None => report.map(value, path),
    }
}

/// A key shared by questions and endings.
fn node_key<'a>(fields: &Fields<'a>, keys: &mut Vec<&'a str>, report: &mut Report) -> Option<&'a str> {
    let key = report.key(fields)?;
    report.unique(keys, key, fields.at("key"));
    Some(key)
}

fn lists(fields: &Fields<'_>, kind: QuestionType, report: &mut Report) {
    for name in ["choices", "rows"].into_iter().filter(|name| own_fields(kind).contains(name)) {
        report.require(fields, name);
        let mut keys = Vec::new();
        if fields.get("other").is_some_and(|other| other == true) {
            keys.push(OTHER);
        }
        let fewest = if name == "choices" { 2 } else { 1 };
        for (path, item) in report.list(fields, name, fewest..=MAX_CHOICES) {
            let Some(choice) = report.object(item, &path, choice_fields(kind, name)) else { continue };
            if let Some(key) = report.key(&choice) {
                report.unique(&mut keys, key, choice.at("key"));
            }
            report.require(&choice, "label");
            report.text(&choice, "label");
            report.flag(&choice, "pinned");
            if kind == QuestionType::ImageChoice {
                report.require(&choice, "image");
                image(&choice, report);
            }
        }
    }
}

/// Fields of a choice or a row. Only what is shuffled can be pinned; of a matrix that is the rows.
fn choice_fields(kind: QuestionType, list: &str) -> &'static [&'static str] {
    match (kind, list) {
        (QuestionType::ImageChoice, _) => &["key", "label", "pinned", "image"],
        (QuestionType::Matrix, "choices") => &["key", "label"],
        _ => &["key", "label", "pinned"],
    }
}

fn limits(fields: &Fields<'_>, kind: QuestionType, report: &mut Report) {
    use QuestionType as T;
    let (lowest, highest) = match kind {
        T::Rating => (3, 10),
        T::MultiChoice | T::ImageChoice => (1, MAX_CHOICES as i64 + 1),
        T::ShortText | T::LongText => (1, answer::MAX_TEXT as i64),
        _ => return,
    };
    let min = report.integer(fields, "min", lowest..=highest);
    let max = report.integer(fields, "max", lowest..=highest);
    let Some(min) = min else { return };
    match max {
        Some(max) if min > max => report.add(fields.at("min"), format!("min ({min}) is above max ({max})")),
        None if kind == T::ImageChoice && min > 1 && fields.get("max").is_none() => {
            report.add(
                fields.at("min"),
                format!("one image can be chosen, so {min} never are: set max to let shoppers choose several"),
            );
        }
        _ => {}
    }
    let choices = fields.get("choices").and_then(Value::as_array).map(|choices| choices.len() as i64);
    if let (T::MultiChoice | T::ImageChoice, Some(choices)) = (kind, choices) {
        let choices = choices + i64::from(fields.get("other").is_some_and(|other| other == true));
        if min > choices {
            report.add(fields.at("min"), format!("min is {min}, but there are only {choices} choices"));
        }
    }
}

fn jump(value: &Value, path: &str, report: &mut Report) {
    let Some(fields) = report.object(value, path, &["if", "go"]) else { return };
    report.require(&fields, "go");
    report.read(&fields, "go", "the key of a question or an ending, or end", Value::as_str);
    let Some(condition) = fields.get("if") else { return };
    let Some(fields) = report.object(condition, &fields.at("if"), &["answer", "op", "value"]) else { return };
    report.require(&fields, "answer");
    report.read(&fields, "answer", "the key of a question", Value::as_str);
    report.require(&fields, "op");
    if let Some(op) = targeting::comparison(&fields, report) {
        targeting::loose_operand(op, &fields, report);
    }
}

pub(super) fn ending<'a>(value: &'a Value, path: &str, keys: &mut Vec<&'a str>, report: &mut Report) {
    let Some(fields) = report.object(value, path, &["key", "title", "text", "coupon", "button"]) else { return };
    node_key(&fields, keys, report);
    report.require(&fields, "title");
    report.text(&fields, "title");
    report.text(&fields, "text");
    if let Some(coupon) = fields.get("coupon").and_then(|coupon| report.object(coupon, &fields.at("coupon"), &["pool"])) {
        report.require(&coupon, "pool");
        report.text(&coupon, "pool");
    }
    if let Some(button) = fields.get("button").and_then(|button| report.object(button, &fields.at("button"), &["label", "url"])) {
        for name in ["label", "url"] {
            report.require(&button, name);
        }
        report.text(&button, "label");
        address(&button, "url", report);
    }
}

/// An address a shopper's browser may be sent to: never a script.
fn address(fields: &Fields<'_>, name: &str, report: &mut Report) {
    report.read(fields, name, "an address that starts with https://, http:// or /, or a pipe such as {{cart.url}}", |value| {
        let text = value.as_str()?;
        (text.len() <= MAX_ADDRESS && (is_web(text, &["https", "http"]) || is_path(text) || text.starts_with("{{"))).then_some(())
    });
}

/// An address to load a picture from; a page served with https loads none without.
fn image(fields: &Fields<'_>, report: &mut Report) {
    report.read(fields, "image", "the address of a picture, starting with https:// or /", |value| {
        let text = value.as_str()?;
        (text.len() <= MAX_ADDRESS && (is_web(text, &["https"]) || is_path(text))).then_some(())
    });
}

fn is_web(text: &str, schemes: &[&str]) -> bool {
    url::Url::parse(text).is_ok_and(|url| schemes.contains(&url.scheme()) && url.has_host())
}

/// On the store itself: two slashes would lead to another host.
fn is_path(text: &str) -> bool {
    text.starts_with('/') && !text.starts_with("//") && !text.starts_with("/\\")
}
