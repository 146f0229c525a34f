//! `/api/v1/customers`: who is known, told by a store's server.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Body, Name, Query, not_found};
use super::moment::Moment;
use super::page::{Page, Paging};
use super::shape::{Field, MAX_ID, Shape, Takes};
use super::told::{PERSON, person, problem, same_name};
use crate::boot::App;
use crate::clock::Millis;
use crate::commerce::{self, Person, Report, Source, What};
use crate::domain::customer::normalize_email;
use crate::domain::report::Problem as Flaw;
use crate::domain::scope::Scope;
use crate::id::CustomerId;
use crate::store::sites::Site;
use crate::store::{StoreError, audit, customers};
use crate::web::error::Problem;

pub const BODY: Shape = Shape {
    name: "CustomerBody",
    about: "What a store knows of a person. What is left out stays as it is.",
    fields: &[
        &[Field::optional(
            "id",
            Takes::Id,
            "The store's own id; in a batch it or an address is needed, otherwise it is in the address.",
        )],
        PERSON,
        &[Field::optional("at", Takes::Moment, "When the store learned it, such as when they agreed; now, when absent.")],
    ],
    example: r#"{"email": "anna@buyer.example", "name": "Anna Berg", "locale": "de-AT", "time_zone": "Europe/Vienna",
        "attributes": {"tier": "gold"}, "consent": {"marketing": true, "text": "Mail me news and offers"}}"#,
};

/// What a body says. `name`: the id in the address.
pub fn read(name: Option<&str>, body: &Value, _site: &Site, now: Millis) -> Result<Vec<Report>, Vec<Flaw>> {
    let read = BODY.read(body)?;
    let mut flaws = Vec::new();
    let mut told = person(&read);
    if let Some(name) = name {
        same_name("id", name, told.external_id.take(), &mut flaws);
        told.external_id = Some(name.to_owned());
    }
    if told.external_id.as_ref().is_some_and(|id| id.chars().count() > MAX_ID) {
        flaws.push(problem("id", &format!("needs 1 to {MAX_ID} characters")));
    }
    if told.external_id.is_none() && told.email.is_none() {
        flaws.push(problem("id", "an id or an email is needed"));
    }
    if !flaws.is_empty() {
        return Err(flaws);
    }
    Ok(vec![report(told, read.number("at").unwrap_or(now))])
}

fn report(person: Person, at: Millis) -> Report {
    Report { source: Source::Api, visitor: None, at, what: What::Person { person, signed: true } }
}

/// A person as they are known.
#[derive(Serialize, ToSchema)]
pub struct Customer {
    /// Ours.
    #[schema(examples("cus_0c9kq3v8m2x4t"))]
    id: String,
    /// The store's own.
    external_id: Option<String>,
    email: Option<String>,
    name: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    attributes: Value,
    /// What they last said about marketing mail; `null` if they were never asked.
    consent: Option<Consent>,
    /// How many orders they placed.
    orders: i64,
    /// What they paid in the store's currency, without what was paid back.
    spent: Money,
    first_order_at: Option<Moment>,
    last_order_at: Option<Moment>,
    created_at: Moment,
    updated_at: Moment,
}

/// An answer to "may we write to you".
#[derive(Serialize, ToSchema)]
struct Consent {
    marketing: bool,
    at: Moment,
}

/// An amount.
#[derive(Serialize, ToSchema)]
pub struct Money {
    /// Minor units.
    pub value: i64,
    /// ISO 4217.
    #[schema(examples("EUR"))]
    pub currency: String,
}

impl Customer {
    fn new(known: customers::Customer, site: &Site) -> Self {
        Self {
            id: known.id.to_string(),
            external_id: known.external_id,
            email: known.address.map(|address| address.email),
            name: known.name,
            locale: known.locale,
            time_zone: known.time_zone,
            attributes: known.attributes,
            consent: known.consent.map(|said| Consent { marketing: said.granted, at: Moment(said.at) }),
            orders: known.orders,
            spent: Money { value: known.spent, currency: site.currency.clone() },
            first_order_at: known.first_order_at.map(Moment),
            last_order_at: known.last_order_at.map(Moment),
            created_at: Moment(known.created_at),
            updated_at: Moment(known.updated_at),
        }
    }
}

/// By our id or by the store's own.
pub async fn find(app: &App, caller: &Caller, name: &str) -> Result<Option<customers::Customer>, StoreError> {
    match name.parse::<CustomerId>() {
        Ok(id) => customers::by_id(&app.db, caller.site.id, id).await,
        Err(_) => customers::by_external_id(&app.db, caller.site.id, name).await,
    }
}

pub fn unknown(name: &str) -> Problem {
    not_found(format!("there is no customer {name:?}"))
}

