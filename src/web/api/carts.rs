//! `/api/v1/carts`: what is in a cart, told by a store's server.

use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Body, Name, Query, not_found};
use super::moment::Moment;
use super::page::{Page, Paging, moment_and_name};
use super::shape::{Field, MAX_ID, Shape, Takes};
use super::told::{BUYER, ITEM, buyer, items, problem, same_name};
use crate::boot::App;
use crate::clock::Millis;
use crate::commerce::{self, CartReport, Report, Source, What, bare_token};
use crate::domain::cart::CartStatus;
use crate::domain::report::Problem as Flaw;
use crate::domain::scope::Scope;
use crate::store::carts::{self, After};
use crate::store::sites::Site;
use crate::web::error::Problem;

pub const BODY: Shape = Shape {
    name: "CartBody",
    about: "A cart as it is now, whole: what is not listed is not in it.",
    fields: &[&[
        Field::optional("token", Takes::Id, "The store's token; needed in a batch, otherwise in the address."),
        Field::needed("value", Takes::Amount, "What it costs, in minor units: 4990 is 49.90."),
        Field::optional("currency", Takes::Currency, "ISO 4217; the store's own, when absent."),
        Field::optional("items", Takes::Items(&ITEM), "Its lines, or only the number of pieces. Nothing in it: emptied."),
        Field::optional("checkout", Takes::Flag, "Checkout was begun, or went on."),
        Field::optional("checkout_token", Takes::Id, "The store's token of the checkout; an order may name it."),
        Field::optional("checkout_url", Takes::Url, "Where the shopper goes on; mails link to it."),
        Field::optional("email", Takes::Email, "Whose it is; the same as `customer.email`."),
        Field::optional("customer", Takes::Object(&BUYER), "Whose it is."),
        Field::optional("at", Takes::Moment, "When it was so; now, when absent. A later moment wins, whatever comes first."),
    ]],
    example: r#"{"value": 2990, "currency": "EUR", "items": [{"id": "mug", "name": "Mug", "quantity": 2, "price": 1495}],
        "checkout_url": "https://shop.example/checkout", "customer": {"id": "c-17", "email": "anna@buyer.example"}}"#,
};

/// What a body says. `name`: the token in the address.
pub fn read(name: Option<&str>, body: &Value, site: &Site, now: Millis) -> Result<Vec<Report>, Vec<Flaw>> {
    let read = BODY.read(body)?;
    let mut flaws = Vec::new();
    let sent = read.text("token").map(|token| bare_token(&token).to_owned());
    let token = match name.map(bare_token) {
        Some(name) => {
            same_name("token", name, sent, &mut flaws);
            Some(name.to_owned())
        }
        None => sent,
    };
    let token = token.filter(|token| (1..=MAX_ID).contains(&token.chars().count()));
    if token.is_none() {
        flaws.push(problem("token", &format!("needs 1 to {MAX_ID} characters before any ?")));
    }
    let person = buyer(&read, &mut flaws);
    let (Some(token), true) = (token, flaws.is_empty()) else { return Err(flaws) };
    let value = read.number("value").unwrap_or(0);
    let (items, pieces) = items(&read);
    let cart = CartReport {
        token,
        checkout_token: read.text("checkout_token"),
        value,
        currency: read.text("currency").unwrap_or_else(|| site.currency.clone()),
        items,
        filled: pieces.map_or(value > 0, |pieces| pieces > 0),
        checkout_url: read.text("checkout_url"),
        checkout: read.flag("checkout").unwrap_or(false),
        person,
    };
    Ok(vec![Report { source: Source::Api, visitor: None, at: read.number("at").unwrap_or(now), what: What::Cart(cart) }])
}

