//! Conditions as rows that anybody can fill in: a fact, how it is compared, and with what. What is too nested for rows is kept as
//! it is, and comes back into the document beside them.

use serde_json::{Value, json};

use super::pairs::Pairs;
use super::parts::{Fact, Kind, Parts};
use crate::domain::money::{Currency, Money};
use crate::domain::targeting::{Op, Rule, Targeting};
use crate::web::admin::fields::Faults;

/// Rows in one list; a document may hold more.
const MOST: usize = 30;

/// One row, as entered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub field: String,
    /// A word of [`comparisons`].
    pub op: String,
    /// Chosen keys, or one text.
    pub values: Vec<String>,
}

/// Rows that must all hold, or of which one must.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    pub any: bool,
    pub rows: Vec<Row>,
    /// Parts that no row can show.
    pub kept: Vec<Value>,
}

/// How facts of a kind are compared: word and label.
pub fn comparisons(fact: &Fact) -> Vec<(&'static str, &'static str)> {
    let mut list = match fact.kind {
        Kind::Choice(_) => vec![("in", "is one of"), ("not_in", "is none of")],
        Kind::Number | Kind::Money => {
            vec![
                ("gte", "is at least"),
                ("gt", "is more than"),
                ("lte", "is at most"),
                ("lt", "is less than"),
                ("eq", "is exactly"),
            ]
        }
        Kind::Flag => vec![("yes", "is true"), ("no", "is not true")],
        Kind::Text => vec![("contains", "contains"), ("eq", "is exactly"), ("ne", "is not")],
        Kind::Items => vec![("in", "include one of"), ("not_in", "include none of")],
    };
    if fact.field.starts_with("answer.") {
        list.extend([("answered", "was answered"), ("unanswered", "was not answered")]);
    }
    list
}

impl Conditions {
    /// What a document says; parts that no row can show are kept.
    pub fn of(targeting: Option<&Targeting>, parts: &Parts) -> Self {
        let (any, list) = match targeting {
            None => return Self::default(),
            Some(Targeting::All { all }) => (false, all.as_slice()),
            Some(Targeting::Any { any }) => (true, any.as_slice()),
            Some(single) => (false, std::slice::from_ref(single)),
        };
        let mut found = Self { any, ..Self::default() };
        for part in list {
            let row = match part {
                Targeting::Rule(rule) if found.rows.len() < MOST => row_of(rule, parts),
                _ => None,
            };
            match row {
                Some(row) => found.rows.push(row),
                // What was read from JSON can be written as such.
                None => found.kept.push(serde_json::to_value(part).unwrap_or_default()),
            }
        }
        found
    }

    /// What was sent: `when.join`, `when.kept`, `when.0.field`, `when.0.op`, `when.0.value`.
    pub fn sent(pairs: &Pairs, prefix: &str, faults: &mut Faults) -> Self {
        let kept = match pairs.get(&format!("{prefix}.kept")) {
            "" => Vec::new(),
            text => serde_json::from_str(text).unwrap_or_else(|_| {
                faults.add(
                    format!("{prefix}.kept"),
                    "A part of the condition could not be read and is left out. Save again to go on without it.",
                );
                Vec::new()
            }),
        };
        let row = |at| {
            let of = |name: &str| format!("{prefix}.{at}.{name}");
            Row {
                field: pairs.get(&of("field")).to_owned(),
                op: pairs.get(&of("op")).to_owned(),
                values: pairs.all(&of("value")),
            }
        };
        let rows = pairs.indexes(prefix).into_iter().take(MOST).map(row).collect();
        Self { any: pairs.get(&format!("{prefix}.join")) == "any", rows, kept }
    }

    /// Another row, about a fact.
    pub fn add(&mut self, field: &str, parts: &Parts) {
        if let Some(fact) = parts.fact(field).filter(|_| self.rows.len() < MOST) {
            let op = comparisons(&fact).first().map_or("", |(word, _)| word).to_owned();
            self.rows.push(Row { field: fact.field, op, values: Vec::new() });
        }
    }

    pub fn remove(&mut self, at: usize) {
        if at < self.rows.len() {
            self.rows.remove(at);
        }
    }

    /// As a document writes it; `None` where there are none. A row that cannot be read is noted, and stands as a question whether
    /// there is such a fact, so that the rest can still be checked.
    pub fn to_value(&self, prefix: &str, parts: &Parts, faults: &mut Faults) -> Option<Value> {
        let rule = |(at, row): (usize, &Row)| {
            row.rule(parts).unwrap_or_else(|message| {
                faults.add(format!("{prefix}.{at}"), message);
                json!({"field": row.field, "op": "exists"})
            })
        };
        let mut list: Vec<Value> = self.rows.iter().enumerate().map(rule).collect();
        list.extend(self.kept.iter().cloned());
        match list.len() {
            0 => None,
            1 => list.pop(),
            _ if self.any => Some(json!({ "any": list })),
            _ => Some(json!({ "all": list })),
        }
    }

