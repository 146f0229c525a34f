//! What the buttons beside dead jobs do.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::OperatorAccess;
use crate::boot::App;
use crate::manage::queue::{Verdict, settle, settle_all};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

#[derive(Deserialize)]
pub struct Wanted {
    verdict: String,
}

impl Wanted {
    fn verdict(&self) -> Result<Verdict, PageError> {
        match self.verdict.as_str() {
            "retry" => Ok(Verdict::TryAgain),
            "discard" => Ok(Verdict::Discard),
            _ => Err(PageError::NotFound),
        }
    }
}

pub async fn one(
    State(app): State<Arc<App>>,
    OperatorAccess(current): OperatorAccess,
    Path(id): Path<Uuid>,
    form: CsrfForm<Wanted>,
) -> Result<Response, PageError> {
    let verdict = form.into_inner().verdict()?;
    let mut tx = app.db.begin().await?;
    let done = settle(&mut tx, id, verdict, &current.user.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(after(&app, verdict, usize::from(done)))
}

pub async fn all(
    State(app): State<Arc<App>>,
    OperatorAccess(current): OperatorAccess,
    Path(kind): Path<String>,
    form: CsrfForm<Wanted>,
) -> Result<Response, PageError> {
    let verdict = form.into_inner().verdict()?;
    let mut tx = app.db.begin().await?;
    let done = settle_all(&mut tx, &kind, verdict, &current.user.email, app.clock.now()).await?;
    tx.commit().await?;
    Ok(after(&app, verdict, done))
}

fn after(app: &App, verdict: Verdict, done: usize) -> Response {
    let word = match verdict {
        Verdict::TryAgain => "retried",
        Verdict::Discard => "discarded",
    };
    app.bell.notify_one();
    Redirect::to(&format!("/admin/queue?{word}={done}")).into_response()
}
