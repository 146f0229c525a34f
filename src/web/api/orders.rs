//! `/api/v1/orders`: what was bought, told by a store's server.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Body, Name, Query, not_found};
use super::moment::Moment;
use super::page::{Page, Paging, moment_and_name};
use super::shape::{Field, MAX_ID, Shape, Takes};
use super::told::{BUYER, ITEM, buyer, items, problem, same_name};
use crate::boot::App;
use crate::clock::Millis;
use crate::commerce::{self, OrderEnd, OrderReport, Report, Source, What};
use crate::domain::report::Problem as Flaw;
use crate::domain::scope::Scope;
use crate::store::orders::{self, After, OrderStatus};
use crate::store::sites::Site;
use crate::web::error::Problem;

pub const BODY: Shape = Shape {
    name: "OrderBody",
    about: "An order as it was placed, and what became of it.",
    fields: &[&[
        Field::optional("id", Takes::Id, "The store's id; needed in a batch, otherwise in the address."),
        Field::needed("value", Takes::Amount, "What was paid, in minor units: 4990 is 49.90."),
        Field::optional("currency", Takes::Currency, "ISO 4217; the store's own, when absent."),
        Field::optional("number", Takes::Id, "What the shopper reads, such as `#1001`."),
        Field::optional("items", Takes::Items(&ITEM), "Its lines, or only the number of pieces."),
        Field::optional("email", Takes::Email, "Who bought; the same as `customer.email`."),
        Field::optional("customer", Takes::Object(&BUYER), "Who bought."),
        Field::optional("new_customer", Takes::Flag, "Whether it is their first order."),
        Field::optional("cart_token", Takes::Id, "The cart it was made of, which it ends."),
        Field::optional("checkout_token", Takes::Id, "The checkout it was made in; finds the cart, too."),
        Field::optional("coupon", Takes::Text(128), "The code that was used."),
        Field::optional(
            "status",
            Takes::Word(OrderStatus::WORDS),
            "`placed`, when absent. A cancelled order does not come back.",
        ),
        Field::optional("refunded", Takes::Amount, "What was paid back so far, in minor units."),
        Field::optional("past", Takes::Flag, "From the store's books: nothing follows from it, no mail is sent."),
        Field::optional("at", Takes::Moment, "When it was placed; now, when absent."),
    ]],
    example: r##"{"number": "#1001", "value": 2990, "currency": "EUR", "cart_token": "c-5f2a", "at": "2026-11-24T12:00:00Z",
        "items": [{"id": "mug", "name": "Mug", "quantity": 2, "price": 1495}], "customer": {"id": "c-17", "email": "anna@buyer.example"}}"##,
};

/// What a body says. `name`: the id in the address.
pub fn read(name: Option<&str>, body: &Value, site: &Site, now: Millis) -> Result<Vec<Report>, Vec<Flaw>> {
    let read = BODY.read(body)?;
    let mut flaws = Vec::new();
    let sent = read.text("id");
    let id = match name {
        Some(name) => {
            same_name("id", name, sent, &mut flaws);
            Some(name.to_owned())
        }
        None => sent,
    };
    let id = id.filter(|id| id.chars().count() <= MAX_ID);
    if id.is_none() {
        flaws.push(problem("id", &format!("needs 1 to {MAX_ID} characters")));
    }
    let value = read.number("value").unwrap_or(0);
    let refunded = read.number("refunded");
    if refunded.is_some_and(|refunded| refunded > value) {
        flaws.push(problem("refunded", "is more than the order's value"));
    }
    let person = buyer(&read, &mut flaws);
    let (Some(id), true) = (id, flaws.is_empty()) else { return Err(flaws) };
    let at = read.number("at").unwrap_or(now);
    let status = read.text("status").and_then(|word| OrderStatus::parse(&word)).unwrap_or(OrderStatus::Placed);
    let order = OrderReport {
        id: id.clone(),
        number: read.text("number"),
        value,
        currency: read.text("currency").unwrap_or_else(|| site.currency.clone()),
        items: items(&read).0,
        new_customer: read.flag("new_customer"),
        cart_token: read.text("cart_token"),
        checkout_token: read.text("checkout_token"),
        coupon: read.text("coupon"),
        person,
        placed_at: Some(at),
        past: read.flag("past").unwrap_or(false),
    };
    let mut reports = vec![Report { source: Source::Api, visitor: None, at, what: What::Order(order) }];
    let refunded = if status == OrderStatus::Refunded { Some(value) } else { refunded };
    if status == OrderStatus::Cancelled || refunded.is_some_and(|refunded| refunded > 0) {
        let end = OrderEnd { id, cancelled: status == OrderStatus::Cancelled, refunded };
        reports.push(Report { source: Source::Api, visitor: None, at: now, what: What::OrderEnd(end) });
    }
    Ok(reports)
}

