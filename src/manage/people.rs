//! What owners do about one person.

use serde_json::Value;

use crate::clock::Millis;
use crate::commerce;
use crate::id::CustomerId;
use crate::mail::sender::Keys;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, Tx, audit};

/// Two writers meet at the same person now and then, not again and again.
const TRIES: u32 = 5;

/// Everything that is held of a person; `null` if there is no such person.
pub async fn record(
    tx: &mut Tx,
    keys: &Keys,
    site: &Site,
    customer: CustomerId,
    by: &str,
    now: Millis,
) -> Result<Value, StoreError> {
    let record = commerce::record(&mut *tx, keys, site, customer).await?;
    if !record.is_null() {
        audit::record(tx, site.id, by, "customer.export", &customer.to_string(), now).await?;
    }
    Ok(record)
}

/// Forgets a person, in a transaction of its own.
pub async fn erase(db: &Db, keys: &Keys, site: &Site, customer: CustomerId, by: &str, now: Millis) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        let mut tx = db.begin().await?;
        match commerce::erase(&mut tx, keys, site, customer, by, now).await {
            Ok(()) => return tx.commit().await,
            Err(StoreError::Overtaken) if tries < TRIES => tries += 1,
            Err(e) => return Err(e),
        }
    }
}
