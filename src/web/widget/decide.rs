//! `POST /v1/{site}/decide`: which surveys this visitor may see. Writes nothing.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::body;
use super::shop::Shop;
use crate::boot::App;
use crate::collect::catalog::LiveSite;
use crate::collect::decide::{self, Sender};
use crate::collect::wire::Ask;
use crate::web::error::Problem;
use crate::web::limits::client;

/// A page knows the live surveys from the config; a longer list is no page's.
const MAX_CANDIDATES: usize = 100;

pub async fn decide(
    State(app): State<Arc<App>>,
    shop: Shop,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let decision = answer(&app, &shop.live, peer, &headers, body).await;
    shop.answer(decision)
}

async fn answer(
    app: &App,
    live: &LiveSite,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<impl IntoResponse + use<>, Problem> {
    app.limiters.decide.check(client(peer, headers, &app.config.trusted_proxies)).map_err(Problem::too_many)?;
    let bytes = body::read(body).await?;
    let ask: Ask = body::parse(&bytes)?;
    body::check_id("visitor", &ask.visitor)?;
    body::check_id("session", &ask.session)?;
    if ask.candidates.len() > MAX_CANDIDATES {
        return Err(Problem::bad_request("too_many_candidates", format!("candidates: at most {MAX_CANDIDATES}")));
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let sender = Sender {
        user_agent: text("user-agent").unwrap_or(""),
        gpc: text("sec-gpc") == Some("1"),
        // What Cloudflare, CloudFront and Vercel call it.
        country: ["cf-ipcountry", "cloudfront-viewer-country", "x-vercel-ip-country"].into_iter().find_map(text),
    };
    let decision = decide::decide(&app.histories, &app.keys.collect, live, &ask, &sender, app.clock.now()).await?;
    app.meters.decide.offers.increment(decision.offers.len() as u64);
    for denied in &decision.denied {
        app.meters.decide.denied(denied.reason);
    }
    // Plain values and ready JSON.
    let json = serde_json::to_vec(&decision).expect("plain values");
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], json))
}
