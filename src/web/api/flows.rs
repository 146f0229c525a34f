//! `/api/v1/flows`: documents of follow-ups, and what is done with them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Body, Name, not_found};
use super::moment::Moment;
use super::surveys::{draft_only, with_key};
use crate::boot::App;
use crate::domain::flow::Flow as Document;
use crate::domain::scope::Scope;
use crate::manage;
use crate::store::flows::{self, Entry, Status};
use crate::store::{On, StoreError, Tx, sites};
use crate::web::error::Problem;

/// A flow without its documents.
#[derive(Serialize, ToSchema)]
pub struct ListedFlow {
    /// Ours.
    #[schema(examples("flw_0c9kq3v8m2x4t"))]
    id: String,
    /// The document's own; it is part of the address.
    key: String,
    name: String,
    /// `draft`, `live` or `paused`.
    status: &'static str,
    /// The newest published revision, 0 before the first.
    revision: i64,
    updated_at: Moment,
}

/// A flow and its documents.
#[derive(Serialize, ToSchema)]
pub struct Flow {
    #[serde(flatten)]
    listed: ListedFlow,
    /// As last saved.
    draft: Value,
    /// As published in the newest revision; `null` before the first.
    published: Option<Value>,
}

/// All flows.
#[derive(Serialize, ToSchema)]
pub struct Flows {
    data: Vec<ListedFlow>,
}

impl From<Entry> for ListedFlow {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            key: entry.key,
            name: entry.name,
            status: entry.status.as_str(),
            revision: entry.revision,
            updated_at: Moment(entry.updated_at),
        }
    }
}

/// Flows
///
/// All of them, by name.
#[utoipa::path(
    get, path = "/api/v1/flows", tag = "Flows", security(("key" = ["read:flows"])),
    responses((status = 200, description = "All flows", body = Flows))
)]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Flows>, Problem> {
    caller.demand(Scope::ReadFlows)?;
    let data = flows::list(&app.db, caller.site.id).await?.into_iter().map(ListedFlow::from).collect();
    Ok(Json(Flows { data }))
}

/// One flow
#[utoipa::path(
    get, path = "/api/v1/flows/{key}", tag = "Flows", security(("key" = ["read:flows"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "The flow and its documents", body = Flow))
)]
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Flow>, Problem> {
    caller.demand(Scope::ReadFlows)?;
    one(&app, &caller, &key).await.map(Json)
}

/// Save a flow
///
/// Makes the document the draft of the flow with this key, and the flow if there is none. Nobody enters it before it is published.
#[utoipa::path(
    put, path = "/api/v1/flows/{key}", tag = "Flows", security(("key" = ["write:flows"])),
    params(("key" = String, Path, description = "Its key; the document may leave it out")),
    request_body = ref("#/components/schemas/FlowDocument"),
    responses(
        (status = 200, description = "Saved", body = Flow),
        (status = 201, description = "Made", body = Flow),
    )
)]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(key): Name,
    body: Result<Body, Problem>,
) -> Result<(StatusCode, Json<Flow>), Problem> {
    caller.demand(Scope::WriteFlows)?;
    let document = Document::parse(&with_key(&key, body?.0)?).map_err(Problem::invalid)?;
    let mut tx = begin(&app, &caller).await?;
    let known = flows::by_key(&mut tx, caller.site.id, &key).await?;
    let now = later(&app, known.as_ref());
    let (_, made) = manage::flows::save(&mut tx, caller.site.id, &document, &caller.actor(), now).await?;
    tx.commit().await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(one(&app, &caller, &key).await?)))
}

/// Publish a flow
///
/// Makes the draft the revision that people enter from now on; those on their way stay in theirs. Refused where a step names something
/// that the store does not have.
#[utoipa::path(
    post, path = "/api/v1/flows/{key}/publish", tag = "Flows", security(("key" = ["write:flows"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Live", body = Flow))
)]
pub async fn publish(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Flow>, Problem> {
    caller.demand(Scope::WriteFlows)?;
    let mut tx = begin(&app, &caller).await?;
    let entry = entry(&mut tx, &caller, &key).await?;
    let draft = flows::draft(&mut tx, caller.site.id, entry.id).await?.ok_or_else(|| unknown(&key))?;
    let document = Document::parse(&draft).map_err(Problem::invalid)?;
    let now = later(&app, Some(&entry));
    manage::flows::publish(&mut tx, caller.site.id, entry.id, &document, &caller.actor(), now).await?;
    finish(&app, &caller, tx, &key).await
}

/// Pause a flow
///
/// Nobody enters it, and for everybody on their way it ends at the next step. Pausing a paused one changes nothing.
#[utoipa::path(
    post, path = "/api/v1/flows/{key}/pause", tag = "Flows", security(("key" = ["write:flows"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Paused", body = Flow))
)]
pub async fn pause(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Flow>, Problem> {
    turn(&app, &caller, &key, Status::Paused).await
}

/// Resume a flow
///
/// Lets people enter its newest revision again. Resuming a live one changes nothing.
#[utoipa::path(
    post, path = "/api/v1/flows/{key}/resume", tag = "Flows", security(("key" = ["write:flows"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Live", body = Flow))
)]
pub async fn resume(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Flow>, Problem> {
    turn(&app, &caller, &key, Status::Live).await
}

async fn turn(app: &App, caller: &Caller, key: &str, to: Status) -> Result<Json<Flow>, Problem> {
    caller.demand(Scope::WriteFlows)?;
    let mut tx = begin(app, caller).await?;
    let entry = entry(&mut tx, caller, key).await?;
    if entry.status == Status::Draft {
        return Err(draft_only(key));
    }
    if entry.status != to {
        let now = later(app, Some(&entry));
        manage::flows::set_status(&mut tx, caller.site.id, &entry, to, &caller.actor(), now).await?;
    }
    finish(app, caller, tx, key).await
}

/// Begins a change of a store's flows: changes of one store wait for each other here.
async fn begin(app: &App, caller: &Caller) -> Result<Tx, StoreError> {
    let mut tx = app.db.begin().await?;
    sites::touch(&mut tx, caller.site.id).await?;
    Ok(tx)
}

async fn finish(app: &App, caller: &Caller, tx: Tx, key: &str) -> Result<Json<Flow>, Problem> {
    tx.commit().await?;
    app.catalog.changed(&caller.site.key).await;
    one(app, caller, key).await.map(Json)
}

/// Now, but after the last change: an editor that is open somewhere must see that there was one.
fn later(app: &App, known: Option<&Entry>) -> i64 {
    known.map_or(i64::MIN, |known| known.updated_at + 1).max(app.clock.now())
}

async fn entry(on: impl Into<On<'_>>, caller: &Caller, key: &str) -> Result<Entry, Problem> {
    flows::by_key(on, caller.site.id, key).await?.ok_or_else(|| unknown(key))
}

fn unknown(key: &str) -> Problem {
    not_found(format!("there is no flow {key:?}"))
}

async fn one(app: &App, caller: &Caller, key: &str) -> Result<Flow, Problem> {
    let (db, site) = (&app.db, caller.site.id);
    let entry = entry(db, caller, key).await?;
    let draft = flows::draft(db, site, entry.id).await?.ok_or_else(|| unknown(key))?;
    let published = flows::revision(db, site, entry.id, entry.revision).await?.map(|revision| revision.document.to_value());
    Ok(Flow { listed: entry.into(), draft, published })
}
