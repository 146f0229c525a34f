//! `/admin/{site}/connections/services/{id}/mapping`: which answer goes to which property, and the exact requests that come of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{ServiceAccess, sample};
use crate::boot::App;
use crate::domain::connector::Mapped;
use crate::domain::survey::Survey;
use crate::domain::webhook::EventType;
use crate::manage::Refused;
use crate::manage::services::{map, property_problem};
use crate::outbound::connectors::About;
use crate::outbound::open_given;
use crate::store::{StoreError, surveys};
use crate::web::admin::connections::request::{Request, requests};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/connections/services/mapping.html")]
struct MappingPage {
    page: Page,
    key: String,
    name: String,
    path: String,
    about: &'static About,
    surveys: Vec<Group>,
    faults: Faults,
    saved: bool,
    kind: &'static str,
    /// Event and whether it is the one that is shown.
    kinds: Vec<(&'static str, bool)>,
    /// The preview is of something that happened.
    real: bool,
    requests: Vec<Request>,
    /// The stored credentials cannot be read.
    lost: bool,
}

/// A survey with its questions.
struct Group {
    name: String,
    lines: Vec<Line>,
}

struct Line {
    field: String,
    prompt: String,
    property: String,
    fault: String,
}

#[derive(Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    event: String,
    done: Option<String>,
}

/// A property for each question, by [`field`].
#[derive(Deserialize)]
pub struct Entered {
    #[serde(flatten)]
    properties: BTreeMap<String, String>,
}

/// Keys hold no colon.
fn field(survey: &str, question: &str) -> String {
    format!("property:{survey}:{question}")
}

pub async fn show(State(app): State<Arc<App>>, access: ServiceAccess, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    page(&app, &access, &asked, None).await
}

pub async fn submit(State(app): State<Arc<App>>, access: ServiceAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    if access.vendor.about().property.is_none() {
        return Err(PageError::NotFound);
    }
    let entered = form.into_inner().properties;
    let mut faults = Faults::default();
    let mut mapping = Vec::new();
    for survey in documents(&app, &access).await? {
        for question in &survey.questions {
            let name = field(&survey.key, &question.key);
            let Some(property) = entered.get(&name) else { continue };
            if let Some(problem) = property_problem(property) {
                faults.add(name, problem);
            }
            mapping.push(Mapped { survey: survey.key.clone(), question: question.key.clone(), property: property.clone() });
        }
    }
    if !faults.is_empty() {
        return page(&app, &access, &Asked::default(), Some((entered, faults))).await;
    }
    let mut tx = app.db.begin().await?;
    match map(&mut tx, &access.of.endpoint, mapping, access.of.site.actor(), app.clock.now()).await {
        Ok(()) => {}
        Err(Refused::Invalid { message, .. }) => {
            faults.add("mapping", message);
            return page(&app, &access, &Asked::default(), Some((entered, faults))).await;
        }
        Err(Refused::Store(e)) => return Err(e.into()),
    }
    tx.commit().await?;
    let path = format!("{}/mapping?done=saved", access.of.path());
    Ok(axum::response::Redirect::to(&path).into_response())
}

/// The store's surveys as they are live, or else as they are drafted; drafts with mistakes are left out.
async fn documents(app: &App, access: &ServiceAccess) -> Result<Vec<Survey>, StoreError> {
    let stored = surveys::documents(&app.db, access.of.site.site.id).await?;
    let document = |stored: surveys::Stored| stored.published.unwrap_or(stored.draft).0;
    Ok(stored.into_iter().filter_map(|stored| Survey::parse(&document(stored)).ok()).collect())
}

async fn page(
    app: &App,
    access: &ServiceAccess,
    asked: &Asked,
    entered: Option<(BTreeMap<String, String>, Faults)>,
) -> Result<Response, PageError> {
    let ServiceAccess { of, vendor } = access;
    let (about, endpoint, surveys) = (vendor.about(), &of.endpoint, documents(app, access).await?);
    let (values, faults) = entered.unwrap_or_else(|| {
        let stored = endpoint.mapping.iter().map(|line| (field(&line.survey, &line.question), line.property.clone()));
        (stored.collect(), Faults::default())
    });
    let groups = surveys.iter().map(|survey| {
        let lines = survey.questions.iter().filter(|question| question.kind.to_string() != "statement").map(|question| {
            let name = field(&survey.key, &question.key);
            Line {
                prompt: question.prompt.clone(),
                property: values.get(&name).cloned().unwrap_or_default(),
                fault: faults.of(&name).to_owned(),
                field: name,
            }
        });
        Group { name: survey.name.clone(), lines: lines.collect() }
    });
    let groups: Vec<Group> = groups.filter(|group| !group.lines.is_empty()).collect();
    let kind = EventType::parse(&asked.event).filter(|kind| about.events.contains(kind));
    let kind = kind.or_else(|| about.events.first().copied()).unwrap_or(EventType::Ping);
    let (told, real) = sample::told(app, endpoint, kind, &surveys).await?;
    let given = open_given(&app.keys.vault, endpoint);
    let lost = given.is_err();
    let given = given.unwrap_or_default();
    let status = faults.status();
    let page = render(MappingPage {
        page: of.site.page(Tab::Connections),
        key: of.site.site.key.clone(),
        name: endpoint.name.clone(),
        path: of.path(),
        about,
        surveys: groups,
        faults,
        saved: asked.done.as_deref() == Some("saved"),
        kind: kind.as_str(),
        kinds: about.events.iter().map(|known| (known.as_str(), *known == kind)).collect(),
        real,
        requests: requests(*vendor, &given, endpoint, &told),
        lost,
    })?;
    Ok((status, page).into_response())
}
