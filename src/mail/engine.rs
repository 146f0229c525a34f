//! The sandbox templates run in: no includes, no files, nothing but [`Data`], and an end to time, memory and depth.
//!
//! The limits are the engine's fuel (large strings burn it by their length), its recursion limit, and the size of what comes out.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, context};

use super::data::Data;
use super::template::Fault;
use crate::domain::money::Money;

/// Instructions one text may take.
const FUEL: u64 = 200_000;
/// Macros within macros.
const DEPTH: usize = 32;
/// Bytes a rendered text may have.
const MOST: usize = 512 * 1024;

/// The texts of a mail, by how they are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Every value is escaped.
    Html,
    /// Nothing is.
    Plain,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Plain => "plain",
        }
    }
}

/// Renders one text for a reader of `locale`.
pub(super) fn render(source: &str, kind: Kind, data: &Data, locale: &str) -> Result<String, Fault> {
    let env = environment();
    let template = env.template_from_named_str(kind.name(), source).map_err(fault)?;
    let mut out = Limited(Vec::new());
    let values = context! { locale => locale, ..Value::from(Serde(data)) };
    match template.render_captured_to(values, &mut out) {
        Ok(_) => Ok(String::from_utf8(out.0).expect("the engine writes text")),
        Err(_) if out.0.len() > MOST => Err(Fault::new(None, format!("the text is longer than {} KiB", MOST / 1024))),
        Err(error) => Err(fault(error)),
    }
}

/// Looks for mistakes of grammar alone.
pub(super) fn parse(source: &str, kind: Kind) -> Result<(), Fault> {
    environment().template_from_named_str(kind.name(), source).map(drop).map_err(fault)
}

fn environment() -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(DEPTH);
    env.set_auto_escape_callback(|name| if name == Kind::Html.name() { AutoEscape::Html } else { AutoEscape::None });
    env.set_formatter(write_value);
    env.remove_filter("safe");
    env.remove_global("debug");
    env.add_filter("money", format_money);
    env.add_filter("date", format_date);
    env.add_filter("ink", ink);
    env
}

/// Writes a value, escaped in HTML even where a template switched that off: names come from strangers.
fn write_value(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    // A store's own attribute may be null; nobody wants to read "none".
    if value.is_none() {
        return Ok(());
    }
    let text = value.to_string();
    let written = match state.name() == Kind::Html.name() && !value.is_safe() {
        true => out.write_str(&escape(&text)),
        false => out.write_str(&text),
    };
    written.map_err(|_| Error::new(ErrorKind::WriteFailure, "the text is too long"))
}

/// The five signs that mean something in HTML. The engine's own would also write `/` as an entity, in every link.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

fn locale(state: &State) -> String {
    state.lookup("locale").and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `{{ cart.value|money(cart.currency) }}`
fn format_money(state: &State, minor: i64, currency: &str) -> String {
    match currency.parse() {
        Ok(currency) => Money { minor, currency }.format(&locale(state)),
        // A currency that nobody knows is still better than no amount.
        Err(_) => format!("{minor} {currency}"),
    }
}

/// `{{ shop.accent|ink }}`: black or white, whichever can be read on the colour.
fn ink(colour: &str) -> &'static str {
    let light = |at: usize| {
        let channel =
            colour.strip_prefix('#').and_then(|hex| hex.get(at..at + 2)).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let part = f64::from(channel.unwrap_or(0)) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    // WCAG's relative luminance; at 0.179 both have the same contrast.
    match 0.2126 * light(0) + 0.7152 * light(2) + 0.0722 * light(4) > 0.179 {
        true => "#000000",
        false => "#ffffff",
    }
}

/// `{{ order.at|date }}`, `{{ order.at|date("%d.%m.") }}`: in the store's time zone.
fn format_date(state: &State, at: i64, pattern: Option<&str>) -> Result<String, Error> {
    let invalid = |what: String| Error::new(ErrorKind::InvalidOperation, what);
    let zone = state.lookup("shop").and_then(|shop| shop.get_attr("time_zone").ok());
    let zone = zone.as_ref().and_then(Value::as_str).and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    let time = zone.to_datetime(Timestamp::from_millisecond(at).map_err(|_| invalid(format!("{at} is no time")))?);
    match pattern {
        Some(pattern) => jiff::fmt::strtime::format(pattern, time).map_err(|e| invalid(format!("date: {e}"))),
        None => Ok(written_date(time, &locale(state))),
    }
}

/// The day, so that nobody takes the month for it.
pub fn written_date(time: DateTime, locale: &str) -> String {
    const ENGLISH: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const GERMAN: [&str; 12] =
        ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"];
    let (year, month, day) = (time.year(), time.month(), time.day());
    let index = usize::from(month.unsigned_abs()) - 1;
    let locale = locale.replace('_', "-").to_ascii_lowercase();
    match locale.split('-').next().unwrap_or_default() {
        _ if locale == "en-us" => format!("{} {day}, {year}", ENGLISH[index]),
        "en" => format!("{day} {} {year}", ENGLISH[index]),
        "de" => format!("{day}. {} {year}", GERMAN[index]),
        "fr" | "es" | "it" | "pt" | "ar" | "he" => format!("{day:02}/{month:02}/{year}"),
        "nl" => format!("{day:02}-{month:02}-{year}"),
        "pl" | "cs" | "fi" | "da" | "nb" | "no" | "tr" => format!("{day:02}.{month:02}.{year}"),
        "ja" | "zh" => format!("{year}年{month}月{day}日"),
        _ => format!("{year}-{month:02}-{day:02}"),
    }
}

/// An error in a store owner's words.
fn fault(error: Error) -> Fault {
    let detail = error.detail().unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::UndefinedError if detail.is_empty() => {
            "this has no value here: check the name, or write `|default(\"…\")` behind it".to_owned()
        }
        ErrorKind::UndefinedError => format!("{detail}: check the name, or write `|default(\"…\")` behind it"),
        ErrorKind::OutOfFuel => "the template takes too long: is there a loop in a loop?".to_owned(),
        ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::UnknownMethod => {
            format!("{}: {detail}", error.kind())
        }
        kind if detail.is_empty() => kind.to_string(),
        _ => detail.to_owned(),
    };
    Fault::new(error.line(), message)
}

/// A writer that refuses what is too much.
struct Limited(Vec<u8>);

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        match self.0.len() > MOST {
            true => Err(io::Error::other("too long")),
            false => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
