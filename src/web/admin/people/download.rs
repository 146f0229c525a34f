//! `GET …/record.json`: everything that is held of a person, to be handed to them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::PersonAccess;
use crate::boot::App;
use crate::manage::people;
use crate::web::admin::error::PageError;

pub async fn json(State(app): State<Arc<App>>, access: PersonAccess) -> Result<Response, PageError> {
    let (site, id) = (&access.site.site, access.person.id);
    let mut tx = app.db.begin().await?;
    let record = people::record(&mut tx, &app.sender.keys, site, id, access.site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    if record.is_null() {
        return Err(PageError::NotFound);
    }
    // Read by people, too.
    let text = serde_json::to_string_pretty(&record).map_err(anyhow::Error::from)?;
    let name = format!("attachment; filename=\"{id}.json\"");
    let headers =
        [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_DISPOSITION, &*name), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, text).into_response())
}
