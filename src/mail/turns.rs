//! How fast each store's mail goes out. A mail that is too early gets a turn and comes back for it: nobody waits with a
//! job in hand.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use crate::clock::{MINUTE, Millis};
use crate::id::SiteId;

/// The next free turn of each store, in this process.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<SiteId, Millis>>);

impl Turns {
    /// Takes the next turn, which is `now` or later.
    pub fn take(&self, site: SiteId, per_minute: NonZeroU32, now: Millis) -> Millis {
        // Nothing in here can panic and leave it poisoned.
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = next.get(&site).map_or(now, |next| *next.max(&now));
        next.insert(site, turn + MINUTE / Millis::from(per_minute.get()));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_store_has_turns_of_its_own_and_saves_none_up() {
        let (turns, rate) = (Turns::default(), NonZeroU32::new(30).unwrap());
        let take = |site, now| turns.take(SiteId(site), rate, now);
        assert_eq!([take(1, 0), take(1, 0), take(1, 1_000), take(2, 0)], [0, 2_000, 4_000, 0]);
        assert_eq!([take(1, 60_000), take(1, 60_000)], [60_000, 62_000]);
    }
}
