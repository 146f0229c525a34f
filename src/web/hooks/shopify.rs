//! `POST /hooks/{site}/shopify`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::delivery::Hook;
use crate::boot::App;
use crate::inbound::{Arrived, System, Unreadable, moment, shopify};
use crate::web::error::Problem;

pub async fn shopify(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let hook = Hook::read(&app, &site, System::Shopify, peer, &headers, body).await?;
    let connection = hook.verified("x-shopify-hmac-sha256").await?;
    let domain = hook.header("x-shopify-shop-domain").map(str::to_ascii_lowercase);
    let arrived = Arrived {
        system: hook.system,
        id: hook.header("x-shopify-webhook-id").map_or_else(|| hook.fingerprint(), str::to_owned),
        topic: hook.header("x-shopify-topic").unwrap_or_default().to_owned(),
        domain: domain.as_deref(),
    };
    // An app's secret is the same for every shop that has the app.
    if let (Some(known), Some(found)) = (&connection.domain, &domain)
        && known != found
    {
        return hook.refuse(&arrived, Unreadable::OtherShop { known: known.clone(), found: found.clone() }).await;
    }
    let happened = hook.header("x-shopify-triggered-at").and_then(moment);
    hook.take(arrived, happened, shopify::read).await
}
