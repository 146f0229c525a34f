//! What every request has: an id, which its answer and each of its lines in the log carry, and its place in the figures.

use std::any::Any;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::boot::App;
use crate::id::secret;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Most characters of an id that a proxy gives.
const LONGEST: usize = 64;
/// Stands for every path without a route.
const UNMATCHED: &str = "unmatched";

tokio::task_local! {
    static ID: String;
}

/// Of the request that is being answered.
pub fn id() -> Option<String> {
    ID.try_with(String::clone).ok()
}

/// Around everything else, so that it sees what the visitor gets.
pub async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = given(request.headers()).map_or_else(|| secret(12), str::to_owned);
    let method = request.method().clone();
    // Paths may hold tokens: only the pattern is written anywhere.
    let path = request.extensions().get::<MatchedPath>().cloned();
    let route = path.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
    // Not a level that a filter takes away: faults need it.
    let span = tracing::error_span!("request", id, method = method.as_str(), route, status = Empty, ms = Empty);
    let header = HeaderValue::from_str(&id);
    let mut response = ID.scope(id, next.run(request)).instrument(span.clone()).await;
    let (status, took) = (response.status(), begun.elapsed());
    app.meters.http.answered(route, method.as_str(), status.as_u16(), took);
    let fault = status.is_server_error();
    // What nobody reads is not written.
    if fault || tracing::enabled!(tracing::Level::DEBUG) {
        span.record("status", status.as_u16()).record("ms", took.as_millis() as u64);
        span.in_scope(|| match fault {
            true => tracing::warn!("answered with a fault"),
            false => tracing::debug!("answered"),
        });
    }
    if let Ok(header) = header {
        response.headers_mut().insert(HEADER, header);
    }
    response
}

/// The id that a proxy in front gave, if it is short and plain.
fn given(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let plain = id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    (plain && (1..=LONGEST).contains(&id.len())).then_some(id)
}

/// The answer to a request whose work broke off. What happened is in the log.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    let id = id().unwrap_or_default();
    (StatusCode::INTERNAL_SERVER_ERROR, format!("Something went wrong on our side. It is in the log as {id}.\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_and_plain_ids_are_taken_over() {
        let longest = "a".repeat(LONGEST);
        for (value, taken) in [
            ("018c2f4e-7b1a-7c3d-9e4f-5a6b7c8d9e0f", true),
            ("Root_1", true),
            (&longest, true),
            (&format!("{longest}a"), false),
            ("", false),
            ("two words", false),
            ("mia@example.com", false),
            ("203.0.113.9", false),
            ("a\"b", false),
            ("é", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(given(&headers), taken.then_some(value), "{value:?}");
        }
        assert_eq!(given(&HeaderMap::new()), None);
    }
}
