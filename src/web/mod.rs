//! HTTP only: extract, call, answer. This file is the whole route table, grouped by who asks.

mod admin;
mod api;
pub mod assets;
mod coding;
mod demo;
pub mod error;
mod event_types;
mod feedback;
mod hooks;
mod hosted;
pub mod limits;
mod mailed;
mod metrics;
mod ops;
mod request;
pub mod throttle;
mod widget;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{MethodRouter, any, get, post};
use axum::{Extension, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::boot::App;
use crate::manage::import::MAX_UPLOAD;

/// A request that takes longer is one that is sent very slowly.
const PATIENCE: Duration = Duration::from_secs(30);

pub fn router(app: Arc<App>) -> Router {
    let demo = if app.demo { demo_routes() } else { Router::new() };
    let home = if app.demo { "/demo/" } else { "/admin" };
    // From the outside in. One layer: each costs a request its own box.
    let around = ServiceBuilder::new()
        .layer(from_fn_with_state(app.clone(), request::observe))
        .layer(CatchPanicLayer::custom(request::panicked))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE));
    Router::new()
        .route("/", get(move || async move { Redirect::to(home) }))
        .merge(widget_routes())
        .merge(hook_routes())
        .merge(mailed_routes())
        .merge(feedback_routes())
        .merge(admin_routes())
        .merge(api_routes(app.clone()))
        .merge(demo)
        .merge(asset_routes())
        .merge(ops_routes())
        .layer(around)
        .with_state(app)
}

/// What a process without the web role answers.
pub fn ops_router(app: Arc<App>) -> Router {
    ops_routes().layer(from_fn_with_state(app.clone(), request::observe)).with_state(app)
}

/// The shop's pages.
fn widget_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/embed.js", get(assets::embed))
        .route("/assets/{file}", get(assets::script))
        .route("/v1/{site}/config", get(widget::config).options(widget::preflight))
        .route("/v1/{site}/decide", post(widget::decide).options(widget::preflight))
        .route("/v1/{site}/events", post(widget::events).options(widget::preflight))
        .route("/v1/{site}/coupon", post(widget::coupon).options(widget::preflight))
        .route("/v1/{site}/preview", get(widget::preview))
        .route("/preview/{site}", get(widget::preview_page))
}

/// Shops' servers.
fn hook_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/hooks/{site}/shopify", post(hooks::shopify))
        .route("/hooks/{site}/woocommerce", post(hooks::woocommerce))
}

/// Readers of mails, and whoever has a survey's link.
fn mailed_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/r/{token}", get(mailed::cart))
        .route("/s/{token}", get(hosted::show).post(hosted::submit))
        .route("/u/{token}", get(mailed::unsubscribe_form).post(mailed::unsubscribe))
        .route("/p/{token}", get(mailed::preferences_form).post(mailed::preferences))
}

/// Services that send mail, and mailboxes.
fn feedback_routes() -> Router<Arc<App>> {
    Router::new().route("/hooks/{site}/mail/{source}/{token}", post(feedback::receive))
}

/// A survey document of the largest size, as a form writes it: three bytes for one.
const MAX_FORM: usize = 1024 * 1024;

