//! Something is not as it should be: it is written down, and told to other services and to the store's people as often as their
//! rules say. Whoever finds it calls [`raise`] in its own transaction, and [`resolve`] when it is over.

use jiff::tz::TimeZone;

use super::alert_mail::AlertMail;
use super::emit::{Event, What, emit};
use crate::clock::{HOUR, Millis};
use crate::domain::alert::{MailAt, Past, Severity, Verdict, mail_at, verdict};
use crate::id::{SiteId, uuid7};
use crate::store::alerts::{self, Alert as Stored};
use crate::store::sites::{self, Site};
use crate::store::{StoreError, Tx};

/// What was found. Nothing personal may be in it: no address, nothing that a shopper wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// A stable code, `endpoint.failing`; its kind is [`crate::domain::alert::Kind::of`] it.
    pub cause: &'static str,
    /// What it is about: there is one open alert of a cause and a subject.
    pub subject: String,
    /// In one line.
    pub title: String,
    /// The figures, and what to do.
    pub detail: String,
    /// Where to look, after `/admin/{site}/`.
    pub path: String,
}

/// Raises an alert, or notes that its cause is still there.
pub async fn raise(tx: &mut Tx, site: SiteId, alert: Alert, now: Millis) -> Result<(), StoreError> {
    raise_at(tx, site, alert, 1, now).await
}

/// The same of something that can get worse: people are told again as soon as the level is higher than it was.
pub async fn raise_at(tx: &mut Tx, site: SiteId, alert: Alert, level: i64, now: Millis) -> Result<(), StoreError> {
    let Some(site) = sites::by_id(&mut *tx, site).await? else { return Ok(()) };
    let rules = &site.settings.alerts;
    let Some(severity) = rules.telling(crate::domain::alert::Kind::of(alert.cause)).severity() else { return Ok(()) };
    let last = alerts::last(tx, site.id, alert.cause, &alert.subject).await?;
    let past = last.as_ref().map(|last| Past {
        open: last.resolved_at.is_none(),
        level: last.level,
        told_at: last.told_at,
        times: last.times,
    });
    let verdict = verdict(past.as_ref(), level, rules.cool_down(), now);
    let muted_until = last.as_ref().and_then(|last| last.muted_until).filter(|until| *until > now);
    let mut row = match last {
        Some(last) if verdict != Verdict::New => last,
        _ => Stored {
            site: site.id,
            id: uuid7(now),
            cause: alert.cause.to_owned(),
            subject: alert.subject,
            severity,
            level,
            title: String::new(),
            detail: String::new(),
            path: String::new(),
            raised_at: now,
            last_seen_at: now,
            resolved_at: None,
            told_at: None,
            times: 0,
            muted_until,
            mail: None,
            mail_due: None,
            mailed_at: None,
        },
    };
    (row.title, row.detail, row.path) = (alert.title, alert.detail, alert.path);
    (row.severity, row.last_seen_at, row.resolved_at) = (severity, now, None);
    let told = verdict != Verdict::Known && muted_until.is_none();
    if told {
        (row.level, row.told_at, row.times) = (level, Some(now), row.times + 1);
        schedule(tx, &site, &mut row, now).await?;
    }
    let first = match verdict {
        Verdict::New => alerts::insert(tx, &row).await?,
        Verdict::Again | Verdict::Known => alerts::update(tx, &row).await.map(|()| true)?,
    };
    // Another node that raised it in between has told everybody.
    if told && first { tell(tx, &row, now).await } else { Ok(()) }
}

/// Its cause is gone.
pub async fn resolve(tx: &mut Tx, site: SiteId, cause: &str, subject: &str, now: Millis) -> Result<(), StoreError> {
    match alerts::last(tx, site, cause, subject).await? {
        Some(last) if last.resolved_at.is_none() => alerts::update(tx, &Stored { resolved_at: Some(now), ..last }).await,
        _ => Ok(()),
    }
}

/// Says that its people would be told, whatever the rules: the button "Send a test alert".
pub async fn test(tx: &mut Tx, site: &Site, now: Millis) -> Result<(), StoreError> {
    let text = |text: &str| text.to_owned();
    let row = Stored {
        site: site.id,
        id: uuid7(now),
        cause: text("test"),
        subject: text("test"),
        severity: Severity::Urgent,
        level: 1,
        title: text("A test alert"),
        detail: text(
            "You sent it yourself. Alerts come this way: by mail, and as the event alert.raised to every webhook that is told of it.",
        ),
        path: text("alerts"),
        raised_at: now,
        last_seen_at: now,
        resolved_at: Some(now),
        told_at: Some(now),
        times: 1,
        muted_until: None,
        mail: None,
        mail_due: None,
        mailed_at: None,
    };
    super::alert_mail::urgent(tx, site, &row, now).await?;
    tell(tx, &row, now).await
}

/// When it is mailed, and the job that will.
async fn schedule(tx: &mut Tx, site: &Site, row: &mut Stored, now: Millis) -> Result<(), StoreError> {
    let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
    let sent = alerts::mailed(&mut *tx, site.id, now - HOUR).await?;
    let (mail, due) = match mail_at(row.severity, &site.settings.alerts, sent, now, &zone) {
        MailAt::Now => (Severity::Urgent, now),
        MailAt::Later(morning) => (Severity::Urgent, morning),
        MailAt::Digest(at) => (Severity::Digest, at),
    };
    (row.mail, row.mail_due) = (Some(mail), Some(due));
    AlertMail::at(tx, site.id, due, now).await
}

/// Tells every endpoint that listens, at whatever hour: programs do not sleep.
async fn tell(tx: &mut Tx, row: &Stored, now: Millis) -> Result<(), StoreError> {
    let what = What::AlertRaised {
        code: row.cause.clone(),
        title: row.title.clone(),
        detail: row.detail.clone(),
        subject: row.subject.clone(),
        severity: row.severity.to_string(),
        path: row.path.clone(),
    };
    emit(tx, row.site, Event { what, customer: None, visitor: None }, now).await
}
