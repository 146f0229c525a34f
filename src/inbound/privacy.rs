//! What a shop's rules about people's data ask for: to be told what is held, and to be forgotten.

use super::{Privacy, System, Who};
use crate::clock::{DAY, Millis};
use crate::commerce::{self, EraseAll};
use crate::id::{CustomerId, uuid7};
use crate::mail::sender::Keys;
use crate::store::privacy_requests::{self, Request};
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, audit, customers};

/// The law's month, and Shopify's.
const ANSWER_WITHIN: Millis = 30 * DAY;

pub(super) async fn answer(
    tx: &mut Tx,
    keys: &Keys,
    site: &Site,
    system: System,
    asked: &Privacy,
    now: Millis,
) -> Result<(), StoreError> {
    match asked {
        Privacy::Request { who, reference } => {
            let request = Request {
                id: uuid7(now),
                source: system.as_str().to_owned(),
                reference: reference.clone(),
                customer_id: known_as(tx, site, who).await?.first().copied(),
                external_id: who.external_id.clone(),
                asked_at: now,
                due_at: now + ANSWER_WITHIN,
                done_at: None,
                done_by: None,
            };
            privacy_requests::insert(tx, site.id, &request).await
        }
        Privacy::Redact(who) => {
            for customer in known_as(tx, site, who).await? {
                commerce::erase(tx, keys, site, customer, system.as_str(), now).await?;
            }
            if let Some(id) = &who.external_id {
                privacy_requests::forget_named(tx, site.id, id, system.as_str(), now).await?;
            }
            Ok(())
        }
        Privacy::RedactShop => {
            audit::record(tx, site.id, system.as_str(), "shop.redact", &site.name, now).await?;
            EraseAll::order(tx, site.id, system.as_str(), now).await
        }
    }
}

/// By the shop's id, and by the address: these may be two records.
async fn known_as(tx: &mut Tx, site: &Site, who: &Who) -> Result<Vec<CustomerId>, StoreError> {
    let mut known = Vec::new();
    if let Some(id) = &who.external_id {
        known.extend(customers::by_external_id(&mut *tx, site.id, id).await?.map(|customer| customer.id));
    }
    if let Some(email) = &who.email {
        known.extend(customers::by_email(&mut *tx, site.id, email).await?.map(|customer| customer.id));
    }
    known.dedup();
    Ok(known)
}
