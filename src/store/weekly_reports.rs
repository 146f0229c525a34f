//! Which weeks a store's people were told of.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::weekly::Week;
use crate::domain::words::words;
use crate::id::SiteId;
use crate::sql;

words! {
    /// What became of a week's report.
    pub enum ReportOutcome {
        /// Somebody writes it.
        Begun = "begun",
        Sent = "sent",
        /// It was sent, and says that nothing happened.
        Quiet = "quiet",
        /// It was not sent: nothing happened, as in the week before.
        Silent = "silent",
        /// It was not sent: it came too late, or nobody wanted it any more.
        Dropped = "dropped",
    }
}

/// Takes a week on: `false` if somebody did before, or if there was no such store yet before `end`.
pub async fn begin(tx: &mut Tx, site: SiteId, week: Week, end: Millis, now: Millis) -> Result<bool, StoreError> {
    let query = q(sql!(
        "insert into weekly_reports (site_id, week, outcome, at)
         select id, cast($2 as bigint), 'begun', cast($4 as bigint) from sites where id = $1 and created_at < $3
         on conflict (site_id, week) do nothing"
    ));
    Ok(query.bind(site).bind(week.monday).bind(end).bind(now).execute(tx).await? == 1)
}

pub async fn finish(tx: &mut Tx, site: SiteId, week: Week, outcome: ReportOutcome, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update weekly_reports set outcome = $3, at = $4 where site_id = $1 and week = $2"));
    exactly_one(query.bind(site).bind(week.monday).bind(outcome.as_str()).bind(now).execute(tx).await?)
}

/// What became of a week's, and when.
pub async fn outcome(on: impl Into<On<'_>>, site: SiteId, week: Week) -> Result<Option<(ReportOutcome, Millis)>, StoreError> {
    let query = q(sql!("select outcome, at from weekly_reports where site_id = $1 and week = $2"));
    let row: Option<(String, Millis)> = query.bind(site).bind(week.monday).optional(on).await?;
    Ok(row.and_then(|(word, at)| Some((ReportOutcome::parse(&word)?, at))))
}
