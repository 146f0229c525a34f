//! Carts, orders and claims of identity as the shop's page reported them. The newest report wins, whatever order they arrive in.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, StoreError, Tx, q};
use crate::clock::Millis;
use crate::id::SiteId;
use crate::sql;

/// Money is in minor units of `currency` (ISO 4217).
#[derive(Clone, Debug)]
pub struct Cart {
    pub token: String,
    pub value: i64,
    pub currency: String,
    /// A list of `{id, name, quantity, price}`.
    pub items: Value,
    pub checkout_url: Option<String>,
    pub email: Option<String>,
}

#[derive(Clone, Debug)]
pub struct Order {
    pub id: String,
    pub value: i64,
    pub currency: String,
    pub items: Value,
    pub email: Option<String>,
    pub new_customer: Option<bool>,
    pub cart_token: Option<String>,
    pub coupon: Option<String>,
}

/// Stores a cart as it was at `at`; `checkout` says that checkout was begun then.
pub async fn put_cart(
    tx: &mut Tx,
    site: SiteId,
    visitor: Uuid,
    cart: &Cart,
    checkout: bool,
    at: Millis,
) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into carts (site_id, token, visitor, value, currency, items, checkout_url, email, checkout_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (site_id, token) do update set
             visitor = excluded.visitor, value = excluded.value, currency = excluded.currency, items = excluded.items,
             checkout_url = coalesce(excluded.checkout_url, carts.checkout_url),
             email = coalesce(excluded.email, carts.email),
             checkout_at = coalesce(carts.checkout_at, excluded.checkout_at),
             updated_at = excluded.updated_at
         where carts.updated_at <= excluded.updated_at"
    ));
    query
        .bind(site)
        .bind(&*cart.token)
        .bind(visitor)
        .bind(cart.value)
        .bind(&*cart.currency)
        .bind(cart.items.clone())
        .bind(cart.checkout_url.as_deref())
        .bind(cart.email.as_deref())
        .bind(checkout.then_some(at))
        .bind(at)
        .execute(&mut *tx)
        .await?;
    if checkout {
        // The word that checkout was begun may come after a newer report of the cart.
        let query = q(sql!(
            "update carts set checkout_at = $3, email = coalesce(email, $4)
             where site_id = $1 and token = $2 and (checkout_at is null or checkout_at > $3)"
        ));
        query.bind(site).bind(&*cart.token).bind(at).bind(cart.email.as_deref()).execute(tx).await?;
    }
    Ok(())
}

/// Stores an order once; a second report adds only what the first did not say.
pub async fn put_order(tx: &mut Tx, site: SiteId, visitor: Uuid, order: &Order, at: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into orders (site_id, id, visitor, value, currency, items, email, new_customer, cart_token, coupon, at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (site_id, id) do update set
             email = coalesce(orders.email, excluded.email),
             new_customer = coalesce(orders.new_customer, excluded.new_customer),
             cart_token = coalesce(orders.cart_token, excluded.cart_token),
             coupon = coalesce(orders.coupon, excluded.coupon)"
    ));
    query
        .bind(site)
        .bind(&*order.id)
        .bind(visitor)
        .bind(order.value)
        .bind(&*order.currency)
        .bind(order.items.clone())
        .bind(order.email.as_deref())
        .bind(order.new_customer)
        .bind(order.cart_token.as_deref())
        .bind(order.coupon.as_deref())
        .bind(at)
        .execute(tx)
        .await?;
    Ok(())
}

/// Stores who the page says this visitor is.
pub async fn put_identity(tx: &mut Tx, site: SiteId, visitor: Uuid, claims: &Value, at: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into identities (site_id, visitor, claims, at) values ($1, $2, $3, $4)
         on conflict (site_id, visitor) do update set claims = excluded.claims, at = excluded.at
         where identities.at <= excluded.at"
    ));
    query.bind(site).bind(visitor).bind(claims.clone()).bind(at).execute(tx).await?;
    Ok(())
}

/// Stores an event of the shop's own; `id` keeps it single.
pub async fn put_custom(
    tx: &mut Tx,
    site: SiteId,
    id: Uuid,
    visitor: Uuid,
    name: &str,
    properties: &Value,
    at: Millis,
) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into custom_events (site_id, id, visitor, name, properties, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (site_id, id) do nothing"
    ));
    query.bind(site).bind(id).bind(visitor).bind(name).bind(properties.clone()).bind(at).execute(tx).await?;
    Ok(())
}

/// The orders a visitor placed, newest first: id, value, currency.
pub async fn orders_of(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid) -> Result<Vec<(String, i64, String)>, StoreError> {
    q(sql!("select id, value, currency from orders where site_id = $1 and visitor = $2 order by at desc, id desc limit 50"))
        .bind(site)
        .bind(visitor)
        .all(on)
        .await
}

/// A cart's value, currency and items.
pub async fn cart(on: impl Into<On<'_>>, site: SiteId, token: &str) -> Result<Option<(i64, String, Value)>, StoreError> {
    let query = q(sql!("select value, currency, items from carts where site_id = $1 and token = $2"));
    let row: Option<(i64, String, Json<Value>)> = query.bind(site).bind(token).optional(on).await?;
    Ok(row.map(|(value, currency, items)| (value, currency, items.0)))
}
