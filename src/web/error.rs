//! Refusals are the domain's, storage faults are `StoreError`; only this file knows statuses. A fault is logged once, here, and
//! tells the visitor nothing.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::domain::report;
use crate::manage::Refused;
use crate::store::StoreError;
use crate::web::request;

/// Problems of one body that are listed: whoever has more has sent something else altogether.
const MOST_PROBLEMS: usize = 100;

/// An answer to a program, as RFC 9457 has it.
#[derive(Debug)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable; for programs.
    pub code: &'static str,
    /// For people.
    pub detail: String,
    /// Seconds.
    pub retry_after: Option<u64>,
    /// What is wrong in the body, with its places.
    pub problems: Vec<report::Problem>,
    /// What to show in order to be let in (RFC 6750).
    pub challenge: Option<String>,
}

impl Problem {
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None, problems: Vec::new(), challenge: None }
    }

    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// A body that can be read but not taken, with everything that is wrong in it.
    pub fn invalid(problems: Vec<report::Problem>) -> Self {
        let first =
            problems.first().map(|p| if p.path.is_empty() { p.message.clone() } else { format!("{}: {}", p.path, p.message) });
        let more = match problems.len() {
            0 | 1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        let detail = format!("{}{more}", first.unwrap_or_default());
        let problems = problems.into_iter().take(MOST_PROBLEMS).collect();
        Self { problems, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail) }
    }

    pub fn too_many(seconds: u64) -> Self {
        let detail = format!("too many requests, try again in {seconds} s");
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail) }
    }

    pub fn unavailable() -> Self {
        let detail = "cannot be stored right now, keep it and try again";
        Self { retry_after: Some(2), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail) }
    }
}

impl From<StoreError> for Problem {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::Unavailable(e) => {
                tracing::warn!(error = %e, "database unavailable");
                Self::unavailable()
            }
            // Others were quicker, again and again: later there is less of a crowd.
            StoreError::Overtaken => Self::unavailable(),
            e => {
                tracing::error!(error = %e, cause = ?e, "a request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong on our side")
            }
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Store(e) => e.into(),
            Refused::Invalid { field, message } => {
                // A message may name its own, narrower place: `steps[2]`.
                let narrower = message.split_once(": ").filter(|(path, _)| path.starts_with(field));
                let (path, message) = narrower.unwrap_or((field, &message));
                Self::invalid(vec![report::Problem { path: path.to_owned(), message: message.to_owned() }])
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let mut body = json!({"title": title, "status": self.status.as_u16(), "code": self.code, "detail": self.detail});
        // A fault tells the visitor nothing but where it is in the log.
        if self.status == StatusCode::INTERNAL_SERVER_ERROR
            && let Some(id) = request::id()
        {
            body["request_id"] = json!(id);
        }
        if !self.problems.is_empty() {
            body["problems"] = json!(self.problems);
        }
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(challenge) = self.challenge.and_then(|challenge| HeaderValue::try_from(challenge).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
