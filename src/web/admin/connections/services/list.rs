//! `/admin/{site}/connections/services`: which services are told, and which could be.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

use crate::boot::App;
use crate::domain::connector::Kind;
use crate::outbound::connectors::{VENDORS, vendor};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::connections::webhooks::list::{After, Line, lines};
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/connections/services/list.html")]
struct ListPage {
    page: Page,
    key: String,
    deleted: bool,
    lines: Vec<Line>,
    offers: Vec<Offer>,
}

/// A service that could be connected.
struct Offer {
    kind: Kind,
    label: &'static str,
    sentence: &'static str,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let lines = lines(&app, &access, |kind| vendor(kind).is_some()).await?;
    let offers = VENDORS.iter().map(|vendor| vendor.about()).map(|about| Offer {
        kind: about.kind,
        label: about.label,
        sentence: about.sentence,
    });
    render(ListPage {
        page: access.page(Tab::Connections),
        deleted: after.deleted(),
        lines,
        offers: offers.collect(),
        key: access.site.key,
    })
}
