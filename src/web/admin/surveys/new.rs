//! `/admin/{site}/surveys/new`: first what to begin with, then the editor.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::editor::{read, show};
use super::starters::{STARTERS, Starter};
use crate::boot::App;
use crate::id::SurveyId;
use crate::manage;
use crate::store::{StoreError, audit, surveys};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::editor::{Editor, Entered, Flaw};
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/surveys/new.html")]
struct NewPage {
    page: Page,
    key: String,
    starters: &'static [Starter],
}

#[derive(Deserialize)]
pub struct Choice {
    template: Option<String>,
}

pub async fn form(State(app): State<Arc<App>>, access: SiteAccess, Query(choice): Query<Choice>) -> Result<Response, PageError> {
    let Some(starter) = choice.template.as_deref().and_then(Starter::find) else {
        return render(NewPage { page: access.page(Tab::Surveys), key: access.site.key, starters: &STARTERS });
    };
    let existing = surveys::list(&app.db, access.site.id).await?;
    show(editor(&access, starter.document(&existing), Vec::new()), &access)
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let entered = form.into_inner();
    let (text, now) = (entered.text(), app.clock.now());
    let document = match read(&text) {
        Ok(document) => document,
        Err(flaws) => return show(editor(&access, text, flaws), &access),
    };
    let (site, id) = (access.site.id, SurveyId::new(now));
    let mut tx = super::begin(&app, &access).await?;
    match surveys::insert(&mut tx, site, id, &document, now).await {
        Err(StoreError::Duplicate) => {
            let flaw = taken(&text, &document.key);
            return show(editor(&access, text, vec![flaw]), &access);
        }
        inserted => inserted?,
    }
    audit::record(&mut tx, site, access.actor(), "survey.create", &document.key, now).await?;
    let mut done = "saved";
    if entered.publishes() {
        manage::surveys::publish(&mut tx, site, id, &document, access.actor(), now).await?;
        done = "published";
    }
    Ok(super::finish(&app, &access, tx, id, done).await?.into_response())
}

/// Another survey has this key.
pub fn taken(text: &str, key: &str) -> Flaw {
    Flaw::of_field(text, "key", format!("another survey of this store has the key {key:?}; each needs its own"))
}

fn editor(access: &SiteAccess, text: String, flaws: Vec<Flaw>) -> Editor {
    let store = format!("/admin/{}", access.site.key);
    Editor {
        title: "New survey".into(),
        noun: "survey",
        action: format!("{store}/surveys/new"),
        text,
        updated_at: 0,
        flaws,
        conflict: None,
        is_ahead: false,
        back: store,
    }
}
