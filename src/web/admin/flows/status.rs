//! `POST …/pause` and `POST …/resume`: a published follow-up stops, which ends it for everybody in it, and goes on.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::FlowAccess;
use super::new::Nothing;
use crate::boot::App;
use crate::manage;
use crate::store::flows;
use crate::store::surveys::Status;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

pub async fn pause(app: State<Arc<App>>, flow: FlowAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(app, flow, (Status::Live, Status::Paused), "paused").await
}

pub async fn resume(app: State<Arc<App>>, flow: FlowAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(app, flow, (Status::Paused, Status::Live), "resumed").await
}

/// A second click finds it done and changes nothing.
async fn change(
    State(app): State<Arc<App>>,
    access: FlowAccess,
    (from, to): (Status, Status),
    done: &str,
) -> Result<Response, PageError> {
    let site = &access.site;
    let mut tx = app.db.begin().await?;
    let current = flows::lock(&mut tx, site.site.id, access.entry.id).await?.ok_or(PageError::NotFound)?;
    if current.status == from {
        let now = app.clock.now().max(current.updated_at + 1);
        manage::flows::set_status(&mut tx, site.site.id, &current, to, site.actor(), now).await?;
    }
    Ok(super::finish(&app, site, tx, current.id, done).await?.into_response())
}
