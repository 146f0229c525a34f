//! Reading a shop's JSON: missing, `null`, of another type and unknown fields are borne, as plugins and new versions make them;
//! only what cannot be done without is refused, by its place.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use url::Url;

use super::Unreadable;
use crate::clock::Millis;
use crate::domain::customer::normalize_email;
use crate::domain::money::{BadMoney, Currency, Money};

/// Longest name of a thing of the shop's, in characters.
const MOST_ID: usize = 128;
/// Longest address of a page.
const MOST_ADDRESS: usize = 2000;

/// An object, and where it stands.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The whole body.
    pub fn body(body: &'a Value) -> Result<Self, Unreadable> {
        let map = body.as_object().ok_or_else(|| Unreadable::NotAnObject("body".into()))?;
        Ok(Self { map, path: String::new() })
    }

    fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    pub fn missing(&self, name: &str) -> Unreadable {
        Unreadable::Missing(self.at(name))
    }

    /// A text of one line, cut to `most` characters; a number is taken for the text it is written as.
    pub fn text(&self, name: &str, most: usize) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => line(text, most),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A name of the shop's. One that is too long is refused, for a part of it would name something else.
    pub fn id(&self, name: &str) -> Result<Option<String>, Unreadable> {
        match self.text(name, MOST_ID + 1) {
            Some(id) if id.chars().count() > MOST_ID => Err(Unreadable::TooLong(self.at(name))),
            id => Ok(id),
        }
    }

    pub fn required_id(&self, name: &str) -> Result<String, Unreadable> {
        self.id(name)?.ok_or_else(|| self.missing(name))
    }

    /// Normalised; what is no address is none.
    pub fn email(&self, name: &str) -> Option<String> {
        normalize_email(self.get(name)?.as_str()?)
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub fn object(&self, name: &str) -> Option<Self> {
        Some(Self { map: self.get(name)?.as_object()?, path: self.at(name) })
    }

    /// The objects of a list.
    pub fn list(&self, name: &str) -> Vec<Self> {
        let Some(list) = self.get(name).and_then(Value::as_array) else { return Vec::new() };
        let entry =
            |(at, value): (usize, &'a Value)| Some(Self { map: value.as_object()?, path: format!("{}[{at}]", self.at(name)) });
        list.iter().enumerate().filter_map(entry).collect()
    }

    /// A currency in use; `None` where none is named.
    pub fn currency(&self, name: &str) -> Result<Option<Currency>, Unreadable> {
        let Some(code) = self.text(name, MOST_ID) else { return Ok(None) };
        code.parse().map(Some).map_err(|problem| Unreadable::Money { field: self.at(name), problem })
    }

    /// An amount in minor units, exactly; `None` where it is absent or empty.
    pub fn money(&self, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
        let Some(written) = self.decimal(name) else { return Ok(None) };
        let read = Money::parse(&written, currency.code());
        read.map(|money| Some(money.minor)).map_err(|problem| Unreadable::Money { field: self.at(name), problem })
    }

    pub fn required_money(&self, name: &str, currency: Currency) -> Result<i64, Unreadable> {
        self.money(name, currency)?.ok_or_else(|| self.missing(name))
    }

    /// An amount in minor units, rounded where a shop keeps finer parts: good enough for one line, never for a sum.
    pub fn rounded_money(&self, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
        let exact = self.money(name, currency);
        let Err(Unreadable::Money { problem: BadMoney::TooManyDecimals { amount, digits, .. }, .. }) = &exact else {
            return exact;
        };
        // Digits and one point: this was looked at before its decimals were counted.
        let kept = amount.find('.').unwrap_or(amount.len()) + 1 + *digits as usize;
        let up = amount[kept..].starts_with(|digit| digit >= '5');
        let cut = Money::parse(amount[..kept].trim_end_matches('.'), currency.code());
        cut.map(|money| Some(money.minor + i64::from(up))).map_err(|problem| Unreadable::Money { field: self.at(name), problem })
    }

    /// An amount that some shops write with a minus, because it goes the other way.
    pub fn paid_back(&self, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
        let Some(written) = self.decimal(name) else { return Ok(None) };
        let read = Money::parse(written.strip_prefix('-').unwrap_or(&written), currency.code());
        read.map(|money| Some(money.minor)).map_err(|problem| Unreadable::Money { field: self.at(name), problem })
    }

    fn decimal(&self, name: &str) -> Option<String> {
        self.text(name, MOST_ID)
    }

    /// A moment: with an offset, or without one in the zone that the field's name says (`…_gmt`).
    pub fn time(&self, name: &str) -> Option<Millis> {
        moment(self.get(name)?.as_str()?)
    }

    /// An address of the web.
    pub fn address(&self, name: &str) -> Option<String> {
        let text = self.text(name, MOST_ADDRESS + 1).filter(|text| text.len() <= MOST_ADDRESS)?;
        Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from)
    }

    /// What a list of `{name, value}` (or `{key, value}`) says under a name.
    pub fn noted(&self, list: &str, key: &str, name: &str) -> Option<String> {
        let entry = self.list(list).into_iter().find(|entry| entry.text(key, MOST_ID).as_deref() == Some(name))?;
        entry.text("value", MOST_ID)
    }
}

