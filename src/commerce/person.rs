//! Who somebody is. An id of the shop's finds a person, then an address; a browser is tied to whom it turned out to be.

use serde_json::Value;
use uuid::Uuid;

use super::{Report, Source};
use crate::clock::Millis;
use crate::domain::consent::{self, Statement};
use crate::domain::customer::{Address, Proof};
use crate::id::{CustomerId, uuid7};
use crate::outbound::{self, What};
use crate::store::customers::{self, Consent, Customer};
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, carts, orders};

/// What is said of a person; what is absent is not touched.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The shop's own id.
    pub external_id: Option<String>,
    /// Normalised.
    pub email: Option<String>,
    pub name: Option<String>,
    pub locale: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// A JSON object: each field replaces one of the same name, `null` removes it.
    pub attributes: Option<Value>,
    pub marketing: Option<YesOrNo>,
}

/// An answer to "may we write to you".
#[derive(Clone, Debug)]
pub struct YesOrNo {
    pub granted: bool,
    /// What was agreed to.
    pub wording: Option<String>,
    pub page: Option<String>,
}

impl Person {
    fn is_nobody(&self) -> bool {
        self.external_id.is_none() && self.email.is_none()
    }
}

/// Takes note of a person; who it is, if that can be said.
pub(super) async fn apply(
    tx: &mut Tx,
    site: &Site,
    report: &Report,
    person: &Person,
    signed: bool,
    now: Millis,
) -> Result<Option<Customer>, StoreError> {
    let proof = proof(report.source, person, signed);
    let known = match find(tx, site, person).await? {
        Some(known) => Some(known),
        // A nameless word, such as of attributes alone, is about whoever uses this browser.
        None if person.is_nobody() => match report.visitor {
            Some(visitor) => customers::of_visitor(&mut *tx, site.id, visitor).await?,
            None => None,
        },
        None => None,
    };
    if known.is_none() && person.is_nobody() {
        return Ok(None);
    }
    let before = known.clone();
    let mut customer = known.unwrap_or_else(|| Customer::new(site.id, now));
    fill(&mut customer, person, report, proof);
    let address = before.as_ref().and_then(|before| before.address.clone());
    if customer.address != address
        && let Some(taken) = &customer.address
        && customers::by_email(&mut *tx, site.id, &taken.email).await?.is_some_and(|owner| owner.id != customer.id)
    {
        // Two accounts of the shop with one address: it stays with the one that had it first.
        customer.address = address;
    }
    let said = consent_of(&customer, person, proof, report.at);
    if let Some(statement) = said {
        customer.consent = Some(statement);
    }
    customer.updated_at = now;
    match &before {
        None => customers::insert(tx, &customer).await.map_err(met)?,
        Some(before) if same(before, &customer) => {}
        Some(_) => customers::update(tx, &customer).await.map_err(met)?,
    }
    if let (Some(statement), Some(words)) = (said, &person.marketing) {
        let consent = Consent {
            id: uuid7(now),
            at: statement.at,
            granted: statement.granted,
            source: report.source.as_str().to_owned(),
            wording: words.wording.clone(),
            page: words.page.clone(),
        };
        customers::add_consent(tx, site.id, customer.id, &consent).await?;
    }
    if let Some(visitor) = report.visitor {
        tie(tx, site, visitor, &mut customer, proof, report.at).await?;
    }
    tell(tx, site, report.source, before.as_ref(), &customer, now).await?;
    Ok(Some(customer))
}

/// Tells other services of somebody who became known, or wants no more mail. A file of old customers is no news.
async fn tell(
    tx: &mut Tx,
    site: &Site,
    source: Source,
    before: Option<&Customer>,
    customer: &Customer,
    now: Millis,
) -> Result<(), StoreError> {
    let names = |c: &Customer| (c.external_id.is_some(), c.address.is_some());
    if source != Source::Import && before.map(names) != Some(names(customer)) {
        outbound::emit(tx, site.id, What::CustomerIdentified.of(customer.id), now).await?;
    }
    let granted = |c: &Customer| c.consent.is_some_and(|said| said.granted);
    if before.is_some_and(granted) && !granted(customer) {
        outbound::emit(tx, site.id, What::CustomerUnsubscribed.of(customer.id), now).await?;
    }
    Ok(())
}

/// A yes makes a page's claim an answer: the person ticked a box there. Stores that do not want to rely on it demand signatures.
fn proof(source: Source, person: &Person, signed: bool) -> Proof {
    match source.proof() {
        Proof::Claimed if signed => Proof::Store,
        Proof::Claimed if person.marketing.as_ref().is_some_and(|said| said.granted) => Proof::Answered,
        proof => proof,
    }
}

/// By the shop's id, then by the address. Where these are two records, and only one has an id of the shop's, they become one.
async fn find(tx: &mut Tx, site: &Site, person: &Person) -> Result<Option<Customer>, StoreError> {
    let by_id = match &person.external_id {
        Some(id) => customers::by_external_id(&mut *tx, site.id, id).await?,
        None => None,
    };
    let by_email = match &person.email {
        Some(email) => customers::by_email(&mut *tx, site.id, email).await?,
        None => None,
    };
    let found = match (by_id, by_email) {
        (Some(a), Some(b)) if a.id != b.id && b.external_id.is_none() => {
            let mut kept = customers::lock(tx, site.id, a.id).await?.ok_or(StoreError::Overtaken)?;
            customers::merge(tx, site.id, b.id, a.id).await?;
            absorb(&mut kept, b);
            customers::update(tx, &kept).await?;
            Some(kept)
        }
        // A second account with the same address is the same person.
        (a, b) => a.or(b),
    };
    match found {
        Some(found) => customers::lock(tx, site.id, found.id).await,
        None => Ok(None),
    }
}

