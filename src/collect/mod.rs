//! The hot path: what pages ask (`decide`) and tell (`ingest`).
//!
//! An answer's way: [`wire`] → [`check`] (is it believable?) → [`ingest`] (waits for its group commit) → [`apply`] (rows and
//! roll-ups, merged by [`merge`] so that order and repetition do not matter).

mod apply;
pub mod catalog;
pub mod check;
mod clean;
pub mod decide;
pub mod ingest;
mod merge;
pub mod offer;
pub mod reject;
mod report;
pub mod submission;
pub mod wire;

pub use apply::apply as store_checked;
