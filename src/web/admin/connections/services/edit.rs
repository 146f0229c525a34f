//! `/admin/{site}/connections/services/{id}/edit`: what was entered for a service. What changed is asked of the service before it is
//! stored; one that was paused for its credentials goes on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::ServiceAccess;
use super::form::{Asked, Entered};
use super::new::{FormPage, Of};
use crate::boot::App;
use crate::manage::Refused;
use crate::manage::services::{merged, update};
use crate::outbound::connectors::{Field, Given};
use crate::outbound::{open_given, probe};
use crate::store::StoreError;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, sentence};
use crate::web::admin::page::{Tab, render};

pub async fn form(State(app): State<Arc<App>>, access: ServiceAccess) -> Result<Response, PageError> {
    show(&app, &access, &Entered::of(&access.of.endpoint), None, Faults::default())
}

pub async fn submit(State(app): State<Arc<App>>, access: ServiceAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, client, vault) = (form.into_inner(), app.dispatcher.client(), &app.keys.vault);
    let (vendor, endpoint) = (access.vendor, &access.of.endpoint);
    let given = merged(vault, endpoint, vendor, &entered.given(vendor));
    let service = entered.service(vendor, given);
    let mut faults = entered.faults(&service, client.guard());
    if !faults.is_empty() {
        return show(&app, &access, &entered, None, faults);
    }
    let (settings, credentials) = service.given.split(vendor.about().fields);
    let (answer, passed) = probe(client, vendor, &Given::join(settings, credentials)).await;
    let asked = Asked::of(vendor.about().label, answer, passed);
    if !asked.will_do(&entered) {
        return show(&app, &access, &entered, Some(asked), faults);
    }
    let mut tx = app.db.begin().await?;
    let by = access.of.site.actor();
    match update(&mut tx, vault, client.guard(), endpoint, &service, by, app.clock.now()).await {
        Ok(()) => {}
        Err(Refused::Store(StoreError::Duplicate)) => {
            faults.add("key", "Another webhook or service of this store has this key; each needs its own.");
            return show(&app, &access, &entered, None, faults);
        }
        Err(Refused::Invalid { field, message }) => {
            faults.add(field, sentence(&message));
            return show(&app, &access, &entered, None, faults);
        }
        Err(Refused::Store(e)) => return Err(e.into()),
    }
    tx.commit().await?;
    app.dispatcher.ring();
    Ok(access.of.done(if asked.passed { "saved" } else { "untested" }).into_response())
}

fn show(
    app: &App,
    access: &ServiceAccess,
    entered: &Entered,
    asked: Option<Asked>,
    faults: Faults,
) -> Result<Response, PageError> {
    let status = if asked.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { faults.status() };
    let ServiceAccess { of, vendor } = access;
    // Credentials that cannot be opened are asked for anew.
    let stored = open_given(&app.keys.vault, &of.endpoint).unwrap_or_default();
    let kept = |field: &Field| stored.has(field.key);
    let (fields, advanced) = entered.fields(*vendor, &faults, &kept);
    let page = render(FormPage {
        page: of.site.page(Tab::Connections),
        key: of.site.site.key.clone(),
        about: vendor.about(),
        of: Some(Of { name: of.endpoint.name.clone(), path: of.path() }),
        action: format!("{}/edit", of.path()),
        name: entered.name.clone(),
        word: entered.key.clone(),
        fields,
        advanced,
        events: entered.choices(*vendor),
        asked,
        faults,
    })?;
    Ok((status, page).into_response())
}
