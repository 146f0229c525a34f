//! The pauses between the moments at which something was heard of a cart.
//!
//! They depend on the set of those moments alone, not on the order in which they became known; that takes far less room than
//! the moments themselves. What lies further behind the newest moment than an order can make good is forgotten.

use serde::{Deserialize, Serialize};

use super::CartRules;

/// Times in milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pauses {
    /// First moment.
    first: Option<i64>,
    /// Last moment and whether the cart was filled then.
    last: Option<(i64, bool)>,
    /// Between them, oldest first, apart from one another.
    between: Vec<Pause>,
}

/// A time without a word, at least as long as the threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Pause {
    from: i64,
    /// Whether the cart was filled.
    filled: bool,
    until: i64,
}

impl Pauses {
    /// The last moment and whether the cart was filled then.
    pub(super) fn last(&self) -> Option<(i64, bool)> {
        self.last
    }

    /// The starts of the pauses of a filled cart, oldest first. The one after the last moment is not over and not among them.
    pub(super) fn filled(&self) -> impl DoubleEndedIterator<Item = i64> {
        self.between.iter().filter(|pause| pause.filled).map(|pause| pause.from)
    }

    /// Something was heard. Of two reports of the same moment, the one that says empty counts.
    pub(super) fn heard(&mut self, at: i64, filled: bool, rules: &CartRules) {
        let (Some(first), Some((last, last_filled))) = (self.first, self.last) else {
            (self.first, self.last) = (Some(at), Some((at, filled)));
            return;
        };
        match at {
            _ if at > last => {
                self.between.extend(pause(last, last_filled, at, rules));
                self.last = Some((at, filled));
            }
            _ if at == last => self.last = Some((last, last_filled && filled)),
            _ if at < first => {
                self.first = Some(at);
                self.between.splice(..0, pause(at, filled, first, rules));
            }
            _ => self.split(at, filled, rules),
        }
        self.forget(rules);
    }

    /// Nothing after this moment belongs to the cart.
    pub(super) fn end(&mut self, at: i64, rules: &CartRules) {
        self.heard(at, true, rules);
        // What the cart held when it was ordered, and whatever else is said of that moment, is of no matter any more.
        self.last = Some((at, true));
        self.between.retain(|pause| pause.from < at);
    }

    /// A moment within a pause makes two of it, if they are still long enough; any other changes nothing.
    fn split(&mut self, at: i64, filled: bool, rules: &CartRules) {
        let Some(index) = self.between.iter().position(|pause| (pause.from..pause.until).contains(&at)) else { return };
        let whole = self.between[index];
        if at == whole.from {
            self.between[index].filled &= filled;
            return;
        }
        let parts = [pause(whole.from, whole.filled, at, rules), pause(at, filled, whole.until, rules)];
        self.between.splice(index..=index, parts.into_iter().flatten());
    }

    fn forget(&mut self, rules: &CartRules) {
        let Some((last, _)) = self.last else { return };
        let horizon = last.saturating_sub(rules.recovery_ms.saturating_add(rules.abandon_after_ms));
        self.between.retain(|pause| pause.until >= horizon);
    }
}

fn pause(from: i64, filled: bool, until: i64, rules: &CartRules) -> Option<Pause> {
    (until.saturating_sub(from) >= rules.abandon_after_ms).then_some(Pause { from, filled, until })
}
