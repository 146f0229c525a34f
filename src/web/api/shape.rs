//! Bodies: which fields they have, what each takes, and what it means. The same table reads a body and describes it in the
//! document, so that the two cannot part.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::domain::customer::normalize_email;
use crate::domain::money::{Currency, MAX_MINOR};
use crate::domain::report::{Fields, Problem, Report};

/// An object that callers send.
pub struct Shape {
    /// In the document: `CartBody`.
    pub name: &'static str,
    pub about: &'static str,
    /// In groups, which several shapes may have in common.
    pub fields: &'static [&'static [Field]],
    /// JSON.
    pub example: &'static str,
}

pub struct Field {
    pub name: &'static str,
    pub takes: Takes,
    pub about: &'static str,
    pub required: bool,
}

/// What may stand in a field. `null` is the same as leaving it out.
pub enum Takes {
    /// One line of so many characters at most.
    Text(usize),
    /// A store's own id: a text or a whole number, kept as text.
    Id,
    Flag,
    /// Minor units.
    Amount,
    /// How many.
    Count,
    Currency,
    Word(&'static [&'static str]),
    Email,
    /// RFC 3339 or milliseconds, kept as milliseconds.
    Moment,
    /// `http` or `https`: it becomes a link.
    Url,
    /// IANA.
    TimeZone,
    /// A list of [`Shape`]s, or only their number.
    Items(&'static Shape),
    /// Fields of any name.
    Attributes,
    Object(&'static Shape),
    /// One line each.
    Texts,
}

/// Longest id of a store's own, in characters.
pub const MAX_ID: usize = 128;
/// Most lines of a cart or order.
pub const MAX_ITEMS: usize = 500;
/// Most fields of a customer's attributes,
pub const MAX_ATTRIBUTES: usize = 50;
/// and how long each may be, as JSON, in bytes.
const MAX_ATTRIBUTE: usize = 2000;
const MAX_URL: usize = 2000;
const MAX_QUANTITY: u64 = 1_000_000;
/// From 2001 to 2100: outside, it is no time in milliseconds.
pub const MOMENTS: std::ops::Range<Millis> = 1_000_000_000_000..4_102_444_800_000;

impl Field {
    pub const fn needed(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, takes, about, required: true }
    }

    pub const fn optional(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, takes, about, required: false }
    }
}

/// A body that was read: every field is what its table says.
#[derive(Debug, Default)]
pub struct Read(Map<String, Value>);

impl Read {
    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).and_then(Value::as_i64)
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name).and_then(Value::as_bool)
    }

    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn object(&self, name: &str) -> Option<Self> {
        self.0.get(name).and_then(Value::as_object).cloned().map(Self)
    }
}

impl Shape {
    pub fn each(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten()
    }

    /// Reads a body, or tells everything that is wrong with it.
    pub fn read(&self, body: &Value) -> Result<Read, Vec<Problem>> {
        let mut report = Report::default();
        let read = self.fields(body, "", &mut report);
        if report.problems.is_empty() { Ok(Read(read)) } else { Err(report.problems) }
    }

    fn fields(&self, value: &Value, path: &str, report: &mut Report) -> Map<String, Value> {
        let names: Vec<&str> = self.each().map(|field| field.name).collect();
        let Some(fields) = report.object(value, path, &names) else { return Map::new() };
        let mut read = Map::new();
        for field in self.each() {
            match fields.get(field.name).filter(|value| !value.is_null()) {
                Some(value) => {
                    let value = field.takes.read(&fields, field.name, value, report);
                    read.extend(value.map(|value| (field.name.to_owned(), value)));
                }
                None if field.required => report.add(fields.at(field.name), format!("{:?} is missing", field.name)),
                None => {}
            }
        }
        read
    }
}

