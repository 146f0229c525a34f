//! HTTP only: extract, call, answer. This file is the whole route table, grouped by who asks.

pub mod assets;
mod demo;
pub mod error;
pub mod limits;
mod ops;
pub mod throttle;
mod widget;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;

use crate::boot::App;

pub fn router(app: Arc<App>) -> Router {
    let demo = if app.demo { demo_routes() } else { Router::new() };
    Router::new()
        .merge(widget_routes(&app))
        .merge(demo)
        .merge(asset_routes())
        .merge(ops_routes())
        .layer(CatchPanicLayer::new())
        .with_state(app)
}

/// What a process without the web role answers.
pub fn ops_router(app: Arc<App>) -> Router {
    ops_routes().with_state(app)
}

/// The shop's pages.
fn widget_routes(app: &Arc<App>) -> Router<Arc<App>> {
    let v1 = Router::new()
        .route("/v1/{site}/config", get(widget::config).options(|| async {}))
        .route("/v1/{site}/decide", post(widget::decide).options(|| async {}))
        .route("/v1/{site}/events", post(widget::events).options(|| async {}))
        .layer(from_fn_with_state(app.clone(), widget::cors::cors));
    Router::new().route("/embed.js", get(assets::embed)).route("/assets/{file}", get(assets::script)).merge(v1)
}

/// Files of our own pages.
fn asset_routes() -> Router<Arc<App>> {
    Router::new().route("/static/{*name}", get(assets::file))
}

/// Whoever runs the server.
fn ops_routes() -> Router<Arc<App>> {
    Router::new().route("/healthz", get(ops::healthz)).route("/readyz", get(ops::readyz))
}

/// The toy store, in the demo only.
fn demo_routes() -> Router<Arc<App>> {
    demo::routes(crate::demo::SITE_KEY).route("/demo/clock", post(demo::advance_clock))
}
