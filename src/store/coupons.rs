//! Coupon pools and the codes in them.

use super::{On, Rows, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::coupon::{Supply, fold};
use crate::id::{PoolId, SiteId};
use crate::sql;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Pool {
    pub id: PoolId,
    /// What endings name.
    pub key: String,
    pub name: String,
    /// For everybody; `None`: each of many codes once.
    pub shared_code: Option<String>,
    /// From then on the shop does not take its codes.
    pub expires_at: Option<Millis>,
    pub retired_at: Option<Millis>,
    /// Codes ever added,
    pub added: i64,
    /// and of these, how many were taken out before anybody got them.
    pub dropped: i64,
    pub created_at: Millis,
}

/// A pool and what is left of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Stocked {
    #[sqlx(flatten)]
    pub pool: Pool,
    /// Codes nobody has yet.
    pub free: i64,
    /// How often it gave.
    pub given: i64,
}

impl Stocked {
    pub fn supply(&self) -> Supply {
        let pool = &self.pool;
        Supply {
            free: pool.shared_code.is_none().then_some(self.free),
            total: pool.added - pool.dropped,
            expires_at: pool.expires_at,
            retired: pool.retired_at.is_some(),
        }
    }
}

/// A new pool. A key that is taken is [`StoreError::Duplicate`].
pub async fn insert(tx: &mut Tx, site: SiteId, pool: &Pool) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into coupon_pools (site_id, id, key, name, shared_code, expires_at, retired_at, added, dropped, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ));
    let rows = query
        .bind(site)
        .bind(pool.id)
        .bind(&*pool.key)
        .bind(&*pool.name)
        .bind(pool.shared_code.as_deref())
        .bind(pool.expires_at)
        .bind(pool.retired_at)
        .bind(pool.added)
        .bind(pool.dropped)
        .bind(pool.created_at)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// Stores name, shared code and expiry.
pub async fn update(tx: &mut Tx, site: SiteId, pool: &Pool) -> Result<(), StoreError> {
    let query = q(sql!("update coupon_pools set name = $3, shared_code = $4, expires_at = $5 where site_id = $1 and id = $2"));
    let query = query.bind(site).bind(pool.id).bind(&*pool.name).bind(pool.shared_code.as_deref()).bind(pool.expires_at);
    exactly_one(query.execute(tx).await?)
}

/// Stops a pool from giving, or lets it go on.
pub async fn set_retired(tx: &mut Tx, site: SiteId, pool: PoolId, at: Option<Millis>) -> Result<(), StoreError> {
    let query = q(sql!("update coupon_pools set retired_at = $3 where site_id = $1 and id = $2"));
    exactly_one(query.bind(site).bind(pool).bind(at).execute(tx).await?)
}

pub async fn by_key(on: impl Into<On<'_>>, site: SiteId, key: &str) -> Result<Option<Pool>, StoreError> {
    let query = q(sql!(
        "select id, key, name, shared_code, expires_at, retired_at, added, dropped, created_at
         from coupon_pools where site_id = $1 and key = $2"
    ));
    query.bind(site).bind(key).optional(on).await
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, id: PoolId) -> Result<Option<Stocked>, StoreError> {
    let query = q(sql!(
        "select id, key, name, shared_code, expires_at, retired_at, added, dropped, created_at,
             (select count(*) from coupon_codes c {by_index:coupon_codes_free} where c.site_id = p.site_id and c.pool_id = p.id
                and c.given_at is null and c.dropped_at is null) as free,
             (select count(*) from coupon_claims g {by_index:coupon_claims_by_pool}
                where g.site_id = p.site_id and g.pool_id = p.id) as given
         from coupon_pools p where site_id = $1 and id = $2"
    ));
    query.bind(site).bind(id).optional(on).await
}

/// All pools of a site, by name.
pub async fn list(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Stocked>, StoreError> {
    let query = q(sql!(
        "select id, key, name, shared_code, expires_at, retired_at, added, dropped, created_at,
             (select count(*) from coupon_codes c {by_index:coupon_codes_free} where c.site_id = p.site_id and c.pool_id = p.id
                and c.given_at is null and c.dropped_at is null) as free,
             (select count(*) from coupon_claims g {by_index:coupon_claims_by_pool}
                where g.site_id = p.site_id and g.pool_id = p.id) as given
         from coupon_pools p where site_id = $1 order by name, id"
    ));
    query.bind(site).all(on).await
}

/// Adds codes; how many of them the site did not have in any pool.
pub async fn add_codes(tx: &mut Tx, site: SiteId, pool: PoolId, codes: &[String]) -> Result<u64, StoreError> {
    // In the order of the key, so that two who add the same codes wait for each other and never crosswise.
    let mut sorted: Vec<_> = codes.iter().map(|code| (fold(code), code.as_str())).collect();
    sorted.sort_unstable();
    let mut rows = Rows::default();
    for (folded, code) in sorted {
        rows.push([site.into(), folded.into(), pool.into(), code.into()]);
    }
    let query = q(sql!(
        "insert into coupon_codes (site_id, folded, pool_id, code) {rows:int text int text}
         on conflict (site_id, folded) do nothing"
    ));
    let added = query.execute_rows(tx, rows).await?;
    let query = q(sql!("update coupon_pools set added = added + $3 where site_id = $1 and id = $2"));
    exactly_one(query.bind(site).bind(pool).bind(added as i64).execute(tx).await?)?;
    Ok(added)
}

/// What became of a code that was to be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    Done,
    /// Somebody has it.
    Given,
    /// The pool has no such code, or not any more.
    Unknown,
}

/// Takes a code out of its pool before anybody gets it. It stays known, so that it is not added again.
pub async fn drop_code(tx: &mut Tx, site: SiteId, pool: PoolId, code: &str, now: Millis) -> Result<Dropped, StoreError> {
    let folded = fold(code);
    let query = q(sql!(
        "update coupon_codes set dropped_at = $4
         where site_id = $1 and folded = $3 and pool_id = $2 and given_at is null and dropped_at is null"
    ));
    if query.bind(site).bind(pool).bind(&*folded).bind(now).execute(&mut *tx).await? == 1 {
        let query = q(sql!("update coupon_pools set dropped = dropped + 1 where site_id = $1 and id = $2"));
        exactly_one(query.bind(site).bind(pool).execute(tx).await?)?;
        return Ok(Dropped::Done);
    }
    let query =
        q(sql!("select given_at from coupon_codes where site_id = $1 and folded = $3 and pool_id = $2 and dropped_at is null"));
    let row: Option<(Option<i64>,)> = query.bind(site).bind(pool).bind(&*folded).optional(tx).await?;
    Ok(if row.is_some() { Dropped::Given } else { Dropped::Unknown })
}