/// Store owners, in their browsers.
fn admin_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/setup/{token}", get(admin::setup::form).post(admin::setup::submit))
        .route("/login", get(admin::login::form).post(admin::login::submit))
        .route("/logout", post(admin::logout::submit))
        .route("/admin", get(admin::sites::list::home))
        .route("/admin/", get(async || Redirect::permanent("/admin")))
        .route("/admin/account", get(admin::account::form).post(admin::account::submit))
        .route("/admin/queue", get(admin::queue::show::show))
        .route("/admin/queue/jobs/{id}", post(admin::queue::settle::one))
        .route("/admin/queue/kinds/{kind}", post(admin::queue::settle::all))
        .route("/admin/sites", get(admin::sites::list::list))
        .route("/admin/sites/new", get(admin::sites::new::form).post(admin::sites::new::submit))
        .route("/admin/{site}", get(admin::surveys::list::show))
        // An alert may lead to the store itself.
        .route("/admin/{site}/", get(admin::surveys::list::show))
        .route("/admin/{site}/alerts", get(admin::alerts::list::show))
        .route("/admin/{site}/alerts/settings", get(admin::alerts::settings::form).post(admin::alerts::settings::submit))
        .route("/admin/{site}/alerts/test", post(admin::alerts::actions::test))
        .route("/admin/{site}/alerts/{id}/mute", post(admin::alerts::actions::mute))
        .route("/admin/{site}/alerts/{id}/unmute", post(admin::alerts::actions::unmute))
        .route("/admin/{site}/install", get(admin::sites::install::show))
        .route("/admin/{site}/settings", get(admin::sites::settings::form).post(admin::sites::settings::submit))
        .route("/admin/{site}/settings/identity", get(admin::sites::shoppers::show).post(admin::sites::shoppers::save))
        .route("/admin/{site}/settings/identity/secret", post(admin::sites::shoppers::reveal))
        .route("/admin/{site}/settings/identity/renew", post(admin::sites::shoppers::renew))
        .route("/admin/{site}/settings/weekly", get(admin::sites::weekly::form).post(admin::sites::weekly::submit))
        .route("/admin/{site}/settings/weekly/preview", get(admin::sites::weekly::preview))
        .route("/admin/{site}/settings/weekly/send", post(admin::sites::weekly::send))
        .route("/admin/{site}/audit", get(admin::sites::audit::show))
        .route("/admin/{site}/surveys/new", get(admin::surveys::new::form).post(admin::surveys::new::submit))
        .route("/admin/{site}/surveys/{id}", get(admin::surveys::show::show))
        .route("/admin/{site}/surveys/{id}/preview", get(admin::surveys::preview::show))
        .route("/admin/{site}/surveys/{id}/share", get(admin::surveys::share::show))
        .route("/admin/{site}/surveys/{id}/qr.svg", get(admin::surveys::share::qr))
        .route("/admin/{site}/surveys/{id}/why", get(admin::surveys::why::show))
        .route("/admin/{site}/surveys/{id}/responses.csv", get(admin::surveys::download::csv))
        .route("/admin/{site}/surveys/{id}/responses.ndjson", get(admin::surveys::download::ndjson))
        .route("/admin/{site}/surveys/{id}/edit", get(admin::surveys::edit::form).post(admin::surveys::edit::submit))
        .route("/admin/{site}/surveys/{id}/publish", post(admin::surveys::publish::submit))
        .route("/admin/{site}/surveys/{id}/pause", post(admin::surveys::status::pause))
        .route("/admin/{site}/surveys/{id}/resume", post(admin::surveys::status::resume))
        .route("/admin/{site}/flows", get(admin::flows::list::show))
        .route("/admin/{site}/flows/new", get(admin::flows::new::form).post(admin::flows::new::submit))
        .route("/admin/{site}/flows/ready/{name}", post(admin::flows::new::copy))
        .route("/admin/{site}/flows/{id}", get(admin::flows::show::show))
        .route("/admin/{site}/flows/{id}/edit", get(admin::flows::edit::form).post(admin::flows::edit::submit))
        .route("/admin/{site}/flows/{id}/json", get(admin::flows::json::form).post(admin::flows::json::submit))
        .route("/admin/{site}/flows/{id}/publish", post(admin::flows::publish::submit))
        .route("/admin/{site}/flows/{id}/pause", post(admin::flows::status::pause))
        .route("/admin/{site}/flows/{id}/resume", post(admin::flows::status::resume))
        .route("/admin/{site}/coupons", get(admin::coupons::list::show))
        .route("/admin/{site}/coupons/new", with_codes(get(admin::coupons::new::form).post(admin::coupons::new::submit)))
        .route("/admin/{site}/coupons/{id}", get(admin::coupons::show::show))
        .route("/admin/{site}/coupons/{id}/codes", with_codes(post(admin::coupons::codes::add)))
        .route("/admin/{site}/coupons/{id}/drop", post(admin::coupons::codes::take_out))
        .route("/admin/{site}/coupons/{id}/settings", post(admin::coupons::settings::submit))
        .route("/admin/{site}/coupons/{id}/retire", post(admin::coupons::settings::retire))
        .route("/admin/{site}/coupons/{id}/restore", post(admin::coupons::settings::restore))
        .route("/admin/{site}/coupons/{id}/given.csv", get(admin::coupons::download::csv))
        .route("/admin/{site}/connections", get(admin::connections::list::show))
        .route(
            "/admin/{site}/connections/shopify",
            get(admin::connections::shop::shopify::show).post(admin::connections::shop::shopify::save),
        )
        .route("/admin/{site}/connections/shopify/old-secret", post(admin::connections::shop::shopify::end_change_over))
        .route("/admin/{site}/connections/shopify/disconnect", post(admin::connections::shop::shopify::disconnect))
        .route(
            "/admin/{site}/connections/woocommerce",
            get(admin::connections::shop::woocommerce::show).post(admin::connections::shop::woocommerce::save),
        )
        .route("/admin/{site}/connections/woocommerce/old-secret", post(admin::connections::shop::woocommerce::end_change_over))
        .route("/admin/{site}/connections/woocommerce/disconnect", post(admin::connections::shop::woocommerce::disconnect))
        .route("/admin/{site}/connections/privacy", get(admin::connections::privacy::show))
        .route("/admin/{site}/connections/privacy/{id}/record.json", get(admin::connections::privacy::download))
        .route("/admin/{site}/connections/privacy/{id}/done", post(admin::connections::privacy::answered))
        .route("/admin/{site}/connections/keys", get(admin::keys::list::show))
        .route("/admin/{site}/connections/keys/new", get(admin::keys::new::form).post(admin::keys::new::submit))
        .route("/admin/{site}/connections/keys/{id}/revoke", post(admin::keys::revoke::submit))
        .route("/admin/{site}/mail", get(admin::mail::outbox::show))
        .route("/admin/{site}/mail/messages/{id}", get(admin::mail::message::show))
        .route("/admin/{site}/mail/messages/{id}/html", get(admin::mail::message::html))
        .route("/admin/{site}/mail/settings", get(admin::mail::settings::form).post(admin::mail::settings::submit))
        .route("/admin/{site}/mail/dkim", post(admin::mail::dkim::submit))
        .route("/admin/{site}/mail/returns", get(admin::mail::returns::form).post(admin::mail::returns::submit))
        .route("/admin/{site}/mail/templates", get(admin::mail::templates::list::show))
        .route(
            "/admin/{site}/mail/templates/new",
            get(admin::mail::templates::new::form).post(admin::mail::templates::new::submit),
        )
        .route(
            "/admin/{site}/mail/templates/{key}",
            get(admin::mail::templates::edit::form).post(admin::mail::templates::edit::submit),
        )
        .route("/admin/{site}/mail/templates/{key}/languages", post(admin::mail::templates::change::languages))
        .route("/admin/{site}/mail/templates/{key}/remove", post(admin::mail::templates::change::remove))
        .route("/admin/{site}/mail/templates/{key}/preview", get(admin::mail::templates::preview::show))
        .route("/admin/{site}/mail/templates/{key}/preview/mail", get(admin::mail::templates::preview::mail))
        .route("/admin/{site}/mail/templates/{key}/trial", post(admin::mail::templates::trial::submit))
        .route("/admin/{site}/people", get(admin::people::list::show))
        .route("/admin/{site}/people/{id}", get(admin::people::show::show))
        .route("/admin/{site}/people/{id}/record.json", get(admin::people::download::json))
        .route("/admin/{site}/people/{id}/mail", post(admin::people::mail::submit))
        .route("/admin/{site}/people/{id}/erase", get(admin::people::erase::form).post(admin::people::erase::submit))
        .route("/admin/{site}/mail/suppressions", get(admin::suppressions::list::show).post(admin::suppressions::change::add))
        .route("/admin/{site}/mail/suppressions/remove", post(admin::suppressions::change::remove))
        .route("/admin/{site}/mail/suppressions/import", with_codes(post(admin::suppressions::files::import)))
        .route("/admin/{site}/mail/suppressions.csv", get(admin::suppressions::files::export))
        .route("/admin/{site}/people/import", with_file(get(admin::imports::new::form).post(admin::imports::new::submit)))
        .route("/admin/{site}/people/import/{id}", get(admin::imports::show::show))
        .route("/admin/{site}/people/import/{id}/start", post(admin::imports::show::start))
        .route("/admin/{site}/people/import/{id}/discard", post(admin::imports::show::discard))
        .merge(webhook_routes())
        .route("/admin/{site}/{*rest}", any(admin::not_found))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(from_fn(admin::headers::secure))
}

