//! `/admin/{site}/connections/webhooks`: who is told, and how it goes.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::words::health;
use crate::boot::App;
use crate::id::EndpointId;
use crate::manage::endpoints::backlog;
use crate::store::endpoints;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Backlogs are counted up to here.
pub const COUNTED: i64 = 1000;

#[derive(Template)]
#[template(path = "admin/connections/webhooks/list.html")]
struct ListPage {
    page: Page,
    key: String,
    deleted: bool,
    lines: Vec<Line>,
}

struct Line {
    id: EndpointId,
    name: String,
    host: String,
    label: &'static str,
    badge: &'static str,
    events: usize,
    waiting: String,
    dead: String,
    delivered: Option<(String, String)>,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

/// `1,000+` of what was not counted to its end.
pub fn counted(n: i64) -> String {
    format!("{}{}", format::count(n), if n >= COUNTED { "+" } else { "" })
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let zone = access.zone();
    let mut lines = Vec::new();
    for endpoint in endpoints::list(&app.db, access.site.id).await? {
        let (label, badge) = health(&endpoint);
        let (waiting, dead) = backlog(&app.db, &endpoint, COUNTED).await?;
        let host = url::Url::parse(&endpoint.url).ok().and_then(|url| url.host_str().map(str::to_owned));
        lines.push(Line {
            id: endpoint.id,
            host: host.unwrap_or_default(),
            label,
            badge,
            events: endpoint.events.len(),
            waiting: counted(waiting),
            dead: counted(dead),
            delivered: endpoint.delivered_at.map(|at| (format::moment(at, &zone), format::machine(at))),
            name: endpoint.name,
        });
    }
    let deleted = after.done.as_deref() == Some("deleted");
    render(ListPage { page: access.page(Tab::Connections), key: access.site.key, deleted, lines })
}
