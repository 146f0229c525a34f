//! People, the browsers that are theirs, and what they agreed to.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::consent::{Preference, Statement};
use crate::domain::customer::{Address, Proof};
use crate::id::{CustomerId, SiteId};
use crate::sql;

#[derive(Clone, Debug, PartialEq)]
pub struct Customer {
    pub site: SiteId,
    pub id: CustomerId,
    /// The shop's own id.
    pub external_id: Option<String>,
    pub address: Option<Address>,
    pub name: Option<String>,
    pub locale: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// What the shop says of them: a JSON object.
    pub attributes: Value,
    /// Their last yes or no to marketing mail; `None`: was never asked.
    pub consent: Option<Statement>,
    pub preference: Preference,
    pub orders: i64,
    /// Minor units of the site's currency.
    pub spent: i64,
    pub first_order_at: Option<Millis>,
    pub last_order_at: Option<Millis>,
    pub created_at: Millis,
    pub updated_at: Millis,
}

impl Customer {
    /// A person of whom nothing is known yet.
    pub fn new(site: SiteId, now: Millis) -> Self {
        Self {
            site,
            id: CustomerId::new(now),
            external_id: None,
            address: None,
            name: None,
            locale: None,
            time_zone: None,
            attributes: Value::Object(serde_json::Map::new()),
            consent: None,
            preference: Preference::All,
            orders: 0,
            spent: 0,
            first_order_at: None,
            last_order_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}

#[derive(sqlx::FromRow)]
struct CustomerRow {
    site_id: SiteId,
    id: CustomerId,
    external_id: Option<String>,
    email: Option<String>,
    email_proof: Option<String>,
    email_at: Option<Millis>,
    name: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    attributes: Json<Value>,
    marketing: Option<bool>,
    marketing_at: Option<Millis>,
    orders_only: bool,
    paused_until: Option<Millis>,
    orders: i64,
    spent: i64,
    first_order_at: Option<Millis>,
    last_order_at: Option<Millis>,
    created_at: Millis,
    updated_at: Millis,
}

impl TryFrom<CustomerRow> for Customer {
    type Error = StoreError;
    fn try_from(row: CustomerRow) -> Result<Self, StoreError> {
        let proof = row.email_proof.as_deref().map(|word| {
            Proof::parse(word).ok_or_else(|| StoreError::Corrupt {
                table: "customers",
                column: "email_proof",
                row: row.id.to_string(),
                cause: word.to_owned(),
            })
        });
        let address = match (row.email, proof.transpose()?, row.email_at) {
            (Some(email), Some(proof), Some(at)) => Some(Address { email, proof, at }),
            _ => None,
        };
        Ok(Self {
            site: row.site_id,
            id: row.id,
            external_id: row.external_id,
            address,
            name: row.name,
            locale: row.locale,
            time_zone: row.time_zone,
            attributes: row.attributes.0,
            consent: row.marketing.zip(row.marketing_at).map(|(granted, at)| Statement { at, granted }),
            preference: match row.paused_until {
                Some(until) => Preference::PausedUntil(until),
                None if row.orders_only => Preference::OrdersOnly,
                None => Preference::All,
            },
            orders: row.orders,
            spent: row.spent,
            first_order_at: row.first_order_at,
            last_order_at: row.last_order_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A new person. An address or shop id that is taken is [`StoreError::Duplicate`].
pub async fn insert(tx: &mut Tx, c: &Customer) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into customers (site_id, id, external_id, email, email_proof, email_at, name, locale, time_zone, attributes,
                                marketing, marketing_at, orders_only, paused_until, orders, spent, first_order_at,
                                last_order_at, updated_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)"
    ));
    exactly_one(bound(query, c).bind(c.created_at).execute(tx).await?)
}

/// Stores everything about a person. An address or shop id that is another's is [`StoreError::Duplicate`].
pub async fn update(tx: &mut Tx, c: &Customer) -> Result<(), StoreError> {
    let query = q(sql!(
        "update customers set external_id = $3, email = $4, email_proof = $5, email_at = $6, name = $7, locale = $8,
                time_zone = $9, attributes = $10, marketing = $11, marketing_at = $12, orders_only = $13, paused_until = $14,
                orders = $15, spent = $16, first_order_at = $17, last_order_at = $18, updated_at = $19
         where site_id = $1 and id = $2"
    ));
    exactly_one(bound(query, c).execute(tx).await?)
}

fn bound(query: super::Query, c: &Customer) -> super::Query {
    let address = c.address.as_ref();
    let paused_until = match c.preference {
        Preference::PausedUntil(until) => Some(until),
        _ => None,
    };
    query
        .bind(c.site)
        .bind(c.id)
        .bind(c.external_id.as_deref())
        .bind(address.map(|a| &*a.email))
        .bind(address.map(|a| a.proof.as_str()))
        .bind(address.map(|a| a.at))
        .bind(c.name.as_deref())
        .bind(c.locale.as_deref())
        .bind(c.time_zone.as_deref())
        .bind(c.attributes.clone())
        .bind(c.consent.map(|said| said.granted))
        .bind(c.consent.map(|said| said.at))
        .bind(c.preference == Preference::OrdersOnly)
        .bind(paused_until)
        .bind(c.orders)
        .bind(c.spent)
        .bind(c.first_order_at)
        .bind(c.last_order_at)
        .bind(c.updated_at)
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, id, external_id, email, email_proof, email_at, name, locale, time_zone, attributes, marketing,
                    marketing_at, orders_only, paused_until, orders, spent, first_order_at, last_order_at, created_at, updated_at
             from customers ",
            $rest
        )))
    };
}

