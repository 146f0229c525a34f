//! Filling coupon pools, and what a survey will miss in them.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Refused;
use crate::clock::Millis;
use crate::domain::coupon::{List, State, pools};
use crate::domain::report::is_key;
use crate::domain::schedule::{day_range, local_day};
use crate::domain::survey::Survey;
use crate::id::{PoolId, SiteId};
use crate::store::coupons::{self, Dropped, Pool, Stocked};
use crate::store::{On, StoreError, Tx, audit};

/// What a list of codes changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    pub added: usize,
    /// Codes that a pool of the site has already, or had.
    pub known: usize,
    /// Lines that repeat an earlier one.
    pub repeated: usize,
    pub blank: usize,
}

impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes = |n: usize| if n == 1 { "1 code".to_owned() } else { format!("{n} codes") };
        write!(f, "{} added", codes(self.added))?;
        let skipped = [(self.known, "known already"), (self.repeated, "repeated in the list"), (self.blank, "blank")];
        for (n, why) in skipped.into_iter().filter(|(n, _)| *n > 0) {
            write!(f, ", {n} {why}")?;
        }
        Ok(())
    }
}

/// A pool nobody has yet, with its key and name checked.
pub fn new_pool(
    key: &str,
    name: &str,
    shared_code: Option<String>,
    expires_at: Option<Millis>,
    now: Millis,
) -> Result<Pool, Refused> {
    let (key, name) = (key.trim(), name.trim());
    if !is_key(key) {
        return Err(Refused::invalid("key", format!("{key:?} should be 1 to 64 of the characters a-z 0-9 _ -")));
    }
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Refused::invalid("name", "needs 1 to 100 characters on one line"));
    }
    let (key, name) = (key.to_owned(), name.to_owned());
    Ok(Pool { id: PoolId::new(now), key, name, shared_code, expires_at, retired_at: None, added: 0, dropped: 0, created_at: now })
}

/// The end of the last day on which the shop takes a pool's codes, `2027-04-30` in its own time zone.
pub fn end_of_day(date: &str, zone: &TimeZone) -> Result<Millis, Refused> {
    let noon = date.trim().parse::<Date>().map(|date| date.at(12, 0, 0, 0)).and_then(|noon| zone.to_timestamp(noon));
    let noon = noon.map_err(|_| Refused::invalid("expiry", format!("{date:?} is not a date such as 2027-04-30")))?;
    Ok(day_range(local_day(noon.as_millisecond(), zone), zone).end)
}

/// A key that is taken is [`StoreError::Duplicate`].
pub async fn create(tx: &mut Tx, site: SiteId, pool: &Pool, by: &str, now: Millis) -> Result<(), StoreError> {
    coupons::insert(tx, site, pool).await?;
    audit::record(tx, site, by, "coupon.create", &pool.key, now).await
}

/// Stores a new name, shared code or expiry.
pub async fn update(tx: &mut Tx, site: SiteId, pool: &Pool, by: &str, now: Millis) -> Result<(), StoreError> {
    coupons::update(tx, site, pool).await?;
    audit::record(tx, site, by, "coupon.update", &pool.key, now).await
}

/// Stops a pool from giving, or lets it go on.
pub async fn set_retired(tx: &mut Tx, site: SiteId, pool: &Pool, retired: bool, by: &str, now: Millis) -> Result<(), StoreError> {
    coupons::set_retired(tx, site, pool.id, retired.then_some(now)).await?;
    audit::record(tx, site, by, if retired { "coupon.retire" } else { "coupon.restore" }, &pool.key, now).await
}

/// Adds a list's codes to a pool of single codes.
pub async fn add(tx: &mut Tx, site: SiteId, pool: &Pool, list: &List, by: &str, now: Millis) -> Result<Added, Refused> {
    if pool.shared_code.is_some() {
        return Err(Refused::invalid("codes", format!("the pool {:?} gives one code to everybody", pool.key)));
    }
    let added = coupons::add_codes(tx, site, pool.id, &list.codes).await? as usize;
    let report = Added { added, known: list.codes.len() - added, repeated: list.repeated, blank: list.blank };
    audit::record(tx, site, by, "coupon.add", &format!("{}: {report}", pool.key), now).await?;
    Ok(report)
}

/// Takes a code out before anybody gets it.
pub async fn drop_code(tx: &mut Tx, site: SiteId, pool: &Pool, code: &str, by: &str, now: Millis) -> Result<Dropped, StoreError> {
    let dropped = coupons::drop_code(tx, site, pool.id, code, now).await?;
    if dropped == Dropped::Done {
        audit::record(tx, site, by, "coupon.drop", &format!("{}: {code}", pool.key), now).await?;
    }
    Ok(dropped)
}

/// A pool from which a survey will not give, or soon no more.
#[derive(Clone, Debug)]
pub struct Shortage {
    /// The pool's key.
    pub key: String,
    /// `None`: there is no such pool.
    pub pool: Option<(PoolId, State)>,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.key;
        match self.pool.map(|(_, state)| state) {
            None => write!(f, "there is no coupon pool \"{key}\": its endings are shown without a code"),
            Some(State::Low | State::Giving) => write!(f, "the coupon pool \"{key}\" is running low"),
            Some(State::Empty) => write!(f, "the coupon pool \"{key}\" is empty: its endings are shown without a code"),
            Some(State::Expired) => write!(f, "the coupon pool \"{key}\" has expired: its endings are shown without a code"),
            Some(State::Retired) => write!(f, "the coupon pool \"{key}\" is retired: its endings are shown without a code"),
        }
    }
}

/// What is wrong with the pools that a survey names. None of it keeps a survey from being published.
pub async fn shortages(on: impl Into<On<'_>>, site: SiteId, survey: &Survey, now: Millis) -> Result<Vec<Shortage>, StoreError> {
    let document = survey.to_value();
    let named = pools(&document);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let known = coupons::list(on, site).await?;
    let shortage = |key: &str| match known.iter().find(|stocked| stocked.pool.key == key) {
        None => Some(Shortage { key: key.to_owned(), pool: None }),
        Some(stocked) => short(stocked, now),
    };
    Ok(named.into_iter().filter_map(shortage).collect())
}

fn short(stocked: &Stocked, now: Millis) -> Option<Shortage> {
    let state = stocked.supply().state(now);
    (state != State::Giving).then(|| Shortage { key: stocked.pool.key.clone(), pool: Some((stocked.pool.id, state)) })
}
