//! The list as CSV: brought along from another service, and taken away.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use http_body_util::channel::{Channel, Sender};
use serde::Deserialize;

use super::list::{self, Asked, Entered, Outcome};
use crate::boot::App;
use crate::domain::suppression::read_list;
use crate::id::SiteId;
use crate::manage::suppressions::{HEADING, import as bring, rows, told};
use crate::store::{Db, StoreError, audit};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;

/// Bad lines that are named.
const TOLD: usize = 5;
/// Addresses that one form may bring; the command line takes more.
const MOST: usize = 20_000;

#[derive(Deserialize)]
pub struct Entries {
    list: String,
}

pub async fn import(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entries>) -> Result<Response, PageError> {
    let text = form.into_inner().list;
    let list = read_list(&text);
    let flaws = told(&list.flaws, TOLD);
    let mut outcome = Outcome { flaws, ..Outcome::default() };
    let fault = match list.entries.len() {
        0 if text.trim().is_empty() => Some("Please enter at least one address.".to_owned()),
        0 => Some("No line of this names an e-mail address.".to_owned()),
        n if n > MOST => {
            Some(format!("That is {n} addresses; one form takes {MOST}. Split it, or use exitpoll suppression import."))
        }
        _ => None,
    };
    if let Some(fault) = fault {
        let mut faults = Faults::default();
        faults.add("list", fault);
        (outcome.faults, outcome.entered) = (faults, Entered { list: text, ..Entered::default() });
        return list::page(&app, &access, Asked::default(), outcome).await;
    }
    let now = app.clock.now();
    let report = bring(&app.db, &app.sender.keys, access.site.id, &list, access.actor(), now).await?;
    outcome.notice = Some(format!("{report}."));
    list::page(&app, &access, Asked::default(), outcome).await
}

pub async fn export(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let site = &access.site;
    let mut tx = app.db.begin().await?;
    audit::record(&mut tx, site.id, access.actor(), "suppression.export", &site.key, app.clock.now()).await?;
    tx.commit().await?;
    let (mut sender, body) = Channel::<bytes::Bytes, StoreError>::new(2);
    let (db, id) = (app.db.clone(), site.id);
    tokio::spawn(async move {
        if let Err(e) = write(&db, id, &mut sender).await {
            tracing::error!(error = %e, "a download of suppressed addresses was cut");
            // The connection breaks, so that half a file is not taken for a whole one.
            sender.abort(e);
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"do-not-mail.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::new(body)).into_response())
}

/// In portions. Ends early when nobody reads any more.
async fn write(db: &Db, site: SiteId, to: &mut Sender<bytes::Bytes, StoreError>) -> Result<(), StoreError> {
    let (mut after, mut text) = (None, HEADING.to_owned());
    loop {
        let (portion, next) = rows(db, site, after).await?;
        text.push_str(&portion);
        if to.send_data(std::mem::take(&mut text).into()).await.is_err() || next.is_none() {
            return Ok(());
        }
        after = next;
    }
}
