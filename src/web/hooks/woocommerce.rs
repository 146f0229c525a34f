//! `POST /hooks/{site}/woocommerce`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};

use super::delivery::Hook;
use crate::boot::App;
use crate::inbound::{Arrived, System, woocommerce};
use crate::web::error::Problem;

const SIGNATURE: &str = "x-wc-webhook-signature";

pub async fn woocommerce(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let hook = Hook::read(&app, &site, System::WooCommerce, peer, &headers, body).await?;
    if hook.header(SIGNATURE).is_none() && woocommerce::is_ping(&hook.body) {
        return Ok(StatusCode::OK);
    }
    hook.verified(SIGNATURE).await?;
    // WooCommerce makes the id of the webhook and the second: two orders of one second would share it.
    let id = format!("{}:{}", hook.header("x-wc-webhook-delivery-id").unwrap_or_default(), hook.fingerprint());
    let arrived = Arrived {
        system: hook.system,
        id,
        topic: hook.header("x-wc-webhook-topic").unwrap_or_default().to_owned(),
        domain: hook.header("x-wc-webhook-source"),
    };
    hook.take(arrived, None, woocommerce::read).await
}
