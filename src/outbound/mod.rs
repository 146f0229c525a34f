//! Calls to other services: what happened is written down in the transaction of its cause, and told to every endpoint that listens.
//!
//! ```text
//! emit        an event → one row for it, one for each endpoint       load      what an event tells, read when it is first sent
//! dispatcher  claims what is due, sends, and records                 record    what a try's outcome leads to
//! send        one try: a signed webhook, or a service's own calls    connectors  what each service is asked
//! client      one call: bounded, unredirected, straight              guard     which addresses may be called
//! pace        the pauses that services ask for                       sealed    an endpoint's secrets
//! alert       something needs attention: written down, told, mailed
//! ```

pub mod alert;
mod alert_mail;
mod client;
pub mod connectors;
mod dispatcher;
mod emit;
mod guard;
mod load;
mod pace;
mod record;
mod sealed;
mod send;

pub use alert_mail::AlertMail;
pub use client::{Answer, Client, Limits};
pub use dispatcher::Dispatcher;
pub use emit::{Event, What, emit, emit_all, emit_to, listens};
pub use guard::{Guard, Lookup};
pub use sealed::{open_given, open_headers, open_secrets, seal_given, seal_headers, seal_old_secret, seal_secret};
pub use send::probe;
