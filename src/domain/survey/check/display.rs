//! Placement, frequency, schedule, quota and theme.

use serde_json::Value;

use crate::domain::{
    duration::DAY,
    report::{Fields, Report},
    schedule::LocalTime,
    survey::{Form, Position, Scheme, Show},
};

/// Longest rest a survey may take.
const MAX_REST: i64 = 3660 * DAY;
const MAX_COUNT: i64 = 1_000_000_000;
/// Longest rules of a store's own, in bytes: every shopper who is asked loads them.
const MAX_CSS: usize = 4096;

pub(super) fn part<'a>(fields: &Fields<'a>, name: &str, known: &[&str], report: &mut Report) -> Option<Fields<'a>> {
    report.object(fields.get(name)?, &fields.at(name), known)
}

pub(super) fn placement(fields: &Fields<'_>, report: &mut Report) {
    let Some(fields) = part(fields, "placement", &["type", "position"], report) else { return };
    report.require(&fields, "type");
    let form = report.word(&fields, "type", Form::WORDS).and_then(Form::parse);
    let position = report.word(&fields, "position", Position::WORDS).and_then(Position::parse);
    let (Some(form), Some(position)) = (form, position) else { return };
    if !form.positions().contains(&position) {
        let allowed: Vec<_> = form.positions().iter().map(|position| position.as_str()).collect();
        let message = match &allowed[..] {
            [] => format!("a {form} has no position"),
            allowed => format!("a {form} cannot stand at {position}: use one of {}", allowed.join(", ")),
        };
        report.add(fields.at("position"), message);
    }
}

pub(super) fn frequency(fields: &Fields<'_>, report: &mut Report) {
    let known = ["show", "max_shows", "gap", "after_answer", "after_dismiss", "backoff"];
    let Some(fields) = part(fields, "frequency", &known, report) else { return };
    let show = report.word(&fields, "show", Show::WORDS).and_then(Show::parse);
    report.integer(&fields, "max_shows", 1..=1000);
    for name in ["gap", "after_answer", "after_dismiss"] {
        if report.span(&fields, name).is_some_and(|ms| ms > MAX_REST) {
            report.add(fields.at(name), "at most ten years (3660d) are allowed");
        }
    }
    report.number(&fields, "backoff", 1.0..=10.0);
    match show {
        Some(Show::Times) if fields.get("max_shows").is_none() => {
            report.add(fields.at("max_shows"), "\"times\" needs max_shows: how many times?")
        }
        Some(Show::Every) if fields.get("gap").is_none() => {
            report.add(fields.at("gap"), "\"every\" needs a gap, such as \"90d\"")
        }
        _ => {}
    }
}

pub(super) fn schedule(fields: &Fields<'_>, report: &mut Report) {
    let Some(fields) = part(fields, "schedule", &["from", "until"], report) else { return };
    let mut time = |name| {
        let read =
            |value: &Value| value.as_str().filter(|text| text.contains('T')).and_then(|text| text.parse::<LocalTime>().ok());
        report.read(&fields, name, "a date and time such as 2027-04-01T00:00, in the site's time zone", read)
    };
    let (from, until) = (time("from"), time("until"));
    if let (Some(from), Some(until)) = (from, until)
        && from >= until
    {
        report.add(fields.at("until"), format!("the survey would end ({until}) before it starts ({from})"));
    }
}

pub(super) fn quota(fields: &Fields<'_>, report: &mut Report) {
    let Some(fields) = part(fields, "quota", &["responses", "per_day"], report) else { return };
    report.require(&fields, "responses");
    report.integer(&fields, "responses", 1..=MAX_COUNT);
    report.integer(&fields, "per_day", 1..=MAX_COUNT);
}

pub(super) fn theme(fields: &Fields<'_>, report: &mut Report) {
    let known = ["accent", "background", "text", "font", "radius", "scheme", "css"];
    let Some(fields) = part(fields, "theme", &known, report) else { return };
    for name in ["accent", "background", "text"] {
        report.read(&fields, name, "a colour such as #0b6e4f", |value| value.as_str().filter(|text| is_colour(text)));
    }
    report
        .read(&fields, "font", "names of fonts, such as Inter, sans-serif", |value| value.as_str().filter(|text| is_font(text)));
    report.integer(&fields, "radius", 0..=40);
    report.word(&fields, "scheme", Scheme::WORDS);
    if let Some(css) = report.read(&fields, "css", "CSS rules", Value::as_str) {
        rules(css, &fields, report);
    }
}

/// Rules of the store's own. They apply inside the survey's shadow root only, so they can spoil nothing else.
fn rules(css: &str, fields: &Fields<'_>, report: &mut Report) {
    let mut add = |message: String| report.add(fields.at("css"), message);
    if css.len() > MAX_CSS {
        add(format!("the rules have {} bytes, at most {MAX_CSS} are allowed", css.len()));
    }
    if css.contains("</") {
        add("write the rules only: \"</\" would be taken for markup".to_owned());
    }
    if css.to_ascii_lowercase().contains("@import") {
        add("@import is not loaded here: put the rules themselves, or a font's name under \"font\"".to_owned());
    }
}

/// Nothing that could end the declaration it is written into.
fn is_font(text: &str) -> bool {
    (1..=200).contains(&text.len()) && text.chars().all(|c| c.is_alphanumeric() || " ,-_'\"".contains(c))
}

fn is_colour(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}
