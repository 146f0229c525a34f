//! `/admin/{site}/connections/keys`: the keys, what they may do, and when they were last used.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::boot::App;
use crate::domain::scope::Scope;
use crate::id::ApiKeyId;
use crate::store::api_keys::{self, ApiKey};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/keys/list.html")]
struct ListPage {
    page: Page,
    key: String,
    revoked: bool,
    lines: Vec<Line>,
    /// Names of keys that were ended, and when.
    ended: Vec<(String, String)>,
}

struct Line {
    id: ApiKeyId,
    name: String,
    hint: String,
    scopes: Vec<&'static str>,
    /// Whether it may do everything.
    all: bool,
    made: String,
    used: String,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let zone = access.zone();
    let (mut lines, mut ended) = (Vec::new(), Vec::new());
    for key in api_keys::list(&app.db, access.site.id).await? {
        if let Some(at) = key.revoked_at {
            ended.push((key.name, format::date(at, &zone)));
            continue;
        }
        let ApiKey { id, name, hint, scopes, created_at, used_at, .. } = key;
        lines.push(Line {
            id,
            name,
            hint,
            all: scopes.len() == Scope::WORDS.len(),
            scopes: scopes.into_iter().map(Scope::words).collect(),
            made: format::date(created_at, &zone),
            used: used_at.map_or_else(|| "Never".into(), |at| format::moment(at, &zone)),
        });
    }
    let revoked = after.done.as_deref() == Some("revoked");
    render(ListPage { page: access.page(Tab::Connections), key: access.site.key.clone(), revoked, lines, ended })
}