impl Takes {
    /// The value as it is kept. `None`: it is blank, or its problem was noted.
    fn read(&self, fields: &Fields<'_>, name: &str, value: &Value, report: &mut Report) -> Option<Value> {
        let path = fields.at(name);
        let mut wanted = |what: String, found: Option<Value>| {
            if found.is_none() {
                report.add(path.clone(), format!("{} should be {what}", crate::domain::report::show(value)));
            }
            found
        };
        match self {
            Self::Text(longest) => {
                let found = wanted(format!("a text of one line, {longest} characters at most"), line(value, *longest))?;
                Some(found).filter(|text| text != "")
            }
            Self::Id => {
                let found = match value {
                    Value::Number(n) if n.is_i64() || n.is_u64() => Some(Value::from(n.to_string())),
                    value => line(value, MAX_ID).filter(|text| text != ""),
                };
                wanted(format!("a text of 1 to {MAX_ID} characters, or a whole number"), found)
            }
            Self::Flag => wanted("true or false".into(), value.as_bool().map(Value::from)),
            Self::Amount => {
                let found = value.as_i64().filter(|amount| (0..=MAX_MINOR).contains(amount));
                wanted(format!("a whole number of minor units (4990 is 49.90), from 0 to {MAX_MINOR}"), found.map(Value::from))
            }
            Self::Count => {
                let found = value.as_u64().filter(|count| *count <= MAX_QUANTITY);
                wanted(format!("a whole number from 0 to {MAX_QUANTITY}"), found.map(Value::from))
            }
            Self::Currency => {
                let found = value.as_str().and_then(|code| code.parse::<Currency>().ok());
                wanted("an ISO 4217 code such as \"EUR\"".into(), found.map(|currency| Value::from(currency.code())))
            }
            Self::Word(words) => report.word(fields, name, words).map(Value::from),
            Self::Email => match value.as_str().map(str::trim) {
                Some("") => None,
                text => wanted("an e-mail address".into(), text.and_then(normalize_email).map(Value::from)),
            },
            Self::Moment => {
                let what = "a time such as \"2026-11-24T12:00:00Z\", or milliseconds since 1970";
                wanted(what.into(), moment(value).map(Value::from))
            }
            Self::Url => match value.as_str().map(str::trim) {
                Some("") => None,
                text => wanted("an http or https address".into(), text.and_then(link).map(Value::from)),
            },
            Self::TimeZone => {
                let zone = value.as_str().filter(|name| jiff::tz::TimeZone::get(name).is_ok());
                wanted("an IANA time zone such as \"Europe/Berlin\"".into(), zone.map(Value::from))
            }
            Self::Items(shape) => items(shape, fields, name, value, report),
            Self::Attributes => attributes(value, &path, report),
            Self::Object(shape) => Some(Value::Object(shape.fields(value, &path, report))),
            Self::Texts => {
                let texts = report.read(fields, name, "a list of texts", |value| {
                    value.as_array().filter(|texts| texts.iter().all(Value::is_string))
                });
                texts.map(|texts| Value::Array(texts.clone()))
            }
        }
    }
}

/// Lines of a cart; where only their number is known, that number.
fn items(shape: &Shape, fields: &Fields<'_>, name: &str, value: &Value, report: &mut Report) -> Option<Value> {
    if value.as_u64().is_some_and(|count| count <= MAX_QUANTITY) {
        return Some(value.clone());
    }
    let lines = report.list(fields, name, 0..=MAX_ITEMS);
    Some(lines.into_iter().take(MAX_ITEMS).map(|(path, line)| Value::Object(shape.fields(line, &path, report))).collect())
}

fn attributes(value: &Value, path: &str, report: &mut Report) -> Option<Value> {
    let fields = report.map(value, path)?;
    let mut count = 0;
    for (name, path, value) in fields.each() {
        count += 1;
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            report.add(path, "an attribute's name has 1 to 100 characters");
        } else if value.to_string().len() > MAX_ATTRIBUTE {
            report.add(path, format!("an attribute holds {MAX_ATTRIBUTE} bytes of JSON at most"));
        }
    }
    if count > MAX_ATTRIBUTES {
        report.add(path, format!("there are {count} attributes, {MAX_ATTRIBUTES} at most are allowed"));
    }
    Some(value.clone())
}

/// A text of one line without the blanks around it.
fn line(value: &Value, longest: usize) -> Option<Value> {
    let text = value.as_str()?.trim();
    (text.chars().count() <= longest && !text.chars().any(char::is_control)).then(|| Value::from(text))
}

fn link(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(String::from(url)).filter(|url| url.len() <= MAX_URL)
}

fn moment(value: &Value) -> Option<Millis> {
    match value {
        Value::String(text) => parse_moment(text),
        value => value.as_i64().filter(|at| MOMENTS.contains(at)),
    }
}

/// Reads RFC 3339, or milliseconds.
pub fn parse_moment(text: &str) -> Option<Millis> {
    let at = text.parse::<Timestamp>().map(Timestamp::as_millisecond).or_else(|_| text.parse::<Millis>());
    at.ok().filter(|at| MOMENTS.contains(at))
}

