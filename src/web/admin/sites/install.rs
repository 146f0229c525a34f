//! `/admin/{site}/install`: the tag, and where it goes.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::boot::App;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/sites/install.html")]
struct InstallPage {
    page: Page,
    /// Address of the script.
    script: String,
    key: String,
    currency: String,
    origins: Vec<String>,
    has_surveys: bool,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let script = format!("{}/embed.js", app.config.public_url.as_str().trim_end_matches('/'));
    let has_surveys = !crate::store::surveys::list(&app.db, access.site.id).await?.is_empty();
    let page = access.page(Tab::Install);
    let site = access.site;
    render(InstallPage { page, script, key: site.key, currency: site.currency, origins: site.origins, has_surveys })
}
