//! A link followed: no more mail to the address that the mail was sent to.

use super::link::Link;
use crate::clock::Millis;
use crate::domain::consent::{self, Statement, Suppressed, Suppression};
use crate::id::uuid7;
use crate::mail::sender::Keys;
use crate::outbound::{self, What};
use crate::store::customers::{self, Consent};
use crate::store::{StoreError, Tx, messages, suppressions};

/// Suppresses the address and takes back the person's consent. However often it is done, it is done once. A mail that is not known
/// any more was forgotten together with its reader, who is suppressed already.
pub async fn unsubscribe(tx: &mut Tx, keys: &Keys, link: &Link, now: Millis) -> Result<(), StoreError> {
    let Some(message) = messages::by_id(&mut *tx, link.site, link.message).await? else { return Ok(()) };
    // The person first, as everywhere.
    let person = match message.customer {
        Some(id) => customers::lock(tx, link.site, id).await?,
        None => None,
    };
    let suppressed = Suppressed { reason: Suppression::Unsubscribed, at: now };
    let address = message.recipient.as_str();
    suppressions::put(tx, link.site, &keys.hash(address), Some(address), suppressed, "link").await?;
    let Some(mut person) = person.filter(|person| person.consent.is_none_or(|said| said.granted)) else { return Ok(()) };
    let no = Statement { at: now, granted: false };
    person.consent = consent::merge(person.consent, Some(no));
    person.updated_at = now;
    customers::update(tx, &person).await?;
    let proof = Consent { id: uuid7(now), at: now, granted: false, source: "link".to_owned(), wording: None, page: None };
    customers::add_consent(tx, link.site, person.id, &proof).await?;
    outbound::emit(tx, link.site, What::CustomerUnsubscribed.of(person.id), now).await
}
