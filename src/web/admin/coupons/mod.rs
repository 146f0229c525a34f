//! A store's coupon pools: what they have left, filling them, what they gave.

pub mod codes;
pub mod download;
pub mod list;
pub mod new;
pub mod settings;
pub mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Redirect;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::access::{SiteAccess, param};
use super::error::PageError;
use super::fields::{Faults, sentence};
use super::format;
use crate::boot::App;
use crate::clock::Millis;
use crate::domain::coupon::{self, Flaw, List, State, pools};
use crate::id::{PoolId, SiteId, SurveyId};
use crate::manage::Refused;
use crate::manage::coupons::end_of_day;
use crate::store::coupons::{self, Stocked};
use crate::store::{Db, StoreError, surveys};

/// Flaws of a list that are told; whoever has more of them has another kind of file.
const FLAWS: usize = 5;

/// A pool of a store that this person may see.
pub struct PoolAccess {
    pub site: SiteAccess,
    pub stocked: Stocked,
}

impl FromRequestParts<Arc<App>> for PoolAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id: PoolId = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let stocked = coupons::find(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, stocked })
    }
}

impl PoolAccess {
    /// Back to the pool, which says what was done.
    fn done(&self, done: &str) -> Redirect {
        Redirect::to(&format!("/admin/{}/coupons/{}?done={done}", self.site.site.key, self.stocked.pool.id))
    }
}

/// A state as a store owner says it, and the colour of its badge.
fn state_label(state: State) -> (&'static str, &'static str) {
    match state {
        State::Giving => ("Giving", "live"),
        State::Low => ("Running low", "paused"),
        State::Empty => ("Empty", "bad"),
        State::Expired => ("Expired", ""),
        State::Retired => ("Retired", ""),
    }
}

/// `80 of 100`.
fn left(stocked: &Stocked) -> String {
    let supply = stocked.supply();
    let of = |free| format!("{} of {}", format::count(free), format::count(supply.total));
    supply.free.map_or_else(|| "One for all".into(), of)
}

/// The last day before a pool expires, as a date field has it.
fn last_day(expires_at: Millis, zone: &TimeZone) -> String {
    let last = Timestamp::from_millisecond(expires_at - 1);
    last.map_or_else(|_| String::new(), |last| zone.to_datetime(last).date().to_string())
}

/// Reads a date field; empty means never.
fn expiry(entered: &str, zone: &TimeZone) -> Result<Option<Millis>, String> {
    match entered.trim() {
        "" => Ok(None),
        date => end_of_day(date, zone).map(Some).map_err(|_| "Please enter a date such as 2027-04-30.".into()),
    }
}

/// Reads the code that everybody gets.
fn shared_code(entered: &str) -> Result<String, String> {
    coupon::read_code(entered).map(str::to_owned).map_err(|problem| sentence(&problem.to_string()))
}

/// Reads a list of codes.
fn codes(entered: &str, faults: &mut Faults) -> Option<List> {
    let flaws = match coupon::read_list(entered) {
        Ok(list) => return Some(list),
        Err(flaws) => flaws,
    };
    for flaw in flaws.iter().take(FLAWS) {
        match flaw {
            Flaw::Empty => faults.add("codes", "Please enter at least one code."),
            flaw => faults.add("codes", sentence(&flaw.to_string())),
        }
    }
    if let Some(more) = flaws.len().checked_sub(FLAWS).filter(|more| *more > 0) {
        faults.add("codes", format!("{more} more lines cannot be read."));
    }
    None
}

impl From<Refused> for PageError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(e) => e.into(),
            // Forms are read before anything is asked of the store.
            invalid @ Refused::Invalid { .. } => anyhow::Error::from(invalid).into(),
        }
    }
}

/// Pool's key → the surveys that name it, as saved or as published.
async fn uses(db: &Db, site: SiteId) -> Result<BTreeMap<String, Vec<(SurveyId, String)>>, StoreError> {
    let mut uses: BTreeMap<String, Vec<(SurveyId, String)>> = BTreeMap::new();
    for survey in surveys::documents(db, site).await? {
        let mut named = pools(&survey.draft.0);
        named.extend(survey.published.iter().flat_map(|published| pools(&published.0)));
        for pool in named {
            uses.entry(pool.to_owned()).or_default().push((survey.id, survey.name.clone()));
        }
    }
    Ok(uses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_survive_their_field() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for date in ["2027-03-28", "2027-10-31", "2027-12-31"] {
            let expires_at = expiry(date, &zone).unwrap().unwrap();
            assert_eq!(last_day(expires_at, &zone), date);
        }
        assert_eq!(expiry(" ", &zone), Ok(None));
        assert!(["tomorrow", "2027-02-30", "31.12.2027", "9999-12-31"].iter().all(|bad| expiry(bad, &zone).is_err()));
    }
}