pub async fn by_id(on: impl Into<On<'_>>, site: SiteId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let query = select!("where site_id = $1 and id = $2").bind(site).bind(id);
    query.optional::<CustomerRow>(on).await?.map(Customer::try_from).transpose()
}

/// The same, kept away from other writers until the transaction ends.
pub async fn lock(tx: &mut Tx, site: SiteId, id: CustomerId) -> Result<Option<Customer>, StoreError> {
    let query = select!("where site_id = $1 and id = $2 {for_update:customers}").bind(site).bind(id);
    query.optional::<CustomerRow>(tx).await?.map(Customer::try_from).transpose()
}

/// `email` in lower case.
pub async fn by_email(on: impl Into<On<'_>>, site: SiteId, email: &str) -> Result<Option<Customer>, StoreError> {
    let query = select!("where site_id = $1 and email = $2").bind(site).bind(email);
    query.optional::<CustomerRow>(on).await?.map(Customer::try_from).transpose()
}

pub async fn by_external_id(on: impl Into<On<'_>>, site: SiteId, id: &str) -> Result<Option<Customer>, StoreError> {
    let query = select!("where site_id = $1 and external_id = $2").bind(site).bind(id);
    query.optional::<CustomerRow>(on).await?.map(Customer::try_from).transpose()
}

/// Who the person behind a browser is, without what is known of them.
pub async fn behind(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid) -> Result<Option<CustomerId>, StoreError> {
    let query = q(sql!("select customer_id from visitors where site_id = $1 and visitor = $2"));
    let row: Option<(CustomerId,)> = query.bind(site).bind(visitor).optional(on).await?;
    Ok(row.map(|(customer,)| customer))
}

/// The person behind a browser.
pub async fn of_visitor(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid) -> Result<Option<Customer>, StoreError> {
    let query = select!("where site_id = $1 and id = (select customer_id from visitors where site_id = $1 and visitor = $2)");
    query.bind(site).bind(visitor).optional::<CustomerRow>(on).await?.map(Customer::try_from).transpose()
}

