//! A store's follow-ups: the list, the form, the document, and what came of them.

mod conditions;
mod draft;
pub mod edit;
pub mod json;
pub mod list;
pub mod new;
mod notes;
mod pairs;
mod parts;
mod press;
pub mod publish;
mod ready;
mod results;
pub mod show;
pub mod status;
mod view;
mod words;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts as Head;
use axum::response::Redirect;
use serde_json::Value;

use super::access::{SiteAccess, param};
use super::error::PageError;
use crate::boot::App;
use crate::domain::flow::Flow;
use crate::id::FlowId;
use crate::store::flows::{self, Entry, Revision};
use crate::store::{Db, StoreError, Tx};

/// A follow-up of a store that this person may see.
pub struct FlowAccess {
    pub site: SiteAccess,
    pub entry: Entry,
}

impl FromRequestParts<Arc<App>> for FlowAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Head, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id: FlowId = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let entry = flows::find(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, entry })
    }
}

impl FlowAccess {
    /// The follow-up's own address.
    fn path(&self) -> String {
        path(&self.site, self.entry.id)
    }
}

fn path(access: &SiteAccess, id: FlowId) -> String {
    format!("/admin/{}/flows/{id}", access.site.key)
}

/// Ends a change; its author sees what was done.
async fn finish(app: &App, access: &SiteAccess, tx: Tx, id: FlowId, done: &str) -> Result<Redirect, StoreError> {
    tx.commit().await?;
    app.catalog.changed(&access.site.key).await;
    Ok(Redirect::to(&format!("{}?done={done}", path(access, id))))
}

/// The two documents of a flow.
struct Documents {
    /// As last saved.
    saved: Value,
    /// The same, read; `None` if an older version of the program saw it differently.
    draft: Option<Flow>,
    /// The newest revision.
    published: Option<Revision>,
}

impl Documents {
    async fn load(db: &Db, access: &SiteAccess, entry: &Entry) -> Result<Self, PageError> {
        let saved = flows::draft(db, access.site.id, entry.id).await?.ok_or(PageError::NotFound)?;
        let published = flows::revision(db, access.site.id, entry.id, entry.revision).await?;
        Ok(Self { draft: Flow::parse(&saved).ok(), saved, published })
    }

    /// Whether something was saved that people do not enter yet.
    fn is_ahead(&self) -> bool {
        self.published.as_ref().is_some_and(|published| self.draft.as_ref() != Some(&published.document))
    }

    /// What people enter, or will.
    fn shown(&self) -> Option<&Flow> {
        self.published.as_ref().map(|published| &published.document).or(self.draft.as_ref())
    }
}
