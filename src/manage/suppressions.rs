//! Saying by hand who gets no mail.

use crate::clock::Millis;
use crate::domain::consent::{Suppressed, Suppression};
use crate::id::SiteId;
use crate::store::suppressions::{self, Listed};
use crate::store::{StoreError, Tx, audit};

/// Suppresses an address. One that is suppressed for a graver reason stays so.
pub async fn add(tx: &mut Tx, site: SiteId, hash: &[u8; 32], email: &str, by: &str, now: Millis) -> Result<(), StoreError> {
    let suppressed = Suppressed { reason: Suppression::Unsubscribed, at: now };
    suppressions::put(tx, site, hash, Some(email), suppressed, "api").await?;
    audit::record(tx, site, by, "suppression.add", &masked(email), now).await
}

/// What became of an address that was to get mail again.
#[derive(Clone, Debug)]
pub enum Lifted {
    Done,
    /// It was not suppressed.
    Unknown,
    /// Whoever called us spam or asked to be forgotten is not written to again on a store's word.
    Stays(Suppression),
}

/// Lets an address get mail again, as far as its consent goes.
pub async fn lift(tx: &mut Tx, site: SiteId, hash: &[u8; 32], by: &str, now: Millis) -> Result<Lifted, StoreError> {
    let Some(Listed { email, .. }) = suppressions::get(&mut *tx, site, hash).await? else { return Ok(Lifted::Unknown) };
    match suppressions::find(&mut *tx, site, hash).await?.map(|suppressed| suppressed.reason) {
        Some(reason @ (Suppression::Complained | Suppression::Erased)) => return Ok(Lifted::Stays(reason)),
        _ => suppressions::lift(tx, site, hash).await?,
    }
    audit::record(tx, site, by, "suppression.lift", &email.as_deref().map_or_else(|| "an address".into(), masked), now).await?;
    Ok(Lifted::Done)
}

/// `a…@buyer.example`: the log outlives an erasure.
fn masked(email: &str) -> String {
    let (local, domain) = email.split_once('@').unwrap_or((email, ""));
    format!("{}…@{domain}", local.chars().next().unwrap_or('?'))
}
