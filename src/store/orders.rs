//! Orders, as pages and shops reported them.

use std::ops::Range;

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::words::words;
use crate::id::{CustomerId, SiteId};
use crate::sql;

words! {
    /// What became of an order.
    pub enum OrderStatus {
        Placed = "placed",
        Cancelled = "cancelled",
        /// Paid back in full.
        Refunded = "refunded",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub site: SiteId,
    /// The shop's id.
    pub id: String,
    /// A hash of the browser's random id, where a browser is known.
    pub visitor: Option<Uuid>,
    pub customer: Option<CustomerId>,
    /// What the shopper reads: `#1001`.
    pub number: Option<String>,
    /// Minor units of `currency`.
    pub value: i64,
    /// Minor units paid back.
    pub refunded: i64,
    pub currency: String,
    /// A list of `{id, name, quantity, price}`.
    pub items: Value,
    pub email: Option<String>,
    pub new_customer: Option<bool>,
    pub cart_token: Option<String>,
    pub checkout_token: Option<String>,
    pub coupon: Option<String>,
    /// Who reported it first.
    pub source: String,
    pub status: OrderStatus,
    pub at: Millis,
    pub updated_at: Millis,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    site_id: SiteId,
    id: String,
    visitor: Option<Uuid>,
    customer_id: Option<CustomerId>,
    number: Option<String>,
    value: i64,
    refunded: i64,
    currency: String,
    items: Json<Value>,
    email: Option<String>,
    new_customer: Option<bool>,
    cart_token: Option<String>,
    checkout_token: Option<String>,
    coupon: Option<String>,
    source: String,
    status: String,
    at: Millis,
    updated_at: Millis,
}

impl TryFrom<OrderRow> for Order {
    type Error = StoreError;
    fn try_from(row: OrderRow) -> Result<Self, StoreError> {
        let status = OrderStatus::parse(&row.status).ok_or_else(|| StoreError::Corrupt {
            table: "orders",
            column: "status",
            row: row.id.clone(),
            cause: row.status.clone(),
        })?;
        Ok(Self {
            site: row.site_id,
            id: row.id,
            visitor: row.visitor,
            customer: row.customer_id,
            number: row.number,
            value: row.value,
            refunded: row.refunded,
            currency: row.currency,
            items: row.items.0,
            email: row.email,
            new_customer: row.new_customer,
            cart_token: row.cart_token,
            checkout_token: row.checkout_token,
            coupon: row.coupon,
            source: row.source,
            status,
            at: row.at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, id, visitor, customer_id, number, value, refunded, currency, items, email, new_customer, cart_token,
                    checkout_token, coupon, source, status, at, updated_at
             from orders ",
            $rest
        )))
    };
}

fn all(rows: Vec<OrderRow>) -> Result<Vec<Order>, StoreError> {
    rows.into_iter().map(Order::try_from).collect()
}

pub async fn by_id(on: impl Into<On<'_>>, site: SiteId, id: &str) -> Result<Option<Order>, StoreError> {
    let query = select!("where site_id = $1 and id = $2").bind(site).bind(id);
    query.optional::<OrderRow>(on).await?.map(Order::try_from).transpose()
}

/// Stores an order if its id is new; then what is stored under it, kept away from other writers until the transaction ends, and
/// whether it was new.
pub async fn claim(tx: &mut Tx, new: &Order) -> Result<(Order, bool), StoreError> {
    let query = q(sql!(
        "insert into orders (site_id, id, visitor, customer_id, number, value, refunded, currency, items, email, new_customer,
                             cart_token, checkout_token, coupon, status, at, updated_at, source)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict (site_id, id) do nothing"
    ));
    let fresh = bound(query, new).bind(&*new.source).execute(&mut *tx).await? == 1;
    Ok((lock(tx, new.site, &new.id).await?.ok_or(StoreError::RowCount(0))?, fresh))
}

/// What is stored under an id, kept away from other writers until the transaction ends.
pub async fn lock(tx: &mut Tx, site: SiteId, id: &str) -> Result<Option<Order>, StoreError> {
    let query = select!("where site_id = $1 and id = $2 {for_update:orders}").bind(site).bind(id);
    query.optional::<OrderRow>(tx).await?.map(Order::try_from).transpose()
}

/// The first order made of this cart, or of this checkout.
pub async fn of_cart(
    on: impl Into<On<'_>>,
    site: SiteId,
    cart: &str,
    checkout: Option<&str>,
) -> Result<Option<Order>, StoreError> {
    let query = select!("where site_id = $1 and (cart_token = $2 or checkout_token = $3) order by at, id limit 1");
    query.bind(site).bind(cart).bind(checkout).optional::<OrderRow>(on).await?.map(Order::try_from).transpose()
}

