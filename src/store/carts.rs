//! Carts, as pages and shops reported them. What a cart *is* follows from its life, kept beside its content.

use std::ops::Range;

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::cart::{Cart as Life, CartStatus};
use crate::id::{CustomerId, SiteId};
use crate::sql;

#[derive(Clone, Debug, PartialEq)]
pub struct Cart {
    pub site: SiteId,
    /// The shop's token, without what follows a `?`.
    pub token: String,
    /// A hash of the browser's random id, where a browser is known.
    pub visitor: Option<Uuid>,
    pub customer: Option<CustomerId>,
    pub checkout_token: Option<String>,
    /// Minor units of `currency`.
    pub value: i64,
    pub currency: String,
    /// A list of `{id, name, quantity, price}`.
    pub items: Value,
    pub checkout_url: Option<String>,
    pub email: Option<String>,
    /// Who reported it first.
    pub source: String,
    pub status: CartStatus,
    pub life: Life,
    pub created_at: Millis,
    /// The moment its content is of.
    pub updated_at: Millis,
}

#[derive(sqlx::FromRow)]
struct CartRow {
    site_id: SiteId,
    token: String,
    visitor: Option<Uuid>,
    customer_id: Option<CustomerId>,
    checkout_token: Option<String>,
    value: i64,
    currency: String,
    items: Json<Value>,
    checkout_url: Option<String>,
    email: Option<String>,
    source: String,
    status: String,
    life: Json<Value>,
    created_at: Millis,
    updated_at: Millis,
}

impl TryFrom<CartRow> for Cart {
    type Error = StoreError;
    fn try_from(row: CartRow) -> Result<Self, StoreError> {
        let corrupt = |column, cause| StoreError::Corrupt { table: "carts", column, row: row.token.clone(), cause };
        let status = CartStatus::parse(&row.status).ok_or_else(|| corrupt("status", row.status.clone()))?;
        let life = serde_json::from_value(row.life.0).map_err(|e| corrupt("life", e.to_string()))?;
        Ok(Self {
            site: row.site_id,
            token: row.token,
            visitor: row.visitor,
            customer: row.customer_id,
            checkout_token: row.checkout_token,
            value: row.value,
            currency: row.currency,
            items: row.items.0,
            checkout_url: row.checkout_url,
            email: row.email,
            source: row.source,
            status,
            life,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, token, visitor, customer_id, checkout_token, value, currency, items, checkout_url, email, source,
                    status, life, created_at, updated_at
             from carts ",
            $rest
        )))
    };
}

fn all(rows: Vec<CartRow>) -> Result<Vec<Cart>, StoreError> {
    rows.into_iter().map(Cart::try_from).collect()
}

pub async fn by_token(on: impl Into<On<'_>>, site: SiteId, token: &str) -> Result<Option<Cart>, StoreError> {
    let query = select!("where site_id = $1 and token = $2").bind(site).bind(token);
    query.optional::<CartRow>(on).await?.map(Cart::try_from).transpose()
}

/// Stores a cart if its token is new; then what is stored under it, kept away from other writers until the transaction ends.
pub async fn claim(tx: &mut Tx, new: &Cart) -> Result<Cart, StoreError> {
    let query = q(sql!(
        "insert into carts (site_id, token, visitor, customer_id, checkout_token, value, currency, items, checkout_url, email,
                            source, status, life, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         on conflict (site_id, token) do nothing"
    ));
    bound(query, new)
        .bind(&*new.source)
        .bind(new.status.as_str())
        .bind(life(new))
        .bind(new.created_at)
        .bind(new.updated_at)
        .execute(&mut *tx)
        .await?;
    lock(tx, new.site, &new.token).await?.ok_or(StoreError::RowCount(0))
}

/// What is stored under a token, kept away from other writers until the transaction ends.
pub async fn lock(tx: &mut Tx, site: SiteId, token: &str) -> Result<Option<Cart>, StoreError> {
    let query = select!("where site_id = $1 and token = $2 {for_update:carts}").bind(site).bind(token);
    query.optional::<CartRow>(tx).await?.map(Cart::try_from).transpose()
}

pub async fn by_checkout(on: impl Into<On<'_>>, site: SiteId, checkout: &str) -> Result<Option<Cart>, StoreError> {
    let query = select!("where site_id = $1 and checkout_token = $2 order by updated_at desc, token limit 1");
    query.bind(site).bind(checkout).optional::<CartRow>(on).await?.map(Cart::try_from).transpose()
}

