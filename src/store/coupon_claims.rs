//! Who got which coupon code.

use uuid::Uuid;

use super::coupons::Pool;
use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::coupon::Purpose;
use crate::id::{PoolId, SiteId, SurveyId, uuid7};
use crate::sql;

/// Somebody who is to get a code.
#[derive(Clone, Copy, Debug)]
pub struct Claimant<'a> {
    pub purpose: Purpose,
    /// The purpose's own name for them: a visitor's hash, a customer's id.
    pub name: &'a str,
    /// The survey whose ending gives it.
    pub survey: Option<SurveyId>,
}

/// The code a claimant was given before.
pub async fn given(
    on: impl Into<On<'_>>,
    site: SiteId,
    pool: PoolId,
    claimant: &Claimant<'_>,
) -> Result<Option<String>, StoreError> {
    let query = q(sql!("select code from coupon_claims where site_id = $1 and pool_id = $2 and purpose = $3 and claimant = $4"));
    let query = query.bind(site).bind(pool).bind(claimant.purpose.as_str()).bind(claimant.name);
    let row: Option<(String,)> = query.optional(on).await?;
    Ok(row.map(|(code,)| code))
}

/// Every code that a claimant of a purpose was given, with the claim's id, which says when.
pub async fn of_claimant(
    on: impl Into<On<'_>>,
    site: SiteId,
    purpose: Purpose,
    claimant: &str,
) -> Result<Vec<(Uuid, String)>, StoreError> {
    let query = q(sql!(
        "select id, code from coupon_claims {by_index:coupon_claims_by_person}
         where site_id = $1 and purpose = $2 and claimant = $3 order by id"
    ));
    query.bind(site).bind(purpose.as_str()).bind(claimant).all(on).await
}

/// Gives a claimant a code, the same one however often and on whichever node they ask. `None`: there is none left; nothing may be
/// committed then. Whether the pool gives at all is the caller's question.
pub async fn claim(
    tx: &mut Tx,
    site: SiteId,
    pool: &Pool,
    claimant: &Claimant<'_>,
    now: Millis,
) -> Result<Option<String>, StoreError> {
    let id = uuid7(now);
    let shared = pool.shared_code.as_deref();
    // The claim comes before its code: the same claimant's second request waits here, and locks no code that another could have.
    let query = q(sql!(
        "insert into coupon_claims (site_id, id, pool_id, purpose, claimant, code, survey_id) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (site_id, pool_id, purpose, claimant) do nothing"
    ));
    let query = query.bind(site).bind(id).bind(pool.id).bind(claimant.purpose.as_str()).bind(claimant.name);
    if query.bind(shared.unwrap_or("")).bind(claimant.survey).execute(&mut *tx).await? == 0 {
        return given(tx, site, pool.id, claimant).await;
    }
    if let Some(code) = shared {
        return Ok(Some(code.to_owned()));
    }
    let Some(code) = take(tx, site, pool.id, now).await? else { return Ok(None) };
    let query = q(sql!("update coupon_claims set code = $3 where site_id = $1 and id = $2"));
    exactly_one(query.bind(site).bind(id).bind(&*code).execute(tx).await?)?;
    Ok(Some(code))
}

/// The next free code, which is free no longer.
async fn take(tx: &mut Tx, site: SiteId, pool: PoolId, now: Millis) -> Result<Option<String>, StoreError> {
    let query = q(sql!(
        "select folded, code from coupon_codes {by_index:coupon_codes_free}
         where site_id = $1 and pool_id = $2 and given_at is null and dropped_at is null
         order by folded limit 1 {skip_locked}"
    ));
    let row: Option<(String, String)> = query.bind(site).bind(pool).optional(&mut *tx).await?;
    let Some((folded, code)) = row else { return Ok(None) };
    let query = q(sql!("update coupon_codes set given_at = $3 where site_id = $1 and folded = $2"));
    exactly_one(query.bind(site).bind(folded).bind(now).execute(tx).await?)?;
    Ok(Some(code))
}

/// A code that was given, without to whom.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Given {
    /// Also says when.
    pub id: Uuid,
    pub code: String,
    pub purpose: String,
    /// The survey's name; `None` for a mail, or if the survey is gone.
    pub survey: Option<String>,
}

/// What a pool gave before a claim, newest first.
pub async fn page(on: impl Into<On<'_>>, site: SiteId, pool: PoolId, before: Uuid, limit: i64) -> Result<Vec<Given>, StoreError> {
    let query = q(sql!(
        "select g.id, g.code, g.purpose, s.name as survey
         from coupon_claims g {by_index:coupon_claims_by_pool} left join surveys s on s.site_id = g.site_id and s.id = g.survey_id
         where g.site_id = $1 and g.pool_id = $2 and g.id < $3 order by g.id desc limit $4"
    ));
    query.bind(site).bind(pool).bind(before).bind(limit).all(on).await
}

/// Forgets who got codes given before an id; that they were given stays known.
pub async fn forget(tx: &mut Tx, site: SiteId, before: Uuid) -> Result<u64, StoreError> {
    let query = q(sql!("update coupon_claims set claimant = null where site_id = $1 and id < $2 and claimant is not null"));
    query.bind(site).bind(before).execute(tx).await
}
