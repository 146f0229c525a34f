//! `/admin/{site}/flows/{id}/json`: the document itself, for whoever wants more than the form can say.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::{Documents, FlowAccess};
use crate::boot::App;
use crate::domain::flow::{Action, Flow, StopEvent, Trigger};
use crate::manage;
use crate::store::Tx;
use crate::store::flows::{self, Entry};
use crate::store::surveys::Status;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::editor::{self, Editor, Entered, Flaw};
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/flows/json.html")]
struct JsonPage {
    page: Page,
    key: String,
    editor: Editor,
    triggers: String,
    actions: String,
    stops: String,
}

pub async fn form(State(app): State<Arc<App>>, access: FlowAccess) -> Result<Response, PageError> {
    let documents = Documents::load(&app.db, &access.site, &access.entry).await?;
    // A JSON value always has a JSON text.
    let text = serde_json::to_string_pretty(&documents.saved).expect("JSON of JSON");
    let is_ahead = documents.is_ahead();
    show(Editor { is_ahead, ..editor(&access.site, &access.entry, text) }, &access.site)
}

pub async fn submit(State(app): State<Arc<App>>, access: FlowAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let FlowAccess { site: access, entry } = access;
    let entered = form.into_inner();
    let text = entered.text();
    let opened = |flaws| Editor { updated_at: entered.updated_at, flaws, ..editor(&access, &entry, text.clone()) };
    let flow = match editor::read(&text, Flow::parse) {
        Ok(flow) => flow,
        Err(flaws) => return show(opened(flaws), &access),
    };
    let (site, id) = (access.site.id, entry.id);
    let mut tx = app.db.begin().await?;
    let current = flows::lock(&mut tx, site, id).await?.ok_or(PageError::NotFound)?;
    if current.updated_at != entered.updated_at {
        let conflict = Some(format::moment(current.updated_at, &access.zone()));
        return show(Editor { conflict, ..editor(&access, &current, text) }, &access);
    }
    if let Some(message) = key_fault(&mut tx, &access, &current, &flow).await? {
        return show(opened(vec![Flaw::of_field(&text, "key", message)]), &access);
    }
    if entered.publishes() {
        let missing = manage::flows::missing(&mut tx, site, &flow).await?;
        if !missing.is_empty() {
            let flaw = |missing: &manage::flows::Missing| Flaw::of_field(&text, &missing.path, missing.to_string());
            return show(opened(missing.iter().map(flaw).collect()), &access);
        }
    }
    // Never the same twice, whatever the clock does: it is how the next form is known to be current.
    let now = app.clock.now().max(current.updated_at + 1);
    manage::flows::update(&mut tx, site, id, &flow, access.actor(), now).await?;
    let mut done = "saved";
    if entered.publishes() {
        manage::flows::publish(&mut tx, site, id, &flow, access.actor(), now).await?;
        done = "published";
    }
    Ok(super::finish(&app, &access, tx, id, done).await?.into_response())
}

/// Who is withheld is drawn by the key: with another one, people would change sides.
async fn key_fault(tx: &mut Tx, access: &SiteAccess, current: &Entry, flow: &Flow) -> Result<Option<String>, PageError> {
    if flow.key == current.key {
        return Ok(None);
    }
    if current.status != Status::Draft {
        return Ok(Some(format!("the key of a published follow-up stays: write {:?}", current.key)));
    }
    let taken = flows::by_key(tx, access.site.id, &flow.key).await?.is_some();
    Ok(taken.then(|| format!("another follow-up of this store has the key {:?}; each needs its own", flow.key)))
}

fn show(editor: Editor, access: &SiteAccess) -> Result<Response, PageError> {
    let status = editor.status();
    let page = render(JsonPage {
        page: access.page(Tab::Flows),
        key: access.site.key.clone(),
        editor,
        triggers: Trigger::WORDS.join(" · "),
        actions: Action::TYPES.join(" · "),
        stops: StopEvent::WORDS.join(" · "),
    })?;
    Ok((status, page).into_response())
}

fn editor(access: &SiteAccess, entry: &Entry, text: String) -> Editor {
    let flow = super::path(access, entry.id);
    Editor {
        title: entry.name.clone(),
        noun: "follow-up",
        action: format!("{flow}/json"),
        text,
        updated_at: entry.updated_at,
        flaws: Vec::new(),
        conflict: None,
        is_ahead: false,
        back: flow,
    }
}
