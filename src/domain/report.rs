//! Checking a document: every problem is collected, with its place and in plain words.

use std::{fmt::Display, ops::RangeInclusive};

use serde::Serialize;
use serde_json::{Map, Value};

use super::duration;

/// Longest text in a document, in characters.
pub const MAX_TEXT: usize = 2000;

/// Something wrong in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where, `questions[2].choices[0].key`; empty for the document itself.
    pub path: String,
    /// What is wrong and what is allowed.
    pub message: String,
}

/// The problems found so far.
#[derive(Debug, Default)]
pub struct Report {
    /// In the order of the document.
    pub problems: Vec<Problem>,
}

/// An object of the document and where it stands.
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    path: String,
}

impl<'a> Fields<'a> {
    /// The path of one of its fields.
    pub fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// A field's value, whatever it is.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name)
    }

    /// All fields with their paths.
    pub fn each(&self) -> impl Iterator<Item = (&'a str, String, &'a Value)> {
        self.map.iter().map(|(name, value)| (name.as_str(), self.at(name), value))
    }
}

impl Report {
    /// Notes a problem.
    pub fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { path: path.into(), message: message.into() });
    }

    /// An object with none but these fields.
    pub fn object<'a>(&mut self, value: &'a Value, path: &str, known: &[&str]) -> Option<Fields<'a>> {
        let fields = self.map(value, path)?;
        for (name, path, _) in fields.each() {
            if !known.contains(&name) {
                self.add(path, format!("there is no field {name:?} here{}", did_you_mean(name, known)));
            }
        }
        Some(fields)
    }

    /// An object with fields of any name.
    pub fn map<'a>(&mut self, value: &'a Value, path: &str) -> Option<Fields<'a>> {
        let map = value.as_object();
        if map.is_none() {
            self.add(path, format!("{} should be an object {{…}}", show(value)));
        }
        map.map(|map| Fields { map, path: path.to_owned() })
    }

    /// Notes a field that must be there and is not.
    pub fn require(&mut self, fields: &Fields<'_>, name: &str) {
        if fields.get(name).is_none() {
            self.add(fields.at(name), format!("{name:?} is missing"));
        }
    }

    /// A field as `read` takes it; notes that it is not `wanted` if `read` refuses.
    pub fn read<'a, T>(
        &mut self,
        fields: &Fields<'a>,
        name: &str,
        wanted: impl Display,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Option<T> {
        let value = fields.get(name)?;
        let found = read(value);
        if found.is_none() {
            self.add(fields.at(name), format!("{} should be {wanted}", show(value)));
        }
        found
    }

    /// A text that is not blank and not too long.
    pub fn text<'a>(&mut self, fields: &Fields<'a>, name: &str) -> Option<&'a str> {
        let text = self.read(fields, name, "a text", Value::as_str)?;
        if text.trim().is_empty() {
            self.add(fields.at(name), format!("{name:?} is empty"));
        }
        let count = text.chars().count();
        if count > MAX_TEXT {
            self.add(fields.at(name), format!("the text has {count} characters, at most {MAX_TEXT} are allowed"));
        }
        Some(text)
    }

    /// A stable name: `[a-z0-9_-]`, 1 to 64 characters. It must be there.
    pub fn key<'a>(&mut self, fields: &Fields<'a>) -> Option<&'a str> {
        self.require(fields, "key");
        self.read(fields, "key", "1 to 64 of the characters a-z 0-9 _ -", |value| value.as_str().filter(|text| is_key(text)))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        self.read(fields, name, "true or false", Value::as_bool)
    }

    /// A number in a range.
    pub fn number(&mut self, fields: &Fields<'_>, name: &str, range: RangeInclusive<f64>) -> Option<f64> {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        self.read(fields, name, wanted, |value| value.as_f64().filter(|number| range.contains(number)))
    }

    /// A whole number in a range.
    pub fn integer(&mut self, fields: &Fields<'_>, name: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let wanted = format!("a whole number from {} to {}", range.start(), range.end());
        self.read(fields, name, wanted, |value| value.as_i64().filter(|number| range.contains(number)))
    }

    /// One of a few words.
    pub fn word<'a>(&mut self, fields: &Fields<'a>, name: &str, words: &[&str]) -> Option<&'a str> {
        let value = fields.get(name)?;
        let word = value.as_str().filter(|word| words.contains(word));
        if word.is_none() {
            let hint = value.as_str().map_or_else(String::new, |word| did_you_mean(word, words));
            self.add(fields.at(name), format!("{} should be one of {}{hint}", show(value), words.join(", ")));
        }
        word
    }

    /// A span of time, in milliseconds.
    pub fn span(&mut self, fields: &Fields<'_>, name: &str) -> Option<i64> {
        let text = self.read(fields, name, "a duration such as \"7d\"", Value::as_str)?;
        duration::parse_ms(text).map_err(|error| self.add(fields.at(name), error.to_string())).ok()
    }

    /// The items of a list with their paths.
    pub fn list<'a>(&mut self, fields: &Fields<'a>, name: &str, len: RangeInclusive<usize>) -> Vec<(String, &'a Value)> {
        let Some(items) = self.read(fields, name, "a list […]", Value::as_array) else { return Vec::new() };
        if !len.contains(&items.len()) {
            self.add(
                fields.at(name),
                format!("the list has {} entries, allowed are {} to {}", items.len(), len.start(), len.end()),
            );
        }
        let path = fields.at(name);
        items.iter().enumerate().map(|(i, item)| (format!("{path}[{i}]"), item)).collect()
    }

    /// Notes a key that came up before.
    pub fn unique<'a>(&mut self, seen: &mut Vec<&'a str>, key: &'a str, path: String) {
        if seen.contains(&key) {
            self.add(path, format!("the key {key:?} is used twice"));
        }
        seen.push(key);
    }
}

/// Whether this can be the key of a survey, question, choice, ending or variant.
pub fn is_key(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
}

/// A value as it is written, cut to what a message can bear.
pub fn show(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

/// `; did you mean "prompt"?` if a known word is near enough.
pub fn did_you_mean(word: &str, known: &[&str]) -> String {
    let near = known.iter().map(|candidate| (distance(word, candidate), candidate)).min();
    match near {
        Some((distance, candidate)) if distance <= 2 && distance < candidate.chars().count() => {
            format!("; did you mean {candidate:?}?")
        }
        _ => String::new(),
    }
}

/// Levenshtein's edit distance. Words far longer than ours are simply far.
fn distance(a: &str, b: &str) -> usize {
    if a.len() > 64 {
        return a.len();
    }
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replace = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_at_near_words_only() {
        assert_eq!(did_you_mean("promt", &["prompt", "key"]), "; did you mean \"prompt\"?");
        assert_eq!(did_you_mean("colour", &["prompt", "key"]), "");
        assert_eq!(did_you_mean("if", &["go", "if_"]), "; did you mean \"if_\"?");
        assert_eq!(did_you_mean("xx", &["go"]), "", "replacing every letter is no likeness");
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn cuts_long_values_between_characters() {
        assert_eq!(show(&Value::from("ö".repeat(100))).chars().count(), 61);
    }
}
