//! The durable queue. A kind of work is a type that implements [`Job`]; `boot` lists them all.
//!
//! A job is claimed under a lease and committed, then worked outside of any transaction. What it wrote and the record that it is
//! done commit together. A worker that dies loses its lease, and somebody else takes the job.

mod housekeeping;
mod notice;
mod registry;
mod repair;
mod retention;
mod runner;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Notify;

use crate::clock::{Clock, Millis, SECOND};
use crate::id::uuid7;
use crate::mail::Sender;
use crate::store::{Db, StoreError, Tx, Writes, jobs};

pub use housekeeping::{SESSION_ABSOLUTE, SESSION_IDLE};
pub use notice::{Letter, Link, Notice, Text};
pub use registry::Registry;
pub use runner::Runner;

/// What jobs work with.
#[derive(Clone)]
pub struct Context {
    pub db: Db,
    pub clock: Clock,
    /// Rung when a job was added, so that it need not wait for the next look.
    pub bell: Arc<Notify>,
    /// What mail is sent with.
    pub sender: Arc<Sender>,
}

pub trait Job: Serialize + DeserializeOwned + Send + 'static {
    /// Stored in the table: never change it.
    const KIND: &'static str;
    const MAX_ATTEMPTS: i64 = 10;

    /// Waiting time after a failed try, the first being 1: from 5 seconds to about 5 hours.
    fn pause(attempt: i64) -> Millis {
        (5 * SECOND) << (attempt - 1).clamp(0, 12)
    }

    fn run(self, context: &Context) -> impl Future<Output = Result<Outcome<Self>, JobError>> + Send;
}

/// How a try ended. The transaction holds what the job wrote; the runner records the end in it and commits.
pub enum Outcome<J> {
    Done(Tx),
    /// To be continued at a moment: the next part, or the next night.
    Again(Tx, J, Millis),
}

#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Worth another try.
    #[error(transparent)]
    Retry(anyhow::Error),
    /// Will never work.
    #[error(transparent)]
    GiveUp(anyhow::Error),
}

impl From<StoreError> for JobError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Corrupt { .. } => Self::GiveUp(e.into()),
            _ => Self::Retry(e.into()),
        }
    }
}

/// What is done every night.
pub fn nightly() -> Registry {
    Registry::default().with::<retention::Retention>().with::<repair::Repair>().with::<housekeeping::Housekeeping>()
}

/// Adds a job in the caller's transaction: it exists if and only if that commits.
pub async fn enqueue<J: Job>(
    tx: &mut Tx,
    job: &J,
    unique_key: Option<&str>,
    at: Millis,
    now: Millis,
) -> Result<bool, StoreError> {
    // A job is a struct of plain values.
    let payload = serde_json::to_value(job).expect("plain values");
    jobs::insert(tx, uuid7(now), J::KIND, &payload, unique_key, at, now).await
}

/// Adds many jobs of a kind, due at once, where nobody minds if one is there twice.
pub fn enqueue_all<J: Job>(writes: &mut Writes, all: impl IntoIterator<Item = J>, now: Millis) {
    let row = |job| (uuid7(now), serde_json::to_value(job).expect("plain values"));
    jobs::insert_all(writes, J::KIND, all.into_iter().map(row), now);
}

/// Makes sure that what is done every night is in the queue. Safe with several nodes.
pub async fn ensure_nightly(db: &Db, now: Millis) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    enqueue(&mut tx, &retention::Retention {}, Some(retention::Retention::KIND), now, now).await?;
    enqueue(&mut tx, &repair::Repair {}, Some(repair::Repair::KIND), now, now).await?;
    enqueue(&mut tx, &housekeeping::Housekeeping {}, Some(housekeeping::Housekeeping::KIND), now, now).await?;
    tx.commit().await
}