/// Pages of a store's webhooks.
fn webhook_routes() -> Router<Arc<App>> {
    use admin::connections::webhooks::{actions, delivery, edit, list, new, replay, show};
    let shared = || {
        Router::new()
            .route("/", get(show::show))
            .route("/test", post(actions::test))
            .route("/status", post(actions::status))
            .route("/delete", post(actions::delete))
            .route("/replay", post(replay::range))
            .route("/deliveries/{event}", get(delivery::show))
            .route("/deliveries/{event}/replay", post(replay::one))
    };
    Router::new()
        .route("/admin/{site}/connections/webhooks", get(list::show))
        .route("/admin/{site}/connections/webhooks/new", get(new::form).post(new::submit))
        .nest(
            "/admin/{site}/connections/webhooks/{id}",
            shared().route("/edit", get(edit::form).post(edit::submit)).route("/rotate", post(actions::rotate)),
        )
        .merge(service_routes(shared()))
}

/// Pages of a store's services, with those that they share with webhooks.
fn service_routes(shared: Router<Arc<App>>) -> Router<Arc<App>> {
    use admin::connections::services::{edit, list, mapping, new};
    let own =
        shared.route("/edit", get(edit::form).post(edit::submit)).route("/mapping", get(mapping::show).post(mapping::submit));
    Router::new()
        .route("/admin/{site}/connections/services", get(list::show))
        .route("/admin/{site}/connections/services/new/{kind}", get(new::form).post(new::submit))
        .nest("/admin/{site}/connections/services/{id}", own)
}

