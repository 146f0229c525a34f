//! Which pages may speak for a site. Runs before every `/v1/{site}` handler and hands it the site.
//!
//! The `Origin` header is a browser's word: it keeps other shops' pages out, not programs. Those meet the signatures.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::boot::App;
use crate::domain::site::origin_allowed;
use crate::web::error::Problem;

pub async fn cors(
    State(app): State<Arc<App>>,
    Path(path): Path<HashMap<String, String>>,
    mut request: Request,
    next: Next,
) -> Response {
    let live = match app.catalog.site(path.get("site").map_or("", String::as_str)).await {
        Ok(Some(live)) => live,
        Ok(None) => return Problem::new(StatusCode::NOT_FOUND, "unknown_site", "there is no such site").into_response(),
        Err(e) => return Problem::from(e).into_response(),
    };
    let origin = request.headers().get(header::ORIGIN).cloned();
    if let Some(origin) = &origin {
        let text = origin.to_str().unwrap_or("");
        if !origin_allowed(&live.site.origins, text) && !same_origin(request.headers(), text) {
            let detail = format!("{text:?} is not one of the site's origins; add it in the site's settings");
            return Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail).into_response();
        }
    }
    let mut response = if request.method() == Method::OPTIONS {
        let allow = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
            (header::ACCESS_CONTROL_MAX_AGE, "7200"),
        ];
        (StatusCode::NO_CONTENT, allow).into_response()
    } else {
        request.extensions_mut().insert(live);
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    response
}

/// Our own pages: the demo, previews, hosted surveys.
fn same_origin(headers: &HeaderMap, origin: &str) -> bool {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    let of = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == of
}
