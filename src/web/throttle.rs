//! Slows down whoever guesses passwords of one account: after five failures each further one doubles the wait, up to 15 minutes.
//! Nobody is locked out for good, or any stranger could lock out the owner.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::clock::{DAY, MINUTE, Millis, SECOND};

const FREE: u32 = 5;
const LONGEST: Millis = 15 * MINUTE;

#[derive(Default)]
pub struct Throttle(Mutex<HashMap<String, Failures>>);

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Millis,
}

impl Failures {
    fn wait(self) -> Millis {
        match self.count.checked_sub(FREE) {
            None => 0,
            Some(over) => (SECOND << over.min(10)).min(LONGEST),
        }
    }
}

impl Throttle {
    /// `Err` holds the seconds to wait before the next attempt.
    pub fn check(&self, account: &str, now: Millis) -> Result<(), u64> {
        let failures = self.lock().get(account).copied();
        match failures.map_or(0, |f| f.last + f.wait() - now) {
            left if left > 0 => Err((left as u64).div_ceil(SECOND as u64)),
            _ => Ok(()),
        }
    }

    pub fn failed(&self, account: &str, now: Millis) {
        let mut map = self.lock();
        map.retain(|_, f| now - f.last < DAY);
        let failures = map.entry(account.to_owned()).or_insert(Failures { count: 0, last: now });
        *failures = Failures { count: failures.count.saturating_add(1), last: now };
    }

    pub fn succeeded(&self, account: &str) {
        self.lock().remove(account);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Failures>> {
        // Each entry is replaced whole: a panic elsewhere cannot have left one half changed.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_ends() {
        let throttle = Throttle::default();
        let mut now = 0;
        for _ in 0..FREE {
            assert_eq!(throttle.check("a", now), Ok(()));
            throttle.failed("a", now);
        }
        for wait in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(throttle.check("a", now), Err(wait));
            now += wait as i64 * SECOND;
            assert_eq!(throttle.check("a", now), Ok(()));
            throttle.failed("a", now);
        }
        assert_eq!(throttle.check("b", now), Ok(()), "another account is not slowed");
        throttle.succeeded("a");
        assert_eq!(throttle.check("a", now), Ok(()));
    }
}
