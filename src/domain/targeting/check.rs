//! Whether a targeting in a document makes sense: known fields, comparisons that fit them, values that fit those.

use serde_json::Value;

use super::Op;
use crate::domain::{
    pattern,
    report::{Fields, Report, did_you_mean, show},
};

/// Deepest nesting of groups.
const MAX_DEPTH: usize = 8;
/// Longest list of rules in a group, and of values in a rule.
const MAX_LIST: usize = 200;

/// What a fact's values look like.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Text,
    Number,
    Flag,
    List,
    Any,
}

/// Fixed fields; those that end in a dot start a family of fields.
const FIELDS: &[(&str, Shape)] = &[
    ("page.url", Shape::Text),
    ("page.path", Shape::Text),
    ("page.query.", Shape::Any),
    ("referrer", Shape::Text),
    ("utm.", Shape::Text),
    ("device", Shape::Text),
    ("locale", Shape::Text),
    ("country", Shape::Text),
    ("visitor.visits", Shape::Number),
    ("visitor.new", Shape::Flag),
    ("visitor.days_since_first", Shape::Number),
    ("session.pages", Shape::Number),
    ("session.seconds", Shape::Number),
    ("cart.value", Shape::Number),
    ("cart.items", Shape::Number),
    ("cart.product_ids", Shape::List),
    ("order.value", Shape::Number),
    ("order.number", Shape::Number),
    ("order.product_ids", Shape::List),
    ("order.new_customer", Shape::Flag),
    ("customer.known", Shape::Flag),
    ("customer.orders", Shape::Number),
    ("customer.lifetime_value", Shape::Number),
    ("customer.attributes.", Shape::Any),
    ("event.", Shape::Any),
];

/// Where a targeting stands, which decides what may be asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In a survey: facts about the visitor.
    Survey,
    /// In a question of a stream: the order and the customer only.
    Known,
    /// In a flow: also answers, as `answer.<survey>.<question>`.
    Flow,
}

/// Checks a targeting and notes every problem.
pub fn check(value: &Value, path: &str, scope: Scope, report: &mut Report) {
    part(value, path, scope, 0, report);
}

fn part(value: &Value, path: &str, scope: Scope, depth: usize, report: &mut Report) {
    let group = ["all", "any", "not"].into_iter().find(|group| value.get(group).is_some());
    let Some(group) = group else { return rule(value, path, scope, report) };
    if depth == MAX_DEPTH {
        return report.add(path, format!("groups are nested deeper than {MAX_DEPTH}"));
    }
    let Some(fields) = report.map(value, path) else { return };
    for (name, path, _) in fields.each().filter(|(name, ..)| *name != group) {
        report.add(path, format!("{name:?} cannot stand beside {group:?}: use a group of its own"));
    }
    if group == "not" {
        if let Some(inner) = fields.get("not") {
            part(inner, &fields.at("not"), scope, depth + 1, report);
        }
    } else {
        for (path, item) in report.list(&fields, group, 0..=MAX_LIST) {
            part(item, &path, scope, depth + 1, report);
        }
    }
}

fn rule(value: &Value, path: &str, scope: Scope, report: &mut Report) {
    let Some(fields) = report.object(value, path, &["field", "op", "value"]) else { return };
    report.require(&fields, "field");
    report.require(&fields, "op");
    let name = report.read(&fields, "field", "the name of a field", Value::as_str);
    let op = comparison(&fields, report);
    let Some(name) = name else { return };
    let Some(shape) = shape(name, scope) else {
        let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).filter(|name| in_scope(name, scope)).collect();
        return report.add(fields.at("field"), format!("there is no field {name:?}{}", did_you_mean(name, &known)));
    };
    if let Some(op) = op {
        if !fits(op, shape) {
            let fitting: Vec<&str> =
                Op::WORDS.iter().copied().filter(|word| Op::parse(word).is_some_and(|op| fits(op, shape))).collect();
            report.add(fields.at("op"), format!("{op} does not fit {name}: use one of {}", fitting.join(", ")));
        } else {
            operand(op, shape, &fields, report);
        }
    }
}

/// Reads `op`.
pub(in crate::domain) fn comparison(fields: &Fields<'_>, report: &mut Report) -> Option<Op> {
    report.word(fields, "op", Op::WORDS).and_then(Op::parse)
}

/// Checks `value` for a comparison with anything.
pub(in crate::domain) fn loose_operand(op: Op, fields: &Fields<'_>, report: &mut Report) {
    operand(op, Shape::Any, fields, report);
}

fn operand(op: Op, shape: Shape, fields: &Fields<'_>, report: &mut Report) {
    if op == Op::Exists {
        report.flag(fields, "value");
        return;
    }
    report.require(fields, "value");
    let Some(value) = fields.get("value") else { return };
    let wanted = match (op, shape) {
        (Op::In | Op::NotIn, _) => {
            for (path, item) in report.list(fields, "value", 0..=MAX_LIST) {
                let wanted = scalar_of(shape);
                if !is_scalar(item, shape) {
                    report.add(path, format!("{} should be {wanted}", show(item)));
                }
            }
            return;
        }
        (Op::Gt | Op::Gte | Op::Lt | Op::Lte, _) if value.is_number() => return,
        (Op::Gt | Op::Gte | Op::Lt | Op::Lte, _) => "a number",
        (Op::Glob | Op::Regex, _) if value.is_string() => "",
        (Op::Contains, Shape::Text) if value.is_string() => return,
        (Op::Glob | Op::Regex, _) | (Op::Contains, Shape::Text) => "a text",
        _ if is_scalar(value, shape) => return,
        _ => scalar_of(shape),
    };
    if !wanted.is_empty() {
        report.add(fields.at("value"), format!("{} should be {wanted}", show(value)));
    } else if let (Op::Regex, Some(Err(message))) = (op, value.as_str().map(pattern::compile)) {
        report.add(fields.at("value"), format!("{} is not a pattern we can use: {message}", show(value)));
    }
}