/// A site's persons from the newest to the oldest, those before `before` only.
pub async fn page(
    on: impl Into<On<'_>>,
    site: SiteId,
    before: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>, StoreError> {
    let query = select!("where site_id = $1 and id < $2 order by id desc limit $3");
    let query = query.bind(site).bind(before.unwrap_or(CustomerId(i64::MAX))).bind(limit);
    query.all::<CustomerRow>(on).await?.into_iter().map(Customer::try_from).collect()
}

/// How many persons, the newest, are looked through for a part of a name.
const NAMES: i64 = 20_000;

/// Persons whose address or shop id begins with a text, or whose name has it in any place, newest first. A name is looked for
/// among the newest 20,000.
pub async fn search(on: impl Into<On<'_>>, site: SiteId, text: &str, limit: i64) -> Result<Vec<Customer>, StoreError> {
    let mut on = on.into();
    let folded = text.to_lowercase();
    // Behind every text that begins with it.
    let end = |begin: &str| format!("{begin}\u{10ffff}");
    let by_email = select!("where site_id = $1 and email >= $2 and email < $3 order by email limit $4");
    let by_id = select!("where site_id = $1 and external_id >= $2 and external_id < $3 order by external_id limit $4");
    let mut rows: Vec<CustomerRow> = by_email.bind(site).bind(&*folded).bind(end(&folded)).bind(limit).all(on.again()).await?;
    rows.extend(by_id.bind(site).bind(text).bind(end(text)).bind(limit).all::<CustomerRow>(on.again()).await?);
    let by_name = q(sql!(
        "select site_id, id, external_id, email, email_proof, email_at, name, locale, time_zone, attributes, marketing,
                marketing_at, orders_only, paused_until, orders, spent, first_order_at, last_order_at, created_at, updated_at
         from (select * from customers where site_id = $1 order by id desc limit $2) newest
         where lower(name) like $3 escape '!' order by id desc limit $4"
    ));
    let escaped = folded.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let by_name = by_name.bind(site).bind(NAMES).bind(format!("%{escaped}%")).bind(limit);
    rows.extend(by_name.all::<CustomerRow>(on).await?);
    rows.sort_by_key(|row| std::cmp::Reverse(row.id));
    rows.dedup_by_key(|row| row.id);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    rows.into_iter().map(Customer::try_from).collect()
}

/// When persons with ids `from..=until` last saw a survey, where they did.
pub async fn last_shows(
    on: impl Into<On<'_>>,
    site: SiteId,
    from: CustomerId,
    until: CustomerId,
) -> Result<Vec<(CustomerId, Millis)>, StoreError> {
    let query = q(sql!(
        "select v.customer_id, max(i.shown_at)
         from visitors v {by_index:visitors_by_customer}
         cross join impressions i {by_index:impressions_by_visitor}
         where v.site_id = $1 and v.customer_id between $2 and $3 and i.site_id = $1 and i.visitor = v.visitor
         group by v.customer_id"
    ));
    query.bind(site).bind(from).bind(until).all(on).await
}

/// A site's persons from the oldest to the newest, of those that became known in a span of time the ones after `after`.
pub async fn after(
    on: impl Into<On<'_>>,
    site: SiteId,
    after: CustomerId,
    (since, until): (Millis, Millis),
    limit: i64,
) -> Result<Vec<Customer>, StoreError> {
    let query = select!("where site_id = $1 and id > $2 and created_at >= $3 and created_at < $4 order by id limit $5");
    let query = query.bind(site).bind(after).bind(since).bind(until).bind(limit);
    query.all::<CustomerRow>(on).await?.into_iter().map(Customer::try_from).collect()
}

/// Persons from one to another: the words of what they said last, where they are known.
pub async fn wordings(
    on: impl Into<On<'_>>,
    site: SiteId,
    from: CustomerId,
    to: CustomerId,
) -> Result<Vec<(CustomerId, String)>, StoreError> {
    let query = q(sql!(
        "select s.customer_id, s.wording from consents s join customers p on p.site_id = s.site_id and p.id = s.customer_id
         where s.site_id = $1 and s.customer_id >= $2 and s.customer_id <= $3 and s.wording is not null
               and s.at = p.marketing_at and s.granted = p.marketing
         order by s.customer_id, s.id"
    ));
    query.bind(site).bind(from).bind(to).all(on).await
}

/// Says whose browser it is. A weaker proof leaves a stronger one of another person alone; `false` then.
pub async fn link(
    tx: &mut Tx,
    site: SiteId,
    visitor: Uuid,
    customer: CustomerId,
    proof: Proof,
    at: Millis,
) -> Result<bool, StoreError> {
    let found: Option<(CustomerId, String)> =
        q(sql!("select customer_id, proof from visitors where site_id = $1 and visitor = $2 {for_update:visitors}"))
            .bind(site)
            .bind(visitor)
            .optional(&mut *tx)
            .await?;
    if let Some((owner, known)) = found
        && Proof::parse(&known).is_some_and(|known| known > proof || (known == proof && owner == customer))
    {
        return Ok(owner == customer);
    }
    let query = q(sql!(
        "insert into visitors (site_id, visitor, customer_id, proof, at) values ($1, $2, $3, $4, $5)
         on conflict (site_id, visitor) do update set customer_id = excluded.customer_id, proof = excluded.proof, at = excluded.at"
    ));
    query.bind(site).bind(visitor).bind(customer).bind(proof.as_str()).bind(at).execute(tx).await?;
    Ok(true)
}

pub async fn visitors_of(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Uuid>, StoreError> {
    let query = q(sql!("select visitor from visitors where site_id = $1 and customer_id = $2 order by at limit 100"));
    let rows: Vec<(Uuid,)> = query.bind(site).bind(customer).all(on).await?;
    Ok(rows.into_iter().map(|(visitor,)| visitor).collect())
}

/// A browser that is a person's.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Tie {
    /// A hash of the browser's random id.
    pub visitor: Uuid,
    /// How we know: a word of [`Proof`].
    pub proof: String,
    pub at: Millis,
}

/// All browsers of a person, the earliest first.
pub async fn ties(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Tie>, StoreError> {
    let query = q(sql!("select visitor, proof, at from visitors where site_id = $1 and customer_id = $2 order by at, visitor"));
    query.bind(site).bind(customer).all(on).await
}

/// Two records turned out to be one person: everything of `from` becomes `into`'s, and `from` is gone.
pub async fn merge(tx: &mut Tx, site: SiteId, from: CustomerId, into: CustomerId) -> Result<(), StoreError> {
    for statement in [
        sql!("update visitors set customer_id = $3 where site_id = $1 and customer_id = $2"),
        sql!("update consents set customer_id = $3 where site_id = $1 and customer_id = $2"),
        sql!("update carts set customer_id = $3 where site_id = $1 and customer_id = $2"),
        sql!("update orders set customer_id = $3 where site_id = $1 and customer_id = $2"),
        sql!("update messages set customer_id = $3 where site_id = $1 and customer_id = $2"),
        sql!("update privacy_requests set customer_id = $3 where site_id = $1 and customer_id = $2"),
        sql!("update outbound_events set customer_id = $3 where site_id = $1 and customer_id = $2"),
        // The same cause would enrol one person twice.
        sql!(
            "delete from enrollments where site_id = $1 and customer_id = $2 and exists (
                 select 1 from enrollments other where other.site_id = $1 and other.customer_id = $3
                    and other.flow_id = enrollments.flow_id and other.cause = enrollments.cause)"
        ),
        sql!("update enrollments set customer_id = $3 where site_id = $1 and customer_id = $2"),
    ] {
        q(statement).bind(site).bind(from).bind(into).execute(&mut *tx).await?;
    }
    exactly_one(q(sql!("delete from customers where site_id = $1 and id = $2")).bind(site).bind(from).execute(tx).await?)
}

/// A yes or no to marketing mail, with its proof.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Consent {
    pub id: Uuid,
    pub at: Millis,
    pub granted: bool,
    /// `page`, `survey`, `shopify`, `woocommerce`, `api`, `import`, `link`.
    pub source: String,
    /// What was agreed to.
    pub wording: Option<String>,
    pub page: Option<String>,
}

pub async fn add_consent(tx: &mut Tx, site: SiteId, customer: CustomerId, consent: &Consent) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into consents (site_id, customer_id, id, at, granted, source, wording, page) values ($1, $2, $3, $4, $5, $6, $7, $8)"
    ));
    let rows = query
        .bind(site)
        .bind(customer)
        .bind(consent.id)
        .bind(consent.at)
        .bind(consent.granted)
        .bind(&*consent.source)
        .bind(consent.wording.as_deref())
        .bind(consent.page.as_deref())
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// All of them, oldest first.
pub async fn every_consent(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Consent>, StoreError> {
    let query = q(sql!(
        "select id, at, granted, source, wording, page from consents where site_id = $1 and customer_id = $2 order by id"
    ));
    query.bind(site).bind(customer).all(on).await
}

/// Newest first.
pub async fn consents(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Consent>, StoreError> {
    let query = q(sql!(
        "select id, at, granted, source, wording, page from consents where site_id = $1 and customer_id = $2 order by id desc limit 200"
    ));
    query.bind(site).bind(customer).all(on).await
}
