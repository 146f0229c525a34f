//! Group commit. Requests wait in a bounded queue; one writer takes whatever waits and stores it in one transaction, so a disk
//! sync is shared by many. A request is answered only after its commit.
//!
//! SQLite has one writer because it has one write lock. On Postgres several writers run; a visitor always meets the same one.

use std::sync::Mutex;
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::apply::{Shown, apply};
use super::submission::Submission;
use crate::store::{Db, StoreError, Writer};
use crate::telemetry::IngestMeter;

/// How many requests may wait for each writer.
const QUEUE: usize = 4096;
/// How many one transaction takes: as many as one of SQLite's statements has room for.
const BATCH: usize = 256;
const POSTGRES_WRITERS: usize = 2;
/// What is sent twice meets itself at the first try; the same visitor's events reach two nodes at once now and then, not again and
/// again.
const OVERTAKEN_TRIES: u32 = 5;

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Stored,
    /// The database refused what these events hold; the rest is stored.
    Refused(Vec<String>),
}

/// Nothing was stored: the sender keeps its batch and tries again.
#[derive(Debug, thiserror::Error)]
pub enum NotStored {
    #[error("too many requests wait to be stored")]
    Full,
    #[error("the database is unavailable")]
    Unavailable,
}

struct Waiting {
    submission: Submission,
    since: Instant,
    done: oneshot::Sender<Result<Outcome, NotStored>>,
}

pub struct Ingest {
    /// Emptied by [`Ingest::stop`], which ends the writers once they have stored what waits.
    queues: Mutex<Vec<mpsc::Sender<Waiting>>>,
    writers: Mutex<Vec<JoinHandle<()>>>,
    meter: IngestMeter,
}

impl Ingest {
    pub fn start(db: &Db, meter: IngestMeter) -> Self {
        let writers = match db {
            Db::Sqlite { .. } => 1,
            Db::Postgres(_) => POSTGRES_WRITERS,
        };
        let (queues, handles) = (0..writers)
            .map(|_| {
                let (queue, inbox) = mpsc::channel(QUEUE);
                (queue, tokio::spawn(write(Writer::new(db.clone()), inbox, meter.clone())))
            })
            .unzip();
        Self { queues: Mutex::new(queues), writers: Mutex::new(handles), meter }
    }

    /// Returns once the submission is on disk.
    pub async fn store(&self, submission: Submission) -> Result<Outcome, NotStored> {
        let outcome = self.queue(submission).await;
        match outcome {
            Ok(_) => {}
            Err(NotStored::Full) => self.meter.full.increment(1),
            Err(NotStored::Unavailable) => self.meter.unavailable.increment(1),
        }
        outcome
    }

    async fn queue(&self, submission: Submission) -> Result<Outcome, NotStored> {
        let queue = {
            let queues = lock(&self.queues);
            let n = queues.len().max(1);
            queues.get(submission.visitor.as_u128() as usize % n).cloned().ok_or(NotStored::Unavailable)?
        };
        let (done, wait) = oneshot::channel();
        let since = Instant::now();
        queue.try_send(Waiting { submission, since, done }).map_err(|_| NotStored::Full)?;
        wait.await.unwrap_or(Err(NotStored::Unavailable))
    }

    /// How many requests wait for a writer.
    pub fn waiting(&self) -> usize {
        lock(&self.queues).iter().map(|queue| queue.max_capacity() - queue.capacity()).sum()
    }

    /// Stores what waits and ends; later requests are refused.
    pub async fn stop(&self) {
        lock(&self.queues).clear();
        let writers = std::mem::take(&mut *lock(&self.writers));
        for writer in writers {
            if let Err(e) = writer.await {
                tracing::error!(error = %e, "an ingest writer did not end well");
            }
        }
    }
}

/// The data is a plain list: a panic elsewhere cannot have left it half changed.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

async fn write(mut writer: Writer, mut inbox: mpsc::Receiver<Waiting>, meter: IngestMeter) {
    let mut batch = Vec::with_capacity(BATCH);
    while inbox.recv_many(&mut batch, BATCH).await > 0 {
        meter.batch.record(batch.len() as f64);
        let (submissions, senders): (Vec<_>, Vec<_>) = batch.drain(..).map(|w| (w.submission, (w.since, w.done))).unzip();
        let results = store_batch(&mut writer, submissions).await;
        for ((since, done), result) in senders.into_iter().zip(results) {
            meter.wait.record(since.elapsed());
            // The client may have gone away; what it sent is stored all the same.
            let _gone = done.send(result);
        }
    }
}

async fn store_batch(writer: &mut Writer, submissions: Vec<Submission>) -> Vec<Result<Outcome, NotStored>> {
    match commit(writer, &submissions).await {
        Ok(()) => submissions.iter().map(|_| Ok(Outcome::Stored)).collect(),
        Err(StoreError::Unavailable(e)) => {
            tracing::warn!(error = %e, size = submissions.len(), "a batch could not be stored");
            submissions.iter().map(|_| Err(NotStored::Unavailable)).collect()
        }
        Err(e) => {
            tracing::warn!(error = %e, size = submissions.len(), "a batch was refused; storing it piece by piece");
            let mut results = Vec::with_capacity(submissions.len());
            for submission in submissions {
                results.push(store_pieces(writer, submission).await);
            }
            results
        }
    }
}

/// Takes out the pieces that the database refuses; the others are stored.
async fn store_pieces(writer: &mut Writer, submission: Submission) -> Result<Outcome, NotStored> {
    let mut refused = Vec::new();
    for (events, piece) in submission.pieces() {
        match commit(writer, &[piece]).await {
            Ok(()) => {}
            Err(e @ (StoreError::Refused(_) | StoreError::Duplicate)) => {
                tracing::error!(error = %e, ?events, "events were refused by the database");
                refused.extend(events);
            }
            Err(e) => {
                tracing::error!(error = %e, ?events, "events could not be stored");
                return Err(NotStored::Unavailable);
            }
        }
    }
    Ok(if refused.is_empty() { Outcome::Stored } else { Outcome::Refused(refused) })
}

async fn commit(writer: &mut Writer, submissions: &[Submission]) -> Result<(), StoreError> {
    let (mut tries, mut shown) = (1, Shown::New);
    loop {
        match apply(writer, submissions, shown).await {
            // What was stored before, by this node or another, is seen by the next try.
            Err(StoreError::Overtaken | StoreError::Duplicate) if tries < OVERTAKEN_TRIES => {
                (tries, shown) = (tries + 1, Shown::Any);
            }
            result => return result,
        }
    }
}
