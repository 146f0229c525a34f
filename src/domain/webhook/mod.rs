//! Outbound webhooks: what is told, how it is signed, whom it may be told, and when it is tried again.

mod event;
mod headers;
pub mod payload;
mod retry;
mod signature;
mod target;

pub use event::EventType;
pub use headers::{BadHeader, Header, parse_headers};
pub use retry::{GIVE_UP_AFTER, MAX_TRIES, next_try, retry_after};
pub use signature::{Secret, message_id};
pub use target::{BadTarget, is_public, parse_target};

use super::words::words;

words! {
    /// Whether an endpoint is told anything.
    pub enum EndpointStatus {
        Active = "active",
        /// What happens is kept for it, and sent once it goes on.
        Paused = "paused",
        /// Nothing is kept for it.
        Disabled = "disabled",
    }
}

words! {
    /// Where a delivery stands.
    pub enum DeliveryState {
        Waiting = "waiting",
        /// On its way, or lost with its worker.
        Sending = "sending",
        Delivered = "delivered",
        /// Given up; it can be replayed.
        Dead = "dead",
    }
}

words! {
    /// Why a try got no answer.
    pub enum Failure {
        /// The address is one that must not be called.
        ForbiddenTarget = "forbidden_target",
        /// The name has no address.
        Dns = "dns",
        /// Nobody listens there.
        Connect = "connect",
        /// No safe connection: an expired or unknown certificate, for example.
        Tls = "tls",
        /// It took too long.
        Timeout = "timeout",
        /// The connection ended before the answer.
        Closed = "closed",
        /// The endpoint's secrets were sealed with another master key.
        SecretLost = "secret_lost",
    }
}

words! {
    /// Why a delivery is given up, or an endpoint switched off.
    pub enum Ending {
        /// Every try of the schedule failed.
        Exhausted = "exhausted",
        /// The endpoint said that it is gone for good.
        Gone = "gone",
        /// The endpoint failed for days.
        Failing = "failing",
        /// The endpoint was switched off.
        Disabled = "disabled",
        /// What it tells of exists no more.
        Forgotten = "forgotten",
        /// What it tells of cannot be read.
        Unreadable = "unreadable",
        /// The service refused it, and would refuse it again.
        Refused = "refused",
        /// Nothing of it concerns the service: nobody is known, for example. No failure.
        NothingToTell = "nothing_to_tell",
    }
}

/// What a try came to: an answer's status, or none.
pub type Outcome = Result<u16, Failure>;
