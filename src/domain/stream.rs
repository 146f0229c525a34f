//! The question stream: a known customer is asked one question after another over several orders, and none whose answer is known.
//!
//! An answer is known if the customer gave it and it has not grown old, or if the order or the customer's record already says it.
//! Questions never asked come first, in the order of the survey; then those that were left unanswered, each at most
//! [`LEFT_UNANSWERED`] times; last those whose answers have grown old, the oldest first.

use std::collections::BTreeMap;

use super::{
    duration::{DAY, Span, humanize},
    facts::Facts,
    survey::{QuestionType, Survey},
    targeting::{Targeting, Verdict, evaluate},
};

/// A question left unanswered so often is not put again for [`REST`].
pub const LEFT_UNANSWERED: u32 = 2;
/// How long a question rests that was left unanswered too often, in milliseconds.
pub const REST: i64 = 180 * DAY;

/// A question of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Item<'a> {
    /// Its key.
    pub question: &'a str,
    /// How it is asked.
    pub kind: QuestionType,
    /// How long an answer stays true; for ever, when absent.
    pub valid: Option<Span>,
    /// When it need not be asked: what the order or the customer's record says.
    pub unless: Option<&'a Targeting>,
}

/// What this customer and a question have to do with each other so far. Times are milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// When it was last answered.
    pub answered_at: Option<i64>,
    /// When it was last shown.
    pub shown_at: Option<i64>,
    /// How often it was shown since the last answer, without another.
    pub unanswered: u32,
}

/// One time the survey was shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// Milliseconds.
    pub shown_at: i64,
    /// The one question that was asked; absent where the survey was shown whole.
    pub asked: Option<String>,
    /// Questions that were answered, and when.
    pub answered: Vec<(String, i64)>,
}

/// The question to ask now, as an index into the survey's; `None` when everything is known. `past` is oldest first, `facts` are
/// those of the order and the customer.
pub fn question(survey: &Survey, past: &[Past], facts: &Facts, now: i64) -> Option<usize> {
    let items: Vec<Item<'_>> = survey
        .questions
        .iter()
        .map(|q| Item { question: &q.key, kind: q.kind, valid: q.valid, unless: q.unless.as_ref() })
        .collect();
    let memories = memories(past);
    next(&items, |question| memories.get(question).copied().unwrap_or_default(), facts, now)
}

fn memories(past: &[Past]) -> BTreeMap<&str, Memory> {
    let mut all: BTreeMap<&str, Memory> = BTreeMap::new();
    for show in past {
        for (question, at) in &show.answered {
            let memory = all.entry(question).or_default();
            *memory = Memory { answered_at: memory.answered_at.max(Some(*at)), unanswered: 0, ..*memory };
        }
        if let Some(asked) = &show.asked {
            let memory = all.entry(asked).or_default();
            memory.shown_at = memory.shown_at.max(Some(show.shown_at));
            if !show.answered.iter().any(|(question, _)| question == asked) {
                memory.unanswered += 1;
            }
        }
    }
    all
}

/// Why a question is not asked now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Known {
    /// The customer said it.
    #[error("answered {} ago{}", humanize(*.ago_ms), rests(.valid_ms))]
    Answered {
        /// How long ago.
        ago_ms: i64,
        /// How long that is good for; for ever, when absent.
        valid_ms: Option<i64>,
    },
    /// The order or the record says it.
    #[error("the order or the customer's record already says it")]
    Said,
    /// The customer does not want to say it.
    #[error("shown {0} times and left unanswered")]
    LeftUnanswered(u32),
    /// There is nothing to answer.
    #[error("is only read")]
    Statement,
}

fn rests(valid_ms: &Option<i64>) -> String {
    valid_ms.map_or_else(|| ", and the answer stays true".to_owned(), |valid| format!(", good for {}", humanize(valid)))
}

