//! Every route is behind this: who calls is settled first, and a request that was heard before is answered as before.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;

use super::caller::Caller;
use super::idempotency;
use crate::boot::App;
use crate::web::error::Problem;

/// A thousand orders, or a survey of the largest size.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

pub async fn enter(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let mut response = admit(&app, request, next).await.unwrap_or_else(Problem::into_response);
    // Answers tell of people.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn admit(app: &Arc<App>, request: Request, next: Next) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let caller = Caller::from_request_parts(&mut parts, app).await?;
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let Some(name) = idempotency::name(&parts.headers, &caller)? else {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    };
    let body = to_bytes(body, MAX_BODY).await.map_err(|e| match e.into_inner().is::<LengthLimitError>() {
        true => too_large(),
        false => incomplete(),
    })?;
    let request = idempotency::fingerprint(&parts, &body);
    let run = next.run(Request::from_parts(parts, Body::from(body)));
    idempotency::once(app, &name, &request, run).await
}

/// Why a body could not be read.
pub fn unreadable(rejection: impl IntoResponse) -> Problem {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => incomplete(),
    }
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("the body is over {} MiB", MAX_BODY / 1024 / 1024))
}

fn incomplete() -> Problem {
    Problem::bad_request("incomplete", "the body did not arrive whole")
}
