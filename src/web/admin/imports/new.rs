//! `/admin/{site}/people/import`: choosing a file, and what was brought in before.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::{fault, kind_label, status_label};
use crate::boot::App;
use crate::manage::import::{MAX_UPLOAD, receive};
use crate::store::imports::{self, Kind};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfUpload;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Imports that are listed, the newest.
const LISTED: i64 = 20;

#[derive(Template)]
#[template(path = "admin/imports/new.html")]
struct NewPage {
    page: Page,
    key: String,
    is_orders: bool,
    most: usize,
    faults: Faults,
    lines: Vec<Line>,
}

struct Line {
    id: String,
    name: String,
    kind: &'static str,
    label: &'static str,
    badge: &'static str,
    rows: String,
    at: String,
    datetime: String,
}

pub async fn form(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    page(&app, &access, Kind::Customers, Faults::default()).await
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfUpload) -> Result<Response, PageError> {
    let upload = form.into_inner();
    let kind = upload.field("kind").and_then(Kind::parse).unwrap_or(Kind::Customers);
    let mut faults = Faults::default();
    match upload.into_file() {
        None => faults.add("file", "Please choose a file."),
        Some((_, content)) if content.len() > MAX_UPLOAD => {
            faults
                .add("file", format!("This file is larger than {} MB. Larger ones go in by the command line.", MAX_UPLOAD >> 20));
        }
        Some((name, content)) => {
            // Of a path, as some browsers send it, the end; of a name as long as a book, the beginning.
            let name: String =
                name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect();
            match receive(&app.db, &access.site, kind, &name, content, access.actor(), app.clock.now()).await {
                Ok(id) => return Ok(Redirect::to(&format!("/admin/{}/people/import/{id}", access.site.key)).into_response()),
                Err(e) => faults.add("file", fault(e)?),
            }
        }
    }
    page(&app, &access, kind, faults).await
}

async fn page(app: &App, access: &SiteAccess, kind: Kind, faults: Faults) -> Result<Response, PageError> {
    let zone = access.zone();
    let line = |import: imports::Import| {
        let (label, badge) = status_label(import.status);
        Line {
            id: import.id.to_string(),
            kind: kind_label(import.kind),
            label,
            badge,
            rows: format::count(import.done),
            at: format::moment(import.created_at, &zone),
            datetime: format::machine(import.created_at),
            name: import.name,
        }
    };
    let lines = imports::recent(&app.db, access.site.id, LISTED).await?.into_iter().map(line).collect();
    let (status, key) = (faults.status(), access.site.key.clone());
    let (is_orders, most) = (kind == Kind::Orders, MAX_UPLOAD >> 20);
    let page = render(NewPage { page: access.page(Tab::People), key, is_orders, most, faults, lines })?;
    Ok((status, page).into_response())
}
