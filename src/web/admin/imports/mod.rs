//! Bringing in orders and people by upload: choosing a file, looking at what is understood of it, and how far it has come.

pub mod new;
pub mod show;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::access::{SiteAccess, param};
use super::error::PageError;
use crate::boot::App;
use crate::id::ImportId;
use crate::manage::import::ImportError;
use crate::store::imports::{self, Import, ImportStatus, Kind};

/// An import of a store that this person may see.
pub struct ImportAccess {
    pub site: SiteAccess,
    pub import: Import,
}

impl FromRequestParts<Arc<App>> for ImportAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id: ImportId = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let import = imports::find(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, import })
    }
}

fn kind_label(kind: Kind) -> &'static str {
    match kind {
        Kind::Orders => "Orders",
        Kind::Customers => "People",
    }
}

/// As a store owner says it, and the colour of its badge.
fn status_label(status: ImportStatus) -> (&'static str, &'static str) {
    match status {
        ImportStatus::Waiting => ("Not begun", "paused"),
        ImportStatus::Running => ("Under way", "paused"),
        ImportStatus::Finished => ("Done", "live"),
    }
}

/// Why a file cannot be brought in, for somebody who has it open in a spreadsheet.
fn fault(e: ImportError) -> Result<String, PageError> {
    Ok(match e {
        ImportError::Empty => "This file is empty.".into(),
        ImportError::Missing { field, names, .. } => {
            format!(
                "No column is known to hold {field}. The first line of the file names {names}. Is the kind above the right one?"
            )
        }
        ImportError::Header(_) => "The first line of this file cannot be read. Please save it as “CSV UTF-8”.".into(),
        ImportError::Broken { line, reason } => format!("The file cannot be read beyond line {line}: {reason}."),
        ImportError::Store(e) => return Err(e.into()),
        other => return Err(anyhow::Error::from(other).into()),
    })
}
