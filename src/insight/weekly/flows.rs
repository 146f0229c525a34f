//! What follow-ups did for those who entered in a week, and what is known of their effect.

use jiff::tz::TimeZone;

use crate::domain::weekly::Week;
use crate::id::FlowId;
use crate::insight::flows::{Lift, results};
use crate::store::sites::Site;
use crate::store::surveys::Status;
use crate::store::{Db, StoreError, flows};

/// Weeks whose people the effect is measured with: one alone has too few.
pub const MEASURED: i32 = 13;

pub struct FlowWeek {
    pub id: FlowId,
    pub name: String,
    /// Times that somebody began the steps in the week.
    pub entered: i64,
    /// Mails sent to them so far.
    pub mails: i64,
    /// Those who have ordered since.
    pub ordered: i64,
    /// What they ordered: minor units of the site's currency.
    pub value: i64,
    /// Over [`MEASURED`] weeks.
    pub lift: Lift,
}

pub async fn load(db: &Db, site: &Site, week: Week, zone: &TimeZone) -> Result<Vec<FlowWeek>, StoreError> {
    let (range, since) = (week.range(zone), week.earlier(MEASURED - 1).range(zone).start);
    let mut found = Vec::new();
    for entry in flows::list(db, site.id).await? {
        if entry.status == Status::Draft {
            continue;
        }
        let revisions = flows::revisions(db, site.id, entry.id).await?;
        let holdouts = revisions.iter().map(|revision| (revision.number, revision.document.holdout)).collect();
        let lately = results(db, site, entry.id, &holdouts, range.clone()).await?;
        if lately.entered == 0 && entry.status != Status::Live {
            continue;
        }
        let measured = results(db, site, entry.id, &holdouts, since..range.end).await?;
        found.push(FlowWeek {
            id: entry.id,
            name: entry.name,
            entered: lately.entered,
            mails: lately.mails.sent,
            ordered: lately.sent.ordered,
            value: lately.sent.value,
            lift: measured.lift,
        });
    }
    Ok(found)
}
