//! An ending's coupon: the offer says who asks and which survey it is about, the survey says from which pool.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, LiveSite};
use super::offer::{ANSWER_WITHIN, Offer, visitor_hash};
use crate::clock::Millis;
use crate::domain::coupon::{Purpose, State, Supply, pool_of};
use crate::keys::Key;
use crate::store::coupon_claims::{self, Claimant};
use crate::store::{Db, StoreError, coupons};

/// What the page sends.
#[derive(Deserialize)]
pub struct Ask<'a> {
    #[serde(borrow)]
    pub visitor: Cow<'a, str>,
    #[serde(borrow)]
    pub session: Cow<'a, str>,
    #[serde(borrow)]
    pub offer: Cow<'a, str>,
    /// The ending's key.
    #[serde(borrow)]
    pub ending: Cow<'a, str>,
}

/// Why there is no code. The words are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    #[error("the offer was not made by this server")]
    ForgedOffer,
    #[error("the offer was made for another site or another visitor")]
    ForeignOffer,
    #[error("the offer was made more than 24 hours ago")]
    ExpiredOffer,
    #[error("the offer is of the holdout arm")]
    WithheldOffer,
    #[error("the survey is gone")]
    UnknownSurvey,
    #[error("the survey has no such ending with a coupon")]
    UnknownEnding,
    #[error("the pool has no code to give")]
    NoCoupon,
}

/// The code for whoever was made the offer; the same one however often they ask.
pub async fn claim(
    db: &Db,
    key: &Key,
    catalog: &Catalog,
    live: &LiveSite,
    ask: &Ask<'_>,
    now: Millis,
) -> Result<Result<String, Refused>, StoreError> {
    let offer = match check(key, live, ask, now) {
        Ok(offer) => offer,
        Err(refused) => return Ok(Err(refused)),
    };
    let Some(revision) = catalog.revision(live, offer.survey, offer.revision).await? else {
        return Ok(Err(Refused::UnknownSurvey));
    };
    match pool_of(&revision.document, offer.variant, &ask.ending) {
        Some(pool) => from_pool(db, live, pool, &offer, true, now).await,
        None => Ok(Err(Refused::UnknownEnding)),
    }
}

/// A pool's code for whoever was made the offer. Unless it is to `give`, only one that they have already.
///
/// # Errors
/// The database cannot be read or written.
pub async fn from_pool(
    db: &Db,
    live: &LiveSite,
    pool: &str,
    offer: &Offer,
    give: bool,
    now: Millis,
) -> Result<Result<String, Refused>, StoreError> {
    let site = live.site.id;
    let Some(pool) = coupons::by_key(db, site, pool).await? else {
        tracing::warn!(site.key = %live.site.key, pool, "a survey gives from a coupon pool that does not exist");
        return Ok(Err(Refused::NoCoupon));
    };
    let visitor = offer.visitor.simple().to_string();
    let claimant = Claimant { purpose: Purpose::Survey, name: &visitor, survey: Some(offer.survey) };
    // Whether codes are left is only known once one is taken.
    let supply = Supply { free: None, total: 0, expires_at: pool.expires_at, retired: pool.retired_at.is_some() };
    let state = supply.state(now);
    if state != State::Expired
        && let Some(code) = coupon_claims::given(db, site, pool.id, &claimant).await?
    {
        return Ok(Ok(code));
    }
    if !give || !state.gives() {
        return Ok(Err(Refused::NoCoupon));
    }
    let mut tx = db.begin().await?;
    let code = coupon_claims::claim(&mut tx, site, &pool, &claimant, now).await?;
    match code {
        Some(_) => tx.commit().await?,
        None => tx.rollback().await?,
    }
    Ok(code.ok_or(Refused::NoCoupon))
}

fn check(key: &Key, live: &LiveSite, ask: &Ask<'_>, now: Millis) -> Result<Offer, Refused> {
    let offer = Offer::open(&ask.offer, key).map_err(|_| Refused::ForgedOffer)?;
    if offer.site != live.site.id || offer.visitor != visitor_hash(live.site.id, &ask.visitor) {
        return Err(Refused::ForeignOffer);
    }
    if now.saturating_sub(offer.made_at()) > ANSWER_WITHIN {
        return Err(Refused::ExpiredOffer);
    }
    if offer.withhold { Err(Refused::WithheldOffer) } else { Ok(offer) }
}
