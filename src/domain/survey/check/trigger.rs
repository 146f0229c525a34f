//! Triggers: each has its own fields, and every threshold its bounds.

use serde_json::Value;

use super::display::part;
use crate::domain::{
    report::{Fields, Report, show},
    survey::{MobileSign, Trigger},
};

/// Longest time that a trigger may wait for, in seconds.
const MAX_SECONDS: i64 = 3600;
/// Longest selector, in bytes.
const MAX_SELECTOR: usize = 300;

const EXIT_INTENT: &[&str] = &[
    "min_seconds",
    "desktop",
    "mobile",
    "dwell_ms",
    "velocity",
    "scroll_speed",
    "scroll_distance",
    "scroll_depth",
    "hidden_seconds",
    "idle_seconds",
];

/// Fields of a type besides `type`; `None` if there is no such type.
fn own_fields(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "exit_intent" => EXIT_INTENT,
        "delay" => &["seconds"],
        "scroll" => &["percent"],
        "click" => &["selector"],
        "event" => &["name"],
        "order" | "page_view" | "manual" => &[],
        _ => return None,
    })
}

pub(super) fn check(fields: &Fields<'_>, report: &mut Report) {
    let kind = fields.get("trigger").and_then(|trigger| trigger.get("type")).and_then(Value::as_str);
    let Some(own) = kind.and_then(own_fields) else {
        // Which fields belong there is unknown as long as the type is.
        if let Some(fields) = fields.get("trigger").and_then(|value| report.map(value, &fields.at("trigger"))) {
            report.require(&fields, "type");
            report.word(&fields, "type", Trigger::TYPES);
        }
        return;
    };
    let Some(fields) = part(fields, "trigger", &[&["type"], own].concat(), report) else { return };
    if kind == Some("exit_intent") {
        return exit_intent(&fields, report);
    }
    for name in own {
        report.require(&fields, name);
    }
    report.integer(&fields, "seconds", 1..=MAX_SECONDS);
    report.integer(&fields, "percent", 1..=100);
    report.text(&fields, "name");
    report.read(&fields, "selector", "a CSS selector such as #help or .size-guide", |value| {
        value.as_str().filter(|text| is_selector(text))
    });
}

fn exit_intent(fields: &Fields<'_>, report: &mut Report) {
    report.integer(fields, "min_seconds", 0..=MAX_SECONDS);
    let desktop = report.flag(fields, "desktop");
    let signs = report.list(fields, "mobile", 0..=MobileSign::WORDS.len());
    for (path, sign) in &signs {
        if sign.as_str().and_then(MobileSign::parse).is_none() {
            report.add(path, format!("{} should be one of {}", show(sign), MobileSign::WORDS.join(", ")));
        }
    }
    report.integer(fields, "dwell_ms", 0..=5000);
    report.number(fields, "velocity", 0.05..=10.0);
    report.integer(fields, "scroll_speed", 100..=20_000);
    report.integer(fields, "scroll_distance", 50..=5000);
    report.integer(fields, "scroll_depth", 0..=100);
    report.integer(fields, "hidden_seconds", 1..=MAX_SECONDS);
    report.integer(fields, "idle_seconds", 5..=MAX_SECONDS);
    if desktop == Some(false) && fields.get("mobile").is_some_and(Value::is_array) && signs.is_empty() {
        report.add(fields.at("mobile"), "nothing is left that could open it: name a sign, or leave \"desktop\" on");
    }
}

/// Whether a browser may take it for a selector: one that it refuses would never fire, and nobody would know why.
fn is_selector(text: &str) -> bool {
    if text.trim().is_empty() || text.len() > MAX_SELECTOR || text.trim_end().ends_with([',', '>', '+', '~']) {
        return false;
    }
    let mut open = Vec::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            // Whatever follows a backslash stands for itself.
            ('\\', _) if chars.next().is_none() => return false,
            ('\\', _) => {}
            (_, Some(end)) => quote = (c != end).then_some(end),
            ('"' | '\'', None) => quote = Some(c),
            ('(', None) => open.push(')'),
            ('[', None) => open.push(']'),
            (')' | ']', None) if open.pop() != Some(c) => return false,
            ('{' | '}' | ';' | '<' | '@', None) => return false,
            _ => {}
        }
    }
    quote.is_none() && open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors() {
        for good in ["#help", ".size-guide, [data-open='a;b']", "main > button:not(.off)", r"#a\{b", r#"a[href="{"]"#] {
            assert!(is_selector(good), "{good}");
        }
        let long = "a".repeat(MAX_SELECTOR + 1);
        for bad in ["", " ", "#a {", "a[b", "a)", "a[(])", "a['b]", "#a,", "main >", "a;b", "<a>", r"a\", "@media", &long] {
            assert!(!is_selector(bad), "{bad}");
        }
    }
}
