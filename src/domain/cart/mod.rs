//! A cart's life: active, in checkout, ordered, abandoned, recovered, emptied.
//!
//! What shops and pages report comes twice, late and in any order; the state it leads to is always the one that it would have
//! led to in order and once. So nothing is decided when a report comes: a cart keeps what was reported, in a form in which order
//! and repetition leave no trace, and what it *is* follows from that.
//!
//! - An order ends a cart, also for reports that come after it or are of a later time: shops empty the cart of an order, and a
//!   stale page may fill it again. The next cart needs a token of its own.
//! - A *pause* is a time without any report as long as the site's threshold. An abandonment is a pause of a cart that was
//!   not empty, whoever noticed it when.

mod matching;
mod pauses;

use serde::{Deserialize, Serialize};

use super::{
    duration::{DAY, MINUTE},
    words::words,
};

pub use matching::{CartRef, Match, OrderRef, match_order, same_token};
use pauses::Pauses;

/// What a site decides about its carts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CartRules {
    /// A cart is abandoned when nothing is heard of it for so long, in milliseconds.
    pub abandon_after_ms: i64,
    /// An order within so many milliseconds after an abandonment recovers the cart.
    pub recovery_ms: i64,
}

impl Default for CartRules {
    fn default() -> Self {
        Self { abandon_after_ms: 60 * MINUTE, recovery_ms: 14 * DAY }
    }
}

words! {
    /// What a cart is.
    pub enum CartStatus {
        Active = "active",
        /// Checkout was begun.
        Checkout = "checkout",
        /// Left alone past the threshold.
        Abandoned = "abandoned",
        Ordered = "ordered",
        /// Ordered after it was abandoned.
        Recovered = "recovered",
        /// Nothing is in it.
        Emptied = "emptied",
    }
}

impl CartStatus {
    /// Whether it can still be ordered.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::Checkout | Self::Abandoned)
    }
}

/// Something heard of a cart. Times are milliseconds, and those of the happening, not of its arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CartEvent {
    /// The cart's content, whatever changed.
    Updated {
        /// When.
        at: i64,
        /// Whether anything is in it.
        filled: bool,
    },
    /// Checkout was begun or went on, which needs a filled cart.
    CheckoutStarted {
        /// When.
        at: i64,
    },
    /// Everything was taken out.
    Emptied {
        /// When.
        at: i64,
    },
    /// It was ordered.
    Ordered {
        /// When.
        at: i64,
        /// The shop's id of the order.
        order: String,
    },
    /// The cart's deadline was looked at.
    DeadlineReached {
        /// When.
        at: i64,
    },
}

/// The order that ended a cart: the earliest, and of two at once always the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ending {
    /// When it was placed.
    pub at: i64,
    /// The shop's id.
    pub order: String,
}

/// A cart left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abandonment {
    /// The last that was heard before. With the cart's token it names this abandonment.
    pub since: i64,
    /// When it counted as abandoned.
    pub at: i64,
}

/// All that matters of what was heard of a cart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    #[serde(default)]
    pauses: Pauses,
    /// When checkout was first begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkout_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ending: Option<Ending>,
    /// When the deadline was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked_at: Option<i64>,
}

impl Cart {
    /// Takes note of an event.
    pub fn apply(&mut self, event: &CartEvent, rules: &CartRules) {
        match event {
            CartEvent::Updated { at, filled } => self.heard(*at, *filled, rules),
            CartEvent::Emptied { at } => self.heard(*at, false, rules),
            CartEvent::CheckoutStarted { at } => {
                self.checkout_at = earliest(self.checkout_at, *at);
                self.heard(*at, true, rules);
            }
            CartEvent::Ordered { at, order } => {
                let ending = Ending { at: *at, order: order.clone() };
                if self.ending.as_ref().is_none_or(|known| ending < *known) {
                    self.ending = Some(ending);
                    self.pauses.end(*at, rules);
                }
            }
            CartEvent::DeadlineReached { at } => self.looked_at = self.looked_at.max(Some(*at)),
        }
    }

    fn heard(&mut self, at: i64, filled: bool, rules: &CartRules) {
        if self.ending.as_ref().is_none_or(|ending| at < ending.at) {
            self.pauses.heard(at, filled, rules);
        }
    }

    /// What it is.
    pub fn status(&self, rules: &CartRules) -> CartStatus {
        if self.ending.is_some() {
            return if self.recovered_from(rules).is_some() { CartStatus::Recovered } else { CartStatus::Ordered };
        }
        match self.pauses.last() {
            Some((_, false)) => CartStatus::Emptied,
            Some((last, true)) if self.looked_at >= Some(last.saturating_add(rules.abandon_after_ms)) => CartStatus::Abandoned,
            _ if self.checkout_at.is_some() => CartStatus::Checkout,
            _ => CartStatus::Active,
        }
    }

    /// The last that was heard of it.
    pub fn last_activity(&self) -> Option<i64> {
        self.pauses.last().map(|(at, _)| at)
    }

    /// The order that ended it.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }

    /// The abandonment it is in.
    pub fn abandonment(&self, rules: &CartRules) -> Option<Abandonment> {
        let since = self.last_activity().filter(|_| self.status(rules) == CartStatus::Abandoned)?;
        Some(Abandonment { since, at: since.saturating_add(rules.abandon_after_ms) })
    }

    /// The abandonment that its order made good: the last before it, if not too long before.
    pub fn recovered_from(&self, rules: &CartRules) -> Option<Abandonment> {
        let order = self.ending.as_ref()?.at;
        let mut abandonments = self.pauses.filled().map(|since| Abandonment { since, at: since + rules.abandon_after_ms });
        abandonments.rfind(|left| left.at <= order && order.saturating_sub(left.at) <= rules.recovery_ms)
    }

    /// When it will count as abandoned if nothing more is heard; `None` where that cannot come or has come.
    pub fn deadline(&self, rules: &CartRules) -> Option<i64> {
        let waits = matches!(self.status(rules), CartStatus::Active | CartStatus::Checkout);
        self.last_activity().filter(|_| waits).map(|last| last.saturating_add(rules.abandon_after_ms))
    }

    /// When to set the cart's one job, given when it is set for now; `None` if that will do.
    ///
    /// A job that wakes too early sets itself anew, so that activity, of which there is much, need not move it.
    pub fn rearm(&self, armed: Option<i64>, rules: &CartRules) -> Option<i64> {
        self.deadline(rules).filter(|deadline| armed.is_none_or(|armed| armed > *deadline))
    }
}

fn earliest(known: Option<i64>, at: i64) -> Option<i64> {
    Some(known.map_or(at, |known| known.min(at)))
}

#[cfg(test)]
mod tests;
