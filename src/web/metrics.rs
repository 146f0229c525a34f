//! `/metrics`: the figures for Prometheus. They tell how a business goes, so not everybody may read them.

use std::net::{IpAddr, SocketAddr};
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
    match may_read(app.config.metrics_token.as_deref(), peer.ip(), &headers) {
        Ok(()) => {}
        Err(StatusCode::UNAUTHORIZED) => {
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer realm=\"exitpoll\"")]).into_response();
        }
        Err(status) => return status.into_response(),
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

/// Whoever shows the token; where none is set, whoever is on this machine and asks without a proxy in between.
fn may_read(token: Option<&str>, peer: IpAddr, headers: &HeaderMap) -> Result<(), StatusCode> {
    let forwarded = || FORWARDED.iter().any(|name| headers.contains_key(*name));
    match token {
        // Digests are of one length, and tell nothing of how much of a token was right.
        Some(token) if bearer(headers).is_some_and(|shown| bool::from(digest(shown).ct_eq(&digest(token)))) => Ok(()),
        Some(_) => Err(StatusCode::UNAUTHORIZED),
        None if peer.to_canonical().is_loopback() && !forwarded() => Ok(()),
        None => Err(StatusCode::NOT_FOUND),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_for_whoever_runs_the_server() {
        let token = Some("a token of some length");
        let right = ("authorization", "Bearer a token of some length");
        for (token, peer, header, expected) in [
            (None, "127.0.0.1", None, Ok(())),
            (None, "::1", None, Ok(())),
            (None, "::ffff:127.0.0.1", None, Ok(())),
            (None, "203.0.113.9", None, Err(StatusCode::NOT_FOUND)),
            (None, "10.0.0.1", Some(right), Err(StatusCode::NOT_FOUND)),
            (None, "127.0.0.1", Some(("x-forwarded-for", "203.0.113.9")), Err(StatusCode::NOT_FOUND)),
            (None, "127.0.0.1", Some(("forwarded", "for=203.0.113.9")), Err(StatusCode::NOT_FOUND)),
            (None, "127.0.0.1", Some(("x-real-ip", "127.0.0.1")), Err(StatusCode::NOT_FOUND)),
            (token, "203.0.113.9", Some(right), Ok(())),
            (token, "203.0.113.9", None, Err(StatusCode::UNAUTHORIZED)),
            (token, "127.0.0.1", None, Err(StatusCode::UNAUTHORIZED)),
            (token, "127.0.0.1", Some(("authorization", "Bearer another")), Err(StatusCode::UNAUTHORIZED)),
            (token, "127.0.0.1", Some(("authorization", "Bearer ")), Err(StatusCode::UNAUTHORIZED)),
        ] {
            let mut headers = HeaderMap::new();
            if let Some((name, value)) = header {
                headers.insert(name, value.parse().unwrap());
            }
            assert_eq!(may_read(token, peer.parse().unwrap(), &headers), expected, "{token:?} {peer} {header:?}");
        }
    }
}
