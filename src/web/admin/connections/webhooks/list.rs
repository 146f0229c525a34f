//! `/admin/{site}/connections/webhooks`: who is told, and how it goes.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::words::health;
use crate::boot::App;
use crate::domain::connector::Kind;
use crate::id::EndpointId;
use crate::manage::endpoints::backlog;
use crate::store::{StoreError, endpoints};
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

/// An endpoint in a list.
pub struct Line {
    pub id: EndpointId,
    pub name: String,
    pub host: String,
    pub label: &'static str,
    pub badge: &'static str,
    pub events: usize,
    pub waiting: String,
    pub dead: String,
    /// For people and for machines.
    pub delivered: Option<(String, String)>,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

impl After {
    /// One was deleted just now.
    pub fn deleted(&self) -> bool {
        self.done.as_deref() == Some("deleted")
    }
}

/// `1,000+` of what was not counted to its end.
pub fn counted(n: i64) -> String {
    format!("{}{}", format::count(n), if n >= COUNTED { "+" } else { "" })
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let lines = lines(&app, &access, |kind| kind == Kind::Webhook).await?;
    render(ListPage { page: access.page(Tab::Connections), deleted: after.deleted(), key: access.site.key, lines })
}

/// The store's endpoints of some kinds.
pub async fn lines(app: &App, access: &SiteAccess, of: fn(Kind) -> bool) -> Result<Vec<Line>, StoreError> {
    let zone = access.zone();
    let mut lines = Vec::new();
    let all = endpoints::list(&app.db, access.site.id).await?;
    for endpoint in all.into_iter().filter(|endpoint| of(endpoint.kind)) {
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
    Ok(lines)
}
