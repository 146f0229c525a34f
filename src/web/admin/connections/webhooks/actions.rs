//! What an endpoint's buttons do: test, pause, switch off, go on, another secret, delete.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::EndpointAccess;
use super::new::SecretPage;
use crate::boot::App;
use crate::domain::webhook::EndpointStatus;
use crate::manage::endpoints;
use crate::outbound::connectors::{self, Vendor};
use crate::outbound::{open_given, probe};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Tab, render};

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn test(
    State(app): State<Arc<App>>,
    access: EndpointAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    // The page of one that is not called has no button for it.
    if access.endpoint.status != EndpointStatus::Active {
        return Err(PageError::NotFound);
    }
    if let Some(vendor) = connectors::vendor(access.endpoint.kind) {
        return Ok(access.done(ask(&app, &access, vendor).await).into_response());
    }
    let mut tx = app.db.begin().await?;
    let event = endpoints::ping(&mut tx, &access.endpoint, access.site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    app.dispatcher.ring();
    Ok(Redirect::to(&format!("{}/deliveries/{event}", access.path())).into_response())
}

/// Whether a service takes the stored credentials.
async fn ask(app: &App, access: &EndpointAccess, vendor: &dyn Vendor) -> &'static str {
    let Ok(given) = open_given(&app.keys.vault, &access.endpoint) else { return "refused" };
    let (answer, passed) = probe(app.dispatcher.client(), vendor, &given).await;
    match answer.outcome {
        _ if passed => "accepted",
        Ok(429 | 500..=599) | Err(_) => "unreachable",
        Ok(_) => "refused",
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    status: String,
}

pub async fn status(State(app): State<Arc<App>>, access: EndpointAccess, form: CsrfForm<Wanted>) -> Result<Response, PageError> {
    let status = EndpointStatus::parse(&form.into_inner().status).ok_or(PageError::NotFound)?;
    // A second click finds it done and changes nothing.
    if access.endpoint.status != status {
        let mut tx = app.db.begin().await?;
        endpoints::set_status(&mut tx, &access.endpoint, status, access.site.actor(), app.clock.now()).await?;
        tx.commit().await?;
        app.catalog.changed(&access.site.site.key).await;
        app.dispatcher.ring();
    }
    Ok(access.done(status.as_str()).into_response())
}

pub async fn rotate(
    State(app): State<Arc<App>>,
    access: EndpointAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    if !access.section().is_webhook {
        return Err(PageError::NotFound);
    }
    let mut tx = app.db.begin().await?;
    let secret = endpoints::rotate(&mut tx, &app.keys.vault, &access.endpoint, access.site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    render(SecretPage {
        page: access.site.page(Tab::Connections),
        key: access.site.site.key.clone(),
        name: access.endpoint.name.clone(),
        path: access.path(),
        secret: secret.reveal(),
        rotated: true,
    })
}

pub async fn delete(
    State(app): State<Arc<App>>,
    access: EndpointAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    let mut tx = app.db.begin().await?;
    endpoints::delete(&mut tx, &access.endpoint, access.site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/connections/{}?done=deleted", access.site.site.key, access.section().path))
        .into_response())
}
