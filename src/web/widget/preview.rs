//! `GET /v1/{site}/preview` and the neutral page that shows it. The signed token is the whole permission: any page may ask, because an
//! owner looks at a draft before the tag is anywhere.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use crate::boot::App;
use crate::collect::preview::Preview;
use crate::web::assets;
use crate::web::error::Problem;
use crate::web::limits::client;

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    token: String,
    #[serde(default)]
    locale: String,
}

pub async fn preview(
    State(app): State<Arc<App>>,
    Path(site): Path<String>,
    Query(wanted): Query<Wanted>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let mut response = match answer(&app, &site, &wanted, peer, &headers).await {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body).into_response(),
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn answer(app: &App, site: &str, wanted: &Wanted, peer: SocketAddr, headers: &HeaderMap) -> Result<String, Problem> {
    app.limiters.decide.check(client(peer, headers, &app.config.trusted_proxies)).map_err(Problem::too_many)?;
    let none = || {
        Problem::new(StatusCode::NOT_FOUND, "no_preview", "the link is over, or the survey is gone: make a new one in the admin")
    };
    let preview = Preview::open(&wanted.token, &app.keys.preview, app.clock.now()).ok_or_else(none)?;
    let live = app.catalog.site(site).await?.ok_or_else(none)?;
    let survey = preview.document(&app.db, &live, &wanted.locale).await?.ok_or_else(none)?;
    Ok(json!({ "survey": survey }).to_string())
}

/// As strict as the admin's: only files of ours, and pictures that surveys bring.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' https: data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The address holds the token.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    site: String,
    /// The language to ask for; the survey's own when empty.
    locale: String,
    sheet: String,
    /// Whether the link still holds.
    open: bool,
}

#[derive(Deserialize)]
pub struct Opened {
    #[serde(default)]
    exitpoll_preview: String,
    #[serde(default)]
    locale: String,
}

/// `/preview/{site}?exitpoll_preview=…`: a page without a shop, for whoever has no tag installed yet.
pub async fn page(State(app): State<Arc<App>>, Path(site): Path<String>, Query(wanted): Query<Opened>) -> Response {
    let open = Preview::open(&wanted.exitpoll_preview, &app.keys.preview, app.clock.now()).is_some();
    let page = PreviewPage { site, locale: wanted.locale, sheet: assets::url("preview.css"), open };
    let mut response = match page.render() {
        Ok(html) => (if open { StatusCode::OK } else { StatusCode::NOT_FOUND }, Html(html)).into_response(),
        Err(e) => {
            tracing::error!(error = %e, "the preview page could not be drawn");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
