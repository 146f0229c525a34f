//! Sends each store's report at its hour: a look round all stores finds whose is due, and a job for each writes and sends it.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::{figures, letter};
use crate::clock::{MINUTE, Millis};
use crate::domain::weekly::Week;
use crate::id::SiteId;
use crate::jobs::{self, Context, Job, JobError, Notice, Outcome};
use crate::store::sites::{self, Site};
use crate::store::weekly_reports::{self, ReportOutcome};
use crate::store::{Db, StoreError, Tx, users};

/// How long a changed hour may go unseen.
const LOOK: Millis = 15 * MINUTE;

/// Makes sure that somebody looks round. Safe with several nodes.
pub async fn ensure(db: &Db, now: Millis) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    jobs::enqueue(&mut tx, &Rounds {}, Some(Rounds::KIND), now, now).await?;
    tx.commit().await
}

/// The look round.
#[derive(Serialize, Deserialize)]
pub struct Rounds {}

impl Job for Rounds {
    const KIND: &'static str = "weekly_rounds";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let sites = sites::visible_to(&context.db, None).await?;
        let mut tx = context.db.begin().await?;
        let mut next = now + LOOK;
        for site in sites.iter().filter(|site| site.settings.weekly.on) {
            let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
            if let Some((week, before)) = site.settings.weekly.due(now, &zone)
                && weekly_reports::begin(&mut tx, site.id, week, week.range(&zone).end, now).await?
            {
                jobs::enqueue(&mut tx, &Report { site: site.id, week, before }, None, now, now).await?;
            }
            next = next.min(site.settings.weekly.next(now, &zone));
        }
        Ok(Outcome::Again(tx, self, next))
    }
}

/// One store's report of one week.
#[derive(Serialize, Deserialize)]
pub struct Report {
    site: SiteId,
    week: Week,
    /// From when on it is too late.
    before: Millis,
}

impl Job for Report {
    const KIND: &'static str = "weekly_report";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let Some(site) = sites::by_id(&context.db, self.site).await? else {
            return Ok(Outcome::Done(context.db.begin().await?));
        };
        if now >= self.before || !site.settings.weekly.on {
            return self.end(context, ReportOutcome::Dropped, now).await;
        }
        let found = figures(&context.db, &site, self.week).await?;
        let quiet = found.is_quiet();
        let earlier = weekly_reports::outcome(&context.db, site.id, self.week.earlier(1)).await?;
        if quiet && matches!(earlier, Some((ReportOutcome::Quiet | ReportOutcome::Silent, _))) {
            return self.end(context, ReportOutcome::Silent, now).await;
        }
        let written = letter::write(&found, &site, &context.sender.public_url);
        let letter = written.map_err(|error| JobError::GiveUp(error.into()))?.into();
        let mut tx = context.db.begin().await?;
        for address in readers(&mut tx, &site).await? {
            Notice::to_before(&mut tx, site.id, &address, &letter, self.before, now).await?;
        }
        let outcome = if quiet { ReportOutcome::Quiet } else { ReportOutcome::Sent };
        weekly_reports::finish(&mut tx, site.id, self.week, outcome, now).await?;
        Ok(Outcome::Done(tx))
    }
}

impl Report {
    async fn end(self, context: &Context, outcome: ReportOutcome, now: Millis) -> Result<Outcome<Self>, JobError> {
        let mut tx = context.db.begin().await?;
        weekly_reports::finish(&mut tx, self.site, self.week, outcome, now).await?;
        Ok(Outcome::Done(tx))
    }
}

/// Who gets it.
async fn readers(tx: &mut Tx, site: &Site) -> Result<Vec<String>, StoreError> {
    match &site.settings.weekly.to[..] {
        [] => Ok(users::of_site(tx, site.id).await?.into_iter().map(|user| user.email).collect()),
        listed => Ok(listed.to_vec()),
    }
}
