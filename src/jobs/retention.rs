//! Every night: forgets what is older than a site keeps it. Roll-ups stay, and so do orders, which are the store's books.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Context, Job, JobError, Outcome};
use crate::clock::{DAY, Millis};
use crate::id::SiteId;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, coupon_claims, erasure, retention, rollups, sites};

/// Rows forgotten in one transaction: small enough that answers never wait long behind it.
const PORTION: i64 = 2_000;
/// People, of whom each has rows in many tables.
const PEOPLE: i64 = 20;
/// Ways through flows are kept at least this long: they keep one cause from mailing somebody twice.
const FLOWS: i64 = 90 * DAY;

#[derive(Serialize, Deserialize)]
pub struct Retention {}

impl Job for Retention {
    const KIND: &'static str = "retention";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        for site in sites::visible_to(&context.db, None).await? {
            if let Some(days) = site.settings.retention_days {
                forget(&context.db, &site, days.into(), now).await?;
            }
        }
        Ok(Outcome::Again(context.db.begin().await?, self, now + DAY))
    }
}

async fn forget(db: &Db, site: &Site, days: i64, now: Millis) -> Result<(), StoreError> {
    let (id, before) = (site.id, now - days * DAY);
    let first = rollups::first_id_at(before);
    let impressions = portions(db, id, Old::Impressions(first)).await?;
    let mut tx = db.begin().await?;
    let reports = retention::purge_reports_of_pages(&mut tx, id, before).await?;
    coupon_claims::forget(&mut tx, id, first).await?;
    tx.commit().await?;
    let mails = portions(db, id, Old::MailTexts(before)).await?;
    let enrollments = portions(db, id, Old::Enrollments(rollups::first_id_at(before.min(now - FLOWS)))).await?;
    let people = silent_people(db, id, before, now).await?;
    if impressions + reports + mails + enrollments + people > 0 {
        tracing::info!(
            site.key = %site.key, impressions, reports, mails, enrollments, people, "forgot what was older than {days} days"
        );
    }
    Ok(())
}

/// What is forgotten by a single statement, and before when.
#[derive(Clone, Copy)]
enum Old {
    Impressions(Uuid),
    MailTexts(Millis),
    Enrollments(Uuid),
}

/// Forgets in transactions of its own until less than a portion is found; how much it was in all.
async fn portions(db: &Db, site: SiteId, old: Old) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let mut tx = db.begin().await?;
        let n = match old {
            Old::Impressions(before) => retention::purge_impressions(&mut tx, site, before, PORTION).await?,
            Old::MailTexts(before) => retention::purge_mail_texts(&mut tx, site, before, PORTION).await?,
            Old::Enrollments(before) => retention::purge_enrollments(&mut tx, site, before, PORTION).await?,
        };
        tx.commit().await?;
        all += n;
        if n < PORTION as u64 {
            return Ok(all);
        }
    }
}

/// Nobody asked for it: the address is not suppressed, and whoever comes back is known anew.
async fn silent_people(db: &Db, site: SiteId, before: Millis, now: Millis) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let mut tx = db.begin().await?;
        let people = retention::silent_people(&mut tx, site, before, PEOPLE).await?;
        for person in &people {
            erasure::visitors(&mut tx, site, *person, now).await?;
            erasure::customer(&mut tx, site, *person).await?;
        }
        tx.commit().await?;
        all += people.len() as u64;
        if (people.len() as i64) < PEOPLE {
            return Ok(all);
        }
    }
}
