//! The connection to a shop system: its webhook secrets, and when it was last heard of. Secrets are sealed by the caller.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::id::SiteId;
use crate::sql;

#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Shop {
    /// Sealed.
    pub secret: Vec<u8>,
    /// Sealed; accepted too until `old_until`.
    pub old_secret: Option<Vec<u8>>,
    pub old_until: Option<Millis>,
    /// The shop's own name of itself, as it came with its first delivery.
    pub domain: Option<String>,
    pub created_at: Millis,
    /// First and last delivery with a good signature.
    pub first_at: Option<Millis>,
    pub last_at: Option<Millis>,
    /// Last delivery with a bad one, to the minute.
    pub refused_at: Option<Millis>,
}

/// `source`: `shopify` or `woocommerce`.
pub async fn find(on: impl Into<On<'_>>, site: SiteId, source: &str) -> Result<Option<Shop>, StoreError> {
    let query = q(sql!(
        "select secret, old_secret, old_until, domain, created_at, first_at, last_at, refused_at
         from shops where site_id = $1 and source = $2"
    ));
    query.bind(site).bind(source).optional(on).await
}

/// A new connection.
pub async fn insert(tx: &mut Tx, site: SiteId, source: &str, secret: Vec<u8>, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("insert into shops (site_id, source, secret, created_at) values ($1, $2, $3, $4)"));
    exactly_one(query.bind(site).bind(source).bind(secret).bind(now).execute(tx).await?)
}

/// Another secret. With `old_until` the one before stays good until then; what was refused before says nothing any more.
pub async fn change_secret(
    tx: &mut Tx,
    site: SiteId,
    source: &str,
    secret: Vec<u8>,
    old_until: Option<Millis>,
) -> Result<(), StoreError> {
    let query = q(sql!(
        "update shops set old_secret = case when cast($4 as bigint) is null then null else secret end, old_until = $4, secret = $3,
                refused_at = null
         where site_id = $1 and source = $2"
    ));
    exactly_one(query.bind(site).bind(source).bind(secret).bind(old_until).execute(tx).await?)
}

/// The old secret is not accepted any more.
pub async fn drop_old_secret(tx: &mut Tx, site: SiteId, source: &str) -> Result<(), StoreError> {
    let query = q(sql!("update shops set old_secret = null, old_until = null where site_id = $1 and source = $2"));
    query.bind(site).bind(source).execute(tx).await.map(drop)
}

/// `false` if there was none.
pub async fn delete(tx: &mut Tx, site: SiteId, source: &str) -> Result<bool, StoreError> {
    let query = q(sql!("delete from shops where site_id = $1 and source = $2"));
    Ok(query.bind(site).bind(source).execute(tx).await? == 1)
}

/// A delivery with a good signature came. The first name the shop gives itself is kept.
pub async fn heard(tx: &mut Tx, site: SiteId, source: &str, domain: Option<&str>, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "update shops set first_at = coalesce(first_at, $4), last_at = $4, domain = coalesce(domain, $3)
         where site_id = $1 and source = $2"
    ));
    query.bind(site).bind(source).bind(domain).bind(now).execute(tx).await.map(drop)
}

/// A delivery with a bad signature came.
pub async fn refused(tx: &mut Tx, site: SiteId, source: &str, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update shops set refused_at = $3 where site_id = $1 and source = $2"));
    query.bind(site).bind(source).bind(now).execute(tx).await.map(drop)
}