/// Tell of a customer
///
/// Your word replaces what pages said. Consent is kept with its wording and moment; a later yes or no replaces an earlier one.
#[utoipa::path(
    put, path = "/api/v1/customers/{id}", tag = "Customers", security(("key" = ["write:customers"])),
    params(("id" = String, Path, description = "The store's own id, or ours, `cus_…`")),
    request_body = ref("#/components/schemas/CustomerBody"),
    responses((status = 200, description = "The customer as known now", body = Customer))
)]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(name): Name,
    body: Result<Body, Problem>,
) -> Result<Json<Customer>, Problem> {
    caller.demand(Scope::WriteCustomers)?;
    let Body(body) = body?;
    let now = app.clock.now();
    if name.parse::<CustomerId>().is_err() {
        let reports = read(Some(&name), &body, &caller.site, now).map_err(Problem::invalid)?;
        commerce::commit(&app.db, &caller.site, &reports, now).await?;
        return one(&app, &caller, &name).await;
    }
    let known = find(&app, &caller, &name).await?.ok_or_else(|| unknown(&name))?;
    let read = BODY.read(&body).map_err(Problem::invalid)?;
    let mut told = person(&read);
    // What they are known by finds them again.
    told.external_id = told.external_id.or(known.external_id);
    if told.external_id.is_none() {
        told.email = known.address.map(|address| address.email);
    }
    commerce::commit(&app.db, &caller.site, &[report(told, read.number("at").unwrap_or(now))], now).await?;
    one(&app, &caller, &name).await
}

/// One customer
#[utoipa::path(
    get, path = "/api/v1/customers/{id}", tag = "Customers", security(("key" = ["read:customers"])),
    params(("id" = String, Path, description = "The store's own id, or ours, `cus_…`")),
    responses((status = 200, description = "The customer", body = Customer))
)]
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Name(name): Name) -> Result<Json<Customer>, Problem> {
    caller.demand(Scope::ReadCustomers)?;
    one(&app, &caller, &name).await
}

async fn one(app: &App, caller: &Caller, name: &str) -> Result<Json<Customer>, Problem> {
    let found = find(app, caller, name).await?.ok_or_else(|| unknown(name))?;
    Ok(Json(Customer::new(found, &caller.site)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only the one with this address.
    email: Option<String>,
    /// Only the one with this id of the store's.
    external_id: Option<String>,
}

/// Customers
///
/// Those known last come first.
#[utoipa::path(
    get, path = "/api/v1/customers", tag = "Customers", security(("key" = ["read:customers"])), params(Wanted, Paging),
    responses((status = 200, description = "A page of customers", body = Page<Customer>))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    wanted: Result<Query<Wanted>, Problem>,
    paging: Result<Query<Paging>, Problem>,
) -> Result<Json<Page<Customer>>, Problem> {
    caller.demand(Scope::ReadCustomers)?;
    let (Query(wanted), Query(paging)) = (wanted?, paging?);
    let (db, site, limit) = (&app.db, &caller.site, paging.limit()?);
    let found = match (wanted.email, wanted.external_id) {
        (Some(email), id) => {
            let refusal = || Problem::bad_request("bad_query", "email: is not an e-mail address");
            let email = normalize_email(&email).ok_or_else(refusal)?;
            let found = customers::by_email(db, site.id, &email).await?;
            found.into_iter().filter(|known| id.is_none() || known.external_id == id).collect()
        }
        (None, Some(id)) => customers::by_external_id(db, site.id, &id).await?.into_iter().collect(),
        (None, None) => {
            let before = paging.after(|text| text.parse::<CustomerId>().ok())?;
            customers::page(db, site.id, before, limit + 1).await?
        }
    };
    Ok(Json(Page::new(found, limit, |known| known.id.to_string(), |known| Customer::new(known, site))))
}

/// Export what is known of a customer
///
/// Everything that is held of them, to answer a request for access: profile, consents, carts, orders, answers, mails.
#[utoipa::path(
    get, path = "/api/v1/customers/{id}/export", tag = "Customers", security(("key" = ["read:customers"])),
    params(("id" = String, Path, description = "The store's own id, or ours, `cus_…`")),
    responses((status = 200, description = "The record", body = Value))
)]
pub async fn export(State(app): State<Arc<App>>, caller: Caller, Name(name): Name) -> Result<Json<Value>, Problem> {
    caller.demand(Scope::ReadCustomers)?;
    let known = find(&app, &caller, &name).await?.ok_or_else(|| unknown(&name))?;
    let record = commerce::record(&app.db, &app.sender.keys, &caller.site, known.id).await?;
    let mut tx = app.db.begin().await?;
    audit::record(&mut tx, caller.site.id, &caller.actor(), "customer.export", &known.id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(record))
}

/// Erase a customer
///
/// For good: everything that leads to them goes, their answers are kept without texts, and their address is never mailed again.
#[utoipa::path(
    delete, path = "/api/v1/customers/{id}", tag = "Customers", security(("key" = ["write:customers"])),
    params(("id" = String, Path, description = "The store's own id, or ours, `cus_…`")),
    responses((status = 204, description = "Erased"))
)]
pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Name(name): Name) -> Result<StatusCode, Problem> {
    caller.demand(Scope::WriteCustomers)?;
    let known = find(&app, &caller, &name).await?.ok_or_else(|| unknown(&name))?;
    let mut tx = app.db.begin().await?;
    commerce::erase(&mut tx, &app.sender.keys, &caller.site, known.id, &caller.actor(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
