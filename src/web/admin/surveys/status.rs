//! `POST …/pause` and `POST …/resume`: a published survey stops and goes on.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::boot::App;
use crate::manage;
use crate::store::surveys::{self, Status};
use crate::web::admin::access::SurveyAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn pause(app: State<Arc<App>>, survey: SurveyAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(app, survey, (Status::Live, Status::Paused), "paused").await
}

pub async fn resume(app: State<Arc<App>>, survey: SurveyAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(app, survey, (Status::Paused, Status::Live), "resumed").await
}

/// A second click finds it done and changes nothing.
async fn change(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
    (from, to): (Status, Status),
    done: &str,
) -> Result<Response, PageError> {
    let mut tx = super::begin(&app, &access).await?;
    let current = surveys::find(&mut tx, access.site.id, entry.id).await?.ok_or(PageError::NotFound)?;
    if current.status == from {
        let now = app.clock.now().max(current.updated_at + 1);
        manage::surveys::set_status(&mut tx, access.site.id, &current, to, access.actor(), now).await?;
    }
    Ok(super::finish(&app, &access, tx, entry.id, done).await?.into_response())
}
