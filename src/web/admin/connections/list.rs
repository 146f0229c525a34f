//! `/admin/{site}/connections`.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Card, cards};
use crate::boot::App;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/connections/list.html")]
struct ListPage {
    page: Page,
    key: String,
    cards: Vec<Card>,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let cards = cards(&app.db, &access.site, app.clock.now()).await?;
    render(ListPage { page: access.page(Tab::Connections), key: access.site.key, cards })
}
