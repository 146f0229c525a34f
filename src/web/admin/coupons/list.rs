//! `/admin/{site}/coupons`: the pools and what is left in them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{left, state_label, uses};
use crate::boot::App;
use crate::id::{PoolId, SurveyId};
use crate::store::coupons::{self, Stocked};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/coupons/list.html")]
struct ListPage {
    page: Page,
    key: String,
    lines: Vec<Line>,
    /// Pools that surveys name and that do not exist.
    missing: Vec<(String, Vec<(SurveyId, String)>)>,
}

struct Line {
    id: PoolId,
    key: String,
    name: String,
    label: &'static str,
    badge: &'static str,
    left: String,
    given: String,
    until: String,
    surveys: usize,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let mut used = uses(&app.db, site.id).await?;
    let line = |stocked: Stocked| {
        let (label, badge) = state_label(stocked.supply().state(now));
        Line {
            id: stocked.pool.id,
            label,
            badge,
            left: left(&stocked),
            given: format::count(stocked.given),
            until: stocked.pool.expires_at.map_or_else(|| "–".into(), |at| format::date(at - 1, &zone)),
            surveys: used.remove(&stocked.pool.key).map_or(0, |surveys| surveys.len()),
            key: stocked.pool.key,
            name: stocked.pool.name,
        }
    };
    let lines = coupons::list(&app.db, site.id).await?.into_iter().map(line).collect();
    let missing = used.into_iter().collect();
    render(ListPage { page: access.page(Tab::Coupons), key: site.key.clone(), lines, missing })
}
