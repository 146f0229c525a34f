//! Forgetting people: on their own request, or all of a store's.
//!
//! What was said and bought is still counted, but leads to nobody. Of the address a hash stays, so that it is never written to
//! again, whoever reports it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clock::Millis;
use crate::id::{CustomerId, SiteId};
use crate::jobs::{self, Context, Job, JobError, Outcome};
use crate::mail::sender::Keys;
use crate::store::sites::{self, Site};
use crate::store::{StoreError, Tx, audit, customers, erasure, feedback, privacy_requests, suppressions};

/// Forgets a person everywhere, in the caller's transaction; somebody who is gone already is no error. `by` is written into the
/// audit log, the address is not.
pub async fn erase(tx: &mut Tx, keys: &Keys, site: &Site, customer: CustomerId, by: &str, now: Millis) -> Result<(), StoreError> {
    // The person first, as everywhere: nobody writes to them, or of them, until this is done.
    let Some(person) = customers::lock(tx, site.id, customer).await? else { return Ok(()) };
    let own = person.address.as_ref().map(|address| address.email.clone());
    let mut addresses: BTreeSet<String> = own.iter().cloned().collect();
    for earlier in erasure::recipients(tx, site.id, customer).await? {
        // An address that has become somebody else's is theirs.
        if own.as_ref() != Some(&earlier) && customers::by_email(&mut *tx, site.id, &earlier).await?.is_none() {
            addresses.insert(earlier);
        }
    }
    erasure::visitors(tx, site.id, customer, now).await?;
    erasure::customer(tx, site.id, customer).await?;
    for address in &addresses {
        erasure::address(tx, site.id, address).await?;
        feedback::forget_address(tx, site.id, &keys.hash(address)).await?;
        suppressions::erase(tx, site.id, &keys.hash(address), "erasure", now).await?;
    }
    privacy_requests::forget(tx, site.id, customer, by, now).await?;
    audit::record(tx, site.id, by, "customer.erase", &customer.to_string(), now).await
}

/// Forgets everybody a store knew at one moment, some at a time.
#[derive(Debug, Serialize, Deserialize)]
pub struct EraseAll {
    site: SiteId,
    /// Whoever came later stays.
    before: CustomerId,
    by: String,
}

/// People forgotten in one transaction: small enough that answers never wait long behind it.
const PORTION: i64 = 20;

impl EraseAll {
    /// Orders it, once however often it is asked for. `by`: who wants it, for the audit log.
    pub async fn order(tx: &mut Tx, site: SiteId, by: &str, now: Millis) -> Result<(), StoreError> {
        let job = Self { site, before: CustomerId::new(now), by: by.to_owned() };
        jobs::enqueue(tx, &job, Some(&format!("{}:{site}", Self::KIND)), now, now).await.map(drop)
    }
}

impl Job for EraseAll {
    const KIND: &'static str = "customers.erase_all";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        let Some(site) = sites::by_id(&mut tx, self.site).await? else { return Ok(Outcome::Done(tx)) };
        let people = customers::page(&mut tx, site.id, Some(self.before), PORTION).await?;
        if people.is_empty() {
            return Ok(Outcome::Done(tx));
        }
        for person in people {
            erase(&mut tx, &context.sender.keys, &site, person.id, &self.by, now).await?;
        }
        Ok(Outcome::Again(tx, self, now))
    }
}
