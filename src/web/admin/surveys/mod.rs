//! A store's surveys: the list, the editor, what was answered.

mod chart;
mod documents;
pub mod download;
pub mod edit;
mod editor;
pub mod list;
pub mod new;
pub mod preview;
pub mod publish;
mod question;
pub mod share;
pub mod show;
mod starters;
pub mod status;
mod summary;
pub mod why;

use std::sync::Arc;

use axum::response::Redirect;

use super::access::SiteAccess;
use crate::boot::App;
use crate::id::SurveyId;
use crate::store::surveys::Status;
use crate::store::{StoreError, Tx, sites};

/// Begins a change of a store's surveys. Changes of one store wait for each other here, so what is read in `Tx` stays true in it.
async fn begin(app: &Arc<App>, access: &SiteAccess) -> Result<Tx, StoreError> {
    let mut tx = app.db.begin().await?;
    sites::touch(&mut tx, access.site.id).await?;
    Ok(tx)
}

/// Ends a change: pages see it, and its author sees what was done.
async fn finish(app: &Arc<App>, access: &SiteAccess, tx: Tx, id: SurveyId, done: &str) -> Result<Redirect, StoreError> {
    tx.commit().await?;
    app.catalog.changed(&access.site.key).await;
    Ok(Redirect::to(&format!("/admin/{}/surveys/{id}?done={done}", access.site.key)))
}

/// A status as a store owner says it.
fn status_label(status: Status) -> &'static str {
    match status {
        Status::Draft => "Draft",
        Status::Live => "Live",
        Status::Paused => "Paused",
    }
}
