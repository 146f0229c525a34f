//! `/api/v1/responses`: what people answered.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::Json;
use super::caller::Caller;
use super::extract::{Name, Query, not_found};
use super::moment::Moment;
use super::page::{Page, Paging};
use super::shape::parse_moment;
use super::surveys::entry;
use crate::boot::App;
use crate::domain::answer::from_stored;
use crate::domain::scope::Scope;
use crate::domain::survey::Survey;
use crate::id::SurveyId;
use crate::store::responses::{self, AnswerItem};
use crate::store::rollups::first_id_at;
use crate::store::{StoreError, surveys};
use crate::web::error::Problem;

/// What one person gave, once.
#[derive(Serialize, ToSchema)]
pub struct Response {
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// Key of the survey.
    survey: String,
    revision: i64,
    /// Which version of it.
    variant: Option<String>,
    /// Question's key → answer, in the shape that pages send: `{"choice": "shipping"}`, `{"number": 9}`, `{"text": "…"}`.
    answers: BTreeMap<String, Value>,
    started_at: Moment,
    /// `null` while it is partial.
    completed_at: Option<Moment>,
    /// Address of the page, without its query.
    page: Option<String>,
    device: Option<String>,
    locale: Option<String>,
    /// The store's id of the order it is about.
    order_id: Option<String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Key of the survey; of all, when absent.
    survey: Option<String>,
    /// Of surveys offered from this moment on: RFC 3339 or milliseconds.
    since: Option<String>,
    /// Of surveys offered before this moment.
    until: Option<String>,
    /// Only those that were completed (`true`), or only partial ones (`false`).
    completed: Option<bool>,
}

fn moment(name: &str, text: &str) -> Result<i64, Problem> {
    let refusal = || Problem::bad_request("bad_query", format!("{name}: {text:?} is no time such as 2026-11-24T12:00:00Z"));
    parse_moment(text).ok_or_else(refusal)
}

/// Responses
///
/// Those whose survey was offered last come first. Partial ones are among them: every answer is stored as it is given.
#[utoipa::path(
    get, path = "/api/v1/responses", tag = "Responses", security(("key" = ["read:responses"])), params(Wanted, Paging),
    responses((status = 200, description = "A page of responses", body = Page<Response>))
)]
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    wanted: Result<Query<Wanted>, Problem>,
    paging: Result<Query<Paging>, Problem>,
) -> Result<Json<Page<Response>>, Problem> {
    caller.demand(Scope::ReadResponses)?;
    let (Query(wanted), Query(paging)) = (wanted?, paging?);
    let limit = paging.limit()?;
    let survey = match &wanted.survey {
        Some(key) => Some(entry(&app.db, &caller, key).await?.id),
        None => None,
    };
    let since = wanted.since.as_deref().map(|text| moment("since", text)).transpose()?;
    let until = wanted.until.as_deref().map(|text| moment("until", text)).transpose()?;
    let end = until.map_or(Uuid::max(), first_id_at);
    let before = paging.after(|text| text.parse::<Uuid>().ok())?.map_or(end, |after| after.min(end));
    let from = since.map_or(Uuid::nil(), first_id_at);
    let asked = responses::Wanted { survey, from, before, completed: wanted.completed };
    let found = responses::list(&app.db, caller.site.id, &asked, limit + 1).await?;
    let page = Page::new(found, limit, |response| response.id.to_string(), |response| response);
    Ok(Json(Page { data: told(&app, &caller, page.data).await?, next: page.next }))
}

/// One response
#[utoipa::path(
    get, path = "/api/v1/responses/{id}", tag = "Responses", security(("key" = ["read:responses"])),
    params(("id" = String, Path, description = "Its id, a UUID")),
    responses((status = 200, description = "The response", body = Response))
)]
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Name(name): Name) -> Result<Json<Response>, Problem> {
    caller.demand(Scope::ReadResponses)?;
    let unknown = || not_found(format!("there is no response {name:?}"));
    let id: Uuid = name.parse().map_err(|_| unknown())?;
    let found = responses::by_ids(&app.db, caller.site.id, vec![id]).await?;
    told(&app, &caller, found).await?.pop().map(Json).ok_or_else(unknown)
}

/// With their answers, read by the revision they were given to.
async fn told(app: &App, caller: &Caller, found: Vec<responses::Response>) -> Result<Vec<Response>, StoreError> {
    let site = caller.site.id;
    let mut documents: HashMap<(SurveyId, i64), Option<Survey>> = HashMap::new();
    for response in &found {
        if let Entry::Vacant(vacant) = documents.entry((response.survey_id, response.revision)) {
            let revision = surveys::revision(&app.db, site, response.survey_id, response.revision).await?;
            vacant.insert(revision.map(|revision| revision.document));
        }
    }
    let ids = found.iter().map(|response| response.id).collect();
    let mut items: HashMap<Uuid, Vec<AnswerItem>> = HashMap::new();
    for item in responses::answers(&app.db, site, ids).await? {
        items.entry(item.response_id).or_default().push(item);
    }
    let show = |response: responses::Response| {
        // What is answered of a survey that is gone is gone with it.
        let document = documents.get(&(response.survey_id, response.revision))?.as_ref()?;
        let own = items.remove(&response.id).unwrap_or_default();
        Some(Response {
            id: response.id,
            survey: document.key.clone(),
            revision: response.revision,
            variant: response.variant,
            answers: answers(document, &own),
            started_at: Moment(response.started_at),
            completed_at: response.completed_at.map(Moment),
            page: response.page,
            device: response.device,
            locale: response.locale,
            order_id: response.order_id,
        })
    };
    Ok(found.into_iter().filter_map(show).collect())
}

/// Question's key → answer; those taken back are left out.
fn answers(document: &Survey, items: &[AnswerItem]) -> BTreeMap<String, Value> {
    let answer = |question: &crate::domain::survey::Question| {
        let own = items.iter().filter(|item| item.question == question.key && !item.item.is_empty());
        let rows: Vec<(&str, Option<&str>)> = own.map(|item| (item.item.as_str(), item.body.as_deref())).collect();
        if rows.is_empty() { None } else { Some((question.key.clone(), from_stored(question, &rows)?.to_value())) }
    };
    document.questions.iter().filter_map(answer).collect()
}