/// What was known of the other record.
fn absorb(kept: &mut Customer, other: Customer) {
    kept.address = Address::merge(kept.address.take(), other.address);
    kept.consent = consent::merge(kept.consent, other.consent);
    kept.name = kept.name.take().or(other.name);
    kept.locale = kept.locale.take().or(other.locale);
    kept.time_zone = kept.time_zone.take().or(other.time_zone);
    kept.orders += other.orders;
    kept.spent = kept.spent.saturating_add(other.spent);
    kept.first_order_at = kept.first_order_at.into_iter().chain(other.first_order_at).min();
    kept.last_order_at = kept.last_order_at.max(other.last_order_at);
    if let (Value::Object(mine), Value::Object(theirs)) = (&mut kept.attributes, other.attributes) {
        for (name, value) in theirs {
            mine.entry(name).or_insert(value);
        }
    }
}

/// A store's word replaces what was known; a browser's only fills what was not, and so does a file that tells of earlier days.
fn fill(customer: &mut Customer, person: &Person, report: &Report, proof: Proof) {
    let is_news = report.source != Source::Import || report.at > customer.updated_at;
    let sure = proof >= Proof::Store && is_news;
    let take = |known: &mut Option<String>, said: &Option<String>| {
        if said.is_some() && (sure || known.is_none()) {
            known.clone_from(said);
        }
    };
    take(&mut customer.external_id, &person.external_id);
    take(&mut customer.name, &person.name);
    take(&mut customer.locale, &person.locale);
    take(&mut customer.time_zone, &person.time_zone);
    let address = person.email.clone().map(|email| Address { email, proof, at: report.at });
    customer.address = Address::merge(customer.address.take(), address);
    if let (Value::Object(known), Some(Value::Object(said))) = (&mut customer.attributes, &person.attributes) {
        for (name, value) in said.iter().take(MOST_ATTRIBUTES) {
            if value.is_null() && sure {
                known.remove(name);
            } else if sure || !known.contains_key(name) {
                known.insert(name.clone(), value.clone());
            }
        }
    }
}

const MOST_ATTRIBUTES: usize = 50;

/// The statement to be recorded, if it is news. A mere claim cannot take back a no.
fn consent_of(customer: &Customer, person: &Person, proof: Proof, at: Millis) -> Option<Statement> {
    let granted = person.marketing.as_ref()?.granted;
    let said = Statement { at, granted };
    let known = customer.consent;
    if consent::merge(known, Some(said)) != Some(said) || known.is_some_and(|known| known.granted == granted) {
        return None;
    }
    let takes_back_a_no = granted && known.is_some_and(|known| !known.granted);
    (!takes_back_a_no || proof >= Proof::Answered).then_some(said)
}

fn same(before: &Customer, after: &Customer) -> bool {
    *before == Customer { updated_at: before.updated_at, ..after.clone() }
}

/// Somebody else stored the same address or id in between: the next try finds them.
fn met(e: StoreError) -> StoreError {
    match e {
        StoreError::Duplicate => StoreError::Overtaken,
        e => e,
    }
}

/// The browser is this person's, and so are the carts filled and the orders placed from it.
pub(super) async fn tie(
    tx: &mut Tx,
    site: &Site,
    visitor: Uuid,
    customer: &mut Customer,
    proof: Proof,
    at: Millis,
) -> Result<(), StoreError> {
    if !customers::link(tx, site.id, visitor, customer.id, proof, at).await? {
        return Ok(());
    }
    carts::adopt(tx, site.id, visitor, customer.id).await?;
    let adopted = orders::adopt(tx, site.id, visitor, customer.id).await?;
    if !adopted.is_empty() {
        for order in &adopted {
            count(customer, site, order);
        }
        customers::update(tx, customer).await?;
    }
    Ok(())
}

/// What an order counts for, in minor units of the site's currency; amounts in others are not added up.
pub(super) fn spent(order: &orders::Order, site: &Site) -> i64 {
    if order.currency == site.currency { order.value - order.refunded.min(order.value) } else { 0 }
}

/// Counts an order for its customer.
pub(super) fn count(customer: &mut Customer, site: &Site, order: &orders::Order) {
    customer.orders += 1;
    // Anybody's page may report an order of any size.
    customer.spent = customer.spent.saturating_add(spent(order, site));
    customer.first_order_at = customer.first_order_at.into_iter().chain([order.at]).min();
    customer.last_order_at = customer.last_order_at.max(Some(order.at));
}

/// Who a cart or an order belongs to: the person named in it, else whoever uses the browser.
pub(super) async fn of(
    tx: &mut Tx,
    site: &Site,
    report: &Report,
    person: &Person,
    now: Millis,
) -> Result<Option<CustomerId>, StoreError> {
    if person.is_nobody() {
        let Some(visitor) = report.visitor else { return Ok(None) };
        return Ok(customers::of_visitor(tx, site.id, visitor).await?.map(|customer| customer.id));
    }
    Ok(apply(tx, site, report, person, false, now).await?.map(|customer| customer.id))
}

/// Looks a person up again after others changed them.
pub(super) async fn again(tx: &mut Tx, site: &Site, id: CustomerId) -> Result<Customer, StoreError> {
    customers::lock(tx, site.id, id).await?.ok_or(StoreError::Overtaken)
}
