//! `/api/v1/endpoints`: webhooks and services, what became of what they were told, and telling it again.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Body, Name, Query, not_found};
use super::moment::Moment;
use super::page::{Page, Paging};
use super::shape::{Field, Shape, Takes};
use super::told::problem;
use crate::boot::App;
use crate::domain::connector::Kind;
use crate::domain::scope::Scope;
use crate::domain::webhook::{DeliveryState, EndpointStatus, EventType, message_id};
use crate::id::uuid7_millis;
use crate::manage::endpoints::{self as manage, Replay, Wanted};
use crate::store::deliveries::{self, Delivery};
use crate::store::endpoints::{self, Endpoint as Stored};
use crate::store::{On, StoreError};
use crate::web::error::Problem;

pub const BODY: Shape = Shape {
    name: "EndpointBody",
    about: "A webhook: where it is called, and what about. Services are connected in the admin, where they are tried first.",
    fields: &[&[
        Field::needed("url", Takes::Url, "Where the receiver listens."),
        Field::needed("events", Takes::Texts, "Types of events, one each: see `/api/v1/event-types`."),
        Field::optional("name", Takes::Text(100), "For people; the key, when absent."),
    ]],
    example: r#"{"url": "https://crm.example/hooks", "events": ["response.completed", "cart.abandoned"], "name": "Our CRM"}"#,
};

pub const REPLAY: Shape = Shape {
    name: "ReplayBody",
    about: "Events that are to be sent again.",
    fields: &[&[
        Field::needed("from", Takes::Moment, "Events since then."),
        Field::needed("until", Takes::Moment, "Events before then."),
        Field::optional("delivered", Takes::Flag, "What was delivered, too; only what was given up, when absent."),
    ]],
    example: r#"{"from": "2026-11-24T00:00:00Z", "until": "2026-11-25T00:00:00Z"}"#,
};

/// A webhook or a service.
#[derive(Serialize, ToSchema)]
pub struct Endpoint {
    /// Ours.
    #[schema(examples("end_0c9kq3v8m2x4t"))]
    id: String,
    /// What follow-ups name; it is part of the address.
    key: String,
    name: String,
    /// `webhook`, or the service: `klaviyo`, `slack`, …
    kind: &'static str,
    url: String,
    events: Vec<&'static str>,
    /// `active`, `paused` or `disabled`.
    status: &'static str,
    /// Why we paused it or switched it off ourselves: `credentials`, `gone` or `failing`.
    reason: Option<String>,
    /// The first failed try since the last that worked.
    failing_since: Option<Moment>,
    delivered_at: Option<Moment>,
    /// What calls are signed with: told once, when the webhook is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// All endpoints.
#[derive(Serialize, ToSchema)]
pub struct Endpoints {
    data: Vec<Endpoint>,
}

/// An event on its way to an endpoint.
#[derive(Serialize, ToSchema)]
pub struct OneDelivery {
    /// `webhook-id` of its calls.
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    at: Moment,
    /// `waiting`, `sending`, `delivered` or `dead`.
    state: &'static str,
    /// Calls made so far.
    attempts: i64,
    /// When it is tried next; only of what waits.
    due_at: Option<Moment>,
    /// Why it is dead, or needed no call.
    reason: Option<String>,
}

/// How many events are sent again.
#[derive(Serialize, ToSchema)]
pub struct Replayed {
    replayed: u64,
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// `waiting`, `sending`, `delivered` or `dead`; all, when absent.
    state: Option<String>,
}

impl From<Stored> for Endpoint {
    fn from(stored: Stored) -> Self {
        Self {
            id: stored.id.to_string(),
            key: stored.key,
            name: stored.name,
            kind: stored.kind.as_str(),
            url: stored.url,
            events: stored.events.iter().map(|kind| kind.as_str()).collect(),
            status: stored.status.as_str(),
            reason: stored.trouble.map(|trouble| trouble.as_str().to_owned()).or(stored.reason),
            failing_since: stored.failing_since.map(Moment),
            delivered_at: stored.delivered_at.map(Moment),
            secret: None,
        }
    }
}

impl From<Delivery> for OneDelivery {
    fn from(delivery: Delivery) -> Self {
        let waits = delivery.state == DeliveryState::Waiting;
        Self {
            id: message_id(delivery.event),
            kind: delivery.kind.as_str(),
            at: Moment(uuid7_millis(delivery.event).unwrap_or(0)),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            due_at: waits.then_some(Moment(delivery.due_at)),
            reason: delivery.reason,
        }
    }
}

/// Endpoints
///
/// Webhooks and services, by name.
#[utoipa::path(
    get, path = "/api/v1/endpoints", tag = "Endpoints", security(("key" = ["read:endpoints"])),
    responses((status = 200, description = "All endpoints", body = Endpoints))
)]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Endpoints>, Problem> {
    caller.demand(Scope::ReadEndpoints)?;
    let data = endpoints::list(&app.db, caller.site.id).await?.into_iter().map(Endpoint::from).collect();
    Ok(Json(Endpoints { data }))
}