/// The question to ask now, as an index; `None` when everything is known. `facts` are those of the order and the customer.
pub fn next(items: &[Item<'_>], memory: impl Fn(&str) -> Memory, facts: &Facts, now: i64) -> Option<usize> {
    let open = items.iter().enumerate().filter_map(|(at, item)| {
        let memory = memory(item.question);
        known(item, &memory, facts, now).is_none().then_some(((memory.answered_at, memory.unanswered), at))
    });
    // Nothing is less than a time, so what was never answered comes before what has grown old.
    open.min().map(|(_, at)| at)
}

/// Why a question is not asked now; `None` if it may be.
pub fn known(item: &Item<'_>, memory: &Memory, facts: &Facts, now: i64) -> Option<Known> {
    if item.kind == QuestionType::Statement {
        return Some(Known::Statement);
    }
    // An answer of the future was given before the clock was set back: it counts as now.
    let ago = |at: i64| now.saturating_sub(at).max(0);
    let valid_ms = item.valid.map(Span::ms);
    if let Some(ago_ms) = memory.answered_at.map(ago)
        && valid_ms.is_none_or(|valid| ago_ms < valid)
    {
        return Some(Known::Answered { ago_ms, valid_ms });
    }
    // Only what is surely said is left out: whether something unknown says it cannot be told.
    if item.unless.is_some_and(|unless| evaluate(unless, facts) == Verdict::Yes) {
        return Some(Known::Said);
    }
    let resting = memory.shown_at.is_some_and(|at| ago(at) < REST);
    (memory.unanswered >= LEFT_UNANSWERED && resting).then_some(Known::LeftUnanswered(memory.unanswered))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::targeting::{Op, Rule};

    const NOW: i64 = 1000 * DAY;

    fn item(question: &str, days: Option<i64>) -> Item<'_> {
        Item { question, kind: QuestionType::SingleChoice, valid: days.map(Span::days), unless: None }
    }

    fn answered(days: i64) -> Memory {
        Memory { answered_at: Some(NOW - days * DAY), shown_at: Some(NOW - days * DAY), unanswered: 0 }
    }

    fn ignored(times: u32, days: i64) -> Memory {
        Memory { answered_at: None, shown_at: Some(NOW - days * DAY), unanswered: times }
    }

    #[test]
    fn asks_the_next_that_is_not_known() {
        let items = [item("heard-of-us", None), item("for-whom", Some(90)), item("age", None)];
        for (memory, expected) in [
            (vec![], Some(0)),
            (vec![("heard-of-us", answered(900))], Some(1)),
            (vec![("heard-of-us", answered(900)), ("for-whom", answered(89))], Some(2)),
            (vec![("heard-of-us", answered(900)), ("for-whom", answered(90))], Some(2)),
            (vec![("heard-of-us", answered(900)), ("for-whom", answered(90)), ("age", answered(1))], Some(1)),
            (vec![("heard-of-us", answered(900)), ("for-whom", answered(-5)), ("age", answered(1))], None),
            (vec![("heard-of-us", ignored(1, 5))], Some(1)),
            (vec![("heard-of-us", ignored(1, 5)), ("for-whom", answered(1)), ("age", answered(1))], Some(0)),
            (vec![("heard-of-us", ignored(2, 5)), ("for-whom", answered(1)), ("age", answered(1))], None),
            (vec![("heard-of-us", ignored(2, 180)), ("for-whom", answered(1)), ("age", answered(1))], Some(0)),
        ] {
            let known: HashMap<&str, Memory> = memory.iter().copied().collect();
            let asked = next(&items, |question| known.get(question).copied().unwrap_or_default(), &Facts::new(), NOW);
            assert_eq!(asked, expected, "{memory:?}");
        }
    }

    #[test]
    fn never_asks_what_the_order_says() {
        let rule = Targeting::Rule(Rule::new("order.new_customer", Op::Exists, Value::Bool(true)));
        let items = [Item { unless: Some(&rule), ..item("first-time", None) }];
        let asked = |facts: &Facts| next(&items, |_| Memory::default(), facts, NOW);
        let mut facts = Facts::new();
        assert_eq!(asked(&facts), Some(0), "nobody knows");
        facts.set("order.new_customer", Value::Null);
        assert_eq!(asked(&facts), Some(0), "known to be absent");
        facts.set("order.new_customer", json!(false));
        assert_eq!(asked(&facts), None);
    }

    #[test]
    fn remembers_what_was_asked_and_said() {
        let show = |days: i64, asked: Option<&str>, answered: &[&str]| Past {
            shown_at: days * DAY,
            asked: asked.map(str::to_owned),
            answered: answered.iter().map(|question| ((*question).to_owned(), days * DAY)).collect(),
        };
        let past = [
            show(1, None, &["whole"]),
            show(2, Some("a"), &[]),
            show(3, Some("a"), &["a"]),
            show(4, Some("a"), &[]),
            show(5, Some("b"), &[]),
            show(6, Some("b"), &[]),
        ];
        let known = memories(&past);
        assert_eq!(known["whole"], Memory { answered_at: Some(DAY), shown_at: None, unanswered: 0 });
        assert_eq!(known["a"], Memory { answered_at: Some(3 * DAY), shown_at: Some(4 * DAY), unanswered: 1 });
        assert_eq!(known["b"], Memory { answered_at: None, shown_at: Some(6 * DAY), unanswered: 2 });
    }

    #[test]
    fn says_why_not() {
        let said = |item: Item<'_>, memory| known(&item, &memory, &Facts::new(), NOW).map(|known| known.to_string());
        assert_eq!(said(item("q", Some(90)), answered(12)).as_deref(), Some("answered 12 days ago, good for 90 days"));
        assert_eq!(said(item("q", None), answered(12)).as_deref(), Some("answered 12 days ago, and the answer stays true"));
        assert_eq!(said(item("q", None), ignored(2, 1)).as_deref(), Some("shown 2 times and left unanswered"));
        let statement = Item { kind: QuestionType::Statement, ..item("q", None) };
        assert_eq!(said(statement, Memory::default()).as_deref(), Some("is only read"));
    }

    proptest! {
        #[test]
        fn a_customer_who_answers_is_asked_everything_once_and_in_order(days in prop::collection::vec(0..20i64, 1..12), orders in 1..12usize) {
            let keys: Vec<String> = (0..days.len()).map(|at| format!("q{at}")).collect();
            let items: Vec<Item> = keys.iter().map(|key| item(key, Some(365))).collect();
            let mut memories: HashMap<&str, Memory> = HashMap::new();
            let (mut now, mut asked) = (NOW, Vec::new());
            for order in 0..orders {
                now += days[order % days.len()] * DAY;
                let Some(at) = next(&items, |key| memories.get(key).copied().unwrap_or_default(), &Facts::new(), now) else { break };
                asked.push(at);
                memories.insert(items[at].question, Memory { answered_at: Some(now), shown_at: Some(now), unanswered: 0 });
            }
            prop_assert_eq!(asked, (0..orders.min(days.len())).collect::<Vec<_>>());
        }
    }
}
