//! `/admin/{site}/mail/templates`: all templates, and what sends them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::boot::App;
use crate::mail::shelf::{self, Shelved};
use crate::manage::templates;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::mail::{Part, Parts};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/mail/templates.html")]
struct ListPage {
    page: Page,
    key: String,
    parts: Parts,
    lines: Vec<Line>,
    notice: Option<&'static str>,
}

struct Line {
    key: String,
    name: String,
    languages: String,
    own: bool,
    /// Names of the flows that send it.
    flows: String,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let site = &access.site;
    let mut tx = app.db.begin().await?;
    let uses = templates::uses(&mut tx, site.id).await?;
    tx.rollback().await?;
    let line = |Shelved { template, own }: Shelved| {
        let flows = uses.iter().filter(|used| used.keys.contains(&template.key)).map(|used| used.name.as_str());
        let flows = flows.collect::<Vec<_>>().join(", ");
        let languages = template.versions.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        Line { key: template.key, name: template.name, languages, own, flows }
    };
    render(ListPage {
        page: access.page(Tab::Mail),
        key: site.key.clone(),
        parts: Parts::new(&site.key, Part::Templates),
        lines: shelf::all(&app.db, site.id).await?.into_iter().map(line).collect(),
        notice: (after.done.as_deref() == Some("deleted")).then_some("Deleted."),
    })
}