    /// The field of the form to which a problem at this path below the condition belongs.
    pub fn field(&self, prefix: &str, path: &str) -> String {
        let at = match path.strip_prefix(".all[").or(path.strip_prefix(".any[")) {
            Some(rest) if self.rows.len() + self.kept.len() > 1 => {
                rest.split(']').next().and_then(|n| n.parse().ok()).unwrap_or(0)
            }
            _ => 0,
        };
        if at < self.rows.len() { format!("{prefix}.{at}") } else { format!("{prefix}.kept") }
    }
}

impl Row {
    /// As a document writes it, or what is wrong with it.
    fn rule(&self, parts: &Parts) -> Result<Value, String> {
        let fact = parts.fact(&self.field).ok_or("This store does not know what this condition asks for. Take it out.")?;
        let text = self.values.first().map_or("", |text| text.trim());
        let rule = |op: Op, value: Value| Ok(json!({"field": self.field, "op": op, "value": value}));
        let op = match self.op.as_str() {
            "answered" => return rule(Op::Exists, json!(true)),
            "unanswered" => return rule(Op::Exists, json!(false)),
            "yes" => return rule(Op::Eq, json!(true)),
            "no" => return rule(Op::Eq, json!(false)),
            word => Op::parse(word).filter(|_| comparisons(&fact).iter().any(|(known, _)| *known == word)),
        };
        let op = op.ok_or("Please choose how to compare.")?;
        match &fact.kind {
            Kind::Choice(_) if self.values.is_empty() => Err("Please choose at least one answer.".into()),
            Kind::Choice(_) => rule(op, json!(self.values)),
            Kind::Money => rule(op, json!(amount(text, &parts.currency)?)),
            Kind::Number => rule(op, number(text)?),
            Kind::Items => {
                let ids: Vec<&str> = text.split([',', '\n']).map(str::trim).filter(|id| !id.is_empty()).collect();
                if ids.is_empty() { Err("Please enter the id of at least one product.".into()) } else { rule(op, json!(ids)) }
            }
            Kind::Text | Kind::Flag if text.is_empty() => Err("Please enter a text.".into()),
            Kind::Text | Kind::Flag => rule(op, json!(text)),
        }
    }

    /// What it is compared with, as people read it.
    pub fn value_words(&self, parts: &Parts) -> String {
        let text = || self.values.join(", ");
        match parts.fact(&self.field).map(|fact| fact.kind) {
            Some(Kind::Choice(choices)) => {
                let label = |key: &String| {
                    let known = choices.iter().find(|(known, _)| known == key);
                    format!("“{}”", known.map_or(key.as_str(), |(_, label)| label))
                };
                self.values.iter().map(label).collect::<Vec<_>>().join(" or ")
            }
            Some(Kind::Money) => {
                let read = amount(&text(), &parts.currency).ok().zip(parts.currency.parse().ok());
                read.map_or_else(text, |(minor, currency)| Money { minor, currency }.format("en"))
            }
            Some(Kind::Text) => format!("“{}”", text()),
            _ => text(),
        }
    }

    /// Whether it is compared with something.
    pub fn takes_value(&self) -> bool {
        !matches!(self.op.as_str(), "answered" | "unanswered" | "yes" | "no")
    }
}

fn amount(text: &str, currency: &str) -> Result<i64, String> {
    let read = Money::parse(&text.replace(',', "."), currency).map(|money| money.minor);
    read.map_err(|_| format!("Please enter an amount in {currency}, such as 30 or 49.90."))
}

fn number(text: &str) -> Result<Value, String> {
    let read = text.parse::<i64>().map(Value::from).ok();
    let read = read.or_else(|| text.replace(',', ".").parse::<f64>().ok().filter(|n| n.is_finite()).map(Value::from));
    read.ok_or_else(|| "Please enter a number.".into())
}

/// `None` for what a row cannot say.
fn row_of(rule: &Rule, parts: &Parts) -> Option<Row> {
    let fact = parts.fact(&rule.field)?;
    let row = |op: &str, values: Vec<String>| Some(Row { field: rule.field.clone(), op: op.to_owned(), values });
    let exists = rule.value.as_bool().unwrap_or(true);
    let texts = |value: &Value| match value {
        Value::Array(items) => items.iter().map(text).collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty()),
        single => text(single).map(|text| vec![text]),
    };
    let row = match (&fact.kind, rule.op) {
        (_, Op::Exists) => row(if exists { "answered" } else { "unanswered" }, Vec::new()),
        (Kind::Choice(_), Op::In | Op::NotIn) => row(rule.op.as_str(), texts(&rule.value)?),
        (Kind::Choice(_), Op::Eq) => row("in", texts(&rule.value)?),
        (Kind::Choice(_), Op::Ne) => row("not_in", texts(&rule.value)?),
        (Kind::Items, Op::In | Op::NotIn) => row(rule.op.as_str(), vec![texts(&rule.value)?.join(", ")]),
        (Kind::Items, Op::Contains) => row("in", texts(&rule.value)?),
        (Kind::Flag, Op::Eq) => row(if rule.value.as_bool()? { "yes" } else { "no" }, Vec::new()),
        (Kind::Money, op) => {
            let money = Money { minor: rule.value.as_i64().filter(|minor| *minor >= 0)?, currency: currency(parts)? };
            row(op.as_str(), vec![money.decimal()])
        }
        (Kind::Number, op) => row(op.as_str(), vec![rule.value.as_number()?.to_string()]),
        (Kind::Text, op) => row(op.as_str(), vec![rule.value.as_str()?.to_owned()]),
        _ => None,
    }?;
    comparisons(&fact).iter().any(|(word, _)| *word == row.op).then_some(row)
}