/// An order as it is known.
#[derive(Serialize, ToSchema)]
pub struct Order {
    /// The store's id.
    id: String,
    /// What the shopper reads.
    #[schema(examples("#1001"))]
    number: Option<String>,
    /// Minor units.
    value: i64,
    /// Minor units paid back.
    refunded: i64,
    /// ISO 4217.
    #[schema(examples("EUR"))]
    currency: String,
    /// Its lines.
    items: Value,
    email: Option<String>,
    /// Our id of the buyer, `cus_…`.
    customer_id: Option<String>,
    new_customer: Option<bool>,
    cart_token: Option<String>,
    checkout_token: Option<String>,
    coupon: Option<String>,
    /// Who told of it first: `page`, `shopify`, `woocommerce`, `api` or `import`.
    source: String,
    /// `placed`, `cancelled` or `refunded` (in full).
    status: &'static str,
    /// When it was placed.
    at: Moment,
    /// When it was last heard of.
    updated_at: Moment,
}

impl From<orders::Order> for Order {
    fn from(order: orders::Order) -> Self {
        Self {
            id: order.id,
            number: order.number,
            value: order.value,
            refunded: order.refunded,
            currency: order.currency,
            items: order.items,
            email: order.email,
            customer_id: order.customer.map(|id| id.to_string()),
            new_customer: order.new_customer,
            cart_token: order.cart_token,
            checkout_token: order.checkout_token,
            coupon: order.coupon,
            source: order.source,
            status: order.status.as_str(),
            at: Moment(order.at),
            updated_at: Moment(order.updated_at),
        }
    }
}

/// Tell of an order
///
/// It ends the cart it was made of, and every follow-up that waits for it, at once. Send it again when it is cancelled or paid back. A
/// page may tell of the same order, before or after: it counts once, and what your server says of it holds.
#[utoipa::path(
    put, path = "/api/v1/orders/{id}", tag = "Orders", security(("key" = ["write:orders"])),
    params(("id" = String, Path, description = "The store's own id")),
    request_body = ref("#/components/schemas/OrderBody"),
    responses((status = 200, description = "The order as it is known now", body = Order))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(id): Name,
    body: Result<Body, Problem>,
) -> Result<Json<Order>, Problem> {
    caller.demand(Scope::WriteOrders)?;
    let Body(body) = body?;
    let now = app.clock.now();
    let reports = read(Some(&id), &body, &caller.site, now).map_err(Problem::invalid)?;
    commerce::commit(&app.db, &caller.site, &reports, now).await?;
    one(&app, &caller, &id).await
}

/// One order
#[utoipa::path(
    get, path = "/api/v1/orders/{id}", tag = "Orders", security(("key" = ["read:orders"])),
    params(("id" = String, Path, description = "The store's own id")),
    responses((status = 200, description = "The order", body = Order))
)]
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Name(id): Name) -> Result<Json<Order>, Problem> {
    caller.demand(Scope::ReadOrders)?;
    one(&app, &caller, &id).await
}

async fn one(app: &App, caller: &Caller, id: &str) -> Result<Json<Order>, Problem> {
    let found = orders::by_id(&app.db, caller.site.id, id).await?;
    found.map(|order| Json(order.into())).ok_or_else(|| not_found(format!("there is no order {id:?}")))
}

/// Orders
///
/// Those placed last come first.
#[utoipa::path(
    get, path = "/api/v1/orders", tag = "Orders", security(("key" = ["read:orders"])), params(Paging),
    responses((status = 200, description = "A page of orders", body = Page<Order>))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    paging: Result<Query<Paging>, Problem>,
) -> Result<Json<Page<Order>>, Problem> {
    caller.demand(Scope::ReadOrders)?;
    let Query(paging) = paging?;
    let limit = paging.limit()?;
    let after = paging.after(moment_and_name)?.map(|(at, id)| After { at, id }).unwrap_or_default();
    let found = orders::page(&app.db, caller.site.id, &after, limit + 1).await?;
    Ok(Json(Page::new(found, limit, |order| format!("{} {}", order.at, order.id), Order::from)))
}