/// Newest first.
pub async fn of_customer(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Order>, StoreError> {
    let query = select!("where site_id = $1 and customer_id = $2 order by at desc, id desc limit 100");
    all(query.bind(site).bind(customer).all::<OrderRow>(on).await?)
}

/// All of them, oldest first.
pub async fn every_of_customer(on: impl Into<On<'_>>, site: SiteId, customer: CustomerId) -> Result<Vec<Order>, StoreError> {
    let query = select!("where site_id = $1 and customer_id = $2 order by at, id");
    all(query.bind(site).bind(customer).all::<OrderRow>(on).await?)
}

/// Newest first.
pub async fn of_visitor(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid) -> Result<Vec<Order>, StoreError> {
    let query = select!("where site_id = $1 and visitor = $2 order by at desc, id desc limit 100");
    all(query.bind(site).bind(visitor).all::<OrderRow>(on).await?)
}

/// Where a list goes on: behind the order that was placed then.
#[derive(Clone, Debug)]
pub struct After {
    pub at: Millis,
    pub id: String,
}

impl Default for After {
    /// Before the first.
    fn default() -> Self {
        Self { at: Millis::MAX, id: String::new() }
    }
}

/// A site's orders, the one placed last first.
pub async fn page(on: impl Into<On<'_>>, site: SiteId, after: &After, limit: i64) -> Result<Vec<Order>, StoreError> {
    let query =
        select!("{by_index:orders_by_time} where site_id = $1 and (at, id) < ($2, $3) order by at desc, id desc limit $4");
    all(query.bind(site).bind(after.at).bind(&*after.id).bind(limit).all::<OrderRow>(on).await?)
}

/// In the order of their ids, of those placed in a span of time the ones after `after`.
pub async fn after(
    on: impl Into<On<'_>>,
    site: SiteId,
    after: &str,
    (since, until): (Millis, Millis),
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let query = select!("where site_id = $1 and id > $2 and at >= $3 and at < $4 order by id limit $5");
    all(query.bind(site).bind(after).bind(since).bind(until).bind(limit).all::<OrderRow>(on).await?)
}

/// Orders from one to another: the shop's own id of who placed them, where there is one.
pub async fn buyers(on: impl Into<On<'_>>, site: SiteId, from: &str, to: &str) -> Result<Vec<(String, String)>, StoreError> {
    let query = q(sql!(
        "select o.id, p.external_id from orders o join customers p on p.site_id = o.site_id and p.id = o.customer_id
         where o.site_id = $1 and o.id >= $2 and o.id <= $3 and p.external_id is not null"
    ));
    query.bind(site).bind(from).bind(to).all(on).await
}

/// Stores everything about an order but where it came from.
pub async fn update(tx: &mut Tx, order: &Order) -> Result<(), StoreError> {
    let query = q(sql!(
        "update orders set visitor = $3, customer_id = $4, number = $5, value = $6, refunded = $7, currency = $8, items = $9,
                email = $10, new_customer = $11, cart_token = $12, checkout_token = $13, coupon = $14, status = $15, at = $16,
                updated_at = $17
         where site_id = $1 and id = $2"
    ));
    exactly_one(bound(query, order).execute(tx).await?)
}

fn bound(query: super::Query, order: &Order) -> super::Query {
    query
        .bind(order.site)
        .bind(&*order.id)
        .bind(order.visitor)
        .bind(order.customer)
        .bind(order.number.as_deref())
        .bind(order.value)
        .bind(order.refunded)
        .bind(&*order.currency)
        .bind(order.items.clone())
        .bind(order.email.as_deref())
        .bind(order.new_customer)
        .bind(order.cart_token.as_deref())
        .bind(order.checkout_token.as_deref())
        .bind(order.coupon.as_deref())
        .bind(order.status.as_str())
        .bind(order.at)
        .bind(order.updated_at)
}

/// A browser turned out to be a person's: so are the orders placed from it. Their values, to be counted.
pub async fn adopt(tx: &mut Tx, site: SiteId, visitor: Uuid, customer: CustomerId) -> Result<Vec<Order>, StoreError> {
    let orphans = select!("where site_id = $1 and visitor = $2 and customer_id is null");
    let orphans = all(orphans.bind(site).bind(visitor).all::<OrderRow>(&mut *tx).await?)?;
    q(sql!("update orders set customer_id = $3 where site_id = $1 and visitor = $2 and customer_id is null"))
        .bind(site)
        .bind(visitor)
        .bind(customer)
        .execute(tx)
        .await?;
    Ok(orphans)
}

/// A site's orders in a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct Attributed {
    pub orders: i64,
    /// Those of people who had seen or answered a survey shortly before.
    pub after_survey: i64,
    /// Of the latter, in one currency: minor units, less what was paid back.
    pub value: i64,
}

/// `window`: how long before its order a survey counts. Values in other currencies than `currency` are left out.
pub async fn attributed(
    on: impl Into<On<'_>>,
    site: SiteId,
    placed: Range<Millis>,
    window: Millis,
    currency: &str,
) -> Result<Attributed, StoreError> {
    // A cross join is carried out in the order it is written in.
    let query = q(sql!(
        "select count(*) as orders, count(case when p.seen then 1 end) as after_survey,
                cast(coalesce(sum(case when p.seen and p.currency = $5 then p.value else 0 end), 0) as bigint) as value
         from (
             select o.currency, o.value - o.refunded as value,
                    exists (
                        select 1 from impressions i {by_index:impressions_by_visitor}
                        where i.site_id = $1 and i.visitor = o.visitor and not i.withheld
                          and ((i.shown_at <= o.at and i.shown_at >= o.at - $4)
                               or (coalesce(i.answered_at, i.completed_at) <= o.at
                                   and coalesce(i.answered_at, i.completed_at) >= o.at - $4)))
                    or exists (
                        select 1 from visitors v {by_index:visitors_by_customer}
                        cross join impressions i {by_index:impressions_by_visitor}
                        where v.site_id = $1 and v.customer_id = o.customer_id
                          and i.site_id = $1 and i.visitor = v.visitor and not i.withheld
                          and ((i.shown_at <= o.at and i.shown_at >= o.at - $4)
                               or (coalesce(i.answered_at, i.completed_at) <= o.at
                                   and coalesce(i.answered_at, i.completed_at) >= o.at - $4))) as seen
             from orders o {by_index:orders_by_time}
             where o.site_id = $1 and o.at >= $2 and o.at < $3 and o.status = 'placed'
         ) p"
    ));
    query.bind(site).bind(placed.start).bind(placed.end).bind(window).bind(currency).one(on).await
}
