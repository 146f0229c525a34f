//! Every night: forgets the raw answers of sites that keep them for a limited time. Roll-ups stay.

use serde::{Deserialize, Serialize};

use super::{Context, Job, JobError, Outcome};
use crate::clock::DAY;
use crate::store::{coupon_claims, retention, rollups, sites};

/// Impressions forgotten in one transaction: small enough that answers never wait long behind it.
const PORTION: i64 = 2_000;

#[derive(Serialize, Deserialize)]
pub struct Retention {}

impl Job for Retention {
    const KIND: &'static str = "retention";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        for site in sites::visible_to(&context.db, None).await? {
            let Some(days) = site.settings.retention_days else { continue };
            let before = now - i64::from(days) * DAY;
            let mut forgotten = 0;
            loop {
                let mut tx = context.db.begin().await?;
                let n = retention::purge_impressions(&mut tx, site.id, rollups::first_id_at(before), PORTION).await?;
                tx.commit().await?;
                forgotten += n;
                if n < PORTION as u64 {
                    break;
                }
            }
            let mut tx = context.db.begin().await?;
            let reports = retention::purge_reports_of_pages(&mut tx, site.id, before).await?;
            coupon_claims::forget(&mut tx, site.id, rollups::first_id_at(before)).await?;
            tx.commit().await?;
            if forgotten + reports > 0 {
                tracing::info!(site.key = %site.key, impressions = forgotten, reports, "forgot what was older than {days} days");
            }
        }
        Ok(Outcome::Again(context.db.begin().await?, self, now + DAY))
    }
}
