//! Every night: counts the last two full days again and puts roll-ups right that differ. They should not; if they do, the log
//! says so.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{Context, Job, JobError, Outcome};
use crate::clock::DAY;
use crate::domain::schedule::{day_range, local_day};
use crate::store::rollups::{self, first_id_at};
use crate::store::sites::{self, Site};
use crate::store::{Db, StoreError};

const DAYS: i32 = 2;

#[derive(Serialize, Deserialize)]
pub struct Repair {}

impl Job for Repair {
    const KIND: &'static str = "repair_rollups";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        for site in sites::visible_to(&context.db, None).await? {
            let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
            let today = local_day(now, &zone);
            for day in today - DAYS..today {
                // What was forgotten cannot be counted again.
                let kept =
                    site.settings.retention_days.is_none_or(|days| day_range(day, &zone).start > now - i64::from(days) * DAY);
                if kept {
                    repair(&context.db, &site, day, &zone).await?;
                }
            }
        }
        Ok(Outcome::Again(context.db.begin().await?, self, now + DAY))
    }
}

async fn repair(db: &Db, site: &Site, day: i32, zone: &TimeZone) -> Result<(), StoreError> {
    let range = day_range(day, zone);
    let mut tx = db.begin().await?;
    let counted = rollups::counted(&mut tx, site.id, day).await?;
    let mut right = rollups::recount(&mut tx, site.id, day, first_id_at(range.start), first_id_at(range.end)).await?;
    // A counter that should not be there becomes zero.
    for counter in counted.keys() {
        right.entry(counter.clone()).or_insert(0);
    }
    right.retain(|counter, n| counted.get(counter) != Some(n));
    if right.is_empty() {
        return tx.rollback().await;
    }
    tracing::error!(site.key = %site.key, day, counters = right.len(), "roll-ups differed from their rows and were put right");
    rollups::set(&mut tx, &right).await?;
    tx.commit().await
}
