//! `/api/v1/suppressions`: addresses that get no mail.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Body, Name, Query, not_found};
use super::moment::Moment;
use super::page::{Page, Paging};
use super::shape::{Field, Shape, Takes};
use crate::boot::App;
use crate::domain::customer::normalize_email;
use crate::domain::scope::Scope;
use crate::keys::{hex, unhex};
use crate::manage::suppressions::{ONE_ADDRESS, Removed, add, remove};
use crate::store::suppressions::{self, Entry};
use crate::web::error::Problem;

pub const BODY: Shape = Shape {
    name: "SuppressionBody",
    about: "An address that is to get no more mail.",
    fields: &[&[Field::needed("email", Takes::Email, "Whoever it is of.")]],
    example: r#"{"email": "anna@buyer.example"}"#,
};

/// An address that gets no mail.
#[derive(Serialize, ToSchema)]
pub struct Suppression {
    /// `null` after an erasure: only a hash is kept then.
    email: Option<String>,
    /// `unsubscribed`, `bounced`, `complained`, `erased`, `manual` or `imported`.
    reason: &'static str,
    /// Who said so.
    source: String,
    at: Moment,
}

impl From<Entry> for Suppression {
    fn from(entry: Entry) -> Self {
        Self { email: entry.email, reason: entry.reason.as_str(), source: entry.source, at: Moment(entry.at) }
    }
}

/// Suppressions
///
/// The last one comes first.
#[utoipa::path(
    get, path = "/api/v1/suppressions", tag = "Suppressions", security(("key" = ["write:suppressions"])), params(Paging),
    responses((status = 200, description = "A page of suppressions", body = Page<Suppression>))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    paging: Result<Query<Paging>, Problem>,
) -> Result<Json<Page<Suppression>>, Problem> {
    caller.demand(Scope::WriteSuppressions)?;
    let Query(paging) = paging?;
    let limit = paging.limit()?;
    let after = paging.after(|text| {
        let (at, hash) = text.split_once(' ')?;
        Some((at.parse().ok()?, unhex(hash)?.try_into().ok()?))
    })?;
    let found = suppressions::page(&app.db, caller.site.id, after, limit + 1).await?;
    Ok(Json(Page::new(found, limit, |entry| format!("{} {}", entry.at, hex(&entry.hash)), Suppression::from)))
}

/// Suppress an address
///
/// It gets no more mail, whatever was agreed to before. One that is suppressed already keeps its reason.
#[utoipa::path(
    post, path = "/api/v1/suppressions", tag = "Suppressions", security(("key" = ["write:suppressions"])),
    request_body = ref("#/components/schemas/SuppressionBody"),
    responses((status = 200, description = "What holds now", body = Suppression))
)]
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Result<Body, Problem>,
) -> Result<Json<Suppression>, Problem> {
    caller.demand(Scope::WriteSuppressions)?;
    let read = BODY.read(&body?.0).map_err(Problem::invalid)?;
    let refusal = || Problem::invalid(vec![super::told::problem("email", "is empty")]);
    let email = read.text("email").ok_or_else(refusal)?;
    let (site, now) = (caller.site.id, app.clock.now());
    let mut tx = app.db.begin().await?;
    add(&mut tx, &app.sender.keys, site, (&email, ONE_ADDRESS), &caller.actor(), now).await?;
    let found = suppressions::entry(&mut tx, site, &app.sender.keys.hash(&email)).await?;
    tx.commit().await?;
    found.map(|entry| Json(entry.into())).ok_or_else(|| not_found("the address was let go in between"))
}

/// Lift a suppression
///
/// The address may get mail again, as far as its consent goes. Whoever complained or was erased stays suppressed.
#[utoipa::path(
    delete, path = "/api/v1/suppressions/{email}", tag = "Suppressions", security(("key" = ["write:suppressions"])),
    params(("email" = String, Path, description = "The address")),
    responses((status = 204, description = "Lifted"))
)]
pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Name(name): Name) -> Result<StatusCode, Problem> {
    caller.demand(Scope::WriteSuppressions)?;
    let unknown = || not_found(format!("{name:?} is not suppressed"));
    let email = normalize_email(&name).ok_or_else(unknown)?;
    let mut tx = app.db.begin().await?;
    let hash = app.sender.keys.hash(&email);
    match remove(&mut tx, caller.site.id, (&hash, ONE_ADDRESS), false, &caller.actor(), app.clock.now()).await? {
        Removed::Done => {
            tx.commit().await?;
            Ok(StatusCode::NO_CONTENT)
        }
        Removed::Unknown => Err(unknown()),
        Removed::Grave(reason) => {
            let detail = format!("the address is suppressed as {reason}: this cannot be lifted by a program");
            Err(Problem::new(StatusCode::CONFLICT, "stays_suppressed", detail))
        }
    }
}
