//! Looks for what is not as it should be. What counts as unusual is [`crate::domain::alert`]'s; who is told, and when,
//! [`crate::outbound::alert`]'s.
//!
//! ```text
//! watch     every five minutes, what needs few reads          review    every hour, from roll-ups
//!   endpoints mails queue script                                rates shares shows keywords
//!                                                               counts    a survey's roll-ups, day by day
//! ```

mod counts;
mod endpoints;
mod keywords;
mod mails;
mod queue;
mod rates;
mod review;
mod script;
mod shares;
mod shows;
mod watch;
mod words;

use jiff::tz::TimeZone;

use crate::clock::Millis;
use crate::jobs::{Job as _, Registry, enqueue};
use crate::outbound::alert::{Alert, raise_at, resolve};
use crate::store::sites::Site;
use crate::store::{Db, StoreError, alerts};

pub use review::{Review, review};
pub use watch::Watch;

/// The jobs that look.
pub fn jobs(registry: Registry) -> Registry {
    registry.with::<Watch>().with::<Review>()
}

/// Makes sure that they are in the queue. Safe with several nodes.
pub async fn ensure(db: &Db, now: Millis) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    enqueue(&mut tx, &Watch::default(), Some(Watch::KIND), now, now).await?;
    enqueue(&mut tx, &Review {}, Some(Review::KIND), now, now).await?;
    tx.commit().await
}

/// Something that is not as it should be, and how bad it is.
struct Found {
    alert: Alert,
    level: i64,
}

/// Raises what was found; what is open of these causes and was not found is over.
async fn settle(db: &Db, site: &Site, causes: &[&str], mut found: Vec<Found>, now: Millis) -> Result<(), StoreError> {
    found.retain(|found| !site.settings.alerts.is_off(found.alert.cause));
    let is_found = |open: &alerts::Alert| found.iter().any(|f| f.alert.cause == open.cause && f.alert.subject == open.subject);
    let open = alerts::open(db, site.id).await?;
    let over: Vec<_> = open.into_iter().filter(|open| causes.contains(&&*open.cause) && !is_found(open)).collect();
    if over.is_empty() && found.is_empty() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    for alert in over {
        resolve(&mut tx, site.id, &alert.cause, &alert.subject, now).await?;
    }
    for Found { alert, level } in found {
        raise_at(&mut tx, site.id, alert, level, now).await?;
    }
    tx.commit().await
}

fn zone_of(site: &Site) -> TimeZone {
    TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC)
}
