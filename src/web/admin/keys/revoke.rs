//! `POST …/keys/{id}/revoke`: a key opens nothing any more.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use serde::Deserialize;

use crate::boot::App;
use crate::id::ApiKeyId;
use crate::manage::api_keys::revoke;
use crate::web::admin::access::{SiteAccess, param};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

/// A key named in the address of a store's page. Whether the store has it, the change itself finds out.
pub struct KeyAccess {
    site: SiteAccess,
    id: ApiKeyId,
}

impl FromRequestParts<Arc<App>> for KeyAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        Ok(Self { site, id })
    }
}

#[derive(Deserialize)]
pub struct Nothing {}

/// A second click finds it done and changes nothing.
pub async fn submit(
    State(app): State<Arc<App>>,
    KeyAccess { site: access, id }: KeyAccess,
    _checked: CsrfForm<Nothing>,
) -> Result<Redirect, PageError> {
    let mut tx = app.db.begin().await?;
    revoke(&mut tx, access.site.id, id, access.actor(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/connections/keys?done=revoked", access.site.key)))
}
