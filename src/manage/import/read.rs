//! One order or person as a file has it, and its fields as texts, dates, amounts and words.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::domain::customer::normalize_email;
use crate::domain::money::{MAX_MINOR, Money};
use crate::domain::table;
use crate::store::imports::Flaw;

/// Field → value: of a CSV file texts, of NDJSON whatever it holds.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Where it begins, counted from 1.
    pub line: u64,
    pub fields: Map<String, Value>,
    /// One for each row of an order that has a row for each item.
    pub items: Vec<Map<String, Value>>,
}

impl Record {
    pub fn flaw(&self, field: &str, reason: impl Into<String>) -> Flaw {
        Flaw { line: self.line, field: field.to_owned(), reason: reason.into() }
    }

    /// What is written there, if anything is.
    pub fn written(&self, field: &str) -> Option<String> {
        written(self.fields.get(field)?)
    }

    /// A text of one line with `max` characters at most.
    pub fn text(&self, field: &str, max: usize) -> Result<Option<String>, Flaw> {
        let Some(text) = self.written(field) else { return Ok(None) };
        match text.chars().count() {
            _ if text.chars().any(char::is_control) => {
                Err(self.flaw(field, "has more than one line, or signs that cannot be seen"))
            }
            n if n > max => Err(self.flaw(field, format!("has {n} characters, at most {max} are possible"))),
            _ => Ok(Some(text)),
        }
    }

    pub fn email(&self, field: &str) -> Result<Option<String>, Flaw> {
        let Some(text) = self.written(field) else { return Ok(None) };
        normalize_email(&text).map(Some).ok_or_else(|| self.flaw(field, "is not a mail address"))
    }

    /// A moment; one without a zone is in the store's.
    pub fn moment(&self, field: &str, zone: &TimeZone) -> Result<Option<Millis>, Flaw> {
        let Some(text) = self.written(field) else { return Ok(None) };
        let refuse = || self.flaw(field, format!("{text:?} is not a date such as 2026-11-24T14:05:00Z"));
        match self.fields.get(field).and_then(Value::as_i64) {
            Some(ms) => Some(ms).filter(|ms| *ms > 0),
            None => moment(&text, zone),
        }
        .map(Some)
        .ok_or_else(refuse)
    }

    pub fn yes_or_no(&self, field: &str) -> Result<Option<bool>, Flaw> {
        let Some(text) = self.written(field) else { return Ok(None) };
        yes_or_no(&text).map(Some).ok_or_else(|| self.flaw(field, format!("{text:?} should be yes or no")))
    }

    /// Whole minor units.
    pub fn minor(&self, field: &str) -> Result<Option<i64>, Flaw> {
        let Some(text) = self.written(field) else { return Ok(None) };
        let whole = text.parse().ok().filter(|n| (0..=MAX_MINOR).contains(n));
        whole.map(Some).ok_or_else(|| {
            self.flaw(
                field,
                format!("{text:?} is not a whole number of minor units; decimals such as 49.90 belong into \"total\""),
            )
        })
    }

    /// A decimal, in minor units.
    pub fn decimal(&self, field: &str, currency: &str) -> Result<Option<i64>, Flaw> {
        let Some(text) = self.written(field) else { return Ok(None) };
        Money::parse(&text, currency).map(|money| Some(money.minor)).map_err(|e| self.flaw(field, e.to_string()))
    }

    /// The name, or what it is made of.
    pub fn name(&self) -> Result<Option<String>, Flaw> {
        let parts = [self.text("first_name", 100)?, self.text("last_name", 100)?];
        let made = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        Ok(self.text("name", 200)?.or(Some(made).filter(|made| !made.is_empty())))
    }
}

