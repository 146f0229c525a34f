//! `/admin/{site}/flows`: the follow-ups and how they did in the last 30 days, and the ready-made ones.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Documents;
use super::parts::Parts;
use super::ready::{READY, Ready};
use super::words::{begins, status_label};
use crate::boot::App;
use crate::domain::schedule::{day_range, local_day};
use crate::id::FlowId;
use crate::insight::flows::{WINDOW_DAYS, at_a_glance};
use crate::store::{flow_results, flows};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// What "lately" means on this page.
const DAYS: i32 = 30;

#[derive(Template)]
#[template(path = "admin/flows/list.html")]
struct ListPage {
    page: Page,
    key: String,
    days: i32,
    window: i64,
    lines: Vec<Line>,
    /// Those that the store has no copy of.
    ready: Vec<&'static Ready>,
}

struct Line {
    id: FlowId,
    name: String,
    begins: String,
    status: &'static str,
    label: &'static str,
    running: String,
    sent: String,
    ordered: String,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let (site, now) = (&access.site, app.clock.now());
    let zone = access.zone();
    let today = local_day(now, &zone);
    let lately = day_range(today - DAYS + 1, &zone).start..day_range(today, &zone).end;
    let parts = Parts::load(&app.db, site, now).await?;
    let running: HashMap<FlowId, i64> = flow_results::running(&app.db, site.id).await?.into_iter().collect();
    let entries = flows::list(&app.db, site.id).await?;
    let ready = READY.iter().filter(|ready| !entries.iter().any(|entry| entry.key == ready.name)).collect();
    let mut lines = Vec::new();
    for entry in entries {
        let documents = Documents::load(&app.db, &access, &entry).await?;
        let (sent, ordered) = at_a_glance(&app.db, site, entry.id, lately.clone()).await?;
        lines.push(Line {
            id: entry.id,
            begins: documents.shown().map_or_else(String::new, |flow| begins(flow, &parts)),
            name: entry.name,
            status: entry.status.as_str(),
            label: status_label(entry.status),
            running: format::count(running.get(&entry.id).copied().unwrap_or(0)),
            sent: format::count(sent),
            ordered: format::count(ordered),
        });
    }
    render(ListPage { page: access.page(Tab::Flows), key: site.key.clone(), days: DAYS, window: WINDOW_DAYS, lines, ready })
}
