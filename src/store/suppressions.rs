//! Addresses that get nothing more, found by a hash that outlives an erasure.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::consent::{Suppressed, Suppression};
use crate::id::SiteId;
use crate::sql;

/// Lists that stores bring along name those who left.
fn reason(word: &str) -> Option<Suppression> {
    match word {
        "manual" | "imported" => Some(Suppression::Unsubscribed),
        word => Suppression::parse(word),
    }
}

/// What stands against writing to an address.
pub async fn find(on: impl Into<On<'_>>, site: SiteId, hash: &[u8; 32]) -> Result<Option<Suppressed>, StoreError> {
    let query = q(sql!("select reason, at from suppressions where site_id = $1 and hash = $2"));
    let row: Option<(String, Millis)> = query.bind(site).bind(hash.to_vec()).optional(on).await?;
    row.map(|(word, at)| {
        let corrupt =
            || StoreError::Corrupt { table: "suppressions", column: "reason", row: site.to_string(), cause: word.clone() };
        Ok(Suppressed { reason: reason(&word).ok_or_else(corrupt)?, at })
    })
    .transpose()
}

/// Suppresses an address. Of two reasons the graver is kept, of the same one the later. `source`: who said so.
pub async fn put(
    tx: &mut Tx,
    site: SiteId,
    hash: &[u8; 32],
    email: Option<&str>,
    suppressed: Suppressed,
    source: &str,
) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into suppressions (site_id, hash, email, reason, source, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (site_id, hash) do nothing"
    ));
    let (word, at) = (suppressed.reason.as_str(), suppressed.at);
    let query = query.bind(site).bind(hash.to_vec()).bind(email).bind(word).bind(source).bind(at);
    if query.execute(&mut *tx).await? == 1 || find(&mut *tx, site, hash).await? >= Some(suppressed) {
        return Ok(());
    }
    let query = q(sql!("update suppressions set reason = $3, source = $4, at = $5 where site_id = $1 and hash = $2"));
    exactly_one(query.bind(site).bind(hash.to_vec()).bind(word).bind(source).bind(at).execute(tx).await?)
}

/// Suppresses an address for good and forgets it: only its hash stays.
pub async fn erase(tx: &mut Tx, site: SiteId, hash: &[u8; 32], source: &str, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into suppressions (site_id, hash, reason, source, at) values ($1, $2, 'erased', $3, $4)
         on conflict (site_id, hash) do update set email = null, reason = 'erased', source = excluded.source, at = excluded.at"
    ));
    exactly_one(query.bind(site).bind(hash.to_vec()).bind(source).bind(now).execute(tx).await?)
}

/// An address that gets nothing more, as lists have it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    pub hash: Vec<u8>,
    /// `None` after an erasure.
    pub email: Option<String>,
    /// A word of [`Suppression`], or `manual` or `imported`.
    pub reason: String,
    /// Who said so.
    pub source: String,
    pub at: Millis,
}

/// A site's suppressed addresses, the last first, behind the one of this moment and hash.
pub async fn page(
    on: impl Into<On<'_>>,
    site: SiteId,
    (at, hash): (Millis, &[u8]),
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let query = q(sql!(
        "select hash, email, reason, source, at from suppressions {by_index:suppressions_in_order}
         where site_id = $1 and (at, hash) < ($2, $3) order by at desc, hash desc limit $4"
    ));
    query.bind(site).bind(at).bind(hash.to_vec()).bind(limit).all(on).await
}

/// What is kept of one address.
pub async fn get(on: impl Into<On<'_>>, site: SiteId, hash: &[u8; 32]) -> Result<Option<Listed>, StoreError> {
    let query = q(sql!("select hash, email, reason, source, at from suppressions where site_id = $1 and hash = $2"));
    query.bind(site).bind(hash.to_vec()).optional(on).await
}

/// Lets an address get mail again.
pub async fn lift(tx: &mut Tx, site: SiteId, hash: &[u8; 32]) -> Result<(), StoreError> {
    exactly_one(
        q(sql!("delete from suppressions where site_id = $1 and hash = $2")).bind(site).bind(hash.to_vec()).execute(tx).await?,
    )
}
