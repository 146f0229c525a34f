//! `/admin` and `/admin/sites`: the stores. With a single one, `/admin` goes straight to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::boot::App;
use crate::store::sites::Site;
use crate::web::admin::access::CurrentUser;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, render};

#[derive(Template)]
#[template(path = "admin/sites/list.html")]
struct ListPage {
    page: Page,
    sites: Vec<Site>,
    may_add: bool,
}

pub async fn home(State(app): State<Arc<App>>, current: CurrentUser) -> Result<Response, PageError> {
    match current.sites(&app.db).await?.as_slice() {
        [only] => Ok(Redirect::to(&format!("/admin/{}", only.key)).into_response()),
        _ => Ok(Redirect::to("/admin/sites").into_response()),
    }
}

pub async fn list(State(app): State<Arc<App>>, current: CurrentUser) -> Result<Response, PageError> {
    let sites = current.sites(&app.db).await?;
    render(ListPage { page: current.page(), sites, may_add: current.user.admin })
}
