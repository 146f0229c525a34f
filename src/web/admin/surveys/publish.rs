//! `POST /admin/{site}/surveys/{id}/publish`: what was saved goes live.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::boot::App;
use crate::domain::survey::Survey;
use crate::manage;
use crate::store::surveys;
use crate::web::admin::access::SurveyAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

#[derive(Deserialize)]
pub struct Seen {
    /// When the survey had last been changed as the button was shown.
    updated_at: i64,
}

pub async fn submit(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
    form: CsrfForm<Seen>,
) -> Result<Response, PageError> {
    let (site, id) = (access.site.id, entry.id);
    let survey = format!("/admin/{}/surveys/{id}", access.site.key);
    let mut tx = super::begin(&app, &access).await?;
    let current = surveys::find(&mut tx, site, id).await?.ok_or(PageError::NotFound)?;
    if current.updated_at != form.into_inner().updated_at {
        return Ok(Redirect::to(&format!("{survey}?done=conflict")).into_response());
    }
    let saved = surveys::draft(&mut tx, site, id).await?.ok_or(PageError::NotFound)?;
    // A draft that an older version of the program accepted: the editor tells what is wrong with it now.
    let Ok(document) = Survey::parse(&saved) else {
        return Ok(Redirect::to(&format!("{survey}/edit")).into_response());
    };
    let now = app.clock.now().max(current.updated_at + 1);
    manage::surveys::publish(&mut tx, site, id, &document, access.actor(), now).await?;
    Ok(super::finish(&app, &access, tx, id, "published").await?.into_response())
}
