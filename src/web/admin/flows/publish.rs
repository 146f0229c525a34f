//! `POST /admin/{site}/flows/{id}/publish`: from now on people enter what was saved.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::FlowAccess;
use super::draft::Draft;
use crate::boot::App;
use crate::domain::flow::Flow;
use crate::id::SiteId;
use crate::manage::{self, flows::Missing};
use crate::store::{StoreError, Tx, flows};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;

#[derive(Deserialize)]
pub struct Seen {
    /// When the follow-up had last been changed as the button was shown.
    updated_at: i64,
}

pub async fn submit(State(app): State<Arc<App>>, access: FlowAccess, form: CsrfForm<Seen>) -> Result<Response, PageError> {
    let (site, id, path) = (access.site.site.id, access.entry.id, access.path());
    let mut tx = app.db.begin().await?;
    let current = flows::lock(&mut tx, site, id).await?.ok_or(PageError::NotFound)?;
    if current.updated_at != form.into_inner().updated_at {
        return Ok(Redirect::to(&format!("{path}?done=conflict")).into_response());
    }
    let saved = flows::draft(&mut tx, site, id).await?.ok_or(PageError::NotFound)?;
    // A draft that an older version of the program accepted: the editor tells what is wrong with it now.
    let Ok(flow) = Flow::parse(&saved) else {
        return Ok(Redirect::to(&format!("{path}/json")).into_response());
    };
    if !manage::flows::missing(&mut tx, site, &flow).await?.is_empty() {
        return Ok(Redirect::to(&format!("{path}?done=missing")).into_response());
    }
    let now = app.clock.now().max(current.updated_at + 1);
    manage::flows::publish(&mut tx, site, id, &flow, access.site.actor(), now).await?;
    Ok(super::finish(&app, &access.site, tx, id, "published").await?.into_response())
}

/// Notes everything that keeps a form's flow from being published, each at its field; whether there is anything.
pub async fn lacks(tx: &mut Tx, site: SiteId, flow: &Flow, draft: &Draft, faults: &mut Faults) -> Result<bool, StoreError> {
    let missing = manage::flows::missing(tx, site, flow).await?;
    for missing in &missing {
        faults.add(draft.field(&missing.path), sentence_of(missing));
    }
    Ok(!missing.is_empty())
}

/// What a store lacks, in words.
pub fn sentence_of(missing: &Missing) -> String {
    let key = &missing.key;
    match missing.what {
        "template" => format!("This store has no mail “{key}”. Please choose another."),
        "coupon pool" => format!("This store has no coupon pool “{key}”. Choose another, or create it under Coupons."),
        "survey" => format!("This store has no survey “{key}”. Please choose another."),
        what => format!("This store has no {what} “{key}” to tell. Take the step out, or set it up under Connections."),
    }
}
