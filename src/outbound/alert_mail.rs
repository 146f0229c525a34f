//! Mails of alerts: the urgent ones one by one, the others in one mail a day.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::{HOUR, Millis};
use crate::domain::alert::{MailAt, Severity, mail_at};
use crate::id::SiteId;
use crate::jobs::{Context, Job, JobError, Letter, Link, Notice, Outcome, Text, enqueue};
use crate::store::alerts::{self, Alert};
use crate::store::sites::{self, Site};
use crate::store::{StoreError, Tx};

/// Alerts that the day's mail lists; the page has them all.
const LISTED: usize = 30;

/// Mails what is due.
#[derive(Serialize, Deserialize)]
pub struct AlertMail {
    site: SiteId,
}

impl AlertMail {
    /// One job for a moment, however many alerts wait for it.
    pub(super) async fn at(tx: &mut Tx, site: SiteId, due: Millis, now: Millis) -> Result<(), StoreError> {
        let key = format!("{}:{site}:{due}", Self::KIND);
        enqueue(tx, &Self { site }, Some(&key), due, now).await.map(drop)
    }
}

impl Job for AlertMail {
    const KIND: &'static str = "alert.mail";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        let Some(site) = sites::by_id(&mut tx, self.site).await? else { return Ok(Outcome::Done(tx)) };
        let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
        let (mut sent, mut digest) = (alerts::mailed(&mut tx, site.id, now - HOUR).await?, Vec::new());
        for mut alert in alerts::to_mail(&mut tx, site.id, now).await? {
            if alert.mail == Some(Severity::Digest) {
                digest.push(alert);
                continue;
            }
            // Looked at anew: several may have waited for the morning, or this worker came late.
            let put_off = match mail_at(Severity::Urgent, &site.settings.alerts, sent, now, &zone) {
                MailAt::Now => None,
                MailAt::Later(morning) => Some((Severity::Urgent, morning)),
                MailAt::Digest(at) => Some((Severity::Digest, at)),
            };
            if let Some((mail, due)) = put_off {
                (alert.mail, alert.mail_due) = (Some(mail), Some(due));
                Self::at(&mut tx, site.id, due, now).await?;
            } else {
                sent += 1;
                urgent(&mut tx, &site, &alert, now).await?;
                (alert.mail_due, alert.mailed_at) = (None, Some(now));
            }
            alerts::update(&mut tx, &alert).await?;
        }
        if !digest.is_empty() {
            send(&mut tx, &site, &of_the_day(&digest), now).await?;
        }
        for alert in digest {
            alerts::update(&mut tx, &Alert { mail_due: None, mailed_at: Some(now), ..alert }).await?;
        }
        Ok(Outcome::Done(tx))
    }
}

/// Mails one alert.
pub(super) async fn urgent(tx: &mut Tx, site: &Site, alert: &Alert, now: Millis) -> Result<(), StoreError> {
    let mut paragraphs = vec![alert.detail.clone()];
    if alert.resolved_at.is_some() && alert.mail_due.is_some() {
        paragraphs.push("It is over by now.".to_owned());
    }
    if alert.times > 1 {
        paragraphs.push("It is told again because it is still so. Under “Alerts” it can be muted.".to_owned());
    }
    let letter = Letter {
        kind: "alert".to_owned(),
        subject: alert.title.clone(),
        text: Text::Plain { paragraphs, link: Link { label: "Look at it".to_owned(), path: alert.path.clone() } },
    };
    send(tx, site, &letter, now).await
}

fn of_the_day(alerts: &[Alert]) -> Letter {
    let line = |alert: &Alert| {
        let over = if alert.resolved_at.is_some() { " It is over by now." } else { "" };
        format!("{}. {}{over}", alert.title, alert.detail)
    };
    let mut paragraphs: Vec<String> = alerts.iter().take(LISTED).map(line).collect();
    if alerts.len() > LISTED {
        paragraphs.push(format!("And {} more.", alerts.len() - LISTED));
    }
    let subject = match alerts {
        [one] => one.title.clone(),
        more => format!("{} things are not as usual", more.len()),
    };
    let link = Link { label: "Look at the alerts".to_owned(), path: "alerts".to_owned() };
    Letter { kind: "alert-digest".to_owned(), subject, text: Text::Plain { paragraphs, link } }
}

/// To the addresses that the store named, or else to whoever looks after it.
async fn send(tx: &mut Tx, site: &Site, letter: &Letter, now: Millis) -> Result<(), StoreError> {
    let recipients = &site.settings.alerts.recipients;
    if recipients.is_empty() {
        return Notice::to_owners(tx, site.id, letter, now).await;
    }
    for address in recipients {
        Notice::to(tx, site.id, address, letter, now).await?;
    }
    Ok(())
}
