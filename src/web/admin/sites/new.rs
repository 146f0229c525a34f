//! `/admin/sites/new`: another store; for administrators.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::identity::IdentityFields;
use crate::boot::App;
use crate::manage::sites::create;
use crate::store::sites;
use crate::web::admin::access::CurrentUser;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, time_zones};
use crate::web::admin::page::{Page, render};

#[derive(Template)]
#[template(path = "admin/sites/new.html")]
struct NewPage {
    page: Page,
    site: IdentityFields,
    faults: Faults,
    zones: Vec<String>,
}

pub async fn form(current: CurrentUser) -> Result<Response, PageError> {
    show(&current, IdentityFields::default(), Faults::default())
}

pub async fn submit(
    State(app): State<Arc<App>>,
    current: CurrentUser,
    form: CsrfForm<IdentityFields>,
) -> Result<Response, PageError> {
    let (entered, now) = (form.into_inner(), app.clock.now());
    let mut faults = Faults::default();
    let (true, Some(identity)) = (current.user.admin, entered.read(&mut faults)) else {
        return show(&current, entered, faults);
    };
    let site = identity.new_site(now);
    let mut tx = app.db.begin().await?;
    create(&mut tx, &site, &current.user.email, now).await?;
    sites::add_member(&mut tx, site.id, current.user.id).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/install", site.key)).into_response())
}

fn show(current: &CurrentUser, site: IdentityFields, faults: Faults) -> Result<Response, PageError> {
    if !current.user.admin {
        return Err(PageError::NotFound);
    }
    let status = faults.status();
    let page = render(NewPage { page: current.page(), site, faults, zones: time_zones() })?;
    Ok((status, page).into_response())
}
