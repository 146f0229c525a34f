//! `/metrics`: the figures for Prometheus. They tell how a business goes, so not everybody may read them.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;

use super::api::bearer;
use crate::boot::{App, job_kinds};
use crate::clock::Millis;
use crate::keys::digest;
use crate::store::queue::{self, Standing};
use crate::store::{StoreError, deliveries};

/// How far jobs of a kind and deliveries of an endpoint are counted: beyond it, the number matters no more.
const COUNTED: i64 = 10_000;

/// What a proxy adds to a request that it passes on.
const FORWARDED: [&str; 6] = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];

pub async fn metrics(State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap) -> Response {
    match &app.config.metrics_token {
        Some(token) if bearer(&headers).is_some_and(|shown| bool::from(digest(shown).ct_eq(&digest(token)))) => {}
        Some(_) => return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response(),
        None if peer.ip().to_canonical().is_loopback() && !FORWARDED.iter().any(|name| headers.contains_key(*name)) => {}
        None => return StatusCode::NOT_FOUND.into_response(),
    }
    let read = read(&app).await;
    if let Err(e) = &read {
        tracing::warn!(error = %e, "the queues cannot be read for their figures");
        unknown(&app);
    }
    app.meters.database_up(read.is_ok());
    app.meters.ingest_waiting(app.ingest.waiting());
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (kind, app.meters.render()).into_response()
}

/// Notes how the queues stand right now.
async fn read(app: &App) -> Result<(), StoreError> {
    let (meters, now) = (&app.meters, app.clock.now());
    let lag = |due: Option<Millis>| due.map_or(0, |due| now - due) as f64;
    for kind in job_kinds() {
        let Standing { due, scheduled, running, dead, oldest_due, .. } = queue::standing(&app.db, kind, now, COUNTED).await?;
        for (state, jobs) in [("due", due), ("scheduled", scheduled), ("running", running), ("dead", dead)] {
            meters.job_queue(kind, state, jobs as f64);
        }
        meters.job_lag(kind, lag(oldest_due));
    }
    let (due, scheduled) = deliveries::waiting(&app.db, now, COUNTED).await?;
    meters.delivery_queue("due", due as f64);
    meters.delivery_queue("scheduled", scheduled as f64);
    meters.delivery_lag(lag(deliveries::oldest_due(&app.db, now).await?));
    Ok(())
}

/// What was true a while ago must not be taken for the present.
fn unknown(app: &App) {
    for kind in job_kinds() {
        for state in ["due", "scheduled", "running", "dead"] {
            app.meters.job_queue(kind, state, f64::NAN);
        }
        app.meters.job_lag(kind, f64::NAN);
    }
    for state in ["due", "scheduled"] {
        app.meters.delivery_queue(state, f64::NAN);
    }
    app.meters.delivery_lag(f64::NAN);
}
