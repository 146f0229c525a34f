//! `/api/v1/coupons`: pools, what is left in them, and filling them.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Body, Name, not_found};
use super::moment::Moment;
use super::shape::{Field, Shape, Takes};
use super::told::problem;
use crate::boot::App;
use crate::clock::Millis;
use crate::domain::coupon::{List, MAX_CODES, fold, read_code};
use crate::domain::scope::Scope;
use crate::manage::coupons::add;
use crate::store::coupons::{self, Stocked};
use crate::web::error::Problem;

pub const BODY: Shape = Shape {
    name: "CodesBody",
    about: "Codes that your shop takes, each to be given once.",
    fields: &[&[Field::needed("codes", Takes::Texts, "Up to 100,000, of at most 64 characters without blanks.")]],
    example: r#"{"codes": ["SHIP-7F3K", "SHIP-9QZM"]}"#,
};

/// A pool and what is left of it.
#[derive(Serialize, ToSchema)]
pub struct Pool {
    /// What endings and mails name.
    #[schema(examples("free-shipping"))]
    key: String,
    name: String,
    /// `giving`, `low`, `empty`, `expired` or `retired`.
    state: &'static str,
    /// The code for everybody; `null` where each of many codes is given once.
    shared_code: Option<String>,
    /// Codes nobody has yet; `null` where everybody gets the same one.
    free: Option<i64>,
    /// How often it gave.
    given: i64,
    /// From then on the shop does not take its codes.
    expires_at: Option<Moment>,
}

/// All pools.
#[derive(Serialize, ToSchema)]
pub struct Pools {
    data: Vec<Pool>,
}

/// What a list of codes changed.
#[derive(Serialize, ToSchema)]
pub struct Added {
    added: usize,
    /// Codes that a pool of the store has already, or had.
    known: usize,
    /// Codes that repeat an earlier one of the list.
    repeated: usize,
}

impl Pool {
    fn new(stocked: Stocked, now: Millis) -> Self {
        let supply = stocked.supply();
        Self {
            state: supply.state(now).as_str(),
            free: supply.free,
            given: stocked.given,
            key: stocked.pool.key,
            name: stocked.pool.name,
            shared_code: stocked.pool.shared_code,
            expires_at: stocked.pool.expires_at.map(Moment),
        }
    }
}

/// Coupon pools
///
/// All of them, by name.
#[utoipa::path(
    get, path = "/api/v1/coupons", tag = "Coupons", security(("key" = ["write:coupons"])),
    responses((status = 200, description = "All pools", body = Pools))
)]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Pools>, Problem> {
    caller.demand(Scope::WriteCoupons)?;
    let now = app.clock.now();
    let data = coupons::list(&app.db, caller.site.id).await?.into_iter().map(|stocked| Pool::new(stocked, now)).collect();
    Ok(Json(Pools { data }))
}

/// Add codes
///
/// Codes that are known already are counted and skipped, so that a list may be sent again.
#[utoipa::path(
    post, path = "/api/v1/coupons/{pool}/codes", tag = "Coupons", security(("key" = ["write:coupons"])),
    params(("pool" = String, Path, description = "Key of a pool of single codes")),
    request_body = ref("#/components/schemas/CodesBody"),
    responses((status = 200, description = "What it changed", body = Added))
)]
pub async fn add_codes(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(key): Name,
    body: Result<Body, Problem>,
) -> Result<Json<Added>, Problem> {
    caller.demand(Scope::WriteCoupons)?;
    let list = read(&body?.0)?;
    let mut tx = app.db.begin().await?;
    let pool = coupons::by_key(&mut tx, caller.site.id, &key).await?;
    let pool = pool.ok_or_else(|| not_found(format!("there is no coupon pool {key:?}")))?;
    let added = add(&mut tx, caller.site.id, &pool, &list, &caller.actor(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Added { added: added.added, known: added.known, repeated: added.repeated }))
}

/// The codes of a body, or everything that is wrong with them.
fn read(body: &Value) -> Result<List, Problem> {
    let read = BODY.read(body).map_err(Problem::invalid)?;
    let sent = read.value("codes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if !(1..=MAX_CODES).contains(&sent.len()) {
        return Err(Problem::invalid(vec![problem("codes", &format!("1 to {MAX_CODES} codes are needed"))]));
    }
    let (mut list, mut seen, mut flaws) = (List::default(), std::collections::HashSet::new(), Vec::new());
    for (n, code) in sent.iter().filter_map(Value::as_str).enumerate() {
        match read_code(code) {
            Err(flaw) => flaws.push(problem(&format!("codes[{n}]"), &flaw.to_string())),
            Ok(code) if !seen.insert(fold(code)) => list.repeated += 1,
            Ok(code) => list.codes.push(code.to_owned()),
        }
    }
    if flaws.is_empty() { Ok(list) } else { Err(Problem::invalid(flaws)) }
}
