//! `/admin/{site}/alerts`: what is open, and what was.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde::Deserialize;
use uuid::Uuid;

use super::words;
use crate::boot::App;
use crate::clock::Millis;
use crate::domain::alert::{Kind, Severity};
use crate::store::alerts::{self, Alert};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Alerts of the past on a page.
const SHOWN: usize = 50;

#[derive(Template)]
#[template(path = "admin/alerts/list.html")]
struct ListPage {
    page: Page,
    key: String,
    zone: String,
    notice: Option<&'static str>,
    /// The first page: older ones show the past only.
    first: bool,
    open: Vec<Line>,
    past: Vec<Line>,
    older: Option<Uuid>,
}

struct Line {
    id: Uuid,
    kind: &'static str,
    /// How it stands, and the colour of its badge.
    state: (&'static str, &'static str),
    title: String,
    detail: String,
    /// Where to look.
    path: String,
    raised: Moment,
    over: Option<Moment>,
    told: Option<Moment>,
    muted: Option<Moment>,
}

struct Moment {
    words: String,
    machine: String,
}

impl Moment {
    fn new(at: Millis, zone: &TimeZone) -> Self {
        Self { words: format::moment(at, zone), machine: format::machine(at) }
    }
}

impl Line {
    fn new(alert: Alert, key: &str, zone: &TimeZone, now: Millis) -> Self {
        let moment = |at: Millis| Moment::new(at, zone);
        let state = match alert.severity {
            _ if alert.is_muted(now) => ("Muted", ""),
            Severity::Urgent => ("Urgent", "bad"),
            Severity::Digest => ("Worth a look", "paused"),
        };
        Self {
            id: alert.id,
            kind: words::kind(Kind::of(&alert.cause)).0,
            state,
            raised: moment(alert.raised_at),
            over: alert.resolved_at.map(moment),
            told: alert.told_at.map(moment),
            muted: alert.muted_until.filter(|until| *until > now).map(moment),
            path: format!("/admin/{key}/{}", alert.path),
            title: alert.title,
            detail: alert.detail,
        }
    }
}

#[derive(Deserialize)]
pub struct Wanted {
    before: Option<Uuid>,
    done: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(wanted): Query<Wanted>) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let first = wanted.before.is_none();
    let open = if first { alerts::open(&app.db, site.id).await? } else { Vec::new() };
    let mut past = alerts::past(&app.db, site.id, wanted.before, SHOWN as i64 + 1).await?;
    let more = past.len() > SHOWN;
    past.truncate(SHOWN);
    let older = past.last().filter(|_| more).map(|last| last.id);
    let lines = |alerts: Vec<Alert>| alerts.into_iter().map(|alert| Line::new(alert, &site.key, &zone, now)).collect();
    render(ListPage {
        page: access.page(Tab::Alerts),
        key: site.key.clone(),
        zone: site.time_zone.clone(),
        notice: match wanted.done.as_deref() {
            Some("muted") => Some("Muted for seven days. It stays in the list."),
            Some("unmuted") => Some("You will be told of it again."),
            _ => None,
        },
        first,
        open: lines(open),
        past: lines(past),
        older,
    })
}
