//! Targeting taken apart for people: each comparison with what was found, what it needs, and how it came out.

use serde::Serialize;
use serde_json::Value;

use super::{Op, Rule, Targeting, Verdict};
use crate::domain::facts::Facts;

/// Values are quoted up to here: an address may be long, a list of products longer.
const LONGEST: usize = 120;

/// One comparison and how it came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Leaf {
    pub field: String,
    /// Missing where nobody here knows, `null` where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<Value>,
    pub op: Op,
    pub needs: Value,
    /// Of the comparison as it is written, also below a `not`.
    pub verdict: Verdict,
    /// It stands below a `not`: it must not hold.
    pub negated: bool,
}

/// Every comparison, in the order of the document.
pub fn leaves(targeting: &Targeting, facts: &Facts) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(targeting, facts, false, &mut found);
    found
}

fn collect(targeting: &Targeting, facts: &Facts, negated: bool, found: &mut Vec<Leaf>) {
    match targeting {
        Targeting::All { all: parts } | Targeting::Any { any: parts } => {
            parts.iter().for_each(|part| collect(part, facts, negated, found));
        }
        Targeting::Not { not } => collect(not, facts, !negated, found),
        Targeting::Rule(rule) => found.push(Leaf::new(rule, facts, negated)),
    }
}

impl Leaf {
    /// A comparison under these facts.
    pub fn new(rule: &Rule, facts: &Facts, negated: bool) -> Self {
        let found = facts.get(&rule.field);
        let verdict = found.map_or(Verdict::Maybe, |fact| rule.holds(fact).into());
        Self { field: rule.field.clone(), found: found.cloned(), op: rule.op, needs: rule.value.clone(), verdict, negated }
    }

    /// `cart.value is 2000, needs at least 3000`.
    pub fn text(&self) -> String {
        let found = match &self.found {
            None => "is not known to the server".to_owned(),
            Some(Value::Null) => "does not exist".to_owned(),
            Some(value) => format!("is {}", quote(value)),
        };
        let must = if self.negated { "must not be" } else { "needs" };
        format!("{} {found}, {must} {}", self.field, self.wish())
    }

    /// What it takes, as it follows "needs".
    fn wish(&self) -> String {
        let value = quote(&self.needs);
        match self.op {
            Op::Eq => value,
            Op::Ne => format!("anything but {value}"),
            Op::In => format!("one of {value}"),
            Op::NotIn => format!("none of {value}"),
            Op::Gt => format!("more than {value}"),
            Op::Gte => format!("at least {value}"),
            Op::Lt => format!("less than {value}"),
            Op::Lte => format!("at most {value}"),
            Op::Contains => format!("something with {value}"),
            Op::Glob => format!("something like {value}"),
            Op::Regex => format!("something matching {value}"),
            Op::Exists if self.needs.as_bool() == Some(false) => "nothing".into(),
            Op::Exists => "something".into(),
        }
    }
}

/// A value as people write it: texts in quotation marks, lists with commas.
fn quote(value: &Value) -> String {
    let text = match value {
        Value::Null => return "nothing".into(),
        Value::String(text) => format!("“{text}”"),
        Value::Array(items) if items.is_empty() => return "nothing".into(),
        Value::Array(items) => items.iter().map(quote).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_comparison_is_told_with_what_was_found() {
        let targeting: Targeting = serde_json::from_value(json!({"all": [
            {"field": "cart.value", "op": "gte", "value": 3000},
            {"any": [{"field": "page.path", "op": "glob", "value": "/cart*"}, {"field": "country", "op": "in", "value": ["AT", "DE"]}]},
            {"not": {"field": "utm.source", "op": "exists"}},
            {"field": "customer.orders", "op": "gt", "value": 1},
        ]}))
        .unwrap();
        let mut facts = Facts::from_page("https://shop.example/search", None);
        facts.set("cart.value", 2000).set("country", "AT");
        let told: Vec<_> = leaves(&targeting, &facts).iter().map(|leaf| (leaf.text(), leaf.verdict)).collect();
        let expected = [
            ("cart.value is 2000, needs at least 3000", Verdict::No),
            ("page.path is “/search”, needs something like “/cart*”", Verdict::No),
            ("country is “AT”, needs one of “AT”, “DE”", Verdict::Yes),
            ("utm.source does not exist, must not be something", Verdict::No),
            ("customer.orders is not known to the server, needs more than 1", Verdict::Maybe),
        ];
        assert_eq!(told, expected.map(|(text, verdict)| (text.to_owned(), verdict)));
    }

    #[test]
    fn long_values_are_cut_between_letters() {
        assert_eq!(quote(&json!("ä".repeat(200))).chars().count(), LONGEST + 1);
        assert_eq!(quote(&json!([])), "nothing");
    }
}
