//! Every hour: what roll-ups say of yesterday and today.

use serde::{Deserialize, Serialize};

use super::{counts, keywords, rates, settle, shares, shows, zone_of};
use crate::clock::{HOUR, Millis};
use crate::domain::schedule::local_day;
use crate::jobs::{Context, Job, JobError, Outcome};
use crate::store::sites::{self, Site};
use crate::store::{Db, StoreError};

/// So long after its end a day is settled: whoever was shown a survey before midnight may answer after it.
const SETTLED: Millis = 3 * HOUR;

#[derive(Serialize, Deserialize)]
pub struct Review {}

impl Job for Review {
    const KIND: &'static str = "alerts.review";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let (db, now) = (&context.db, context.clock.now());
        for site in sites::visible_to(db, None).await? {
            // One store's broken row must not hide what happens to the others.
            if let Err(e) = review(db, &site, now).await {
                tracing::error!(site.key = %site.key, error = %e, "cannot look at a store's figures");
            }
        }
        Ok(Outcome::Again(db.begin().await?, self, now + HOUR))
    }
}

/// Looks at one store.
pub async fn review(db: &Db, site: &Site, now: Millis) -> Result<(), StoreError> {
    let zone = zone_of(site);
    let (today, settled) = (local_day(now, &zone), local_day(now - SETTLED, &zone) - 1);
    let surveys = counts::of_live(db, site, today).await?;
    let rules = &site.settings.alerts;
    settle(db, site, &rates::CAUSES, surveys.iter().flat_map(|survey| rates::look(survey, rules, settled)).collect(), now)
        .await?;
    settle(db, site, &[shares::CAUSE], surveys.iter().flat_map(|survey| shares::look(survey, rules, today)).collect(), now)
        .await?;
    settle(db, site, &[shows::CAUSE], shows::look(db, site, &surveys, now).await?, now).await?;
    settle(db, site, &[keywords::CAUSE], keywords::look(db, site, &surveys, now).await?, now).await
}
