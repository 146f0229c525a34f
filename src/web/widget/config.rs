//! `GET /v1/{site}/config`: what every page view reads; ready in memory.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::shop::Shop;
use crate::collect::packed::Packed;
use crate::web::assets::matches;
use crate::web::coding::pick;

pub async fn config(shop: Shop, request: HeaderMap) -> Response {
    let live = &shop.live;
    let Packed { plain, brotli, gzip } = &live.config;
    let (body, coding) = pick(&request, plain, Some(brotli), Some(gzip));
    let mut response = match matches(&request, &live.etag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Response::new(Body::from(body.clone())),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=60, stale-while-revalidate=600"));
    if let Ok(etag) = HeaderValue::from_str(&live.etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    let mut response = shop.answer(Ok(response));
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("origin, accept-encoding"));
    response
}
