//! `/api/v1/surveys`: documents, and what is done with them.

use std::collections::BTreeMap;
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
use super::told::{problem, same_name};
use crate::boot::App;
use crate::domain::report::is_key;
use crate::domain::scope::Scope;
use crate::domain::survey::Survey as Document;
use crate::manage;
use crate::store::surveys::{self, Entry, Status};
use crate::store::{On, StoreError, Tx, reports, sites};
use crate::web::error::Problem;

/// A survey without its documents.
#[derive(Serialize, ToSchema)]
pub struct Listed {
    /// Ours.
    #[schema(examples("srv_0c9kq3v8m2x4t"))]
    id: String,
    /// The document's own; it is part of the address.
    key: String,
    name: String,
    /// `exit_intent`, `post_purchase`, `on_site` or `link`.
    kind: String,
    /// `draft`, `live` or `paused`.
    status: &'static str,
    /// The newest published revision, 0 before the first.
    revision: i64,
    counts: Counts,
    updated_at: Moment,
}

/// How often it was shown and answered, ever.
#[derive(Default, Serialize, ToSchema)]
pub struct Counts {
    shown: i64,
    /// Kept from the holdout.
    withheld: i64,
    answered: i64,
    completed: i64,
    dismissed: i64,
}

/// A survey and its documents, as `docs/survey.md` describes them.
#[derive(Serialize, ToSchema)]
pub struct Survey {
    #[serde(flatten)]
    listed: Listed,
    /// As last saved.
    draft: Value,
    /// As published in the newest revision; `null` before the first.
    published: Option<Value>,
}

/// All surveys.
#[derive(Serialize, ToSchema)]
pub struct Surveys {
    data: Vec<Listed>,
}

impl Listed {
    fn new(entry: Entry, counts: Counts) -> Self {
        Self {
            id: entry.id.to_string(),
            key: entry.key,
            name: entry.name,
            kind: entry.kind,
            status: entry.status.as_str(),
            revision: entry.revision,
            counts,
            updated_at: Moment(entry.updated_at),
        }
    }
}

impl Counts {
    fn of(counts: &BTreeMap<String, i64>) -> Self {
        let of = |item: &str| counts.get(item).copied().unwrap_or(0);
        Self {
            shown: of("shown"),
            withheld: of("withheld"),
            answered: of("answered"),
            completed: of("completed"),
            dismissed: of("dismissed"),
        }
    }
}

/// Every day there can be.
const EVER: (i32, i32) = (0, i32::MAX);

/// Surveys
///
/// All of them, the newest first.
#[utoipa::path(
    get, path = "/api/v1/surveys", tag = "Surveys", security(("key" = ["read:surveys"])),
    responses((status = 200, description = "All surveys", body = Surveys))
)]
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Json<Surveys>, Problem> {
    caller.demand(Scope::ReadSurveys)?;
    let mut counts: BTreeMap<_, BTreeMap<String, i64>> = BTreeMap::new();
    for (survey, item, n) in reports::by_survey(&app.db, caller.site.id, EVER.0, EVER.1).await? {
        counts.entry(survey).or_default().insert(item, n);
    }
    let show = |entry: Entry| {
        let counts = counts.get(&entry.id).map(Counts::of).unwrap_or_default();
        Listed::new(entry, counts)
    };
    let data = surveys::list(&app.db, caller.site.id).await?.into_iter().map(show).collect();
    Ok(Json(Surveys { data }))
}

/// One survey
#[utoipa::path(
    get, path = "/api/v1/surveys/{key}", tag = "Surveys", security(("key" = ["read:surveys"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "The survey and its documents", body = Survey))
)]
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Survey>, Problem> {
    caller.demand(Scope::ReadSurveys)?;
    one(&app, &caller, &key).await.map(Json)
}

/// Save a survey
///
/// Makes the document the draft of the survey with this key, and the survey if there is none. Pages see it once it is published.
#[utoipa::path(
    put, path = "/api/v1/surveys/{key}", tag = "Surveys", security(("key" = ["write:surveys"])),
    params(("key" = String, Path, description = "Its key; the document may leave it out")),
    request_body = ref("#/components/schemas/SurveyDocument"),
    responses(
        (status = 200, description = "Saved", body = Survey),
        (status = 201, description = "Made", body = Survey),
    )
)]
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Name(key): Name,
    body: Result<Body, Problem>,
) -> Result<(StatusCode, Json<Survey>), Problem> {
    caller.demand(Scope::WriteSurveys)?;
    let document = Document::parse(&with_key(&key, body?.0)?).map_err(Problem::invalid)?;
    let mut tx = begin(&app, &caller).await?;
    let known = surveys::by_key(&mut tx, caller.site.id, &key).await?;
    let now = later(&app, known.as_ref());
    let (_, made) = manage::surveys::save(&mut tx, caller.site.id, &document, &caller.actor(), now).await?;
    tx.commit().await?;
    let status = if made { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(one(&app, &caller, &key).await?)))
}