/// One endpoint
#[utoipa::path(
    get, path = "/api/v1/endpoints/{key}", tag = "Endpoints", security(("key" = ["read:endpoints"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "The endpoint", body = Endpoint))
)]
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Endpoint>, Problem> {
    caller.demand(Scope::ReadEndpoints)?;
    Ok(Json(find(&app.db, &caller, &key).await?.into()))
}

/// Save a webhook
///
/// Makes the webhook with this key, or changes it. Only the answer that makes it holds its secret. A service of this key is not changed:
/// those are connected in the admin.
#[utoipa::path(
    put, path = "/api/v1/endpoints/{key}", tag = "Endpoints", security(("key" = ["write:endpoints"])),
    params(("key" = String, Path, description = "Its key")),
    request_body = ref("#/components/schemas/EndpointBody"),
    responses(
        (status = 200, description = "Changed", body = Endpoint),
        (status = 201, description = "Made, with its secret", body = Endpoint),
    )
)]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(key): Name,
    body: Result<Body, Problem>,
) -> Result<(StatusCode, Json<Endpoint>), Problem> {
    caller.demand(Scope::WriteEndpoints)?;
    let read = BODY.read(&body?.0).map_err(Problem::invalid)?;
    let (url, name) = (read.text("url").unwrap_or_default(), read.text("name").unwrap_or_else(|| key.clone()));
    let events = events(read.value("events")).map_err(Problem::invalid)?;
    let wanted = Wanted { name: &name, key: &key, url: &url, events, headers: None };
    let (site, by, now) = (caller.site.id, caller.actor(), app.clock.now());
    let (vault, guard) = (&app.keys.vault, app.dispatcher.client().guard());
    let mut tx = app.db.begin().await?;
    let known = endpoints::by_key(&mut tx, site, &key).await?;
    let answer = match known {
        Some(known) if known.kind != Kind::Webhook => return Err(is_a_service(&key)),
        Some(known) => {
            manage::update(&mut tx, vault, guard, &known, &wanted, &by, now).await?;
            (StatusCode::OK, find(&mut tx, &caller, &key).await?.into())
        }
        None => {
            let (made, secret) = manage::create(&mut tx, vault, guard, site, &wanted, &by, now).await?;
            (StatusCode::CREATED, Endpoint { secret: Some(secret.reveal()), ..made.into() })
        }
    };
    tx.commit().await?;
    app.catalog.changed(&caller.site.key).await;
    Ok((answer.0, Json(answer.1)))
}

/// Delete an endpoint
///
/// With everything that was sent to it.
#[utoipa::path(
    delete, path = "/api/v1/endpoints/{key}", tag = "Endpoints", security(("key" = ["write:endpoints"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 204, description = "Deleted"))
)]
pub async fn delete(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<StatusCode, Problem> {
    caller.demand(Scope::WriteEndpoints)?;
    let mut tx = app.db.begin().await?;
    let found = find(&mut tx, &caller, &key).await?;
    manage::delete(&mut tx, &found, &caller.actor(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Pause an endpoint
///
/// What happens is kept for it, and sent once it goes on.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{key}/pause", tag = "Endpoints", security(("key" = ["write:endpoints"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Paused", body = Endpoint))
)]
pub async fn pause(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Endpoint>, Problem> {
    turn(&app, &caller, &key, EndpointStatus::Paused).await
}

/// Resume an endpoint
///
/// One that was switched off, too. What waits is sent.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{key}/resume", tag = "Endpoints", security(("key" = ["write:endpoints"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Active", body = Endpoint))
)]
pub async fn resume(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Endpoint>, Problem> {
    turn(&app, &caller, &key, EndpointStatus::Active).await
}

/// Deliveries
///
/// What an endpoint was told or will be, the newest event first; kept for 30 days.
#[utoipa::path(
    get, path = "/api/v1/endpoints/{key}/deliveries", tag = "Endpoints", security(("key" = ["read:endpoints"])),
    params(("key" = String, Path, description = "Its key"), Filter, Paging),
    responses((status = 200, description = "A page of deliveries", body = Page<OneDelivery>))
)]
pub async fn deliveries(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(key): Name,
    filter: Result<Query<Filter>, Problem>,
    paging: Result<Query<Paging>, Problem>,
) -> Result<Json<Page<OneDelivery>>, Problem> {
    caller.demand(Scope::ReadEndpoints)?;
    let (Query(filter), Query(paging)) = (filter?, paging?);
    let state = filter.state.as_deref().map(|word| {
        let unknown =
            || Problem::bad_request("bad_query", format!("state: {word:?} should be one of {}", DeliveryState::WORDS.join(", ")));
        DeliveryState::parse(word).ok_or_else(unknown)
    });
    let (state, limit) = (state.transpose()?, paging.limit()?);
    let before: Option<Uuid> = paging.after(|text| text.parse().ok())?;
    let endpoint = find(&app.db, &caller, &key).await?;
    let found = deliveries::page(&app.db, caller.site.id, endpoint.id, state, None, before, limit + 1).await?;
    Ok(Json(Page::new(found, limit, |delivery| delivery.event.to_string(), OneDelivery::from)))
}

