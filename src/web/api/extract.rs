//! What handlers are given: a body, a name in the address, a query. What cannot be read is refused as a problem.

use std::sync::Arc;

use axum::RequestExt as _;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::shape::nul;
use crate::boot::App;
use crate::domain::report::Report;
use crate::web::error::Problem;

/// A body as JSON, without what no database can hold.
pub struct Body(pub Value);

impl FromRequest<Arc<App>> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _app: &Arc<App>) -> Result<Self, Problem> {
        check_media_type(request.headers())?;
        let bytes: Bytes = request.extract().await.map_err(super::door::unreadable)?;
        let body = serde_json::from_slice(&bytes)
            .map_err(|e| Problem::bad_request("malformed", format!("the body is not JSON: {e}")))?;
        let mut report = Report::default();
        nul(&body, "", &mut report);
        if report.problems.is_empty() { Ok(Self(body)) } else { Err(Problem::invalid(report.problems)) }
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|sent| sent.to_str().ok()).unwrap_or("");
    let kind = sent.split(';').next().unwrap_or("").trim();
    match kind.eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => {
            let detail = format!("send the body as Content-Type: application/json, not {kind:?}");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail))
        }
    }
}

/// The name in the address. One that cannot be anything's is not found.
pub struct Name(pub String);

impl FromRequestParts<Arc<App>> for Name {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, app).await;
        let name = params.ok().and_then(|params| params.iter().next().map(|(_, value)| value.to_owned()));
        let plain = |name: &String| !name.trim().is_empty() && name.len() <= 512 && !name.chars().any(char::is_control);
        name.filter(plain).map(Self).ok_or_else(|| not_found("nothing has such a name"))
    }
}

pub fn not_found(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail)
}

/// The query, with what is wrong named by its field.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Problem::bad_request("bad_query", "the query holds U+0000"));
        }
        let query = axum::extract::Query::<T>::from_request_parts(parts, app).await;
        let axum::extract::Query(query) = query.map_err(|e| Problem::bad_request("bad_query", e.body_text()))?;
        Ok(Self(query))
    }
}
