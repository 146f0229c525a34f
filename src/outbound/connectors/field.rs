//! What an owner enters for a service, and what they entered.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;

/// One thing that is asked for.
#[derive(Debug)]
pub struct Field {
    /// Stored under this name: never change it.
    pub key: &'static str,
    pub label: &'static str,
    /// Below the field, one sentence; may be empty.
    pub hint: &'static str,
    pub input: Input,
    /// Sealed where it is stored, and never shown again.
    pub secret: bool,
    pub required: bool,
    /// What counts where nothing was entered.
    pub default: &'static str,
    /// Most characters.
    pub most: usize,
    /// Kept out of sight until asked for: what most owners need not change.
    pub advanced: bool,
}

/// How it is entered.
#[derive(Debug)]
pub enum Input {
    Line,
    /// Several lines.
    Text,
    /// Value and label of each choice.
    Choice(&'static [(&'static str, &'static str)]),
}

impl Field {
    /// An optional line.
    pub const fn line(key: &'static str, label: &'static str, hint: &'static str) -> Self {
        Self { key, label, hint, input: Input::Line, secret: false, required: false, default: "", most: 300, advanced: false }
    }

    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    pub const fn advanced(self) -> Self {
        Self { advanced: true, ..self }
    }

    pub const fn or(self, default: &'static str) -> Self {
        Self { default, ..self }
    }

    pub const fn choice(self, of: &'static [(&'static str, &'static str)]) -> Self {
        Self { input: Input::Choice(of), ..self }
    }

    /// Several lines, of so many characters in all.
    pub const fn text(self, most: usize) -> Self {
        Self { input: Input::Text, most, ..self }
    }

    /// What is wrong with a value.
    fn problem(&self, value: &str) -> Option<String> {
        let length = value.chars().count();
        match self.input {
            _ if value.is_empty() && self.required => Some(format!("Please enter the {}.", lower(self.label))),
            _ if value.is_empty() => None,
            _ if length > self.most => Some(format!("Please use at most {} characters; these are {length}.", self.most)),
            Input::Line if value.chars().any(char::is_control) => Some("Please keep to one line of plain characters.".to_owned()),
            Input::Choice(of) if !of.iter().any(|(known, _)| *known == value) => {
                Some("Please choose one of the list.".to_owned())
            }
            _ => None,
        }
    }
}

/// `Private API key` inside a sentence: `private API key`.
fn lower(label: &str) -> String {
    let mut chars = label.chars();
    let second_is_small = label.chars().nth(1).is_some_and(char::is_lowercase);
    match chars.next() {
        Some(first) if second_is_small => first.to_lowercase().chain(chars).collect(),
        _ => label.to_owned(),
    }
}

/// What an owner entered, by field: settings and credentials together.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Given(BTreeMap<String, String>);

/// Shows no values: some are secret.
impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl FromIterator<(String, String)> for Given {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Shorter values are no secrets, and would make holes in every text.
const SHORTEST_SECRET: usize = 6;

impl Given {
    /// What was entered for a field, or its default; without spaces around it.
    pub fn get(&self, field: &Field) -> &str {
        match self.0.get(field.key).map(|value| value.trim()) {
            None | Some("") => field.default,
            Some(value) => value,
        }
    }

    pub fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.trim().is_empty())
    }

    pub fn set(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), value.trim().to_owned());
    }

    /// Everything that is wrong, by field.
    pub fn problems(&self, fields: &'static [Field]) -> Vec<(&'static str, String)> {
        let value = |field: &Field| self.0.get(field.key).map_or("", |value| value.trim());
        fields.iter().filter_map(|field| Some((field.key, field.problem(value(field))?))).collect()
    }

    /// Settings and credentials apart, of the fields there are.
    pub fn split(&self, fields: &[Field]) -> (Self, Self) {
        let part = |secret| {
            let own = fields.iter().filter(|field| field.secret == secret && self.has(field.key));
            own.map(|field| (field.key.to_owned(), self.get(field).to_owned())).collect()
        };
        (part(false), part(true))
    }

    /// Both again in one, remembering which are credentials.
    pub fn join(settings: Self, credentials: Self) -> Self {
        let mut all = settings;
        let secret: Vec<String> = credentials.0.keys().cloned().collect();
        all.0.extend(credentials.0);
        all.0.insert(SECRETS.to_owned(), secret.join("\n"));
        all
    }

    /// A text without the credentials in it.
    pub fn mask(&self, text: &str) -> String {
        let names = self.0.get(SECRETS).map_or("", String::as_str);
        let mut secrets: Vec<&str> = names.lines().filter_map(|name| self.0.get(name)).map(|value| value.trim()).collect();
        // The longest first: one may be a part of another.
        secrets.sort_unstable_by_key(|value| std::cmp::Reverse(value.len()));
        let mut text = text.to_owned();
        for secret in secrets.into_iter().filter(|value| value.len() >= SHORTEST_SECRET) {
            text = text.replace(secret, "••••");
            // As it stands in a query.
            text = text.replace(&*byte_serialize(secret.as_bytes()).collect::<String>(), "••••");
        }
        text
    }
}

/// Names of the credentials among what was entered; no field is called so.
const SECRETS: &str = " secret";

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Field = Field::line("key", "Private API key", "").required().secret();
    const LIST: Field = Field::line("list", "List", "");
    static FIELDS: [Field; 3] =
        [KEY, LIST, Field::line("zone", "Zone", "").choice(&[("eu", "Europe"), ("us", "America")]).or("eu")];

    fn given(values: &[(&str, &str)]) -> Given {
        values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn problems_name_their_field() {
        assert_eq!(given(&[]).problems(&FIELDS), [("key", "Please enter the private API key.".to_owned())]);
        let found = given(&[("key", "a\nb"), ("list", &"x".repeat(301)), ("zone", "mars")]).problems(&FIELDS);
        assert_eq!(found.iter().map(|(field, _)| *field).collect::<Vec<_>>(), ["key", "list", "zone"]);
        assert_eq!(given(&[("key", " pk_123 ")]).problems(&FIELDS), []);
        assert_eq!((lower("API key"), lower("Audience")), ("API key".to_owned(), "audience".to_owned()));
    }

    #[test]
    fn credentials_are_kept_apart_and_masked() {
        let (settings, credentials) = given(&[("key", "pk_123"), ("list", "L1"), ("stray", "x")]).split(&FIELDS);
        assert_eq!((&settings, &credentials), (&given(&[("list", "L1")]), &given(&[("key", "pk_123")])));
        let both = Given::join(settings, credentials);
        assert_eq!((both.get(&KEY), both.get(&LIST), both.get(&FIELDS[2])), ("pk_123", "L1", "eu"));
        assert_eq!(both.mask("key pk_123 for L1"), "key •••• for L1");
        assert!(!format!("{both:?}").contains("pk_123"));
        let odd = Given::join(Given::default(), given(&[("key", "a&b c=1")]));
        assert_eq!(odd.mask("?key=a%26b+c%3D1&x=a&b c=1"), "?key=••••&x=••••");
    }
}
