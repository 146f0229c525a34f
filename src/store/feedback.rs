//! What came back after mails were sent.

use uuid::Uuid;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::{DAY, Millis};
use crate::id::SiteId;
use crate::sql;

/// How long it is kept: longer than any rule looks back.
pub const KEPT: Millis = 30 * DAY;

#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Returned {
    /// A UUIDv7 of when it came.
    pub id: Uuid,
    pub at: Millis,
    /// `smtp`, or a word of `mail::feedback::Source`.
    pub source: String,
    /// A word of `mail::feedback::Kind`, or `confirm`: a link that the owner is to open.
    pub kind: String,
    /// The mail it is about, if it names one of ours.
    pub message_id: Option<Uuid>,
    /// Of that mail's address.
    pub hash: Option<Vec<u8>>,
    /// The address it names where it names no mail of ours; what stands before the `@` is hidden.
    pub told: Option<String>,
    /// In the words of whoever sent it.
    pub detail: String,
}

pub async fn insert(tx: &mut Tx, site: SiteId, returned: &Returned) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into feedback (site_id, id, at, source, kind, message_id, hash, told, detail) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    ));
    let rows = query
        .bind(site)
        .bind(returned.id)
        .bind(returned.at)
        .bind(&*returned.source)
        .bind(&*returned.kind)
        .bind(returned.message_id)
        .bind(returned.hash.clone())
        .bind(returned.told.as_deref())
        .bind(&*returned.detail)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// Forgets what came back from an address: services quote it in their words.
pub async fn forget_address(tx: &mut Tx, site: SiteId, hash: &[u8; 32]) -> Result<(), StoreError> {
    let query = q(sql!("delete from feedback where site_id = $1 and hash = $2"));
    query.bind(site).bind(hash.to_vec()).execute(tx).await.map(drop)
}

/// Whether a call or an event comes for the first time; from now on it does not.
pub async fn first(tx: &mut Tx, site: SiteId, digest: [u8; 32], now: Millis) -> Result<bool, StoreError> {
    let query =
        q(sql!("insert into feedback_seen (site_id, digest, at) values ($1, $2, $3) on conflict (site_id, digest) do nothing"));
    Ok(query.bind(site).bind(digest.to_vec()).bind(now).execute(tx).await? == 1)
}

/// The newest first.
pub async fn recent(on: impl Into<On<'_>>, site: SiteId, from: Millis, limit: i64) -> Result<Vec<Returned>, StoreError> {
    let query = q(sql!(
        "select id, at, source, kind, message_id, hash, told, detail from feedback
         where site_id = $1 and at >= $2 order by at desc limit $3"
    ));
    query.bind(site).bind(from).bind(limit).all(on).await
}

/// When mail to an address came back without its mailbox being gone for good.
pub async fn soft_bounces(on: impl Into<On<'_>>, site: SiteId, hash: &[u8; 32], from: Millis) -> Result<Vec<Millis>, StoreError> {
    let query = q(sql!(
        "select at from feedback {by_index:feedback_by_address}
         where site_id = $1 and hash = $2 and at >= $3 and kind = 'soft_bounce' order by at limit 100"
    ));
    let rows: Vec<(Millis,)> = query.bind(site).bind(hash.to_vec()).bind(from).all(on).await?;
    Ok(rows.into_iter().map(|(at,)| at).collect())
}

/// Mails of ours that were refused since a moment for what the sender is or the mail says.
pub async fn blocked(on: impl Into<On<'_>>, site: SiteId, from: Millis) -> Result<i64, StoreError> {
    let query =
        q(sql!("select count(distinct message_id) as n from feedback where site_id = $1 and kind = 'blocked' and at >= $2"));
    let (n,): (i64,) = query.bind(site).bind(from).one(on).await?;
    Ok(n)
}

/// Mails of ours that came back since a moment, by kind.
pub async fn kinds(on: impl Into<On<'_>>, site: SiteId, from: Millis) -> Result<Vec<(String, i64)>, StoreError> {
    let query = q(sql!(
        "select kind, count(distinct message_id) from feedback
         where site_id = $1 and kind in ('hard_bounce', 'blocked', 'complaint') and at >= $2 group by kind"
    ));
    query.bind(site).bind(from).all(on).await
}

/// Forgets what came before a moment.
pub async fn forget(tx: &mut Tx, site: SiteId, before: Millis) -> Result<(), StoreError> {
    for statement in [
        sql!("delete from feedback where site_id = $1 and at < $2"),
        sql!("delete from feedback_seen where site_id = $1 and at < $2"),
    ] {
        q(statement).bind(site).bind(before).execute(&mut *tx).await?;
    }
    Ok(())
}
