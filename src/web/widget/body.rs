//! Bodies of strangers: bounded, and refused with the position where they stop making sense.

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::LengthLimitError;
use serde::Deserialize;

use crate::collect::wire::{MAX_BODY, MAX_ID};
use crate::web::error::Problem;

/// The whole body, whatever content type it claims: browsers send it as `text/plain` to need no preflight.
pub async fn read(body: Body) -> Result<Bytes, Problem> {
    axum::body::to_bytes(body, MAX_BODY).await.map_err(|e| match e.into_inner().is::<LengthLimitError>() {
        true => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("the body is over {} KiB", MAX_BODY / 1024)),
        false => Problem::bad_request("incomplete", "the body did not arrive whole"),
    })
}

pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_str(text(body)?).map_err(malformed)
}

pub fn text(body: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(body).map_err(|e| Problem::bad_request("malformed", format!("the body is not UTF-8: {e}")))
}

/// serde_json names line and column.
pub fn malformed(e: serde_json::Error) -> Problem {
    Problem::bad_request("malformed", e.to_string())
}

/// Visitor and session ids are the page's own; only their size matters.
pub fn check_id(name: &str, id: &str) -> Result<(), Problem> {
    match id.len() {
        1..=MAX_ID => Ok(()),
        0 => Err(Problem::bad_request("bad_id", format!("{name}: is empty"))),
        n => Err(Problem::bad_request("bad_id", format!("{name}: has {n} bytes, at most {MAX_ID} are allowed"))),
    }
}
