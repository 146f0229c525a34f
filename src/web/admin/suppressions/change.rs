//! Adding an address by hand, and taking one off: where that does harm, not without a warning.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::list::{self, Asked, Entered, Outcome};
use super::{done, hash};
use crate::boot::App;
use crate::domain::suppression::Listed;
use crate::manage::suppressions::{self, ONE_ADDRESS, Removed};
use crate::store::suppressions::entry;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{self, Faults};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Deserialize)]
pub struct Added {
    email: String,
}

pub async fn add(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Added>) -> Result<Response, PageError> {
    let (entered, mut faults) = (form.into_inner().email, Faults::default());
    let Some(email) = faults.take("email", fields::email(&entered)) else {
        let entered = Entered { email: entered, ..Entered::default() };
        return list::page(&app, &access, Asked::default(), Outcome { entered, faults, ..Outcome::default() }).await;
    };
    let mut tx = app.db.begin().await?;
    let keys = &app.sender.keys;
    let added = suppressions::add(&mut tx, keys, access.site.id, (&email, ONE_ADDRESS), access.actor(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(done(&access, if added { "added" } else { "known" }).into_response())
}

#[derive(Deserialize)]
pub struct Taken {
    hash: String,
    /// The warning was read.
    sure: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/suppressions/warning.html")]
struct Warning {
    page: Page,
    key: String,
    hash: String,
    email: Option<String>,
    erased: bool,
}

pub async fn remove(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Taken>) -> Result<Response, PageError> {
    let taken = form.into_inner();
    let hash = hash(&taken.hash).ok_or(PageError::NotFound)?;
    let (site, sure) = (access.site.id, taken.sure.is_some());
    let mut tx = app.db.begin().await?;
    match suppressions::remove(&mut tx, site, (&hash, ONE_ADDRESS), sure, access.actor(), app.clock.now()).await? {
        Removed::Done => {
            tx.commit().await?;
            Ok(done(&access, "removed").into_response())
        }
        // Somebody else was faster.
        Removed::Unknown => Ok(done(&access, "removed").into_response()),
        Removed::Grave(reason) => {
            let email = entry(&mut tx, site, &hash).await?.and_then(|entry| entry.email);
            let (page, key) = (access.page(Tab::Mail), access.site.key.clone());
            render(Warning { page, key, hash: taken.hash, email, erased: reason == Listed::Erased })
        }
    }
}