/// Where in a body U+0000 stands, which no database of ours can hold.
pub fn nul(value: &Value, path: &str, report: &mut Report) {
    match value {
        Value::String(text) if text.contains('\0') => report.add(path, "the text holds U+0000, which cannot be stored"),
        Value::Array(items) => items.iter().enumerate().for_each(|(n, item)| nul(item, &format!("{path}[{n}]"), report)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if name.contains('\0') {
                    report.add(path, "a name holds U+0000, which cannot be stored");
                }
                nul(value, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, report);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const INNER: Shape = Shape { name: "Inner", about: "", fields: &[&[Field::needed("id", Takes::Id, "")]], example: "{}" };
    const SHAPE: Shape = Shape {
        name: "Test",
        about: "",
        example: "{}",
        fields: &[&[
            Field::needed("amount", Takes::Amount, ""),
            Field::optional("at", Takes::Moment, ""),
            Field::optional("email", Takes::Email, ""),
            Field::optional("currency", Takes::Currency, ""),
            Field::optional("zone", Takes::TimeZone, ""),
            Field::optional("url", Takes::Url, ""),
            Field::optional("name", Takes::Text(5), ""),
            Field::optional("items", Takes::Items(&INNER), ""),
            Field::optional("attributes", Takes::Attributes, ""),
        ]],
    };

    #[test]
    fn values_are_kept_in_one_form() {
        for (name, sent, kept) in [
            ("at", json!("2026-11-24T13:00:00+01:00"), json!(1_795_521_600_000_i64)),
            ("at", json!(1_795_521_600_000_i64), json!(1_795_521_600_000_i64)),
            ("email", json!(" Anna@Buyer.Example"), json!("anna@buyer.example")),
            ("currency", json!("eur"), json!("EUR")),
            ("items", json!([{"id": 7}]), json!([{"id": "7"}])),
            ("items", json!(3), json!(3)),
            ("name", json!(" Anna "), json!("Anna")),
        ] {
            let read = SHAPE.read(&json!({"amount": 1, name: sent})).unwrap();
            assert_eq!(read.value(name), Some(&kept), "{name}: {sent}");
        }
        let blank = SHAPE.read(&json!({"amount": 0, "email": "", "name": null, "url": " "})).unwrap();
        assert!(["email", "name", "url"].iter().all(|name| blank.value(name).is_none()));
    }

    #[test]
    fn every_problem_is_told_with_its_place() {
        for (body, path) in [
            (json!({}), "amount"),
            (json!({"amount": -1}), "amount"),
            (json!({"amount": 1.5}), "amount"),
            (json!({"amount": "49.90"}), "amount"),
            (json!({"amount": MAX_MINOR + 1}), "amount"),
            (json!({"amount": 1, "at": 1_795_521_600}), "at"),
            (json!({"amount": 1, "at": "yesterday"}), "at"),
            (json!({"amount": 1, "email": "anna"}), "email"),
            (json!({"amount": 1, "currency": "XXX"}), "currency"),
            (json!({"amount": 1, "zone": "Vienna"}), "zone"),
            (json!({"amount": 1, "url": "javascript:alert(1)"}), "url"),
            (json!({"amount": 1, "name": "Anna Berg"}), "name"),
            (json!({"amount": 1, "name": "A\nB"}), "name"),
            (json!({"amount": 1, "items": [{"id": "a"}, {}]}), "items[1].id"),
            (json!({"amount": 1, "items": [{"id": {}}]}), "items[0].id"),
            (json!({"amount": 1, "items": {}}), "items"),
            (json!({"amount": 1, "amuont": 1}), "amuont"),
            (json!({"amount": 1, "attributes": []}), "attributes"),
            (json!({"amount": 1, "attributes": {"a": "x".repeat(2001)}}), "attributes.a"),
            (json!([]), ""),
        ] {
            let problems = SHAPE.read(&body).unwrap_err();
            assert_eq!(problems.iter().map(|p| p.path.as_str()).collect::<Vec<_>>(), [path], "{body}: {problems:?}");
        }
        assert_eq!(SHAPE.read(&json!({"at": 1, "email": "x"})).unwrap_err().len(), 3, "all at once");
    }

    #[test]
    fn what_cannot_be_stored_is_found() {
        let mut report = Report::default();
        nul(&json!({"a": [1, {"b": "x\0"}]}), "", &mut report);
        assert_eq!(report.problems[0].path, "a[1].b");
    }
}
