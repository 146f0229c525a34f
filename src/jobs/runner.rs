//! Claims due jobs and works them, a few at a time.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::registry::Kind;
use super::{Context, JobError, Outcome, Registry};
use crate::clock::{MINUTE, Millis};
use crate::id::uuid7;
use crate::store::jobs::{self, Claimed};
use crate::store::{StoreError, Tx, queue};
use crate::telemetry::JobMeter;

/// A job not finished by then is taken for lost.
const LEASE: Millis = 10 * MINUTE;
/// A try is ended before its lease is.
const TIME_LIMIT: Duration = Duration::from_secs(9 * 60);
/// How many are worked at once.
const SLOTS: i64 = 8;
/// How often to look without being called.
const POLL: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub struct Runner {
    pub registry: Registry,
    pub context: Context,
    pub meter: JobMeter,
}

impl Runner {
    /// Works until told to stop; what was begun is finished.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            // Listen first, then look: a job added in between still rings.
            let rung = self.context.bell.clone();
            let rung = rung.notified();
            match self.run_due().await {
                Ok(0) => tokio::select! {
                    () = stop.cancelled() => return,
                    () = rung => {}
                    () = tokio::time::sleep(POLL) => {}
                },
                Ok(_) if stop.is_cancelled() => return,
                Ok(_) => {}
                Err(e) => {
                    tracing::error!(error = %e, "the queue cannot be read");
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(5 * POLL) => {}
                    }
                }
            }
        }
    }

    /// One look: claims what is due and works it to its end. Answers how many jobs that were.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let now = self.context.clock.now();
        let lease = uuid7(now);
        let mut tx = self.context.db.begin().await?;
        jobs::expire_leases(&mut tx, now).await?;
        let claimed = jobs::claim(&mut tx, lease, now, now + LEASE, SLOTS).await?;
        tx.commit().await?;
        let count = claimed.len();
        let mut working = JoinSet::new();
        for job in claimed {
            let runner = self.clone();
            let span = tracing::error_span!("job", id = %job.id, kind = job.kind, attempt = job.attempt);
            working.spawn(async move { runner.work(job, lease).await }.instrument(span));
        }
        while let Some(ended) = working.join_next().await {
            if let Err(e) = ended {
                // The lease runs out and the job is tried again.
                tracing::error!(error = %e, "a job panicked");
            }
        }
        Ok(count)
    }

    async fn work(&self, job: Claimed, lease: uuid::Uuid) {
        let kind = self.registry.get(&job.kind);
        let result = match kind {
            None => Err(JobError::GiveUp(anyhow::anyhow!("no kind of job is called {:?}", job.kind))),
            Some(kind) => match tokio::time::timeout(TIME_LIMIT, (kind.run)(job.payload.clone(), &self.context)).await {
                Ok(result) => result,
                Err(_) => Err(JobError::Retry(anyhow::anyhow!("took longer than {TIME_LIMIT:?}"))),
            },
        };
        let now = self.context.clock.now();
        let tries = self.meter.of(&job.kind);
        let (count, recorded) = match result {
            Ok(Outcome::Done(mut tx)) => (&tries.done, close(jobs::finish(&mut tx, job.id, lease, now).await, tx).await),
            Ok(Outcome::Again(mut tx, payload, at)) => {
                (&tries.done, close(jobs::again(&mut tx, job.id, lease, &payload, at, None).await, tx).await)
            }
            Err(error) => {
                let once_more = kind.filter(|kind| matches!(error, JobError::Retry(_)) && job.attempt < kind.max_attempts);
                let count = if once_more.is_some() { &tries.retried } else { &tries.given_up };
                (count, self.failed(&job, lease, once_more, &error, now).await)
            }
        };
        match recorded {
            Ok(true) => count.increment(1),
            Ok(false) => tracing::warn!("the lease was lost; the result is dropped"),
            Err(e) => tracing::error!(error = %e, "the result cannot be recorded"),
        }
    }

    /// `once_more`: the kind of a job that is worth another try.
    async fn failed(
        &self,
        job: &Claimed,
        lease: uuid::Uuid,
        once_more: Option<Kind>,
        error: &JobError,
        now: Millis,
    ) -> Result<bool, StoreError> {
        let text = format!("{error:#}");
        let mut tx = self.context.db.begin().await?;
        queue::failed(&mut tx, &job.kind, now).await?;
        let recorded = match once_more {
            Some(kind) => {
                tracing::warn!(error = %text, "a job failed; it is tried again");
                jobs::again(&mut tx, job.id, lease, &job.payload, now + (kind.pause)(job.attempt), Some(&text)).await
            }
            None => {
                tracing::error!(error = %text, "a job is given up");
                jobs::bury(&mut tx, job.id, lease, &text, now).await
            }
        };
        close(recorded, tx).await
    }
}

/// Commits only under a lease that still holds: what a late worker wrote is rolled back with its transaction.
async fn close(recorded: Result<bool, StoreError>, tx: Tx) -> Result<bool, StoreError> {
    match recorded? {
        true => tx.commit().await.map(|()| true),
        false => tx.rollback().await.map(|()| false),
    }
}
