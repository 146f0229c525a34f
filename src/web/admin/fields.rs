//! Fields of forms: what was entered, and what is wrong with it. Nothing entered is ever lost.

use std::borrow::Cow;

use axum::http::StatusCode;

use crate::domain::answer::is_email;
use crate::domain::site::{parse_origin, parse_path_pattern};
use crate::manage::sites::{check_currency, check_time_zone};

/// What is wrong with a form, by field.
#[derive(Default)]
pub struct Faults(Vec<(Cow<'static, str>, String)>);

impl Faults {
    pub fn add(&mut self, field: impl Into<Cow<'static, str>>, message: impl ToString) {
        self.0.push((field.into(), message.to_string()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of the page that shows them: programs must not take a refused form for a stored one.
    pub fn status(&self) -> StatusCode {
        if self.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// Field and message, in the order of the form.
    pub fn all(&self) -> &[(Cow<'static, str>, String)] {
        &self.0
    }

    /// The message of one field, empty if there is none.
    pub fn of(&self, field: &str) -> &str {
        self.0.iter().find(|(name, _)| *name == field).map_or("", |(_, message)| message)
    }

    /// A field's value if it could be read; otherwise its fault is noted.
    pub fn take<T>(&mut self, field: impl Into<Cow<'static, str>>, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.add(field, message)).ok()
    }
}

/// A message that begins small, as a sentence.
pub fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), chars.as_str()))
}

/// A text of one line.
pub fn text(entered: &str, what: &str, longest: usize) -> Result<String, String> {
    let entered = entered.trim();
    match entered.chars().count() {
        0 => Err(format!("Please enter {what}.")),
        n if n > longest => Err(format!("That is {n} characters long, {longest} at most are possible.")),
        _ if entered.chars().any(char::is_control) => Err("Please use one line only.".into()),
        _ => Ok(entered.to_owned()),
    }
}

/// An address as the database has it: lower case. Whether it exists, only a mail could tell.
pub fn email(entered: &str) -> Result<String, String> {
    let entered = text(entered, "an e-mail address", 254)?.to_lowercase();
    if is_email(&entered) { Ok(entered) } else { Err("Please enter an e-mail address such as you@shop.example.".into()) }
}

/// Origins, one a line.
pub fn origins(entered: &str) -> Result<Vec<String>, String> {
    let mut origins = Vec::new();
    for line in entered.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let origin = parse_origin(line).map_err(|message| sentence(&message))?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    match origins.len() {
        0 => Err("Please enter the address of your store, such as https://shop.example.".into()),
        1..=50 => Ok(origins),
        n => Err(format!("Those are {n} addresses, 50 at most are possible.")),
    }
}

/// Patterns of paths, one a line; none is fine.
pub fn path_patterns(entered: &str) -> Result<Vec<String>, String> {
    let mut patterns = Vec::new();
    for line in entered.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let pattern = parse_path_pattern(line).map_err(|message| sentence(&message))?;
        if !patterns.contains(&pattern) {
            patterns.push(pattern);
        }
    }
    match patterns.len() {
        0..=50 => Ok(patterns),
        n => Err(format!("Those are {n} paths, 50 at most are possible.")),
    }
}

/// An IANA time zone.
pub fn time_zone(entered: &str) -> Result<String, String> {
    check_time_zone(entered)
        .map_err(|_| format!("“{}” is not a time zone such as Europe/Vienna or America/New_York.", entered.trim()))
}

/// An ISO 4217 code.
pub fn currency(entered: &str) -> Result<String, String> {
    check_currency(entered).map_err(|_| "Please enter a currency’s three letters, such as EUR or USD.".into())
}

/// A whole number in a range.
pub fn number(entered: &str, range: std::ops::RangeInclusive<u32>) -> Result<u32, String> {
    let read = entered.trim().parse().ok().filter(|n| range.contains(n));
    read.ok_or_else(|| format!("Please enter a whole number from {} to {}.", range.start(), range.end()))
}

/// Names to choose a time zone from.
pub fn time_zones() -> Vec<String> {
    let places =
        ["Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/"];
    let all = jiff::tz::db().available().map(|name| name.as_str().to_owned());
    let mut names: Vec<String> = all.filter(|name| name == "UTC" || places.iter().any(|place| name.starts_with(place))).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_enter_is_tidied_or_refused_in_words() {
        assert_eq!(email(" Owner@Shop.Example "), Ok("owner@shop.example".into()));
        for bad in ["", "owner", "@shop", "owner@", "a@b@c", "a b@c"] {
            assert!(email(bad).is_err(), "{bad}");
        }
        assert_eq!(origins("https://Shop.example/\r\n\r\nhttps://shop.example"), Ok(vec!["https://shop.example".into()]));
        assert!(origins(" \n").is_err() && origins("shop.example").is_err());
        assert_eq!(path_patterns("/pay*\r\n\r\n /pay*\n"), Ok(vec!["/pay*".into()]));
        assert_eq!(path_patterns(" \n"), Ok(vec![]));
        assert!(path_patterns("pay").is_err_and(|message| message.ends_with("*/payment*.")));
        assert!(path_patterns(&(0..51).map(|n| format!("/{n}\n")).collect::<String>()).is_err());
        assert_eq!(currency("eur"), Ok("EUR".into()));
        assert!(currency("€").is_err() && currency("EURO").is_err());
        assert_eq!(time_zone(" Europe/Vienna"), Ok("Europe/Vienna".into()));
        assert!(time_zone("Vienna").is_err() && time_zone("").is_err());
        assert_eq!(number("7", 0..=365), Ok(7));
        assert!(number("-1", 0..=365).is_err() && number("366", 0..=365).is_err());
        assert!(text("a\nb", "a name", 9).is_err() && text("  ", "a name", 9).is_err());
        assert!(time_zones().contains(&"Europe/Vienna".to_owned()));
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!([sentence("a is wrong"), sentence("")], ["A is wrong.", ""]);
    }

    #[test]
    fn faults_are_kept_by_field() {
        let mut faults = Faults::default();
        assert_eq!(faults.take("a", Ok::<_, String>(1)), Some(1));
        assert_eq!(faults.take("b", Err::<i32, _>("no".to_owned())), None);
        assert_eq!((faults.of("a"), faults.of("b"), faults.is_empty()), ("", "no", false));
    }
}
