//! A store's webhooks: who is told what, how it went, and sending it again.

pub mod actions;
pub mod delivery;
pub mod edit;
mod form;
pub mod list;
pub mod new;
pub mod replay;
pub mod show;
pub mod words;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Redirect;

use crate::boot::App;
use crate::domain::connector::Kind;
use crate::id::EndpointId;
use crate::store::endpoints::{self, Endpoint};
use crate::web::admin::access::{SiteAccess, param};
use crate::web::admin::error::PageError;

/// An endpoint of a store that this person may see.
pub struct EndpointAccess {
    pub site: SiteAccess,
    pub endpoint: Endpoint,
}

impl FromRequestParts<Arc<App>> for EndpointAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id: EndpointId = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let endpoint = endpoints::find(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, endpoint })
    }
}

impl EndpointAccess {
    /// Address of the endpoint's page.
    pub fn path(&self) -> String {
        format!("/admin/{}/connections/{}/{}", self.site.site.key, self.section().path, self.endpoint.id)
    }

    /// Which part of the pages it belongs to.
    pub const fn section(&self) -> Section {
        Section::of(self.endpoint.kind)
    }

    /// Back to the endpoint, which says what was done.
    pub fn done(&self, done: &str) -> Redirect {
        Redirect::to(&format!("{}?done={done}", self.path()))
    }
}

/// Webhooks and services share their pages of what was sent.
#[derive(Clone, Copy)]
pub struct Section {
    pub path: &'static str,
    pub label: &'static str,
    /// One of them, in a sentence.
    pub noun: &'static str,
    pub is_webhook: bool,
}

impl Section {
    const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Webhook => Self { path: "webhooks", label: "Webhooks", noun: "webhook", is_webhook: true },
            _ => Self { path: "services", label: "Services", noun: "service", is_webhook: false },
        }
    }
}