fn currency(parts: &Parts) -> Option<Currency> {
    parts.currency.parse().ok()
}

fn text(value: &Value) -> Option<String> {
    match value {
        // A comma parts the ids in their field.
        Value::String(text) if !text.contains(',') => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::survey::Survey;
    use proptest::prelude::*;

    fn parts() -> Parts {
        let survey = json!({"key": "s", "kind": "exit_intent", "name": "S", "questions": [
            {"key": "why", "type": "single_choice", "prompt": "Why?", "choices": [{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]},
            {"key": "nps", "type": "nps", "prompt": "How likely?"},
            {"key": "more", "type": "short_text", "prompt": "More?"},
        ], "endings": [{"key": "bye", "title": "Bye"}]});
        Parts::new("EUR", vec![Survey::parse(&survey).unwrap()])
    }

    fn rule(field: &str, op: &str, value: Value) -> Value {
        json!({"field": field, "op": op, "value": value})
    }

    /// What comes out of the form, and the rows and kept parts in between.
    fn through(value: &Value) -> (Option<Value>, usize, usize) {
        let targeting: Targeting = serde_json::from_value(value.clone()).unwrap();
        let (parts, mut faults) = (parts(), Faults::default());
        let conditions = Conditions::of(Some(&targeting), &parts);
        let out = conditions.to_value("when", &parts, &mut faults);
        assert!(faults.is_empty(), "{:?}", faults.all());
        (out, conditions.rows.len(), conditions.kept.len())
    }

    #[test]
    fn rows_say_what_they_can_and_the_rest_is_kept() {
        for (value, rows) in [
            (rule("answer.s.why", "in", json!(["a", "gone"])), 1),
            (rule("answer.s.why", "not_in", json!(["b"])), 1),
            (rule("answer.s.why", "exists", json!(false)), 1),
            (rule("answer.s.nps", "lte", json!(6)), 1),
            (rule("answer.s.nps", "eq", json!(6.5)), 1),
            (rule("answer.s.more", "contains", json!("blue, or red")), 1),
            (rule("answer.lost.why", "eq", json!("a")), 1),
            (rule("cart.value", "gte", json!(4990)), 1),
            (rule("order.new_customer", "eq", json!(true)), 1),
            (rule("cart.product_ids", "in", json!(["81", "82"])), 1),
            (rule("customer.attributes.tier", "ne", json!("gold")), 1),
            (rule("answer.s.more", "regex", json!("^a")), 0),
            (rule("answer.s.nps", "in", json!([1, 2])), 0),
            (rule("answer.s.why", "in", json!([])), 0),
            (rule("cart.value", "gte", json!(-5)), 0),
            (rule("cart.product_ids", "in", json!(["a,b"])), 0),
            (rule("customer.known", "eq", json!(true)), 0),
            (json!({"not": rule("cart.items", "eq", json!(1))}), 0),
        ] {
            assert_eq!(through(&value), (Some(value.clone()), rows, 1 - rows), "{value}");
        }
        let same = |value, as_rows| assert_eq!(through(&value), (Some(as_rows), 1, 0));
        same(rule("answer.s.why", "eq", json!("a")), rule("answer.s.why", "in", json!(["a"])));
        same(rule("cart.product_ids", "contains", json!(81)), rule("cart.product_ids", "in", json!(["81"])));
        same(json!({"all": [rule("cart.items", "gt", json!(1))]}), rule("cart.items", "gt", json!(1)));
    }

    #[test]
    fn a_problem_finds_its_row() {
        let two = Conditions { rows: vec![Row::default(); 2], kept: vec![json!({})], any: true };
        let one = Conditions { rows: vec![Row::default()], ..Conditions::default() };
        for (conditions, path, field) in [
            (&two, ".any[1].value", "when.1"),
            (&two, ".any[2].not.field", "when.kept"),
            (&one, ".value[0]", "when.0"),
            (&Conditions::default(), "", "when.kept"),
        ] {
            assert_eq!(conditions.field("when", path), field, "{path}");
        }
    }

    fn amount_rule() -> impl Strategy<Value = Value> {
        (prop::sample::select(vec!["gte", "gt", "lte", "lt", "eq"]), 0..9_000_000_000_000i64)
            .prop_map(|(op, minor)| rule("cart.value", op, json!(minor)))
    }

    proptest! {
        #[test]
        fn a_form_that_nobody_changed_changes_nothing(any: bool, rules in prop::collection::vec(amount_rule(), 2..6)) {
            let value = if any { json!({ "any": rules }) } else { json!({ "all": rules }) };
            prop_assert_eq!(through(&value), (Some(value), rules.len(), 0));
        }
    }
}