/// A document whose key is the one in the address.
pub fn with_key(key: &str, mut document: Value) -> Result<Value, Problem> {
    let mut flaws = Vec::new();
    if !is_key(key) {
        flaws.push(problem("key", &format!("{key:?} should be 1 to 64 of the characters a-z 0-9 _ -")));
    }
    if let Some(fields) = document.as_object_mut() {
        match fields.get("key") {
            Some(Value::String(sent)) => same_name("key", key, Some(sent.clone()), &mut flaws),
            // Anything else is told of by the document's own check.
            Some(_) => {}
            None => drop(fields.insert("key".into(), key.into())),
        }
    }
    if flaws.is_empty() { Ok(document) } else { Err(Problem::invalid(flaws)) }
}

/// Publish a survey
///
/// Makes the draft a new revision, and that revision live. Pages see it within a minute.
#[utoipa::path(
    post, path = "/api/v1/surveys/{key}/publish", tag = "Surveys", security(("key" = ["write:surveys"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Live", body = Survey))
)]
pub async fn publish(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Survey>, Problem> {
    caller.demand(Scope::WriteSurveys)?;
    let mut tx = begin(&app, &caller).await?;
    let entry = entry(&mut tx, &caller, &key).await?;
    let draft = surveys::draft(&mut tx, caller.site.id, entry.id).await?.ok_or_else(|| unknown(&key))?;
    let document = Document::parse(&draft).map_err(Problem::invalid)?;
    let now = later(&app, Some(&entry));
    manage::surveys::publish(&mut tx, caller.site.id, entry.id, &document, &caller.actor(), now).await?;
    finish(&app, &caller, tx, &key).await
}

/// Pause a survey
///
/// Takes it off the pages. Pausing a paused one changes nothing.
#[utoipa::path(
    post, path = "/api/v1/surveys/{key}/pause", tag = "Surveys", security(("key" = ["write:surveys"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Paused", body = Survey))
)]
pub async fn pause(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Survey>, Problem> {
    turn(&app, &caller, &key, Status::Paused).await
}

/// Resume a survey
///
/// Lets its newest revision run again. Resuming a live one changes nothing.
#[utoipa::path(
    post, path = "/api/v1/surveys/{key}/resume", tag = "Surveys", security(("key" = ["write:surveys"])),
    params(("key" = String, Path, description = "Its key")),
    responses((status = 200, description = "Live", body = Survey))
)]
pub async fn resume(State(app): State<Arc<App>>, caller: Caller, Name(key): Name) -> Result<Json<Survey>, Problem> {
    turn(&app, &caller, &key, Status::Live).await
}

async fn turn(app: &App, caller: &Caller, key: &str, to: Status) -> Result<Json<Survey>, Problem> {
    caller.demand(Scope::WriteSurveys)?;
    let mut tx = begin(app, caller).await?;
    let entry = entry(&mut tx, caller, key).await?;
    if entry.status == Status::Draft {
        return Err(draft_only(key));
    }
    if entry.status != to {
        let now = later(app, Some(&entry));
        manage::surveys::set_status(&mut tx, caller.site.id, &entry, to, &caller.actor(), now).await?;
    }
    finish(app, caller, tx, key).await
}

/// Of something that was never published.
pub fn draft_only(key: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "never_published", format!("{key:?} was never published: publish it first"))
}

/// Begins a change of a store's surveys: changes of one store wait for each other here.
async fn begin(app: &App, caller: &Caller) -> Result<Tx, StoreError> {
    let mut tx = app.db.begin().await?;
    sites::touch(&mut tx, caller.site.id).await?;
    Ok(tx)
}

/// Ends a change: pages see it.
async fn finish(app: &App, caller: &Caller, tx: Tx, key: &str) -> Result<Json<Survey>, Problem> {
    tx.commit().await?;
    app.catalog.changed(&caller.site.key).await;
    one(app, caller, key).await.map(Json)
}

/// Now, but after the last change: an editor that is open somewhere must see that there was one.
fn later(app: &App, known: Option<&Entry>) -> i64 {
    known.map_or(i64::MIN, |known| known.updated_at + 1).max(app.clock.now())
}

/// The survey with this key.
pub async fn entry(on: impl Into<On<'_>>, caller: &Caller, key: &str) -> Result<Entry, Problem> {
    surveys::by_key(on, caller.site.id, key).await?.ok_or_else(|| unknown(key))
}

fn unknown(key: &str) -> Problem {
    not_found(format!("there is no survey {key:?}"))
}

async fn one(app: &App, caller: &Caller, key: &str) -> Result<Survey, Problem> {
    let (db, site) = (&app.db, caller.site.id);
    let entry = entry(db, caller, key).await?;
    let draft = surveys::draft(db, site, entry.id).await?.ok_or_else(|| unknown(key))?;
    let published = surveys::revision(db, site, entry.id, entry.revision).await?.map(|revision| revision.document.to_value());
    let totals = reports::totals(db, site, entry.id, EVER.0, EVER.1).await?;
    let counts = totals.into_iter().filter(|count| count.question.is_empty()).map(|count| (count.item, count.n)).collect();
    Ok(Survey { listed: Listed::new(entry, Counts::of(&counts)), draft, published })
}
