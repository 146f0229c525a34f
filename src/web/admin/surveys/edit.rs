//! `/admin/{site}/surveys/{id}/edit`. Two people may have it open: whoever saves second is told, and keeps what was entered.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::documents::Documents;
use super::editor::{read, show};
use super::new::taken;
use crate::boot::App;
use crate::manage;
use crate::store::surveys::Entry;
use crate::store::{StoreError, audit, surveys};
use crate::web::admin::access::{SiteAccess, SurveyAccess};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::editor::{Editor, Entered};
use crate::web::admin::error::PageError;
use crate::web::admin::format;

pub async fn form(State(app): State<Arc<App>>, SurveyAccess { site, entry }: SurveyAccess) -> Result<Response, PageError> {
    let documents = Documents::load(&app.db, site.site.id, &entry).await?;
    let is_ahead = documents.is_ahead();
    show(Editor { is_ahead, ..editor(&site, &entry, documents.text()) }, &site)
}

pub async fn submit(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
    form: CsrfForm<Entered>,
) -> Result<Response, PageError> {
    let entered = form.into_inner();
    let text = entered.text();
    let opened = |flaws| Editor { updated_at: entered.updated_at, flaws, ..editor(&access, &entry, text.clone()) };
    let document = match read(&text) {
        Ok(document) => document,
        Err(flaws) => return show(opened(flaws), &access),
    };
    let (site, id) = (access.site.id, entry.id);
    let mut tx = super::begin(&app, &access).await?;
    let current = surveys::find(&mut tx, site, id).await?.ok_or(PageError::NotFound)?;
    if current.updated_at != entered.updated_at {
        let conflict = Some(format::moment(current.updated_at, &access.zone()));
        return show(Editor { conflict, ..editor(&access, &current, text) }, &access);
    }
    // Never the same twice, whatever the clock does: it is how the next form is known to be current.
    let now = app.clock.now().max(current.updated_at + 1);
    match surveys::update_draft(&mut tx, site, id, &document, now).await {
        Err(StoreError::Duplicate) => return show(opened(vec![taken(&text, &document.key)]), &access),
        updated => updated?,
    }
    audit::record(&mut tx, site, access.actor(), "survey.save", &document.key, now).await?;
    let mut done = "saved";
    if entered.publishes() {
        manage::surveys::publish(&mut tx, site, id, &document, access.actor(), now).await?;
        done = "published";
    }
    Ok(super::finish(&app, &access, tx, id, done).await?.into_response())
}

fn editor(access: &SiteAccess, entry: &Entry, text: String) -> Editor {
    let survey = format!("/admin/{}/surveys/{}", access.site.key, entry.id);
    Editor {
        title: entry.name.clone(),
        noun: "survey",
        action: format!("{survey}/edit"),
        text,
        updated_at: entry.updated_at,
        flaws: Vec::new(),
        conflict: None,
        is_ahead: false,
        back: survey,
    }
}
