//! `GET /api/v1/event-types`: what webhooks tell, each type with its JSON Schema and an example. Public: it holds nothing of any store.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::domain::webhook::{EventType, payload};

pub async fn list() -> Response {
    static BODY: LazyLock<String> = LazyLock::new(|| {
        let types: Vec<Value> = EventType::ALL.into_iter().map(described).collect();
        json!({"data": types}).to_string()
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, BODY.as_str()).into_response()
}

fn described(kind: EventType) -> Value {
    json!({
        "type": kind.as_str(),
        "version": payload::VERSION,
        "description": kind.sentence(),
        "schema": payload::schema(kind),
        "example": payload::example(kind),
    })
}
