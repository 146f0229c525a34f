//! What the buttons of alerts do: mute, unmute, send a test.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::boot::App;
use crate::clock::{DAY, Millis};
use crate::outbound::alert;
use crate::store::alerts::{self, Alert};
use crate::store::audit;
use crate::web::admin::access::{SiteAccess, param};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

const MUTED_FOR: Millis = 7 * DAY;

/// An alert of a store that this person may see.
pub struct AlertAccess {
    site: SiteAccess,
    alert: Alert,
}

impl FromRequestParts<Arc<App>> for AlertAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id: Uuid = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let alert = alerts::find(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, alert })
    }
}

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn mute(State(app): State<Arc<App>>, access: AlertAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(&app, access, true).await
}

pub async fn unmute(
    State(app): State<Arc<App>>,
    access: AlertAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    change(&app, access, false).await
}

async fn change(app: &App, AlertAccess { site, alert }: AlertAccess, mute: bool) -> Result<Response, PageError> {
    let now = app.clock.now();
    let (action, done) = if mute { ("alert.mute", "muted") } else { ("alert.unmute", "unmuted") };
    let mut tx = app.db.begin().await?;
    // The last one of its kind is what the next look finds.
    if let Some(mut last) = alerts::last(&mut tx, site.site.id, &alert.cause, &alert.subject).await? {
        last.muted_until = mute.then_some(now + MUTED_FOR);
        if mute {
            last.mail_due = None;
        }
        alerts::update(&mut tx, &last).await?;
        audit::record(&mut tx, site.site.id, site.actor(), action, &last.title, now).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/alerts?done={done}", site.site.key)).into_response())
}

pub async fn test(State(app): State<Arc<App>>, access: SiteAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    let (site, now) = (&access.site, app.clock.now());
    let mut tx = app.db.begin().await?;
    alert::test(&mut tx, site, now).await?;
    audit::record(&mut tx, site.id, access.actor(), "alert.test", &site.name, now).await?;
    tx.commit().await?;
    app.bell.notify_one();
    app.dispatcher.ring();
    Ok(Redirect::to(&format!("/admin/{}/alerts/settings?done=test", site.key)).into_response())
}
