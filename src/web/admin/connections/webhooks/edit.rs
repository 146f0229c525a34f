//! `/admin/{site}/connections/webhooks/{id}/edit`: name, address, events, headers.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::EndpointAccess;
use super::form::Entered;
use crate::boot::App;
use crate::manage::Refused;
use crate::manage::endpoints::update;
use crate::store::StoreError;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/connections/webhooks/edit.html")]
struct EditPage {
    page: Page,
    key: String,
    name: String,
    path: String,
    /// Headers are kept already.
    stored: bool,
    entered: Entered,
    faults: Faults,
}

pub async fn form(access: EndpointAccess) -> Result<Response, PageError> {
    webhooks_only(&access)?;
    let entered = Entered::of(&access.endpoint);
    show(&access, entered, Faults::default())
}

pub async fn submit(State(app): State<Arc<App>>, access: EndpointAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    webhooks_only(&access)?;
    let (entered, guard) = (form.into_inner(), app.dispatcher.client().guard());
    let stored = access.endpoint.headers.is_some();
    let mut faults = entered.faults(stored, guard);
    if !faults.is_empty() {
        return show(&access, entered, faults);
    }
    let (by, wanted) = (access.site.actor(), entered.wanted(stored));
    let mut tx = app.db.begin().await?;
    match update(&mut tx, &app.keys.vault, guard, &access.endpoint, &wanted, by, app.clock.now()).await {
        Err(Refused::Store(StoreError::Duplicate)) => {
            faults.add("key", "Another webhook of this store has this key; each needs its own.");
            return show(&access, entered, faults);
        }
        changed => changed?,
    }
    tx.commit().await?;
    Ok(access.done("saved").into_response())
}

/// Services have a form of their own.
const fn webhooks_only(access: &EndpointAccess) -> Result<(), PageError> {
    if access.section().is_webhook { Ok(()) } else { Err(PageError::NotFound) }
}

fn show(access: &EndpointAccess, entered: Entered, faults: Faults) -> Result<Response, PageError> {
    let status = faults.status();
    let page = render(EditPage {
        page: access.site.page(Tab::Connections),
        key: access.site.site.key.clone(),
        name: access.endpoint.name.clone(),
        path: access.path(),
        stored: access.endpoint.headers.is_some(),
        entered,
        faults,
    })?;
    Ok((status, page).into_response())
}
