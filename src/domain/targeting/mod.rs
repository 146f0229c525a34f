//! To whom a survey applies: rules about facts, joined by `all`, `any` and `not`.
//!
//! The verdict has three values, because the page knows some facts and the server others: what depends on an unknown
//! fact is `Maybe` (Kleene's logic). The comparisons are few and the same in the page (`tests/targeting_cases.json`):
//!
//! - Texts ignore case. `eq`, `ne`, `in`, `not_in` compare whole texts; `contains` finds a part; in `glob` only `*` is
//!   special and stands for any run of characters; `regex` is the common part of [`crate::domain::pattern`].
//! - A text that is a plain decimal number is compared with a number as a number; two texts are compared as texts. So
//!   too `"true"` and `true`. Other types are never equal and have no order.
//! - A list matches when one of its items does; `contains` on a list compares whole items.
//! - An absent fact equals nothing: `ne`, `not_in` and `exists: false` hold for it, everything else does not. An empty
//!   list does not exist.

mod check;
mod compare;
mod leaves;

use serde::{Deserialize, Serialize};

use super::{facts::Facts, words::words};

pub use check::{Scope, check};
pub(in crate::domain) use check::{comparison, loose_operand};
pub use compare::{Op, Rule};
pub use leaves::{Leaf, leaves};

/// A rule, or a group of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Targeting {
    /// Every part must hold; holds when there is none.
    All {
        /// The parts.
        all: Vec<Targeting>,
    },
    /// One part must hold; fails when there is none.
    Any {
        /// The parts.
        any: Vec<Targeting>,
    },
    /// The part must not hold.
    Not {
        /// The part.
        not: Box<Targeting>,
    },
    /// A single comparison.
    Rule(Rule),
}

impl Targeting {
    /// Whether any comparison asks about a group of facts, such as `customer`.
    pub fn asks_about(&self, group: &str) -> bool {
        match self {
            Self::All { all: parts } | Self::Any { any: parts } => parts.iter().any(|part| part.asks_about(group)),
            Self::Not { not } => not.asks_about(group),
            Self::Rule(rule) => rule.field.strip_prefix(group).is_some_and(|rest| rest.starts_with('.')),
        }
    }
}

words! {
    /// What came out: `Maybe` where it depends on a fact nobody here knows.
    pub enum Verdict {
        No = "no",
        Maybe = "maybe",
        Yes = "yes",
    }
}

/// Whether the targeting holds for these facts.
pub fn evaluate(targeting: &Targeting, facts: &Facts) -> Verdict {
    // With No < Maybe < Yes, Kleene's "and" is the minimum and "or" the maximum.
    match targeting {
        Targeting::All { all } => all.iter().map(|part| evaluate(part, facts)).min().unwrap_or(Verdict::Yes),
        Targeting::Any { any } => any.iter().map(|part| evaluate(part, facts)).max().unwrap_or(Verdict::No),
        Targeting::Not { not } => !evaluate(not, facts),
        Targeting::Rule(rule) => match facts.get(&rule.field) {
            None => Verdict::Maybe,
            Some(fact) => rule.holds(fact).into(),
        },
    }
}

/// The first rule to blame when the targeting does not hold, and whether it stands below a `not`; for explanations.
pub fn failing<'a>(targeting: &'a Targeting, facts: &Facts) -> Option<(&'a Rule, bool)> {
    deciding(targeting, facts, Verdict::No, false)
}

/// The first rule that makes the targeting come out as `verdict`, or `None` if it comes out otherwise.
fn deciding<'a>(targeting: &'a Targeting, facts: &Facts, verdict: Verdict, negated: bool) -> Option<(&'a Rule, bool)> {
    if evaluate(targeting, facts) != verdict {
        return None;
    }
    match targeting {
        Targeting::All { all: parts } | Targeting::Any { any: parts } => {
            parts.iter().find_map(|part| deciding(part, facts, verdict, negated))
        }
        Targeting::Not { not } => deciding(not, facts, !verdict, !negated),
        Targeting::Rule(rule) => Some((rule, negated)),
    }
}

impl std::ops::Not for Verdict {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

impl From<bool> for Verdict {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[derive(Deserialize)]
    struct Case {
        name: String,
        targeting: Targeting,
        facts: serde_json::Map<String, Value>,
        expect: Verdict,
    }

    #[test]
    fn agrees_with_the_table_shared_with_the_page() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/targeting_cases.json")).unwrap();
        for case in cases {
            let facts = case.facts.into_iter().collect();
            assert_eq!(evaluate(&case.targeting, &facts), case.expect, "{}", case.name);
            assert_eq!(
                failing(&case.targeting, &facts).is_some(),
                case.expect == Verdict::No && blamable(&case.targeting),
                "{}",
                case.name
            );
        }
    }

    /// An empty `any` fails without a rule to blame.
    fn blamable(targeting: &Targeting) -> bool {
        !serde_json::to_string(targeting).unwrap().contains(r#""any":[]"#)
    }

    #[test]
    fn names_the_rule_to_blame() {
        let rule = |field: &str, value: i64| Targeting::Rule(Rule::new(field, Op::Eq, value));
        let targeting = Targeting::All {
            all: vec![rule("a", 1), Targeting::Not { not: Box::new(Targeting::Any { any: vec![rule("b", 1), rule("c", 1)] }) }],
        };
        let blamed = |c: i64| {
            let facts = Facts::from_iter([("a", json!(1)), ("b", json!(0)), ("c", json!(c))].map(|(k, v)| (k.to_owned(), v)));
            failing(&targeting, &facts).map(|(rule, negated)| (rule.field.clone(), negated))
        };
        assert_eq!(blamed(1), Some(("c".to_owned(), true)));
        assert_eq!(blamed(0), None);
    }

    fn targeting() -> impl Strategy<Value = Targeting> {
        let leaf = ("[a-d]", any::<bool>()).prop_map(|(field, value)| Targeting::Rule(Rule::new(field, Op::Eq, value)));
        leaf.prop_recursive(4, 24, 4, |part| {
            prop_oneof![
                prop::collection::vec(part.clone(), 0..4).prop_map(|all| Targeting::All { all }),
                prop::collection::vec(part.clone(), 0..4).prop_map(|any| Targeting::Any { any }),
                part.prop_map(|not| Targeting::Not { not: Box::new(not) }),
            ]
        })
    }

    fn facts() -> impl Strategy<Value = Vec<(String, Value)>> {
        prop::collection::vec(("[a-d]", prop_oneof![Just(Value::Null), any::<bool>().prop_map(Value::Bool)]), 0..4)
    }

    proptest! {
        #[test]
        fn learning_more_never_turns_a_verdict_round(targeting in targeting(), known in facts(), more in facts()) {
            let mut all = Facts::from_iter(more);
            all.extend(Facts::from_iter(known.clone()));
            let before = evaluate(&targeting, &Facts::from_iter(known));
            prop_assert!(before == Verdict::Maybe || before == evaluate(&targeting, &all));
        }

        #[test]
        fn survives_json(targeting in targeting()) {
            let text = serde_json::to_string(&targeting).unwrap();
            prop_assert_eq!(serde_json::from_str::<Targeting>(&text).unwrap(), targeting);
        }
    }
}
