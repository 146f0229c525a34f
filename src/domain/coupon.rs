//! Coupon pools: whether one gives, and which of them a survey gives from.

mod list;

use std::collections::BTreeSet;

use serde_json::Value;

use super::survey::Survey;
use super::words::words;

pub use list::{Flaw, List, MAX_CODES, Problem, fold, read_code, read_list};

words! {
    /// Why a code is given; each purpose has its own names for those who get one.
    pub enum Purpose {
        /// An ending shows it to a visitor.
        Survey = "survey",
        /// A mail brings it to a customer.
        Mail = "mail",
    }
}

words! {
    /// Whether a pool gives, as of a moment.
    pub enum State {
        Giving = "giving",
        /// A tenth of its codes or less is left.
        Low = "low",
        /// Every code is given.
        Empty = "empty",
        /// The shop takes its codes no longer.
        Expired = "expired",
        /// Its owner said so.
        Retired = "retired",
    }
}

impl State {
    /// Whether somebody new gets a code.
    pub fn gives(self) -> bool {
        matches!(self, Self::Giving | Self::Low)
    }
}

/// What a pool's state depends on.
#[derive(Clone, Copy, Debug)]
pub struct Supply {
    /// Codes nobody has yet; `None` if everybody gets the same one.
    pub free: Option<i64>,
    /// Codes in all, without those that were taken out.
    pub total: i64,
    /// Milliseconds since 1970; the first moment at which the shop takes them no longer.
    pub expires_at: Option<i64>,
    pub retired: bool,
}

impl Supply {
    /// What the owner should know first.
    pub fn state(&self, now: i64) -> State {
        if self.expires_at.is_some_and(|at| now >= at) {
            return State::Expired;
        }
        match self.free {
            _ if self.retired => State::Retired,
            Some(..=0) => State::Empty,
            Some(free) if free.saturating_mul(10) <= self.total => State::Low,
            _ => State::Giving,
        }
    }
}

/// The pool from which an ending gives, as the visitor's variant has it.
pub fn pool_of<'a>(survey: &'a Survey, variant: Option<u8>, ending: &str) -> Option<&'a str> {
    let variant = variant.and_then(|n| survey.variants.get(usize::from(n)));
    match variant.and_then(|variant| variant.patch.get("endings")) {
        Some(endings) => endings.as_array()?.iter().find(|e| e["key"] == ending).and_then(named),
        None => survey.endings.iter().find(|e| e.key == ending)?.coupon.as_ref().map(|coupon| coupon.pool.as_str()),
    }
}

/// Every pool that a document names, in its own endings or in a variant's.
pub fn pools(document: &Value) -> BTreeSet<&str> {
    let patches = document["variants"].as_array().into_iter().flatten().map(|variant| &variant["patch"]);
    let endings = std::iter::once(document).chain(patches).filter_map(|part| part["endings"].as_array());
    endings.flatten().filter_map(named).collect()
}

fn named(ending: &Value) -> Option<&str> {
    ending["coupon"]["pool"].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pools_state_says_the_worst_first() {
        let state = |free, total, expires_at, retired| Supply { free, total, expires_at, retired }.state(1000);
        assert_eq!(state(Some(11), 100, None, false), State::Giving);
        assert_eq!(state(Some(10), 100, None, false), State::Low);
        assert_eq!(state(Some(1), 5, None, false), State::Giving, "a small pool is not low from the start");
        assert_eq!(state(Some(0), 100, None, false), State::Empty);
        assert_eq!(state(Some(0), 0, None, false), State::Empty, "nothing was ever added");
        assert_eq!(state(None, 0, Some(1001), false), State::Giving);
        assert_eq!(state(None, 0, Some(1000), false), State::Expired);
        assert_eq!(state(Some(0), 9, None, true), State::Retired);
        assert_eq!(state(Some(9), 9, Some(0), true), State::Expired, "not even those who have one see it again");
    }

    #[test]
    fn a_survey_names_pools_in_its_endings_and_in_its_variants() {
        let document = json!({
            "key": "s", "kind": "exit_intent", "name": "S",
            "questions": [{"key": "why", "type": "short_text", "prompt": "Why?"}],
            "endings": [{"key": "gift", "title": "Here", "coupon": {"pool": "ten"}}, {"key": "bye", "title": "Bye"}],
            "variants": [
                {"key": "a"},
                {"key": "b", "patch": {"endings": [{"key": "gift", "title": "Here", "coupon": {"pool": "twenty"}}]}},
                {"key": "c", "patch": {"endings": []}}
            ]
        });
        let survey = Survey::parse(&document).unwrap();
        for (variant, ending, pool) in [
            (None, "gift", Some("ten")),
            (Some(0), "gift", Some("ten")),
            (Some(1), "gift", Some("twenty")),
            (Some(2), "gift", None),
            (Some(9), "gift", Some("ten")),
            (None, "bye", None),
            (None, "gone", None),
        ] {
            assert_eq!(pool_of(&survey, variant, ending), pool, "{variant:?} {ending}");
        }
        assert_eq!(pools(&document), BTreeSet::from(["ten", "twenty"]));
        assert_eq!(pools(&json!({"endings": "nonsense", "variants": 7})), BTreeSet::new());
    }
}
