//! `/admin/{site}/connections/webhooks/{id}`: one endpoint, its health, and what was sent to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;
use uuid::Uuid;

use super::form::remark;
use super::list::{COUNTED, counted};
use super::replay::Entered;
use super::words::{ending, health, state};
use super::{EndpointAccess, Section};
use crate::boot::App;
use crate::domain::connector::Trouble;
use crate::domain::webhook::{DeliveryState, EndpointStatus, EventType};
use crate::id::{EndpointId, uuid7_millis};
use crate::manage::endpoints::backlog;
use crate::store::deliveries::{self, Delivery};
use crate::store::endpoints::{self, Endpoint};
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Deliveries on a page.
const SHOWN: usize = 25;

#[derive(Template)]
#[template(path = "admin/connections/webhooks/show.html")]
struct ShowPage {
    page: Page,
    key: String,
    path: String,
    section: Section,
    endpoint: Endpoint,
    label: &'static str,
    badge: &'static str,
    notice: Option<String>,
    /// Why it was switched off, or since when it fails.
    trouble: Option<String>,
    remark: Option<&'static str>,
    waiting: String,
    dead: String,
    delivered: Option<(String, String)>,
    lines: Vec<Line>,
    /// Word, label and whether it is chosen.
    states: Vec<(&'static str, &'static str, bool)>,
    kinds: Vec<(&'static str, bool)>,
    filtered: bool,
    /// Where older deliveries are.
    older: Option<String>,
    others: Vec<(EndpointId, String, bool)>,
    zone: String,
    entered: Entered,
    faults: Faults,
}

struct Line {
    event: Uuid,
    kind: &'static str,
    at: String,
    datetime: String,
    label: &'static str,
    badge: &'static str,
    tries: i64,
    more: String,
}

impl ShowPage {
    fn is(&self, status: &str) -> bool {
        self.endpoint.status.as_str() == status
    }
}

#[derive(Default, Deserialize)]
pub struct Asked {
    done: Option<String>,
    n: Option<u64>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    event: String,
    before: Option<Uuid>,
}

impl Asked {
    /// `on`: the endpoint is called.
    fn notice(&self, on: bool) -> Option<String> {
        Some(match self.done.as_deref()? {
            "saved" => "Saved.".into(),
            "connected" => "Connected: the service accepted the credentials. What happens from now on is sent.".into(),
            "untested" => "Stored without a test. What happens is kept until the service answers.".into(),
            "accepted" => "The service accepted the credentials.".into(),
            "refused" => "The service refused the credentials. Please look at them again.".into(),
            "unreachable" => "The service could not be asked just now.".into(),
            "active" => "It is on. What happens is sent.".into(),
            "paused" => "Paused. What happens is kept, and sent when you let it go on.".into(),
            "disabled" => "Switched off. What happens meanwhile is not kept for it.".into(),
            "replayed" => match self.n.unwrap_or(0) {
                0 => "There was nothing to send again in that time.".into(),
                n if !on => format!(
                    "{} to be sent again, once it is on.",
                    if n == 1 { "1 event is".into() } else { format!("{n} events are") }
                ),
                1 => "1 event is sent again.".into(),
                n => format!("{} events are sent again.", format::count(i64::try_from(n).unwrap_or(i64::MAX))),
            },
            _ => return None,
        })
    }
}

pub async fn show(
    State(app): State<Arc<App>>,
    access: EndpointAccess,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let entered = Entered::last_day(&access, app.clock.now());
    page(&app, access, asked, entered, Faults::default()).await
}

/// The page with what was entered and what is wrong with it.
pub async fn page(
    app: &App,
    access: EndpointAccess,
    asked: Asked,
    entered: Entered,
    faults: Faults,
) -> Result<Response, PageError> {
    let (endpoint, site, zone) = (&access.endpoint, access.site.site.id, access.site.zone());
    let (state, kind) = (DeliveryState::parse(&asked.state), EventType::parse(&asked.event));
    let mut found = deliveries::page(&app.db, site, endpoint.id, state, kind, asked.before, SHOWN as i64 + 1).await?;
    let older = (found.len() > SHOWN).then(|| found[SHOWN - 1].event);
    found.truncate(SHOWN);
    let (waiting, dead) = backlog(&app.db, endpoint, COUNTED).await?;
    let others = endpoints::list(&app.db, site).await?.into_iter().filter(|other| other.id != endpoint.id);
    let others = others.map(|other| (other.id, other.name, other.id.to_string() == entered.to)).collect();
    let (label, badge) = health(endpoint);
    let status = faults.status();
    let shown = render(ShowPage {
        page: access.site.page(Tab::Connections),
        key: access.site.site.key.clone(),
        path: access.path(),
        section: access.section(),
        label,
        badge,
        notice: asked.notice(endpoint.status == EndpointStatus::Active),
        trouble: trouble(endpoint, &zone),
        remark: access.section().is_webhook.then(|| remark(&endpoint.url)).flatten(),
        waiting: counted(waiting),
        dead: counted(dead),
        delivered: endpoint.delivered_at.map(|at| (format::moment(at, &zone), format::machine(at))),
        lines: found.into_iter().map(|delivery| line(delivery, &zone)).collect(),
        states: [("waiting", "Waiting"), ("delivered", "Delivered"), ("dead", "Given up")]
            .map(|(word, label)| (word, label, word == asked.state))
            .into(),
        kinds: EventType::ALL.map(|kind| (kind.as_str(), kind.as_str() == asked.event)).into(),
        filtered: state.is_some() || kind.is_some() || asked.before.is_some(),
        older: older.map(|last| format!("?state={}&event={}&before={last}#deliveries", known(state), known(kind))),
        others,
        zone: access.site.site.time_zone.clone(),
        entered,
        faults,
        endpoint: access.endpoint,
    })?;
    Ok((status, shown).into_response())
}

fn known(word: Option<impl std::fmt::Display>) -> String {
    word.map_or_else(String::new, |word| word.to_string())
}

fn line(delivery: Delivery, zone: &TimeZone) -> Line {
    let at = uuid7_millis(delivery.event).unwrap_or(0);
    let (label, badge) = state(&delivery);
    let more = match (delivery.state, &delivery.reason) {
        (DeliveryState::Waiting, _) if delivery.tries > 0 => format!("next try {}", format::moment(delivery.due_at, zone)),
        (DeliveryState::Dead, Some(reason)) => ending(reason),
        _ => String::new(),
    };
    Line {
        event: delivery.event,
        kind: delivery.kind.as_str(),
        at: format::moment(at, zone),
        datetime: format::machine(at),
        label,
        badge,
        tries: delivery.attempts,
        more,
    }
}

fn trouble(endpoint: &Endpoint, zone: &TimeZone) -> Option<String> {
    if endpoint.status == EndpointStatus::Paused && endpoint.trouble == Some(Trouble::Credentials) {
        return Some(
            "It refused the credentials, so it is called no more. What happens is kept: enter them again, and it is sent.".into(),
        );
    }
    match (endpoint.status, endpoint.reason.as_deref(), endpoint.failing_since) {
        (EndpointStatus::Disabled, Some("gone"), _) => {
            Some("The receiver said that it is gone for good (410), so nothing is sent any more. Switch it on if that was a mistake.".into())
        }
        (EndpointStatus::Disabled, Some(_), _) => {
            Some("It failed for five days without a break, so nothing is sent any more. Mend the receiver, switch it on, and send again what it missed.".into())
        }
        (EndpointStatus::Active, _, Some(since)) => {
            Some(format!("Every try has failed since {}. It is tried again for up to three days each, then given up.", format::moment(since, zone)))
        }
        _ => None,
    }
}
