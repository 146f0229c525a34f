//! A mail to try a template out: to whoever is logged in, marked as a test, and counted nowhere. It is in the outbox like any other.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::letter;
use crate::clock::Millis;
use crate::id::SiteId;
use crate::jobs::{Context, Job, JobError, Outcome, enqueue};
use crate::keys::hex;
use crate::mail::message::BadMessage;
use crate::mail::template::Rendered;
use crate::mail::{self, Draft, Mailbox, Sender};
use crate::store::messages::{self, Message, MessageStatus};
use crate::store::sites::Site;
use crate::store::{StoreError, Tx};

/// Hands a test over, once: found begun, it may be out already.
#[derive(Debug, Serialize, Deserialize)]
pub struct Trial {
    site: SiteId,
    message: Uuid,
}

/// Puts a test into the outbox and hands it to the worker. The inner error: it cannot be written.
pub async fn send_trial(
    tx: &mut Tx,
    sender: &Sender,
    site: &Site,
    template: &str,
    texts: Rendered,
    to: &Mailbox,
    now: Millis,
) -> Result<Result<Uuid, BadMessage>, StoreError> {
    let id = Uuid::from_bytes(crate::id::random());
    let texts = Rendered { subject: format!("[Test] {}", texts.subject), ..texts };
    let from = letter::from(sender, site);
    let name = format!("{}@{}", hex(id.as_bytes()), from.domain());
    let reply_to = letter::reply_to(site);
    let draft =
        Draft { from: &from, reply_to: reply_to.as_ref(), to, bounces_to: None, texts: &texts, id: &name, at: now, list: None };
    let dkim = match letter::dkim(&mut *tx, sender, site).await? {
        Ok(dkim) => dkim,
        Err(why) => return Ok(Err(BadMessage::Build(why.to_string()))),
    };
    let message = match draft.build(dkim.as_ref()) {
        Ok(message) => message,
        Err(why) => return Ok(Err(why)),
    };
    let row = Message {
        site: site.id,
        id,
        customer: None,
        enrollment: None,
        step: None,
        template: template.to_owned(),
        recipient: to.address().to_owned(),
        subject: texts.subject,
        status: MessageStatus::Sending,
        detail: None,
        // What the library writes is ASCII.
        raw: Some(String::from_utf8_lossy(&message.raw).into_owned()),
        tries: 0,
        created_at: now,
        sent_at: None,
        clicked_at: None,
    };
    messages::put(tx, &row).await?;
    enqueue(tx, &Trial { site: site.id, message: id }, None, now, now).await?;
    Ok(Ok(id))
}

impl Job for Trial {
    const KIND: &'static str = "mail.trial";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let mut tx = context.db.begin().await?;
        let Some(mut row) = messages::by_id(&mut tx, self.site, self.message).await? else { return Ok(Outcome::Done(tx)) };
        if row.status != MessageStatus::Sending {
            return Ok(Outcome::Done(tx));
        }
        if row.tries > 0 {
            (row.status, row.detail) = (MessageStatus::Uncertain, Some("the server stopped while it was sent".to_owned()));
            messages::put(&mut tx, &row).await?;
            return Ok(Outcome::Done(tx));
        }
        row.tries = 1;
        messages::put(&mut tx, &row).await?;
        tx.commit().await?;

        let outcome = hand_over(&row, &context.sender).await;

        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        (row.status, row.detail) = match outcome {
            mail::Outcome::Sent => (MessageStatus::Sent, None),
            mail::Outcome::Captured => (MessageStatus::Captured, None),
            mail::Outcome::TemporarilyRefused { text: why, .. }
            | mail::Outcome::NotSent { why }
            | mail::Outcome::Refused { text: why, .. } => (MessageStatus::Failed, Some(why)),
            mail::Outcome::Uncertain { why } => (MessageStatus::Uncertain, Some(why)),
        };
        if matches!(row.status, MessageStatus::Sent | MessageStatus::Captured) {
            row.sent_at = Some(now);
        }
        if row.status != MessageStatus::Captured {
            row.raw = None;
        }
        messages::put(&mut tx, &row).await?;
        Ok(Outcome::Done(tx))
    }
}

async fn hand_over(row: &Message, sender: &Sender) -> mail::Outcome {
    let why = |error: &dyn std::fmt::Display| mail::Outcome::NotSent { why: error.to_string() };
    let to = match Mailbox::new(&row.recipient) {
        Ok(to) => to,
        Err(error) => return why(&error),
    };
    let id = format!("{}@{}", hex(row.id.as_bytes()), sender.from.domain());
    match mail::Message::kept(&id, row.raw.as_deref().unwrap_or_default(), &sender.from, &to) {
        Ok(message) => sender.send(&message).await,
        Err(error) => why(&error),
    }
}
