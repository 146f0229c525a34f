//! `/demo/crm`: stands for a store's CRM. It takes the demo's webhooks, checks their signatures as any receiver would, and shows them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::boot::App;
use crate::clock::{Millis, SECOND};
use crate::demo::{CRM_KEY, SITE_KEY};
use crate::domain::webhook::Secret;
use crate::outbound::open_secrets;
use crate::store::{StoreError, endpoints, sites};
use crate::web::error::Problem;

/// As many as anybody looks through.
const MOST: usize = 200;

/// What the CRM was told, oldest first. It forgets with the process.
#[derive(Default)]
pub struct Inbox(Mutex<VecDeque<Call>>);

#[derive(Clone)]
struct Call {
    at: Millis,
    headers: Map<String, Value>,
    body: String,
    verdict: Result<(), &'static str>,
}

impl Inbox {
    fn add(&self, call: Call) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push_back(call);
        if calls.len() > MOST {
            calls.pop_front();
        }
    }

    fn all(&self) -> Vec<Call> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// What the CRM's owner pasted into it when the webhook was made, the newest first.
async fn secrets(app: &App) -> Result<Vec<Secret>, StoreError> {
    let Some(site) = sites::by_key(&app.db, SITE_KEY).await? else { return Ok(Vec::new()) };
    let Some(endpoint) = endpoints::by_key(&app.db, site.id, CRM_KEY).await? else { return Ok(Vec::new()) };
    Ok(open_secrets(&app.keys.vault, &endpoint, app.clock.now()).unwrap_or_default())
}

pub async fn receive(
    State(app): State<Arc<App>>,
    Extension(inbox): Extension<Arc<Inbox>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let Ok(body) = String::from_utf8(body.into()) else {
        return Err(Problem::bad_request("malformed", "the body is no UTF-8"));
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (id, at, signatures) = (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"));
    let now = app.clock.wall() / SECOND;
    let secrets = secrets(&app).await?;
    let verdict = match at.parse() {
        Ok(at) if secrets.iter().any(|secret| secret.verifies(signatures, id, at, &body, now)) => Ok(()),
        _ => Err("the signature is wrong, or too old"),
    };
    let shown = headers.iter().map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into()));
    inbox.add(Call { at: app.clock.now(), headers: shown.collect(), body, verdict });
    match verdict {
        Ok(()) => Ok(StatusCode::OK.into_response()),
        Err(why) => Err(Problem::new(StatusCode::UNAUTHORIZED, "bad_signature", why)),
    }
}

#[derive(Serialize)]
struct Told {
    at: Millis,
    headers: Map<String, Value>,
    body: String,
    secret: String,
}

pub async fn json(State(app): State<Arc<App>>, Extension(inbox): Extension<Arc<Inbox>>) -> Result<Response, Problem> {
    let secret = secrets(&app).await?.first().map(Secret::reveal).unwrap_or_default();
    let told = |call: Call| Told { at: call.at, headers: call.headers, body: call.body, secret: secret.clone() };
    let calls: Vec<Told> = inbox.all().into_iter().map(told).collect();
    // Texts and numbers.
    let body = serde_json::to_string(&calls).expect("plain values");
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

#[derive(Template)]
#[template(path = "demo/crm.html")]
struct Page {
    calls: Vec<Shown>,
}

struct Shown {
    kind: String,
    when: String,
    verified: bool,
    id: String,
    body: String,
}

impl From<Call> for Shown {
    fn from(call: Call) -> Self {
        let value: Value = serde_json::from_str(&call.body).unwrap_or_default();
        let when = Timestamp::from_millisecond(call.at);
        Self {
            kind: value["type"].as_str().unwrap_or("?").to_owned(),
            when: when.map_or_else(|_| String::new(), |at| at.strftime("%a %-d %b %Y, %H:%M:%S UTC").to_string()),
            verified: call.verdict.is_ok(),
            id: call.headers.get("webhook-id").and_then(Value::as_str).unwrap_or("?").to_owned(),
            body: serde_json::to_string_pretty(&value).unwrap_or(call.body),
        }
    }
}

pub async fn page(Extension(inbox): Extension<Arc<Inbox>>) -> Response {
    let calls = inbox.all().into_iter().rev().map(Shown::from).collect();
    match (Page { calls }).render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "the CRM could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