/// A value as a text without blanks around it; nothing, where it is empty.
pub fn written(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => table::plain(text.trim()).trim().replace('\0', ""),
        other => other.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

/// RFC 3339 and its relatives; what shops write: `2026-05-01 10:00:00 +0200`, `2026-05-01 10:00`, `2026-05-01`. Dates in which day and
/// month could be mistaken for each other are not read.
pub fn moment(text: &str, zone: &TimeZone) -> Option<Millis> {
    let text = text.trim();
    let at = match text.strip_suffix(" UTC") {
        Some(civil) => TimeZone::UTC.to_timestamp(civil.parse::<DateTime>().ok()?).ok(),
        None => {
            let stamp = text.parse::<Timestamp>().ok();
            let spaced = || strtime::parse("%Y-%m-%d %H:%M:%S %z", text).and_then(|parsed| parsed.to_timestamp()).ok();
            stamp.or_else(spaced).or_else(|| zone.to_timestamp(text.parse::<DateTime>().ok()?).ok())
        }
    };
    at.map(Timestamp::as_millisecond).filter(|ms| *ms > 0)
}

pub fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "subscribed" => Some(true),
        "no" | "n" | "false" | "0" | "unsubscribed" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(fields: Value) -> Record {
        Record { line: 7, fields: fields.as_object().unwrap().clone(), items: Vec::new() }
    }

    #[test]
    fn dates_of_many_programs_are_read() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for (text, expected) in [
            ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z"),
            ("2026-05-01T10:00:00.250+02:00", "2026-05-01T08:00:00.25Z"),
            ("2026-05-01 10:00:00 +0200", "2026-05-01T08:00:00Z"),
            ("2026-05-01 10:00:00 -0500", "2026-05-01T15:00:00Z"),
            ("2026-05-01 10:00:00 UTC", "2026-05-01T10:00:00Z"),
            (" 2026-05-01 10:00:00", "2026-05-01T08:00:00Z"),
            ("2026-05-01 10:00", "2026-05-01T08:00:00Z"),
            ("2026-01-15", "2026-01-14T23:00:00Z"),
        ] {
            let at = moment(text, &zone).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(Timestamp::from_millisecond(at).unwrap(), expected.parse().unwrap(), "{text}");
        }
        for bad in ["05/01/2026", "1.5.2026", "yesterday", "", "2026-13-01", "2026-05-01 10:00:00 CEST", "1899-12-30"] {
            assert_eq!(moment(bad, &zone), None, "{bad}");
        }
    }

    #[test]
    fn values_are_read_whatever_holds_them() {
        let of = record(json!({"a": " x ", "b": 12, "c": null, "d": "", "e": "'6401", "f": "'=1", "t": true, "z": "a\u{0}b"}));
        let read: Vec<_> = ["a", "b", "c", "d", "e", "f", "t", "z", "none"].iter().map(|f| of.written(f)).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read, [some("x"), some("12"), None, None, some("6401"), some("=1"), some("true"), some("ab"), None]);
        assert_eq!((of.yes_or_no("t"), of.minor("b")), (Ok(Some(true)), Ok(Some(12))));
        assert_eq!(
            of.text("a", 0),
            Err(Flaw { line: 7, field: "a".into(), reason: "has 1 characters, at most 0 are possible".into() })
        );
        assert!(of.minor("a").is_err() && of.email("a").is_err() && of.yes_or_no("a").is_err());
    }

    #[test]
    fn money_is_read_exactly() {
        let of = |text: &str, currency| record(json!({"total": text})).decimal("total", currency);
        assert_eq!(of("49.90", "EUR"), Ok(Some(4990)));
        assert_eq!(of("0.1", "KWD"), Ok(Some(100)));
        assert_eq!(of("1200", "JPY"), Ok(Some(1200)));
        assert_eq!(record(json!({"total": 19.99})).decimal("total", "EUR"), Ok(Some(1999)), "a number of JSON");
        for (bad, currency) in
            [("49,90", "EUR"), ("1.234,50", "EUR"), ("€5", "EUR"), ("12.5", "JPY"), ("-1", "EUR"), ("1", "XYZ")]
        {
            assert!(of(bad, currency).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_made_of_their_parts() {
        assert_eq!(record(json!({"first_name": "Mia", "last_name": ""})).name(), Ok(Some("Mia".into())));
        assert_eq!(record(json!({"first_name": "Mia", "last_name": "Moe", "name": ""})).name(), Ok(Some("Mia Moe".into())));
        assert_eq!(record(json!({})).name(), Ok(None));
    }
}
