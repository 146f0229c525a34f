//! The only place that reads the time. Everything else is told what time it is, so a test can say `clock.advance(days(7))`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 (UTC). Times in the whole crate are of this kind.
pub type Millis = i64;

pub const SECOND: Millis = 1_000;
pub const MINUTE: Millis = 60 * SECOND;
pub const HOUR: Millis = 60 * MINUTE;
pub const DAY: Millis = 24 * HOUR;

#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    System,
    /// The system's time plus a shift: the demo moves it forward.
    Shifted(AtomicI64),
    /// Stands still until it is told otherwise.
    Manual(AtomicI64),
}

impl Clock {
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// Runs with the system's clock and can be moved forward.
    pub fn shifted() -> Self {
        Self(Arc::new(Source::Shifted(AtomicI64::new(0))))
    }

    pub fn manual(at: Millis) -> Self {
        Self(Arc::new(Source::Manual(AtomicI64::new(at))))
    }

    pub fn now(&self) -> Millis {
        match &*self.0 {
            Source::System => system_now(),
            Source::Shifted(shift) => system_now() + shift.load(Ordering::Relaxed),
            Source::Manual(at) => at.load(Ordering::Relaxed),
        }
    }

    /// The time on everybody else's clock, for what they will compare with it: not moved by whoever moves the demo's.
    pub fn wall(&self) -> Millis {
        match &*self.0 {
            Source::System | Source::Shifted(_) => system_now(),
            Source::Manual(at) => at.load(Ordering::Relaxed),
        }
    }

    /// Moves a shifted or manual clock; the system's clock cannot be moved and answers `false`.
    pub fn advance(&self, by: Millis) -> bool {
        match &*self.0 {
            Source::System => false,
            Source::Shifted(at) | Source::Manual(at) => {
                at.fetch_add(by, Ordering::Relaxed);
                true
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the place")]
fn system_now() -> Millis {
    // A clock before 1970 is a broken machine; zero keeps it visible instead of crashing the server.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as Millis)
}
