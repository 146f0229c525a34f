//! Calls to other services: what happened is written down in the transaction of its cause, and told to every endpoint that listens.
//!
//! ```text
//! emit        an event → one row for it, one for each endpoint       load      what an event tells, read when it is first sent
//! dispatcher  claims what is due, calls, and records                 record    what a try's outcome leads to
//! client      one call: bounded, unredirected, straight              guard     which addresses may be called
//! sealed      an endpoint's secrets
//! ```

mod client;
mod dispatcher;
mod emit;
mod guard;
mod load;
mod record;
mod sealed;

pub use client::{Client, Limits};
pub use dispatcher::Dispatcher;
pub use emit::{Event, What, emit, emit_all, emit_to, listens};
pub use guard::{Guard, Lookup};
pub use sealed::{open_headers, open_secrets, seal_headers, seal_old_secret, seal_secret};
