//! `GET …/responses.csv` and `…/responses.ndjson`: a survey's responses of some days, streamed.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use http_body_util::channel::{Channel, Sender};
use serde::Deserialize;

use crate::boot::App;
use crate::domain::schedule::{day_range, local_day};
use crate::insight::results::Period;
use crate::manage::export::{Export, ExportError, Span, Wanted, What};
use crate::manage::import::Format;
use crate::store::{Db, StoreError};
use crate::web::admin::access::SurveyAccess;
use crate::web::admin::error::PageError;

#[derive(Deserialize)]
pub struct Days {
    from: Option<String>,
    until: Option<String>,
}

pub async fn csv(state: State<Arc<App>>, access: SurveyAccess, days: Query<Days>) -> Result<Response, PageError> {
    download(state, access, days, Format::Csv).await
}

pub async fn ndjson(state: State<Arc<App>>, access: SurveyAccess, days: Query<Days>) -> Result<Response, PageError> {
    download(state, access, days, Format::Ndjson).await
}

async fn download(
    State(app): State<Arc<App>>,
    SurveyAccess { site: access, entry }: SurveyAccess,
    Query(days): Query<Days>,
    format: Format,
) -> Result<Response, PageError> {
    let (zone, now) = (access.zone(), app.clock.now());
    let period = Period::parse(days.from.as_deref(), days.until.as_deref(), local_day(now, &zone));
    let span = Span { since: day_range(period.from, &zone).start, until: day_range(period.until, &zone).end };
    let what = What::Responses(Some((entry.key.clone(), entry.id)));
    let wanted = Wanted { what, format, span, after: String::new() };
    let export = Export::begin(&app.db, access.site.clone(), wanted, access.actor(), now).await?;
    let (mut sender, body) = Channel::<bytes::Bytes, StoreError>::new(2);
    let db = app.db.clone();
    tokio::spawn(async move {
        if let Err(e) = write(&db, export, format, &mut sender).await {
            tracing::error!(error = %e, "a download of responses was cut");
            // The connection breaks, so that half a file is not taken for a whole one.
            sender.abort(e);
        }
    });
    let (kind, ending) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Ndjson => ("application/x-ndjson", "ndjson"),
    };
    let name = format!("attachment; filename=\"{}-{}-{}.{ending}\"", entry.key, period.first(), period.last_day());
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &*name)], Body::new(body)).into_response())
}

/// Ends early when nobody reads any more.
async fn write(db: &Db, mut export: Export, format: Format, to: &mut Sender<bytes::Bytes, StoreError>) -> Result<(), StoreError> {
    // Spreadsheets take a table for UTF-8 only if it says so.
    let mut text = if format == Format::Csv { format!("\u{feff}{}", export.head()) } else { String::new() };
    loop {
        if !text.is_empty() && to.send_data(text.into()).await.is_err() {
            return Ok(());
        }
        match export.next(db).await? {
            Some(portion) => text = portion,
            None => return Ok(()),
        }
    }
}

impl From<ExportError> for PageError {
    fn from(e: ExportError) -> Self {
        match e {
            ExportError::Store(e) => e.into(),
            // The survey is known here, and an export begins at its beginning.
            other => anyhow::Error::from(other).into(),
        }
    }
}