/// One line of text without control characters, at most `most` characters; `None` if nothing is left.
pub(super) fn line(raw: &str, most: usize) -> Option<String> {
    let words = raw.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let text: String = words.collect::<Vec<_>>().join(" ").chars().take(most).collect();
    (!text.is_empty()).then_some(text)
}

/// A moment as shops write it: ISO 8601; without an offset it is UTC.
pub fn moment(text: &str) -> Option<Millis> {
    let at = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(local).ok()
    })?;
    Some(at.as_millisecond()).filter(|at| *at > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn odd_fields_are_borne() {
        let body = json!({"id": 820982911946154508i64, "text": " a\u{0}\nb ", "none": null, "object": [1], "list": [{"x": 1}, 2, null],
                          "empty": "  "});
        let fields = Fields::body(&body).unwrap();
        assert_eq!(fields.required_id("id").unwrap(), "820982911946154508", "no digit is lost");
        assert_eq!(fields.text("text", 9).as_deref(), Some("a b"));
        for name in ["none", "absent", "object", "list", "empty"] {
            assert_eq!(fields.text(name, 9), None, "{name}");
        }
        assert!(fields.object("object").is_none() && fields.object("none").is_none());
        assert_eq!(fields.list("list").len(), 1);
        assert_eq!(fields.required_id("empty"), Err(Unreadable::Missing("empty".into())));
        assert!(matches!(Fields::body(&json!([])), Err(Unreadable::NotAnObject(_))));
        let long = json!({"id": "x".repeat(129)});
        assert_eq!(Fields::body(&long).unwrap().id("id"), Err(Unreadable::TooLong("id".into())));
    }

    #[test]
    fn refusals_name_the_place() {
        let body = json!({"line_items": [{"price": "1.00"}, {"price": "-1.00"}]});
        let items = Fields::body(&body).unwrap().list("line_items");
        assert_eq!(items[0].money("price", eur()), Ok(Some(100)));
        assert_eq!(items[1].money("price", eur()).unwrap_err().to_string(), "line_items[1].price: \"-1.00\" is negative");
        assert_eq!(items[1].paid_back("price", eur()), Ok(Some(100)));
        assert_eq!(items[1].required_money("total", eur()).unwrap_err().to_string(), "line_items[1].total: is missing");
        let currency = json!({"currency": "EURO"});
        let refused = Fields::body(&currency).unwrap().currency("currency").unwrap_err();
        assert!(refused.to_string().starts_with("currency: \"EURO\" is not a currency"), "{refused}");
    }

    #[test]
    fn a_line_may_be_finer_than_its_currency() {
        let body = json!({"a": "33.405", "b": "33.4049", "c": "33.4", "d": "-33.405", "e": 33.403361});
        let fields = Fields::body(&body).unwrap();
        for (name, minor) in [("a", 3341), ("b", 3340), ("c", 3340), ("e", 3340)] {
            assert_eq!(fields.rounded_money(name, eur()), Ok(Some(minor)), "{name}");
        }
        assert_eq!(fields.rounded_money("a", "JPY".parse().unwrap()), Ok(Some(33)));
        assert!(fields.rounded_money("d", eur()).is_err());
        assert!(fields.money("a", eur()).is_err(), "a sum is exact or none");
    }

    #[test]
    fn moments_with_and_without_offset() {
        let cases = [
            ("2026-11-20T11:02:07+01:00", Some(1_795_168_927_000)),
            ("2026-11-20T10:02:07", Some(1_795_168_927_000)),
            ("2026-11-20T10:02:07.123456Z", Some(1_795_168_927_123)),
            ("yesterday", None),
            ("0001-01-01T00:00:00Z", None),
        ];
        for (text, at) in cases {
            assert_eq!(moment(text), at, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_a_shop_writes_is_read_to_the_last_unit(minor in 0i64..=crate::domain::money::MAX_MINOR, currency in prop::sample::select(Currency::all().collect::<Vec<_>>()), zeros in 0usize..4) {
            let written = Money { minor, currency }.decimal();
            // Shops that keep more decimals than they show.
            let longer = if written.contains('.') { format!("{written}{}", "0".repeat(zeros)) } else { written };
            let body = json!({"total": longer, "code": currency.code()});
            let fields = Fields::body(&body).unwrap();
            prop_assert_eq!(fields.currency("code"), Ok(Some(currency)));
            prop_assert_eq!(fields.required_money("total", currency), Ok(minor));
            let negative = json!({"total": format!("-{longer}")});
            let read = Fields::body(&negative).unwrap().required_money("total", currency);
            prop_assert_eq!(read.is_ok(), minor == 0, "minus nothing is nothing");
        }

        #[test]
        fn no_text_is_too_odd(text in any::<String>()) {
            let body = json!({"x": text});
            let fields = Fields::body(&body).unwrap();
            let _read = (fields.money("x", eur()), fields.time("x"), fields.address("x"), fields.email("x"), fields.integer("x"));
            let kept = fields.text("x", 20).unwrap_or_default();
            prop_assert!(!kept.chars().any(char::is_control) && kept.chars().count() <= 20);
        }
    }
}
