//! A single comparison of a fact with a value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{pattern::Compiled, words::words};

/// A comparison of one fact with a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Name of the fact, `cart.value`.
    pub field: String,
    /// How it is compared.
    pub op: Op,
    /// With what; `exists` may do without.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub value: Value,
    #[serde(skip)]
    compiled: Compiled,
}

words! {
    /// How a fact is compared.
    pub enum Op {
        Eq = "eq",
        Ne = "ne",
        In = "in",
        NotIn = "not_in",
        Gt = "gt",
        Gte = "gte",
        Lt = "lt",
        Lte = "lte",
        Contains = "contains",
        Glob = "glob",
        Regex = "regex",
        Exists = "exists",
    }
}

impl Rule {
    /// A rule for this field.
    pub fn new(field: impl Into<String>, op: Op, value: impl Into<Value>) -> Self {
        Self { field: field.into(), op, value: value.into(), compiled: Compiled::default() }
    }

    /// Whether a known fact satisfies the rule.
    pub fn holds(&self, fact: &Value) -> bool {
        match self.op {
            Op::Ne => !any_item(fact, |item| equal(item, &self.value)),
            Op::NotIn => !any_item(fact, |item| any_item(&self.value, |value| equal(item, value))),
            Op::Exists => any_item(fact, |_| true) == self.value.as_bool().unwrap_or(true),
            Op::Contains if fact.is_array() => any_item(fact, |item| equal(item, &self.value)),
            _ => any_item(fact, |item| self.item_holds(item)),
        }
    }

    fn item_holds(&self, item: &Value) -> bool {
        let ordered = |test: fn(&f64, &f64) -> bool| match (number(item), number(&self.value)) {
            (Some(a), Some(b)) => test(&a, &b),
            _ => false,
        };
        let texts = |test: &dyn Fn(&str, &str) -> bool| match (item, &self.value) {
            (Value::String(text), Value::String(value)) => test(text, value),
            _ => false,
        };
        match self.op {
            Op::In => any_item(&self.value, |value| equal(item, value)),
            Op::Gt => ordered(f64::gt),
            Op::Gte => ordered(f64::ge),
            Op::Lt => ordered(f64::lt),
            Op::Lte => ordered(f64::le),
            Op::Contains => texts(&|text, part| text.to_lowercase().contains(&part.to_lowercase())),
            Op::Glob => texts(&|text, glob| glob_matches(&glob.to_lowercase(), &text.to_lowercase())),
            Op::Regex => texts(&|text, pattern| self.compiled.found(pattern, text)),
            Op::Eq | Op::Ne | Op::NotIn | Op::Exists => equal(item, &self.value),
        }
    }
}

/// Whether the value, or an item of the list, passes; `null` is nothing to test.
fn any_item(value: &Value, test: impl Fn(&Value) -> bool) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().any(test),
        single => test(single),
    }
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.to_lowercase() == b.to_lowercase(),
        (Value::Bool(_), _) | (_, Value::Bool(_)) => matches!((truth(a), truth(b)), (Some(a), Some(b)) if a == b),
        _ => matches!((number(a), number(b)), (Some(a), Some(b)) if a == b),
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Plain decimals only: what the two languages' own readers accept beyond that differs.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            let unsigned = text.strip_prefix('-').unwrap_or(text);
            let plain = unsigned.split_once('.').map_or_else(|| digits(unsigned), |(whole, part)| digits(whole) && digits(part));
            if plain { text.parse().ok() } else { None }
        }
        _ => None,
    }
}

/// Whether the whole text matches; greedy from both ends and leftmost between, so it never backtracks.
fn glob_matches(glob: &str, text: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else { return glob == text };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut text) = text.strip_prefix(head).and_then(|text| text.strip_suffix(tail)) else { return false };
    middle.split('*').all(|part| {
        let found = text.find(part);
        text = found.map_or("", |at| &text[at + part.len()..]);
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_glob_agrees_with_a_regex(glob in "[ab*]{0,8}", text in "[ab]{0,8}") {
            let regex = regex::Regex::new(&format!("^{}$", glob.replace('*', ".*"))).unwrap();
            prop_assert_eq!(glob_matches(&glob, &text), regex.is_match(&text));
        }
    }
}
