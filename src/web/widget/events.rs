//! `POST /v1/{site}/events`: answered 202 only once the accepted events are on disk.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::body;
use super::shop::Shop;
use crate::boot::App;
use crate::collect::catalog::LiveSite;
use crate::collect::check::check;
use crate::collect::ingest::Outcome;
use crate::collect::reject::{Reason, Rejected};
use crate::collect::wire::{Batch, MAX_EVENTS};
use crate::web::error::Problem;
use crate::web::limits::client;

#[derive(Serialize)]
struct Receipt {
    accepted: usize,
    rejected: Vec<Rejected>,
}

pub async fn events(
    State(app): State<Arc<App>>,
    shop: Shop,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let receipt = take(&app, &shop.live, peer, &headers, body).await;
    shop.answer(receipt)
}

async fn take(
    app: &App,
    live: &LiveSite,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<impl IntoResponse + use<>, Problem> {
    app.limiters.events.check(client(peer, headers, &app.config.trusted_proxies)).map_err(Problem::too_many)?;
    let bytes = body::read(body).await?;
    let batch = Batch::read(body::text(&bytes)?).map_err(body::malformed)?;
    body::check_id("visitor", &batch.visitor)?;
    body::check_id("session", &batch.session)?;
    if batch.events.len() > MAX_EVENTS {
        return Err(Problem::bad_request("too_many_events", format!("events: at most {MAX_EVENTS}")));
    }
    let checked = check(&batch, live, &app.catalog, &app.keys.collect, app.clock.now()).await?;
    let mut receipt = Receipt { accepted: checked.accepted, rejected: checked.rejected };
    if !checked.submission.is_empty()
        && let Outcome::Refused(ids) = app.ingest.store(checked.submission).await.map_err(|_| Problem::unavailable())?
    {
        receipt.accepted -= ids.len();
        let detail = "the database refused what it holds";
        receipt.rejected.extend(ids.into_iter().map(|id| Rejected { id, reason: Reason::Storage, detail: detail.into() }));
    }
    // Plain values.
    let json = serde_json::to_vec(&receipt).expect("plain values");
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::ACCEPTED, headers, json))
}
