//! Whether a person may be sent marketing mail: what they said, what the store's policy makes of it, and what stands against it.

use serde::{Deserialize, Serialize};

use super::{duration::DAY, words::words};

/// How long a purchase allows mail about similar goods: the longest that the common laws name.
pub const SOFT_OPT_IN: i64 = 730 * DAY;

words! {
    /// Whom a store writes to.
    #[derive(Default)]
    pub enum Policy {
        /// Who said yes.
        #[default]
        Explicit = "explicit",
        /// Also who bought and did not say no, where the law allows it.
        SoftOptIn = "soft_opt_in",
    }
}

/// The last that a person said about marketing mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// When, in milliseconds.
    pub at: i64,
    /// Yes or no. A box that was not ticked says neither.
    pub granted: bool,
}

/// What is left of two statements: the later, and of two at once the no.
pub fn merge(a: Option<Statement>, b: Option<Statement>) -> Option<Statement> {
    a.into_iter().chain(b).max_by_key(|statement| (statement.at, !statement.granted))
}

words! {
    /// Why an address is not written to, the gravest last.
    pub enum Suppression {
        Unsubscribed = "unsubscribed",
        /// No such mailbox.
        Bounced = "bounced",
        /// Called spam.
        Complained = "complained",
        Erased = "erased",
    }
}

/// An address that must not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Suppressed {
    /// Why.
    pub reason: Suppression,
    /// Since when, in milliseconds.
    pub at: i64,
}

impl Suppressed {
    /// Whether it still holds. Only an unsubscription is undone by the person's own later yes.
    pub fn holds(&self, statement: Option<Statement>) -> bool {
        self.reason != Suppression::Unsubscribed || !statement.is_some_and(|said| said.granted && said.at > self.at)
    }
}

/// What a person chose on the preference page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// Everything.
    #[default]
    All,
    /// Only mails about their orders.
    OrdersOnly,
    /// Nothing before this moment, in milliseconds.
    PausedUntil(i64),
}

words! {
    /// What allows a mail.
    pub enum Basis {
        Explicit = "explicit",
        /// A purchase.
        SoftOptIn = "soft_opt_in",
    }
}

/// What allows marketing mail to a person, if anything does. `bought_at` is their last order.
pub fn basis(policy: Policy, statement: Option<Statement>, bought_at: Option<i64>, now: i64) -> Option<Basis> {
    match statement {
        Some(said) => said.granted.then_some(Basis::Explicit),
        None => {
            let recent = bought_at.is_some_and(|at| now.saturating_sub(at) < SOFT_OPT_IN);
            (policy == Policy::SoftOptIn && recent).then_some(Basis::SoftOptIn)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1000 * DAY;

    fn said(granted: bool) -> Option<Statement> {
        Some(Statement { at: NOW - DAY, granted })
    }

    #[test]
    fn what_allows_a_mail() {
        let bought = Some(NOW - 30 * DAY);
        for (policy, statement, bought_at, expected) in [
            (Policy::Explicit, said(true), None, Some(Basis::Explicit)),
            (Policy::Explicit, said(false), bought, None),
            (Policy::Explicit, None, bought, None),
            (Policy::SoftOptIn, said(true), None, Some(Basis::Explicit)),
            (Policy::SoftOptIn, said(false), bought, None),
            (Policy::SoftOptIn, None, bought, Some(Basis::SoftOptIn)),
            (Policy::SoftOptIn, None, Some(NOW - SOFT_OPT_IN), None),
            (Policy::SoftOptIn, None, None, None),
        ] {
            assert_eq!(basis(policy, statement, bought_at, NOW), expected, "{policy} {statement:?} {bought_at:?}");
        }
    }

    #[test]
    fn only_an_unsubscription_is_undone_by_a_later_yes() {
        for (reason, at, holds) in [
            (Suppression::Unsubscribed, NOW - 2 * DAY, false),
            (Suppression::Unsubscribed, NOW - DAY, true),
            (Suppression::Bounced, NOW - 2 * DAY, true),
            (Suppression::Complained, NOW - 2 * DAY, true),
            (Suppression::Erased, NOW - 2 * DAY, true),
        ] {
            assert_eq!(Suppressed { reason, at }.holds(said(true)), holds, "{reason}");
            assert!(Suppressed { reason, at }.holds(None) && Suppressed { reason, at }.holds(said(false)));
        }
    }

    fn statement() -> impl Strategy<Value = Option<Statement>> {
        prop::option::of((0..4i64, any::<bool>()).prop_map(|(at, granted)| Statement { at, granted }))
    }

    proptest! {
        #[test]
        fn statements_merge_in_any_order(a in statement(), b in statement(), c in statement()) {
            prop_assert_eq!(merge(a, b), merge(b, a));
            prop_assert_eq!(merge(a, merge(b, c)), merge(merge(a, b), c));
            prop_assert_eq!(merge(a, a), a);
        }
    }
}