fn is_scalar(value: &Value, shape: Shape) -> bool {
    match shape {
        Shape::Text => value.is_string(),
        Shape::Number => value.is_number(),
        Shape::Flag => value.is_boolean(),
        Shape::List => value.is_string() || value.is_number(),
        Shape::Any => value.is_string() || value.is_number() || value.is_boolean(),
    }
}

fn scalar_of(shape: Shape) -> &'static str {
    match shape {
        Shape::Text => "a text",
        Shape::Number => "a number",
        Shape::Flag => "true or false",
        Shape::List => "a text or a number",
        Shape::Any => "a text, a number, true or false",
    }
}

fn shape(name: &str, scope: Scope) -> Option<Shape> {
    let answer = name.strip_prefix("answer.").and_then(|rest| rest.split_once('.'));
    if scope == Scope::Flow && answer.is_some_and(|(survey, question)| !survey.is_empty() && !question.is_empty()) {
        return Some(Shape::Any);
    }
    let matches =
        |field: &str| if field.ends_with('.') { name.len() > field.len() && name.starts_with(field) } else { name == field };
    FIELDS.iter().find(|(field, _)| matches(field) && in_scope(field, scope)).map(|(_, shape)| *shape)
}

fn in_scope(field: &str, scope: Scope) -> bool {
    scope != Scope::Known || field.starts_with("order.") || field.starts_with("customer.")
}

fn fits(op: Op, shape: Shape) -> bool {
    match op {
        Op::Exists => true,
        Op::Eq | Op::Ne => shape != Shape::List,
        Op::In | Op::NotIn => shape != Shape::Flag,
        Op::Gt | Op::Gte | Op::Lt | Op::Lte => matches!(shape, Shape::Number | Shape::Any),
        Op::Contains => matches!(shape, Shape::Text | Shape::List | Shape::Any),
        Op::Glob | Op::Regex => matches!(shape, Shape::Text | Shape::Any),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(value: Value) -> Vec<(String, String)> {
        let mut report = Report::default();
        check(&value, "targeting", Scope::Survey, &mut report);
        report.problems.into_iter().map(|problem| (problem.path, problem.message)).collect()
    }

    #[test]
    fn accepts_what_makes_sense() {
        for value in [
            json!({"all": [{"field": "page.path", "op": "glob", "value": "/cart*"}, {"not": {"any": []}}]}),
            json!({"field": "cart.product_ids", "op": "contains", "value": 12}),
            json!({"field": "page.query.step", "op": "gt", "value": 1}),
            json!({"field": "visitor.new", "op": "exists"}),
            json!({"field": "customer.attributes.tags", "op": "in", "value": ["vip", 3, true]}),
        ] {
            assert_eq!(problems(value.clone()), [], "{value}");
        }
    }

    #[test]
    fn names_every_problem_and_its_place() {
        let found = problems(json!({"all": [
            {"field": "cart.valeu", "op": "gte", "value": 1},
            {"field": "cart.value", "op": "glob", "value": "3*"},
            {"field": "cart.value", "op": "gte", "value": "3000"},
            {"field": "page.path", "op": "regex", "value": "(?=x)"},
            {"field": "device", "op": "in", "value": ["mobile", 3]},
            {"field": "device", "op": "is", "value": "mobile"},
            {"field": "device", "op": "eq"},
            {"any": [], "field": "device"},
            {"field": "answer.nps.score", "op": "gte", "value": 9},
            "mobile"
        ]}));
        let places: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            places,
            [
                "targeting.all[0].field",
                "targeting.all[1].op",
                "targeting.all[2].value",
                "targeting.all[3].value",
                "targeting.all[4].value[1]",
                "targeting.all[5].op",
                "targeting.all[6].value",
                "targeting.all[7].field",
                "targeting.all[8].field",
                "targeting.all[9]",
            ]
        );
        assert_eq!(found[0].1, "there is no field \"cart.valeu\"; did you mean \"cart.value\"?");
        assert_eq!(found[1].1, "glob does not fit cart.value: use one of eq, ne, in, not_in, gt, gte, lt, lte, exists");
    }

    #[test]
    fn a_flow_may_ask_for_answers() {
        let mut report = Report::default();
        check(&json!({"field": "answer.nps.score", "op": "gte", "value": 9}), "when", Scope::Flow, &mut report);
        assert!(report.problems.is_empty());
    }

    #[test]
    fn deep_nesting_is_refused() {
        let deep = (0..20).fold(json!({"all": []}), |inner, _| json!({"not": inner}));
        assert_eq!(problems(deep).len(), 1);
    }
}
