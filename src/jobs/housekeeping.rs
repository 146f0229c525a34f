//! Every night: logins that ran out, jobs that are long finished, old mistakes of the script, yesterday's answers to programs, files
//! that nobody wanted, what was told other services a month ago, and alerts that have long been over.

use serde::{Deserialize, Serialize};

use super::{Context, Job, JobError, Outcome};
use crate::clock::{DAY, Millis};
use crate::store::rollups::first_id_at;
use crate::store::{
    Db, StoreError, alerts, hook_deliveries, idempotency, imports, jobs, outbound_events, queue, sessions, sites, widget_errors,
};

/// A login ends after this long without use
pub const SESSION_IDLE: i64 = DAY / 2;
/// and at the latest after this long.
pub const SESSION_ABSOLUTE: i64 = 14 * DAY;

/// Days that pages' mistakes are kept.
const KEEP_FAULTS: i64 = 30;

/// How long deliveries of shops' webhooks are kept, to know one that comes again.
const KEEP_DELIVERIES: i64 = 30 * DAY;
/// How long alerts that are over are kept.
const KEEP_ALERTS: Millis = 180 * DAY;
/// How long what was told other services is kept.
const KEEP_TOLD: Millis = 30 * DAY;
/// Events forgotten in one transaction: small enough that answers never wait long behind it.
const PORTION: i64 = 2_000;

#[derive(Serialize, Deserialize)]
pub struct Housekeeping {}

impl Job for Housekeeping {
    const KIND: &'static str = "housekeeping";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let told = forget_told(&context.db, now).await?;
        let mut tx = context.db.begin().await?;
        let logins = sessions::purge(&mut tx, now - SESSION_IDLE, now - SESSION_ABSOLUTE).await?;
        let finished = jobs::purge(&mut tx, now - 3 * DAY, now - 90 * DAY).await?;
        queue::purge_failures(&mut tx, now - 2 * DAY).await?;
        // Days since 1970, in whatever zone: one more or less does not matter here.
        let faults = widget_errors::purge(&mut tx, now / DAY - KEEP_FAULTS).await?;
        for site in sites::visible_to(&mut tx, None).await? {
            hook_deliveries::purge(&mut tx, site.id, now - KEEP_DELIVERIES).await?;
            alerts::purge(&mut tx, site.id, first_id_at(now - KEEP_ALERTS)).await?;
        }
        let answers = idempotency::purge(&mut tx, now - DAY).await?;
        // Uploads that nobody said yes to.
        let uploads = imports::purge_waiting(&mut tx, now - DAY).await?;
        tracing::debug!(logins, jobs = finished, faults, answers, uploads, told, "swept");
        Ok(Outcome::Again(tx, self, now + DAY))
    }
}

/// What was told other services, with what they answered: it holds personal data, and is kept only as long as it may be replayed.
async fn forget_told(db: &Db, now: Millis) -> Result<u64, StoreError> {
    let before = first_id_at(now - KEEP_TOLD);
    let mut told = 0;
    for site in sites::visible_to(db, None).await? {
        loop {
            let mut tx = db.begin().await?;
            let n = outbound_events::purge(&mut tx, site.id, before, PORTION).await?;
            tx.commit().await?;
            told += n;
            if n < PORTION as u64 {
                break;
            }
        }
    }
    Ok(told)
}