/// A person's carts, the one last changed first.
pub async fn of_customer(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Cart>, StoreError> {
    let query = select!("where site_id = $1 and customer_id = $2 order by updated_at desc, token limit 50");
    all(query.bind(site).bind(customer).all::<CartRow>(on).await?)
}

/// All of a person's carts, oldest first.
pub async fn every_of_customer(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Cart>, StoreError> {
    let query = select!("where site_id = $1 and customer_id = $2 order by created_at, token");
    all(query.bind(site).bind(customer).all::<CartRow>(on).await?)
}

/// A browser's carts, the one last changed first.
pub async fn of_visitor(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid) -> Result<Vec<Cart>, StoreError> {
    let query = select!("where site_id = $1 and visitor = $2 order by updated_at desc, token limit 50");
    all(query.bind(site).bind(visitor).all::<CartRow>(on).await?)
}

/// Where a list goes on: behind the cart that was first heard of then.
#[derive(Clone, Debug)]
pub struct After {
    pub at: Millis,
    pub token: String,
}

impl Default for After {
    /// Before the first.
    fn default() -> Self {
        Self { at: Millis::MAX, token: String::new() }
    }
}

/// A site's carts, the one heard of last first; later reports of a cart do not move it.
pub async fn page(
    on: impl Into<On<'_>>,
    site: SiteId,
    status: Option<CartStatus>,
    after: &After,
    limit: i64,
) -> Result<Vec<Cart>, StoreError> {
    let query = match status {
        Some(status) => select!(
            "{by_index:carts_by_status} where site_id = $1 and status = $5 and (created_at, token) < ($2, $3)
             order by created_at desc, token desc limit $4"
        )
        .bind(site)
        .bind(after.at)
        .bind(&*after.token)
        .bind(limit)
        .bind(status.as_str()),
        None => select!(
            "{by_index:carts_by_time} where site_id = $1 and (created_at, token) < ($2, $3)
             order by created_at desc, token desc limit $4"
        )
        .bind(site)
        .bind(after.at)
        .bind(&*after.token)
        .bind(limit),
    };
    all(query.all::<CartRow>(on).await?)
}

/// Stores everything about a cart but where it came from.
pub async fn update(tx: &mut Tx, cart: &Cart) -> Result<(), StoreError> {
    let query = q(sql!(
        "update carts set visitor = $3, customer_id = $4, checkout_token = $5, value = $6, currency = $7, items = $8,
                checkout_url = $9, email = $10, status = $11, life = $12, updated_at = $13
         where site_id = $1 and token = $2"
    ));
    let query = bound(query, cart).bind(cart.status.as_str()).bind(life(cart)).bind(cart.updated_at);
    exactly_one(query.execute(tx).await?)
}

fn life(cart: &Cart) -> Value {
    // Plain values become JSON without fail.
    serde_json::to_value(&cart.life).expect("plain values")
}

fn bound(query: super::Query, cart: &Cart) -> super::Query {
    query
        .bind(cart.site)
        .bind(&*cart.token)
        .bind(cart.visitor)
        .bind(cart.customer)
        .bind(cart.checkout_token.as_deref())
        .bind(cart.value)
        .bind(&*cart.currency)
        .bind(cart.items.clone())
        .bind(cart.checkout_url.as_deref())
        .bind(cart.email.as_deref())
}

/// A browser turned out to be a person's: so are the carts it filled.
pub async fn adopt(tx: &mut Tx, site: SiteId, visitor: Uuid, customer: CustomerId) -> Result<(), StoreError> {
    q(sql!("update carts set customer_id = $3 where site_id = $1 and visitor = $2 and customer_id is null"))
        .bind(site)
        .bind(visitor)
        .bind(customer)
        .execute(tx)
        .await?;
    Ok(())
}

/// Of the carts first heard of in a span of time, how many were left alone, and how many of those were ordered after all.
pub async fn left(on: impl Into<On<'_>>, site: SiteId, begun: Range<Millis>) -> Result<(i64, i64), StoreError> {
    let query = q(sql!(
        "select count(*), count(case when status = 'recovered' then 1 end) from carts {by_index:carts_by_status}
         where site_id = $1 and status in ('abandoned', 'recovered') and created_at >= $2 and created_at < $3"
    ));
    query.bind(site).bind(begun.start).bind(begun.end).one(on).await
}
