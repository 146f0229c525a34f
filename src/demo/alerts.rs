//! Alerts of the last weeks, found by the real rules in the made-up answers. Whoever was to be told then was: no mail of it waits.

use std::ops::Range;

use super::HISTORY_DAYS;
use crate::boot::App;
use crate::clock::{DAY, Millis};
use crate::insight::alerts::review;
use crate::store::alerts::{self, Alert};
use crate::store::sites::Site;

/// When fewer answered: something was wrong with the store's pages for a while.
pub fn bad_days(now: Millis) -> Range<Millis> {
    now - 24 * DAY..now - 15 * DAY
}

/// Looks at every day since.
pub async fn write(app: &App, site: &Site, now: Millis) -> anyhow::Result<()> {
    for back in (1..i64::from(HISTORY_DAYS) / 3).rev() {
        review(&app.db, site, now - back * DAY).await?;
    }
    let mut tx = app.db.begin().await?;
    for alert in alerts::to_mail(&mut tx, site.id, now + DAY).await? {
        alerts::update(&mut tx, &Alert { mail_due: None, mailed_at: alert.mail_due, ..alert }).await?;
    }
    tx.commit().await?;
    Ok(())
}