/// Send again
///
/// Events of a span of time, under the ids that they had.
#[utoipa::path(
    post, path = "/api/v1/endpoints/{key}/replay", tag = "Endpoints", security(("key" = ["write:endpoints"])),
    params(("key" = String, Path, description = "Its key")),
    request_body = ref("#/components/schemas/ReplayBody"),
    responses((status = 200, description = "They are on their way", body = Replayed))
)]
pub async fn replay(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(key): Name,
    body: Result<Body, Problem>,
) -> Result<Json<Replayed>, Problem> {
    caller.demand(Scope::WriteEndpoints)?;
    let read = REPLAY.read(&body?.0).map_err(Problem::invalid)?;
    let (from, until) = (read.number("from").unwrap_or_default(), read.number("until").unwrap_or_default());
    if from >= until {
        return Err(Problem::invalid(vec![problem("until", "should be after \"from\"")]));
    }
    let mut tx = app.db.begin().await?;
    let found = find(&mut tx, &caller, &key).await?;
    let wanted = Replay { when: from..until, delivered: read.flag("delivered").unwrap_or(false), to: None };
    let replayed = manage::replay(&mut tx, &found, &wanted, &caller.actor(), app.clock.now()).await?;
    tx.commit().await?;
    app.dispatcher.ring();
    Ok(Json(Replayed { replayed }))
}

async fn turn(app: &App, caller: &Caller, key: &str, to: EndpointStatus) -> Result<Json<Endpoint>, Problem> {
    caller.demand(Scope::WriteEndpoints)?;
    let mut tx = app.db.begin().await?;
    let found = find(&mut tx, caller, key).await?;
    if found.status != to {
        manage::set_status(&mut tx, &found, to, &caller.actor(), app.clock.now()).await?;
    }
    let now = find(&mut tx, caller, key).await?;
    tx.commit().await?;
    app.catalog.changed(&caller.site.key).await;
    app.dispatcher.ring();
    Ok(Json(now.into()))
}

async fn find(on: impl Into<On<'_>>, caller: &Caller, key: &str) -> Result<Stored, Problem> {
    let found: Result<_, StoreError> = endpoints::by_key(on, caller.site.id, key).await;
    found?.ok_or_else(|| not_found(format!("no endpoint has the key {key:?}")))
}

fn events(list: Option<&serde_json::Value>) -> Result<Vec<EventType>, Vec<crate::domain::report::Problem>> {
    let words = list.and_then(serde_json::Value::as_array).into_iter().flatten().enumerate();
    let (mut known, mut problems) = (Vec::new(), Vec::new());
    for (at, word) in words {
        let word = word.as_str().unwrap_or_default();
        match EventType::parse(word).filter(|kind| EventType::CHOICE.contains(kind)) {
            Some(kind) => known.push(kind),
            None => problems.push(problem(&format!("events[{at}]"), &format!("{word:?} is no type of event that can be chosen"))),
        }
    }
    if problems.is_empty() { Ok(known) } else { Err(problems) }
}

fn is_a_service(key: &str) -> Problem {
    let detail = format!("{key:?} is a service: it is connected and changed in the admin, where it is tried first");
    Problem::new(StatusCode::CONFLICT, "is_a_service", detail)
}
