//! `…/erase`: what it means to forget somebody, and doing it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::{PersonAccess, title};
use crate::boot::App;
use crate::id::CustomerId;
use crate::manage::people;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/people/erase.html")]
struct ErasePage {
    page: Page,
    key: String,
    id: CustomerId,
    title: String,
}

pub async fn form(access: PersonAccess) -> Result<Response, PageError> {
    let (page, key) = (access.site.page(Tab::People), access.site.site.key.clone());
    render(ErasePage { page, key, id: access.person.id, title: title(&access.person) })
}

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn submit(
    State(app): State<Arc<App>>,
    access: PersonAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    let site = &access.site.site;
    people::erase(&app.db, &app.sender.keys, site, access.person.id, access.site.actor(), app.clock.now()).await?;
    Ok(Redirect::to(&format!("/admin/{}/people?done=erased", site.key)).into_response())
}
