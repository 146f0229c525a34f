//! Which pages may speak for a site: every handler of `/v1/{site}` begins with a [`Shop`] and answers through it.
//!
//! The `Origin` header is a browser's word: it keeps other shops' pages out, not programs. Those meet the signatures.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::boot::App;
use crate::collect::catalog::LiveSite;
use crate::domain::site::origin_allowed;
use crate::web::error::Problem;

/// A page that may speak for a site.
pub struct Shop {
    pub live: Arc<LiveSite>,
    /// Absent when no browser asks.
    origin: Option<HeaderValue>,
}

impl FromRequestParts<Arc<App>> for Shop {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let unknown = || Problem::new(StatusCode::NOT_FOUND, "unknown_site", "there is no such site");
        let Path(key) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| unknown())?;
        let live = app.catalog.site(&key).await?.ok_or_else(unknown)?;
        let origin = parts.headers.get(header::ORIGIN).cloned();
        if let Some(origin) = &origin {
            let text = origin.to_str().unwrap_or("");
            if !origin_allowed(&live.site.origins, text) && !same_origin(&parts.headers, text) {
                let detail = format!("{text:?} is not one of the site's origins; add it in the site's settings");
                return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail));
            }
        }
        Ok(Self { live, origin })
    }
}

impl Shop {
    /// The answer, refusals too, as the page may read it.
    pub fn answer(self, result: Result<impl IntoResponse, Problem>) -> Response {
        let mut response = result.into_response();
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::VARY, HeaderValue::from_static("origin"));
        if let Some(origin) = self.origin {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after"));
        }
        response
    }
}

/// Browsers ask first when a page sends another content type than our script does.
pub async fn preflight(shop: Shop) -> Response {
    let allow = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ];
    shop.answer(Ok((StatusCode::NO_CONTENT, allow)))
}

/// Our own pages: the demo, previews, hosted surveys.
fn same_origin(headers: &HeaderMap, origin: &str) -> bool {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    let of = origin.split_once("://").map(|(_, host)| host);
    host.is_some() && host == of
}
