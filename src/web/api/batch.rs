//! `POST …/batch`: up to a thousand carts, orders or customers at once, each judged alone.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::Json;
use super::caller::Caller;
use super::extract::Body;
use super::told::problem;
use super::{carts, customers, orders};
use crate::boot::App;
use crate::clock::Millis;
use crate::commerce::{self, Report};
use crate::domain::report::Problem as Flaw;
use crate::domain::scope::Scope;
use crate::store::StoreError;
use crate::store::sites::Site;
use crate::web::error::Problem;

/// Objects in one batch.
pub const MAX_BATCH: usize = 1000;
/// Objects in one transaction: few enough that pages' answers never wait long behind it.
const PORTION: usize = 50;

/// How one object of a kind is read.
type ReadOne = fn(Option<&str>, &Value, &Site, Millis) -> Result<Vec<Report>, Vec<Flaw>>;

/// What became of a batch.
#[derive(Serialize, ToSchema)]
pub struct Outcome {
    /// How many are stored.
    stored: usize,
    /// Those that are not, and why.
    refused: Vec<Refused>,
}

/// An object that was not taken.
#[derive(Serialize, ToSchema)]
pub struct Refused {
    /// Its place in the list, counted from 0.
    index: usize,
    #[schema(value_type = Vec<Object>)]
    problems: Vec<Flaw>,
}

/// Tell of many carts
///
/// Each is judged alone: those that are refused do not hold back the others.
#[utoipa::path(
    post, path = "/api/v1/carts/batch", tag = "Carts", security(("key" = ["write:orders"])),
    request_body = ref("#/components/schemas/CartBatch"),
    responses((status = 200, description = "What became of it", body = Outcome))
)]
pub async fn carts(state: State<Arc<App>>, caller: Caller, body: Result<Body, Problem>) -> Result<Json<Outcome>, Problem> {
    caller.demand(Scope::WriteOrders)?;
    store(state, caller, body?, carts::read).await
}

/// Tell of many orders
///
/// Each is judged alone. Mark old ones as `past`, so that no mail follows from them.
#[utoipa::path(
    post, path = "/api/v1/orders/batch", tag = "Orders", security(("key" = ["write:orders"])),
    request_body = ref("#/components/schemas/OrderBatch"),
    responses((status = 200, description = "What became of it", body = Outcome))
)]
pub async fn orders(state: State<Arc<App>>, caller: Caller, body: Result<Body, Problem>) -> Result<Json<Outcome>, Problem> {
    caller.demand(Scope::WriteOrders)?;
    store(state, caller, body?, orders::read).await
}

/// Tell of many customers
///
/// Each is judged alone.
#[utoipa::path(
    post, path = "/api/v1/customers/batch", tag = "Customers", security(("key" = ["write:customers"])),
    request_body = ref("#/components/schemas/CustomerBatch"),
    responses((status = 200, description = "What became of it", body = Outcome))
)]
pub async fn customers(state: State<Arc<App>>, caller: Caller, body: Result<Body, Problem>) -> Result<Json<Outcome>, Problem> {
    caller.demand(Scope::WriteCustomers)?;
    store(state, caller, body?, customers::read).await
}

async fn store(State(app): State<Arc<App>>, caller: Caller, Body(body): Body, read: ReadOne) -> Result<Json<Outcome>, Problem> {
    let refusal = || Problem::invalid(vec![problem("data", &format!("a list of 1 to {MAX_BATCH} objects is needed"))]);
    let sent = body.get("data").and_then(Value::as_array).filter(|sent| (1..=MAX_BATCH).contains(&sent.len()));
    let sent = sent.ok_or_else(refusal)?;
    let now = app.clock.now();
    let (mut good, mut refused) = (Vec::new(), Vec::new());
    for (index, object) in sent.iter().enumerate() {
        match read(None, object, &caller.site, now) {
            Ok(reports) => good.push((index, reports)),
            Err(problems) => refused.push(Refused { index, problems }),
        }
    }
    let mut stored = 0;
    for portion in good.chunks(PORTION) {
        stored += commit(&app, &caller.site, portion, now, &mut refused).await?;
    }
    refused.sort_unstable_by_key(|refused| refused.index);
    Ok(Json(Outcome { stored, refused }))
}

/// Stores a portion, or, where the database refuses it, whatever of it can be stored; how many that were.
async fn commit(
    app: &App,
    site: &Site,
    portion: &[(usize, Vec<Report>)],
    now: Millis,
    refused: &mut Vec<Refused>,
) -> Result<usize, StoreError> {
    let all: Vec<Report> = portion.iter().flat_map(|(_, reports)| reports.clone()).collect();
    match commerce::commit(&app.db, site, &all, now).await {
        Ok(()) => return Ok(portion.len()),
        // What could not be stored now can be sent again: sending twice changes nothing.
        Err(e @ StoreError::Unavailable(_)) => return Err(e),
        Err(e) => tracing::debug!(error = %e, "a portion is stored one by one"),
    }
    let mut stored = 0;
    for (index, reports) in portion {
        match commerce::commit(&app.db, site, reports, now).await {
            Ok(()) => stored += 1,
            Err(e @ StoreError::Unavailable(_)) => return Err(e),
            Err(e) => {
                tracing::error!(error = %e, cause = ?e, "an object of a batch could not be stored");
                refused.push(Refused { index: *index, problems: vec![problem("", "could not be stored: send it alone")] });
            }
        }
    }
    Ok(stored)
}
