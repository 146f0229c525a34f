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
        sleep_until(self.next(endpoint, pause)).await;
    }

    fn next(&self, endpoint: EndpointId, pause: Duration) -> Instant {
        // Each change is one moment: a panic elsewhere cannot have left it half made.
        let mut free = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
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

    #[tokio::test(start_paused = true)]
    async fn calls_keep_their_distance() {
        let (pace, begun) = (Pace::default(), Instant::now());
        for _ in 0..3 {
            pace.turn(EndpointId(1), 1_000).await;
        }
        pace.turn(EndpointId(2), 1_000).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(2), "the first at once, each other a second later; others do not wait");
        pace.turn(EndpointId(1), 0).await;
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
    }
}
