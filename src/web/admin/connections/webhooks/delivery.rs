//! `/admin/{site}/connections/webhooks/{id}/deliveries/{event}`: what was sent, and what became of each try.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use jiff::tz::TimeZone;
use serde_json::Value;
use uuid::Uuid;

use super::words::{ending, outcome, state};
use super::{EndpointAccess, Section};
use crate::boot::App;
use crate::clock::Millis;
use crate::domain::webhook::{DeliveryState, MAX_TRIES, message_id};
use crate::outbound::connectors::{self, Told};
use crate::outbound::{open_given, open_headers};
use crate::store::deliveries::{self, Attempt, Delivery};
use crate::store::outbound_events;
use crate::web::admin::access::param;
use crate::web::admin::connections::request::{Request, requests};
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// A delivery to an endpoint of a store that this person may see.
pub struct DeliveryAccess {
    pub of: EndpointAccess,
    pub delivery: Delivery,
}

impl FromRequestParts<Arc<App>> for DeliveryAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let of = EndpointAccess::from_request_parts(parts, app).await?;
        let event: Uuid = param(parts, app, "event").await?.parse().map_err(|_| PageError::NotFound)?;
        let found = deliveries::find(&app.db, of.site.site.id, of.endpoint.id, event).await?;
        Ok(Self { of, delivery: found.ok_or(PageError::NotFound)? })
    }
}

#[derive(Template)]
#[template(path = "admin/connections/webhooks/delivery.html")]
struct DeliveryPage {
    page: Page,
    key: String,
    name: String,
    path: String,
    event: Uuid,
    kind: &'static str,
    sentence: &'static str,
    at: String,
    label: &'static str,
    badge: &'static str,
    /// What happens next, or why nothing does.
    next: Option<String>,
    /// It is looked at again by itself until the first answer.
    soon: bool,
    on_its_way: bool,
    section: Section,
    /// What is sent, or would be: of a service all calls that it comes to.
    requests: Vec<Request>,
    attempts: Vec<Line>,
}

struct Line {
    number: i64,
    call: Option<String>,
    at: String,
    datetime: String,
    outcome: String,
    worked: bool,
    ms: String,
    answer: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: DeliveryAccess) -> Result<Response, PageError> {
    let DeliveryAccess { of, delivery } = access;
    let (site, zone) = (of.site.site.id, of.site.zone());
    let event = outbound_events::by_id(&app.db, site, delivery.event).await?.ok_or(PageError::NotFound)?;
    let attempts = deliveries::attempts(&app.db, site, of.endpoint.id, delivery.event).await?;
    let (label, badge) = state(&delivery);
    let on_its_way = matches!(delivery.state, DeliveryState::Waiting | DeliveryState::Sending);
    let requests = sent(&app, &of, &delivery, event.at, event.body);
    render(DeliveryPage {
        page: of.site.page(Tab::Connections),
        key: of.site.site.key.clone(),
        path: of.path(),
        event: delivery.event,
        kind: delivery.kind.as_str(),
        sentence: delivery.kind.sentence(),
        at: format::moment(event.at, &zone),
        label,
        badge,
        next: next(&delivery, &zone),
        soon: on_its_way && delivery.tries == 0 && of.endpoint.status.as_str() == "active",
        on_its_way: delivery.state == DeliveryState::Sending,
        section: of.section(),
        requests,
        attempts: attempts.into_iter().map(|attempt| line(attempt, &zone)).collect(),
        name: of.endpoint.name,
    })
}

/// What a delivery is made of; nothing before its first try, when it is made.
fn sent(app: &App, of: &EndpointAccess, delivery: &Delivery, at: Millis, body: Option<String>) -> Vec<Request> {
    let Some(body) = body else { return Vec::new() };
    let vault = &app.keys.vault;
    if let Some(vendor) = connectors::vendor(of.endpoint.kind) {
        let Ok(told) = Told::read(delivery.event, delivery.kind, at, &body) else { return Vec::new() };
        return requests(vendor, &open_given(vault, &of.endpoint).unwrap_or_default(), &of.endpoint, &told);
    }
    let mut headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("webhook-id".to_owned(), message_id(delivery.event)),
        ("webhook-timestamp".to_owned(), "the second of the try".to_owned()),
        ("webhook-signature".to_owned(), "v1,… made anew for each try".to_owned()),
    ];
    // Their values may be secret.
    let own = open_headers(vault, &of.endpoint).unwrap_or_default();
    headers.extend(own.into_iter().map(|(name, _)| (name, "hidden".to_owned())));
    vec![Request { name: "webhook", line: format!("POST {}", of.endpoint.url), headers, body: Some(pretty(&body)) }]
}

fn next(delivery: &Delivery, zone: &TimeZone) -> Option<String> {
    match delivery.state {
        DeliveryState::Waiting if delivery.tries > 0 => {
            Some(format!("Try {} of {MAX_TRIES} follows on {}.", delivery.tries + 1, format::moment(delivery.due_at, zone)))
        }
        DeliveryState::Dead => delivery.reason.as_deref().map(ending),
        _ => None,
    }
}

/// As people read it; what is signed is the text without these spaces.
fn pretty(body: &str) -> String {
    let value = serde_json::from_str::<Value>(body).ok();
    value.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| body.to_owned())
}

fn line(attempt: Attempt, zone: &TimeZone) -> Line {
    let (outcome, worked) = outcome(&attempt);
    Line {
        number: attempt.number,
        call: attempt.call,
        at: format::moment(attempt.at, zone),
        datetime: format::machine(attempt.at),
        outcome,
        worked,
        ms: if attempt.ms < 1000 { format!("{} ms", attempt.ms) } else { format!("{:.1} s", attempt.ms as f64 / 1000.0) },
        answer: attempt.answer,
    }
}
