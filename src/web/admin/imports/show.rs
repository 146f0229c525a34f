//! `/admin/{site}/people/import/{id}`: what is understood of a file, then how far it has come.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::{ImportAccess, fault, kind_label, status_label};
use crate::boot::App;
use crate::manage::import::{self, Preview};
use crate::store::imports::{Flaw, ImportStatus};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/imports/show.html")]
struct ShowPage {
    page: Page,
    key: String,
    id: String,
    name: String,
    kind: &'static str,
    label: &'static str,
    badge: &'static str,
    /// While its owner has not said yes.
    preview: Option<Preview>,
    /// Why it can no longer be read.
    fault: Option<String>,
    done: i64,
    total: Option<i64>,
    failed: i64,
    flaws: Vec<Flaw>,
    more_flaws: i64,
    running: bool,
}

pub async fn show(
    State(app): State<Arc<App>>,
    ImportAccess { site: access, import }: ImportAccess,
) -> Result<Response, PageError> {
    let waiting = import.status == ImportStatus::Waiting;
    let (preview, fault) = match waiting {
        true => match import::preview(&app.db, &access.site, &import, app.clock.now()).await {
            Ok(preview) => (preview, None),
            Err(e) => (None, Some(fault(e)?)),
        },
        false => (None, None),
    };
    let (label, badge) = status_label(import.status);
    render(ShowPage {
        page: access.page(Tab::People),
        key: access.site.key.clone(),
        id: import.id.to_string(),
        kind: kind_label(import.kind),
        label,
        badge,
        preview,
        fault,
        done: import.done,
        total: import.total,
        failed: import.failed,
        more_flaws: import.failed.saturating_sub(import.flaws.len() as i64),
        flaws: import.flaws,
        running: import.status == ImportStatus::Running,
        name: import.name,
    })
}

impl ShowPage {
    fn rows(&self, n: &i64) -> String {
        if *n == 1 { "1 row".into() } else { format!("{} rows", format::count(*n)) }
    }
}

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn start(State(app): State<Arc<App>>, access: ImportAccess, _form: CsrfForm<Nothing>) -> Result<Response, PageError> {
    let back = format!("/admin/{}/people/import/{}", access.site.site.key, access.import.id);
    // A second click finds it begun.
    if access.import.status == ImportStatus::Waiting {
        import::start(&app.db, access.import, access.site.actor(), app.clock.now()).await?;
        app.bell.notify_one();
    }
    Ok(Redirect::to(&back).into_response())
}

pub async fn discard(State(app): State<Arc<App>>, access: ImportAccess, _form: CsrfForm<Nothing>) -> Result<Response, PageError> {
    if access.import.status == ImportStatus::Waiting {
        import::discard(&app.db, &access.import).await?;
    }
    Ok(Redirect::to(&format!("/admin/{}/people/import", access.site.site.key)).into_response())
}
