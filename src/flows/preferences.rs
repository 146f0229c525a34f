//! What a reader chooses on the page behind the link in a mail.

use super::link::Link;
use super::unsubscribe::unsubscribe;
use crate::clock::{DAY, Millis};
use crate::domain::consent::{self, Preference, Statement};
use crate::domain::words::words;
use crate::id::uuid7;
use crate::mail::sender::Keys;
use crate::store::customers::{self, Consent, Customer};
use crate::store::{Db, StoreError, Tx, messages, suppressions};

/// How long a pause is.
pub const PAUSE: Millis = 30 * DAY;

words! {
    /// What a reader wants to get.
    pub enum Choice {
        Everything = "all",
        /// Nothing for a while.
        Pause = "pause",
        /// Only mails about their orders.
        OrdersOnly = "orders",
        Nothing = "none",
    }
}

impl Choice {
    /// In the order of the page.
    pub const ALL: [Self; 4] = [Self::Everything, Self::Pause, Self::OrdersOnly, Self::Nothing];
}

/// What a reader has chosen so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    pub choice: Choice,
    /// When a pause ends.
    pub until: Option<Millis>,
    /// The reader's language, if it is known.
    pub locale: Option<String>,
}

/// `None`: the reader was forgotten.
pub async fn preferences(db: &Db, keys: &Keys, link: &Link, now: Millis) -> Result<Option<Chosen>, StoreError> {
    let Some(message) = messages::by_id(db, link.site, link.message).await? else { return Ok(None) };
    let Some(customer) = message.customer else { return Ok(None) };
    let Some(person) = customers::by_id(db, link.site, customer).await? else { return Ok(None) };
    let suppressed = suppressions::find(db, link.site, &keys.hash(&message.recipient)).await?;
    let stopped = suppressed.is_some_and(|suppressed| suppressed.holds(person.consent));
    let refused = person.consent.is_some_and(|said| !said.granted);
    let (choice, until) = match person.preference {
        _ if stopped || refused => (Choice::Nothing, None),
        Preference::PausedUntil(until) if until > now => (Choice::Pause, Some(until)),
        Preference::OrdersOnly => (Choice::OrdersOnly, None),
        Preference::All | Preference::PausedUntil(_) => (Choice::Everything, None),
    };
    Ok(Some(Chosen { choice, until, locale: person.locale }))
}

/// Does what a reader chose. Who had left and comes back agrees anew; `wording` is what they agreed to.
pub async fn prefer(tx: &mut Tx, keys: &Keys, link: &Link, choice: Choice, wording: &str, now: Millis) -> Result<(), StoreError> {
    if choice == Choice::Nothing {
        return unsubscribe(tx, keys, link, now).await;
    }
    let Some(message) = messages::by_id(&mut *tx, link.site, link.message).await? else { return Ok(()) };
    let Some(customer) = message.customer else { return Ok(()) };
    let Some(mut person) = customers::lock(tx, link.site, customer).await? else { return Ok(()) };
    person.preference = match choice {
        Choice::Pause => Preference::PausedUntil(now + PAUSE),
        Choice::OrdersOnly => Preference::OrdersOnly,
        Choice::Everything | Choice::Nothing => Preference::All,
    };
    let returns = agrees_anew(&mut person, now);
    person.updated_at = now;
    customers::update(tx, &person).await?;
    if returns {
        let wording = Some(wording.to_owned());
        let proof = Consent { id: uuid7(now), at: now, granted: true, source: "link".to_owned(), wording, page: None };
        customers::add_consent(tx, link.site, person.id, &proof).await?;
    }
    Ok(())
}

/// A "yes" after a "no"; who never said no is asked nothing and agrees to nothing.
fn agrees_anew(person: &mut Customer, now: Millis) -> bool {
    let Some(no) = person.consent.filter(|said| !said.granted) else { return false };
    // Within one millisecond of two statements the no would win.
    person.consent = consent::merge(person.consent, Some(Statement { at: now.max(no.at + 1), granted: true }));
    true
}
