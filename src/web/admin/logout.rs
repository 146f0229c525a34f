//! `POST /logout`: the login ends on the server, too.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header::SET_COOKIE};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::cookie;
use super::csrf::CsrfForm;
use super::error::PageError;
use crate::boot::App;
use crate::keys::digest;
use crate::store::sessions;

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn submit(State(app): State<Arc<App>>, headers: HeaderMap, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    if let Some(token) = cookie::read(&app, &headers, cookie::SESSION) {
        let mut tx = app.db.begin().await?;
        sessions::delete(&mut tx, &digest(token)).await?;
        tx.commit().await?;
    }
    Ok(([(SET_COOKIE, cookie::forget(&app, cookie::SESSION))], Redirect::to("/login")).into_response())
}
