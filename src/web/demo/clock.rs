//! `POST /demo/clock {"advance": "1h"}`: moves the demo's time forward; what falls due is done before it answers.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use crate::boot::App;
use crate::domain::duration::parse_ms;
use crate::web::error::Problem;

#[derive(Deserialize)]
struct Advance {
    advance: String,
}

pub async fn advance(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    // A page somewhere else must not turn the demo's clock.
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if foreign {
        return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", "only the demo's own pages may do this"));
    }
    let Advance { advance } = serde_json::from_slice(&body).map_err(|e| Problem::bad_request("malformed", e.to_string()))?;
    let by = parse_ms(&advance).map_err(|e| Problem::bad_request("bad_duration", format!("advance: {e}")))?;
    app.clock.advance(by);
    let mut ran = 0;
    let runner = app.runner();
    loop {
        match runner.run_due().await? {
            0 => break,
            n => ran += n,
        }
    }
    app.catalog.poll().await?;
    let answer = json!({"now": app.clock.now(), "jobs": ran}).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}
