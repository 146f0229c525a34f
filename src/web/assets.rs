//! The files of `static/`, in the binary and compressed already.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::coding::pick;
use crate::collect::catalog::Scripts;
use crate::keys::{digest, hex};

pub struct Asset {
    pub name: &'static str,
    pub mime: &'static str,
    pub hash: &'static str,
    pub plain: &'static [u8],
    pub brotli: Option<&'static [u8]>,
    pub gzip: Option<&'static [u8]>,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

const FOREVER: &str = "public, max-age=31536000, immutable";
/// `embed.js` keeps its address, so a new version must reach shops soon.
const SHORT: &str = "public, max-age=300, stale-while-revalidate=86400";

fn find(name: &str) -> Option<&'static Asset> {
    // Written in order by the build script.
    ASSETS.binary_search_by(|asset| asset.name.cmp(name)).ok().map(|at| &ASSETS[at])
}

fn must(name: &str) -> &'static Asset {
    find(name).unwrap_or_else(|| panic!("static/{name} is part of every build"))
}

/// The widget's scripts that are loaded when needed.
const BUNDLES: [&str; 4] = ["carts", "core", "tools", "ui"];

fn bundle(name: &str) -> &'static Asset {
    must(&format!("widget/{name}.js"))
}

/// One hash for all: knowing the address of one, a page knows the others'.
fn release() -> &'static str {
    static RELEASE: LazyLock<String> = LazyLock::new(|| {
        let all: String = BUNDLES.iter().map(|name| bundle(name).hash).collect();
        hex(&digest(&all)[..6])
    });
    &RELEASE
}

/// The widget's lazily loaded scripts.
pub fn scripts() -> Scripts {
    let path = |name: &str| format!("/assets/{name}.{}.js", release());
    Scripts { core: path("core"), ui: path("ui") }
}

/// The address of a file of `static/` for a page of ours; it changes with the content.
pub fn url(name: &str) -> String {
    format!("/static/{name}?v={}", find(name).map_or("", |asset| asset.hash))
}

pub async fn embed(headers: HeaderMap) -> Response {
    send(must("widget/embed.js"), &headers, SHORT, true)
}

/// `/assets/core.<hash>.js`. An older hash, named by a cached config, gets today's script, for a short while only.
pub async fn script(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let mut parts = file.split('.');
    let (Some(name), Some(hash), Some("js"), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match BUNDLES.contains(&name) {
        true => send(bundle(name), &headers, if hash == release() { FOREVER } else { SHORT }, true),
        false => StatusCode::NOT_FOUND.into_response(),
    }
}

pub async fn file(Path(name): Path<String>, headers: HeaderMap, uri: axum::http::Uri) -> Response {
    match find(&name) {
        Some(asset) if uri.query().is_some_and(|q| q == format!("v={}", asset.hash)) => send(asset, &headers, FOREVER, false),
        Some(asset) => send(asset, &headers, "public, max-age=60", false),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn send(asset: &'static Asset, request: &HeaderMap, cache: &'static str, any_origin: bool) -> Response {
    let (body, coding) = pick(request, asset.plain, asset.brotli, asset.gzip);
    // Weak: the bytes differ with the coding, the content does not.
    let etag = format!("W/\"{}\"", asset.hash);
    let mut response = match matches(request, &etag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(Body::from(body)),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if any_origin {
        // For shops that load the script with `crossorigin`, or check it by its hash.
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
    response
}

/// Whether the browser has this content already. A proxy may have weakened the tag on its way.
pub fn matches(request: &HeaderMap, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    request
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|sent| sent.split(',').any(|tag| bare(tag) == bare(etag) || tag.trim() == "*"))
}
