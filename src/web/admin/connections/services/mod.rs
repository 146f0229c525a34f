//! A store's services: connecting them, and which answer goes where. What was sent, and sending it again, is as for webhooks.

pub mod edit;
mod form;
pub mod list;
pub mod mapping;
pub mod new;
mod sample;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::webhooks::EndpointAccess;
use crate::boot::App;
use crate::domain::connector::Kind;
use crate::outbound::connectors::{self, Vendor};
use crate::web::admin::access::param;
use crate::web::admin::error::PageError;

/// A service of a store that this person may see.
pub struct ServiceAccess {
    pub of: EndpointAccess,
    pub vendor: &'static dyn Vendor,
}

impl FromRequestParts<Arc<App>> for ServiceAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let of = EndpointAccess::from_request_parts(parts, app).await?;
        let vendor = connectors::vendor(of.endpoint.kind).ok_or(PageError::NotFound)?;
        Ok(Self { of, vendor })
    }
}

/// A kind of service that is named in the address of a page.
pub struct VendorNamed(pub &'static dyn Vendor);

impl FromRequestParts<Arc<App>> for VendorNamed {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let word = param(parts, app, "kind").await?;
        Kind::parse(&word).and_then(connectors::vendor).map(Self).ok_or(PageError::NotFound)
    }
}