/// A cart as it is known.
#[derive(Serialize, ToSchema)]
pub struct Cart {
    /// The store's token, without what may follow a `?`.
    token: String,
    /// The store's token of the checkout.
    checkout_token: Option<String>,
    /// Minor units.
    value: i64,
    /// ISO 4217.
    #[schema(examples("EUR"))]
    currency: String,
    /// Its lines.
    items: Value,
    /// Where the shopper goes on.
    checkout_url: Option<String>,
    email: Option<String>,
    /// Our id of whose it is, `cus_…`.
    customer_id: Option<String>,
    /// `active`, `checkout`, `abandoned`, `ordered`, `recovered` or `emptied`.
    status: &'static str,
    /// Who told of it first: `page`, `shopify`, `woocommerce`, `api` or `import`.
    source: String,
    /// When it was first heard of.
    created_at: Moment,
    /// The moment its content is of.
    updated_at: Moment,
}

impl From<carts::Cart> for Cart {
    fn from(cart: carts::Cart) -> Self {
        Self {
            token: cart.token,
            checkout_token: cart.checkout_token,
            value: cart.value,
            currency: cart.currency,
            items: cart.items,
            checkout_url: cart.checkout_url,
            email: cart.email,
            customer_id: cart.customer.map(|id| id.to_string()),
            status: cart.status.as_str(),
            source: cart.source,
            created_at: Moment(cart.created_at),
            updated_at: Moment(cart.updated_at),
        }
    }
}

/// Tell of a cart
///
/// Send the whole cart whenever it changes. Order and repetition do not matter: the content of the latest moment wins, and an order
/// that came before its cart still ends it.
#[utoipa::path(
    put, path = "/api/v1/carts/{token}", tag = "Carts", security(("key" = ["write:orders"])),
    params(("token" = String, Path, description = "The store's own token")),
    request_body = ref("#/components/schemas/CartBody"),
    responses((status = 200, description = "The cart as it is known now", body = Cart))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(token): Name,
    body: Result<Body, Problem>,
) -> Result<Json<Cart>, Problem> {
    caller.demand(Scope::WriteOrders)?;
    let Body(body) = body?;
    let now = app.clock.now();
    let reports = read(Some(&token), &body, &caller.site, now).map_err(Problem::invalid)?;
    commerce::commit(&app.db, &caller.site, &reports, now).await?;
    one(&app, &caller, &token).await
}

/// One cart
#[utoipa::path(
    get, path = "/api/v1/carts/{token}", tag = "Carts", security(("key" = ["read:orders"])),
    params(("token" = String, Path, description = "The store's own token")),
    responses((status = 200, description = "The cart", body = Cart))
)]
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Name(token): Name) -> Result<Json<Cart>, Problem> {
    caller.demand(Scope::ReadOrders)?;
    one(&app, &caller, &token).await
}

async fn one(app: &App, caller: &Caller, token: &str) -> Result<Json<Cart>, Problem> {
    let found = carts::by_token(&app.db, caller.site.id, bare_token(token)).await?;
    found.map(|cart| Json(cart.into())).ok_or_else(|| not_found(format!("there is no cart {token:?}")))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// `active`, `checkout`, `abandoned`, `ordered`, `recovered` or `emptied`.
    status: Option<String>,
}

/// Carts
///
/// Those first heard of last come first; later reports of a cart do not move it.
#[utoipa::path(
    get, path = "/api/v1/carts", tag = "Carts", security(("key" = ["read:orders"])), params(Wanted, Paging),
    responses((status = 200, description = "A page of carts", body = Page<Cart>))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    wanted: Result<Query<Wanted>, Problem>,
    paging: Result<Query<Paging>, Problem>,
) -> Result<Json<Page<Cart>>, Problem> {
    caller.demand(Scope::ReadOrders)?;
    let (Query(wanted), Query(paging)) = (wanted?, paging?);
    let status = wanted.status.map(|word| {
        let refusal = || format!("status: {word:?} should be one of {}", CartStatus::WORDS.join(", "));
        CartStatus::parse(&word).ok_or_else(|| Problem::bad_request("bad_query", refusal()))
    });
    let limit = paging.limit()?;
    let after = paging.after(moment_and_name)?.map(|(at, token)| After { at, token }).unwrap_or_default();
    let found = carts::page(&app.db, caller.site.id, status.transpose()?, &after, limit + 1).await?;
    Ok(Json(Page::new(found, limit, |cart| format!("{} {}", cart.created_at, cart.token), Cart::from)))
}
