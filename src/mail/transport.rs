//! Sending: one message in, what became of it out. Without a mail server messages are captured: they go nowhere and are shown in
//! the admin.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::message::Message;
use super::reply::Enhanced;
use super::smtp::Smtp;

pub use super::smtp::BadUrl;

/// The way out.
pub enum Transport {
    /// Through a mail server.
    Smtp(Box<Outgoing>),
    /// Nowhere.
    Captured,
}

/// A mail server and how fast it is spoken to.
pub struct Outgoing {
    smtp: Smtp,
    pace: Pace,
}

/// What a mail server is not to be asked beyond.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Messages a second, evenly spread. Providers refuse who goes faster than agreed.
    pub per_second: NonZeroU32,
    /// Conversations at once.
    pub connections: usize,
    /// For one message, from the first byte to the last answer.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_second: NonZeroU32::new(10).expect("ten"), connections: 4, timeout: Duration::from_secs(60) }
    }
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Sent,
    /// There is no server; it is kept to be looked at.
    Captured,
    /// The server says: not now.
    TemporarilyRefused {
        /// 4xx.
        code: u16,
        /// In the server's words.
        text: String,
    },
    /// The server says: never.
    Refused {
        /// 5xx.
        code: u16,
        /// What it says more exactly.
        enhanced: Option<Enhanced>,
        /// Whether it is the address that is at fault, for good. Else it is the sender or the message.
        mailbox_gone: bool,
        /// In the server's words.
        text: String,
    },
    /// It was not handed over: no connection, no login, or lost before the message began. Trying again sends it once.
    NotSent {
        /// What happened.
        why: String,
    },
    /// The connection was lost after the message began. It may have arrived: trying again may send it twice.
    Uncertain {
        /// What happened.
        why: String,
    },
}

impl Transport {
    /// The way that a URL names: `smtps://user:password@host`, `smtp://host:587?tls=required`; captured without one.
    /// `hello` is this machine's name to the server, unless the URL's path gives another.
    ///
    /// # Errors
    /// [`BadUrl`], which never repeats the password.
    pub fn new(url: Option<&str>, hello: &str, limits: Limits) -> Result<Self, BadUrl> {
        let Some(url) = url else {
            return Ok(Self::Captured);
        };
        let smtp = Smtp::new(url, hello, limits.connections, limits.timeout)?;
        Ok(Self::Smtp(Box::new(Outgoing { smtp, pace: Pace::new(limits.per_second) })))
    }

    /// Sends a message when its turn has come. Never fails: whatever happens is an outcome.
    pub async fn send(&self, message: &Message) -> Outcome {
        match self {
            Self::Captured => Outcome::Captured,
            Self::Smtp(out) => {
                out.pace.turn().await;
                out.smtp.send(message).await
            }
        }
    }

    /// Whether the server can be reached and lets us in.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn check(&self) -> Result<(), String> {
        match self {
            Self::Captured => Ok(()),
            Self::Smtp(out) => out.smtp.check().await,
        }
    }
}

/// One turn after another, evenly spaced: a burst is what providers refuse.
struct Pace {
    interval: Duration,
    next: Mutex<Option<Instant>>,
}

impl Pace {
    fn new(per_second: NonZeroU32) -> Self {
        Self { interval: Duration::from_secs(1) / per_second.get(), next: Mutex::new(None) }
    }

    async fn turn(&self) {
        tokio::time::sleep_until(self.claim(Instant::now())).await;
    }

    /// The moment of the next free turn, which is taken with it.
    fn claim(&self, now: Instant) -> Instant {
        // Nothing in here can panic and leave it poisoned.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = next.map_or(now, |next| next.max(now));
        *next = Some(mine + self.interval);
        mine
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_spread_and_do_not_pile_up() {
        let pace = Pace::new(NonZeroU32::new(4).unwrap());
        let start = Instant::now();
        let turns: Vec<_> = (0..5).map(|_| pace.claim(start).duration_since(start).as_millis()).collect();
        assert_eq!(turns, [0, 250, 500, 750, 1000]);
        let later = start + Duration::from_secs(60);
        let turns: Vec<_> = (0..2).map(|_| pace.claim(later).duration_since(later).as_millis()).collect();
        assert_eq!(turns, [0, 250], "a rest earns no burst");
    }
}
