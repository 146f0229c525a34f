//! `Idempotency-Key`: whoever does not know whether a request was heard sends it again under the same name, and gets the first
//! answer. Only answers of success are kept; what was refused may be put right and sent again.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::caller::Caller;
use crate::boot::App;
use crate::clock::{DAY, MINUTE};
use crate::store::idempotency::{self, Kept, Name};
use crate::web::error::Problem;

pub const HEADER: &str = "Idempotency-Key";
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const LONGEST: usize = 255;
/// A worker that has not answered by then is lost: every request ends sooner.
const LOST: i64 = MINUTE;

/// What a caller named its request.
pub fn name(headers: &HeaderMap, caller: &Caller) -> Result<Option<Name>, Problem> {
    let Some(sent) = headers.get(HEADER) else { return Ok(None) };
    let key = sent.to_str().ok().filter(|key| (1..=LONGEST).contains(&key.len()));
    let refusal = || Problem::bad_request("bad_idempotency_key", format!("Idempotency-Key: 1 to {LONGEST} ASCII characters"));
    let key = key.ok_or_else(refusal)?.to_owned();
    Ok(Some(Name { site: caller.site.id, api_key: caller.key.id, key }))
}

/// What makes two requests the same.
pub fn fingerprint(parts: &Parts, body: &[u8]) -> [u8; 32] {
    let head = format!("{} {}\n", parts.method, parts.uri);
    Sha256::new().chain_update(head).chain_update(body).finalize().into()
}

/// Runs a request unless it was answered before.
pub async fn once(
    app: &Arc<App>,
    name: &Name,
    request: &[u8; 32],
    run: impl Future<Output = Response>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if let Some(kept) = idempotency::claim(&mut tx, name, request, now).await? {
        if let Some(answer) = answer(app, name, request, &kept, now) {
            return answer;
        }
        idempotency::take_over(&mut tx, name, request, now).await?;
    }
    tx.commit().await?;
    let (parts, body) = run.await.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(|_| Problem::unavailable())?;
    let mut tx = app.db.begin().await?;
    match std::str::from_utf8(&body) {
        Ok(text) if parts.status.is_success() => {
            let sealed = app.keys.vault.seal(text, &place(name));
            idempotency::keep(&mut tx, name, parts.status.as_u16(), sealed).await?;
        }
        _ => idempotency::release(&mut tx, name).await?,
    }
    tx.commit().await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

/// What is said to a request whose name is taken; `None`: it may be run after all.
fn answer(app: &App, name: &Name, request: &[u8; 32], kept: &Kept, now: i64) -> Option<Result<Response, Problem>> {
    if now - kept.at >= DAY {
        return None;
    }
    if kept.request != request {
        let detail = "this Idempotency-Key was used for another request within the last 24 hours";
        return Some(Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)));
    }
    let (Some(status), Some(sealed)) = (kept.status, &kept.answer) else {
        let detail = "the first request with this Idempotency-Key is still being worked";
        let problem = Problem::new(StatusCode::CONFLICT, "in_progress", detail);
        return (now - kept.at < LOST).then_some(Err(Problem { retry_after: Some(1), ..problem }));
    };
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok())?;
    // Sealed under another master key: as good as forgotten.
    let text = app.keys.vault.open(sealed, &place(name)).ok()?;
    let mut response = (status, text).into_response();
    if status != StatusCode::NO_CONTENT {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Some(Ok(response))
}

fn place(name: &Name) -> String {
    format!("idempotency:{}:{}:{}", name.site, name.api_key, name.key)
}
