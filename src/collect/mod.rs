//! The hot path: what pages ask (`decide`) and tell (`ingest`).
//!
//! A decision's way: [`decide`] → [`histories`] (many visitors read at once) → a signed [`offer`].
//!
//! An answer's way: [`wire`] → [`check`] (is it believable? to which [`state`] does it lead?) → [`ingest`] (waits for its
//! group commit) → [`apply`] (rows and roll-ups; states merge so that order and repetition do not matter).

mod apply;
pub mod catalog;
pub mod check;
mod clean;
pub mod coupon;
pub mod decide;
pub mod histories;
pub mod hosted;
pub mod identity;
pub mod ingest;
pub mod offer;
pub mod packed;
pub mod preview;
pub mod reject;
mod report;
pub mod state;
pub mod submission;
pub mod trace;
pub mod wire;

pub use apply::{Shown, apply as store_checked};