/// The longest list of coupon codes, as a form writes it.
const MAX_CODES: usize = 16 * 1024 * 1024;

fn with_codes(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.layer(DefaultBodyLimit::max(MAX_CODES))
}

/// Stores' servers, scripts and other services; `api::documented` lists the calls.
fn api_routes(app: Arc<App>) -> Router<Arc<App>> {
    api::routes(app)
        .route("/api/openapi.json", get(api::openapi_json))
        .route("/api/v1/event-types", get(event_types::list))
        .route("/api/docs", get(api::docs_page).layer(from_fn(admin::headers::secure)))
        .route("/api/{*rest}", any(api::not_found))
}

/// The largest file to bring in, and the fields around it.
fn with_file(route: MethodRouter<Arc<App>>) -> MethodRouter<Arc<App>> {
    route.layer(DefaultBodyLimit::max(MAX_UPLOAD + 64 * 1024))
}

/// Files of our own pages.
fn asset_routes() -> Router<Arc<App>> {
    Router::new().route("/static/{*name}", get(assets::file))
}

/// Whoever runs the server.
fn ops_routes() -> Router<Arc<App>> {
    Router::new().route("/healthz", get(ops::healthz)).route("/readyz", get(ops::readyz)).route("/metrics", get(metrics::metrics))
}

/// The toy store, in the demo only.
fn demo_routes() -> Router<Arc<App>> {
    demo::routes()
        .route("/demo/clock", post(demo::advance_clock))
        .route("/demo/outbox", get(demo::outbox))
        .route("/demo/outbox.json", get(demo::outbox_json))
        .route("/demo/outbox/{id}", get(demo::outbox_mail))
        .route("/demo/crm", get(demo::crm).post(demo::crm_receive))
        .route("/demo/crm.json", get(demo::crm_json))
        .layer(Extension(Arc::new(demo::Inbox::default())))
}
