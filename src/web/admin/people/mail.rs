//! `POST …/mail`: no mail to this person any more, or mail again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::PersonAccess;
use crate::boot::App;
use crate::manage::suppressions::{Removed, add, remove};
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;

#[derive(Deserialize)]
pub struct Wish {
    wants: Wants,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wants {
    Nothing,
    Mail,
}

pub async fn submit(State(app): State<Arc<App>>, access: PersonAccess, form: CsrfForm<Wish>) -> Result<Response, PageError> {
    // The page of somebody without an address has no form for it.
    let Some(address) = &access.person.address else { return Err(PageError::NotFound) };
    let (site, keys, by, now) = (access.site.site.id, &app.sender.keys, access.site.actor(), app.clock.now());
    let whom = access.person.id.to_string();
    let mut tx = app.db.begin().await?;
    let done = match form.into_inner().wants {
        Wants::Nothing => {
            add(&mut tx, keys, site, (&address.email, &whom), by, now).await?;
            "stopped"
        }
        // One that is grave is taken off where the list is, after its warning.
        Wants::Mail => match remove(&mut tx, site, (&keys.hash(&address.email), &whom), false, by, now).await? {
            Removed::Done | Removed::Unknown => "allowed",
            Removed::Grave(_) => return Err(PageError::NotFound),
        },
    };
    tx.commit().await?;
    Ok(access.done(done).into_response())
}
