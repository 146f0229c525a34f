//! Keeps the pauses that services ask for between two calls. Each process keeps its own; what several make together the service
//! answers with 429, which holds the endpoint for all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::clock::Millis;
use crate::id::EndpointId;

#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<EndpointId, Instant>>);

/// More endpoints than this are called by nobody: old ones are swept out.
const MOST: usize = 10_000;

impl Pace {
    /// Waits until the next call to an endpoint may be made. `pause` in ms; 0 waits for nothing.
    pub(super) async fn turn(&self, endpoint: EndpointId, pause: Millis) {
        let Some(pause) = u64::try_from(pause).ok().filter(|ms| *ms > 0).map(Duration::from_millis) else { return };
        sleep_until(self.next(endpoint, pause, Instant::now())).await;
    }

    /// When a call that is wanted now may be made.
    fn next(&self, endpoint: EndpointId, pause: Duration, now: Instant) -> Instant {
        // Each change is one moment: a panic elsewhere cannot have left it half made.
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() >= MOST {
            free.retain(|_, at| *at > now);
        }
        let at = free.get(&endpoint).copied().unwrap_or(now).max(now);
        free.insert(endpoint, at + pause);
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_keep_their_distance() {
        let (pace, now, second) = (Pace::default(), Instant::now(), Duration::from_secs(1));
        let turns: Vec<Instant> = (0..3).map(|_| pace.next(EndpointId(1), second, now)).collect();
        assert_eq!(turns, [now, now + second, now + 2 * second]);
        assert_eq!(pace.next(EndpointId(2), second, now), now, "others do not wait");
        assert_eq!(pace.next(EndpointId(1), second, now + 10 * second), now + 10 * second, "and a pause that is over is over");
    }
}
