//! Mistakes inside the script, counted by site, day and message.

use std::collections::BTreeMap;

use super::{On, Rows, StoreError, Tx, q};
use crate::clock::Millis;
use crate::id::SiteId;
use crate::sql;

/// Stands for all messages of a day that came too late to be told apart.
pub const OTHER: &str = "other";

/// How often, and where last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub n: i64,
    pub last_at: Millis,
    pub place: Option<String>,
    pub page: Option<String>,
}

/// One message over several days.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Total {
    pub message: String,
    pub n: i64,
    pub last_at: Millis,
    pub place: Option<String>,
    pub page: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Message {
    message: String,
}

/// The messages of a day so far.
pub async fn messages(on: impl Into<On<'_>>, site: SiteId, day: i32) -> Result<Vec<String>, StoreError> {
    let query = q(sql!("select message from widget_errors where site_id = $1 and day = $2"));
    Ok(query.bind(site).bind(day).all::<Message>(on).await?.into_iter().map(|row| row.message).collect())
}

/// Adds to the counts, by site, day and message; in their order, so that concurrent writers meet rows in the same one.
pub async fn add(tx: &mut Tx, counts: &BTreeMap<(SiteId, i32, String), Count>) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    for ((site, day, message), c) in counts {
        let (place, page) = (c.place.as_deref(), c.page.as_deref());
        rows.push([(*site).into(), (*day).into(), (&**message).into(), c.n.into(), c.last_at.into(), place.into(), page.into()]);
    }
    let query = q(sql!(
        "insert into widget_errors (site_id, day, message, n, last_at, place, page)
         {rows:int int text int int text text}
         on conflict (site_id, day, message) do update set
             n = widget_errors.n + excluded.n, last_at = excluded.last_at, place = excluded.place, page = excluded.page"
    ));
    query.execute_rows(tx, rows).await?;
    Ok(())
}

/// What went wrong since a day, the most frequent first; a day's place and page stand for all.
pub async fn totals(on: impl Into<On<'_>>, site: SiteId, since: i32) -> Result<Vec<Total>, StoreError> {
    let query = q(sql!(
        "select message, cast(sum(n) as bigint) as n, max(last_at) as last_at, max(place) as place, max(page) as page
         from widget_errors where site_id = $1 and day >= $2
         group by message order by n desc, message limit 100"
    ));
    query.bind(site).bind(since).all(on).await
}

/// How often each message came, by day: day, message, n.
pub async fn by_day(on: impl Into<On<'_>>, site: SiteId, since: i32) -> Result<Vec<(i64, String, i64)>, StoreError> {
    let query = q(sql!("select day, message, n from widget_errors where site_id = $1 and day >= $2"));
    query.bind(site).bind(since).all(on).await
}

/// Forgets days before this one.
pub async fn purge(tx: &mut Tx, before: i64) -> Result<u64, StoreError> {
    q(sql!("delete from widget_errors where day < $1")).bind(before).execute(tx).await
}
