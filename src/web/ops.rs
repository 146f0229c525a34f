//! For whoever runs the server.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use crate::boot::App;
use crate::clock::MINUTE;
use crate::store::jobs;

/// A job that should have run this long ago means that nobody works the queue.
const QUEUE_STUCK: i64 = 15 * MINUTE;

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The process can do its work: the database answers, and the queue moves.
pub async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let now = app.clock.now();
    match jobs::oldest_due(&app.db, now).await {
        Ok(Some(due)) if now - due > QUEUE_STUCK => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("the queue stands still: a job waits for {} s\n", (now - due) / 1000))
        }
        Ok(_) => (StatusCode::OK, "ready\n".into()),
        Err(e) => {
            tracing::warn!(error = %e, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n".into())
        }
    }
}
