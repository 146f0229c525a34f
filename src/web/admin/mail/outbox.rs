//! `/admin/{site}/mail`: what was sent, the newest first, and what became of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::{Part, Parts, status_label};
use crate::boot::App;
use crate::clock::DAY;
use crate::id::SiteId;
use crate::mail::Transport;
use crate::store::messages::{self, Message, MessageStatus, Place, TOP};
use crate::store::{Db, StoreError, feedback};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Mails on a page.
const SHOWN: usize = 50;

/// The part of the last day's mails, in hundredths, that may be refused for the sender's sake before the owner is told.
const BLOCKED: i64 = 5;

/// Word in the address → label.
const FILTERS: [(&str, &str); 8] = [
    ("", "All"),
    ("sent", "Sent"),
    ("captured", "Kept here"),
    ("clicked", "Link followed"),
    ("failed", "Failed"),
    ("bounced", "Came back"),
    ("complained", "Called spam"),
    ("uncertain", "Uncertain"),
];

#[derive(Template)]
#[template(path = "admin/mail/outbox.html")]
struct OutboxPage {
    page: Page,
    key: String,
    parts: Parts,
    captured: bool,
    /// Mails refused for what the sender is, and all mails, of the last day.
    blocked: Option<(String, String)>,
    filters: Vec<(&'static str, &'static str, bool)>,
    filtered: bool,
    lines: Vec<Line>,
    /// Where the next page begins.
    next: Option<String>,
}

struct Line {
    id: Uuid,
    to: String,
    subject: String,
    label: &'static str,
    badge: &'static str,
    clicked: bool,
    at: String,
    datetime: String,
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    status: String,
    /// Where the page before ended.
    before: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(wanted): Query<Wanted>) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let before = wanted.before.as_deref().and_then(place).unwrap_or(TOP);
    let mut mails = load(&app.db, site.id, &wanted.status, before).await?.ok_or(PageError::NotFound)?;
    let more = mails.len() > SHOWN;
    mails.truncate(SHOWN);
    let next =
        mails.last().filter(|_| more).map(|last| format!("status={}&before={}.{}", wanted.status, last.created_at, last.id));
    let line = |mail: Message| {
        let (label, badge) = status_label(mail.status);
        let at = mail.sent_at.unwrap_or(mail.created_at);
        let (clicked, datetime) = (mail.clicked_at.is_some(), format::machine(at));
        Line {
            id: mail.id,
            to: mail.recipient,
            subject: mail.subject,
            label,
            badge,
            clicked,
            at: format::moment(at, &zone),
            datetime,
        }
    };
    let (blocked, sent) =
        (feedback::blocked(&app.db, site.id, now - DAY).await?, messages::count(&app.db, site.id, now - DAY).await?);
    render(OutboxPage {
        page: access.page(Tab::Mail),
        key: site.key.clone(),
        parts: Parts::new(&site.key, Part::Outbox),
        captured: matches!(app.sender.transport, Transport::Captured),
        blocked: (blocked * 100 > sent * BLOCKED).then(|| (format::count(blocked), format::count(sent.max(blocked)))),
        filters: FILTERS.map(|(word, label)| (word, label, word == wanted.status)).into(),
        filtered: !wanted.status.is_empty(),
        lines: mails.into_iter().map(line).collect(),
        next,
    })
}

/// One mail more than are shown; `None`: there is no such filter.
async fn load(db: &Db, site: SiteId, filter: &str, before: Place) -> Result<Option<Vec<Message>>, StoreError> {
    let limit = SHOWN as i64 + 1;
    let mails = match (filter, MessageStatus::parse(filter)) {
        ("", _) => messages::page(db, site, before, limit).await?,
        ("clicked", _) => messages::page_clicked(db, site, before, limit).await?,
        (_, Some(status)) => messages::page_of(db, site, status, before, limit).await?,
        (_, None) => return Ok(None),
    };
    Ok(Some(mails))
}

fn place(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}
