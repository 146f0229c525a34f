//! What whoever runs the server does with jobs that were given up.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::clock::Millis;
use crate::id::SiteId;
use crate::store::queue::{self, Settled};
use crate::store::{StoreError, Tx, audit, sites};

/// Most jobs that are settled in one transaction.
pub const MOST: i64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    TryAgain,
    Discard,
}

impl Verdict {
    const fn action(self) -> &'static str {
        match self {
            Self::TryAgain => "job.retry",
            Self::Discard => "job.discard",
        }
    }

    async fn settle(self, tx: &mut Tx, id: Uuid, now: Millis) -> Result<Option<Settled>, StoreError> {
        match self {
            Self::TryAgain => queue::revive(tx, id, now).await,
            Self::Discard => queue::discard(tx, id).await,
        }
    }
}

/// One dead job. `false`: it is not dead any more, or the same work waits already.
pub async fn settle(tx: &mut Tx, id: Uuid, verdict: Verdict, by: &str, now: Millis) -> Result<bool, StoreError> {
    let settled: Vec<_> = verdict.settle(tx, id, now).await?.into_iter().collect();
    record(tx, &settled, verdict, by, now).await?;
    Ok(!settled.is_empty())
}

/// All dead jobs of a kind, [`MOST`] at a time; how many.
pub async fn settle_all(tx: &mut Tx, kind: &str, verdict: Verdict, by: &str, now: Millis) -> Result<usize, StoreError> {
    let mut settled = Vec::new();
    for id in queue::dead_of(&mut *tx, kind, MOST).await? {
        settled.extend(verdict.settle(tx, id, now).await?);
    }
    record(tx, &settled, verdict, by, now).await?;
    Ok(settled.len())
}

/// A line for each store whose jobs they are; work that is of no store is everybody's.
async fn record(tx: &mut Tx, settled: &[Settled], verdict: Verdict, by: &str, now: Millis) -> Result<(), StoreError> {
    let Some(kind) = settled.first().map(|job| &job.kind) else { return Ok(()) };
    tracing::info!(kind, jobs = settled.len(), action = verdict.action(), "jobs that were given up are settled");
    let mut of: BTreeMap<Option<SiteId>, usize> = BTreeMap::new();
    for job in settled {
        *of.entry(site(job)).or_default() += 1;
    }
    for site in sites::visible_to(&mut *tx, None).await? {
        let jobs: usize = [Some(site.id), None].iter().filter_map(|owner| of.get(owner)).sum();
        let subject = match jobs {
            0 => continue,
            1 => kind.clone(),
            n => format!("{kind}, {n} times"),
        };
        audit::record(tx, site.id, by, verdict.action(), &subject, now).await?;
    }
    Ok(())
}

/// The store that a job says it belongs to.
fn site(job: &Settled) -> Option<SiteId> {
    job.payload.get("site")?.as_str()?.parse().ok()
}
