//! `POST /v1/{site}/coupon`: the code that an ending gives.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::body;
use super::shop::Shop;
use crate::boot::App;
use crate::collect::catalog::LiveSite;
use crate::collect::coupon::{self, Ask, Refused};
use crate::web::error::Problem;
use crate::web::limits::client;

pub async fn coupon(
    State(app): State<Arc<App>>,
    shop: Shop,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let answer = give(&app, &shop.live, peer, &headers, body).await;
    shop.answer(answer)
}

async fn give(
    app: &App,
    live: &LiveSite,
    peer: SocketAddr,
    headers: &HeaderMap,
    body: Body,
) -> Result<impl IntoResponse + use<>, Problem> {
    app.limiters.coupon.check(client(peer, headers, &app.config.trusted_proxies)).map_err(Problem::too_many)?;
    let bytes = body::read(body).await?;
    let ask: Ask = body::parse(&bytes)?;
    body::check_id("visitor", &ask.visitor)?;
    body::check_id("session", &ask.session)?;
    let claimed = coupon::claim(&app.db, &app.keys.collect.offer, &app.catalog, live, &ask, app.clock.now()).await?;
    let (status, body) = match claimed {
        Ok(code) => (StatusCode::OK, json!({"code": code})),
        Err(refused) => (status(refused), json!({"reason": refused, "detail": refused.to_string()})),
    };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    Ok((status, headers, body.to_string()))
}

fn status(refused: Refused) -> StatusCode {
    match refused {
        Refused::ForgedOffer | Refused::ForeignOffer | Refused::ExpiredOffer | Refused::WithheldOffer => StatusCode::FORBIDDEN,
        Refused::UnknownSurvey | Refused::UnknownEnding | Refused::NoCoupon => StatusCode::NOT_FOUND,
    }
}
