//! The mail to a store's people when an endpoint is switched off: nobody looks at a page that says so.

use askama::Template;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::{HOUR, MINUTE, Millis};
use crate::id::{EndpointId, SiteId, uuid7};
use crate::jobs::{self, Context, Job, JobError, Outcome};
use crate::mail::{self, Draft, Mailbox, Rendered};
use crate::store::endpoints::Endpoint;
use crate::store::messages::{self, Message, MessageStatus};
use crate::store::{StoreError, Tx, sites, users};

/// One mail to one person.
#[derive(Serialize, Deserialize)]
pub struct Notice {
    site: SiteId,
    endpoint: EndpointId,
    /// The mail's own.
    id: Uuid,
    to: String,
    title: String,
    detail: String,
    at: Millis,
}

#[derive(Template)]
#[template(path = "mail/notice.html")]
struct Page<'a> {
    title: &'a str,
    detail: &'a str,
    link: &'a str,
}

impl Notice {
    /// One for everybody who looks after the store.
    pub(super) async fn send(tx: &mut Tx, about: &Endpoint, title: &str, detail: &str, now: Millis) -> Result<(), StoreError> {
        for user in users::of_site(&mut *tx, about.site).await? {
            let notice = Self {
                site: about.site,
                endpoint: about.id,
                id: uuid7(now),
                to: user.email,
                title: title.to_owned(),
                detail: detail.to_owned(),
                at: now,
            };
            jobs::enqueue(tx, &notice, None, now, now).await?;
        }
        Ok(())
    }

    fn write(&self, context: &Context, site: &sites::Site) -> anyhow::Result<mail::Message> {
        let sender = &context.sender;
        let mut link = sender.public_url.clone();
        link.set_path(&format!("/admin/{}/connections/webhooks/{}", site.key, self.endpoint));
        let texts = Rendered {
            locale: "en".to_owned(),
            subject: format!("{}: {}", site.name, self.title),
            html: Page { title: &self.title, detail: &self.detail, link: link.as_str() }.render()?,
            text: format!("{}\n\n{} Nothing is sent to it any more. Look at it here:\n{link}\n", self.title, self.detail),
        };
        let draft = Draft {
            from: &sender.from,
            reply_to: None,
            to: &Mailbox::new(&self.to)?,
            bounces_to: None,
            texts: &texts,
            id: &format!("{}@{}", self.id.simple(), sender.from.domain()),
            at: self.at,
            list: None,
        };
        Ok(draft.build(None)?)
    }
}

impl Job for Notice {
    const KIND: &'static str = "webhook.notice";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let mut tx = context.db.begin().await?;
        let Some(site) = sites::by_id(&mut tx, self.site).await? else { return Ok(Outcome::Done(tx)) };
        let earlier = messages::by_id(&mut tx, self.site, self.id).await?;
        let mut row = match earlier {
            // A worker was lost while it was sent: it may be out, and is not sent twice.
            Some(lost) if lost.status == MessageStatus::Sending => {
                messages::put(&mut tx, &Message { status: MessageStatus::Uncertain, ..lost }).await?;
                return Ok(Outcome::Done(tx));
            }
            Some(failed) => Message { status: MessageStatus::Sending, tries: failed.tries + 1, ..failed },
            None => self.row(&site),
        };
        let message = self.write(context, &site).map_err(JobError::GiveUp)?;
        messages::put(&mut tx, &row).await?;
        tx.commit().await?;

        let outcome = context.sender.transport.send(&message).await;

        let (now, mut tx) = (context.clock.now(), context.db.begin().await?);
        let mut again = None;
        match outcome {
            mail::Outcome::Sent => (row.status, row.sent_at) = (MessageStatus::Sent, Some(now)),
            mail::Outcome::Captured => {
                (row.status, row.sent_at) = (MessageStatus::Captured, Some(now));
                row.raw = Some(String::from_utf8_lossy(&message.raw).into_owned());
            }
            mail::Outcome::TemporarilyRefused { text: why, .. } | mail::Outcome::NotSent { why } => {
                (row.status, row.detail) = (MessageStatus::Failed, Some(why));
                again =
                    (row.tries < Self::MAX_ATTEMPTS).then(|| now + ((5 * MINUTE) << (row.tries - 1).clamp(0, 6)).min(4 * HOUR));
            }
            mail::Outcome::Refused { text, .. } => (row.status, row.detail) = (MessageStatus::Failed, Some(text)),
            mail::Outcome::Uncertain { why } => (row.status, row.detail) = (MessageStatus::Uncertain, Some(why)),
        }
        messages::put(&mut tx, &row).await?;
        Ok(match again {
            Some(at) => Outcome::Again(tx, self, at),
            None => Outcome::Done(tx),
        })
    }
}

impl Notice {
    fn row(&self, site: &sites::Site) -> Message {
        Message {
            site: self.site,
            id: self.id,
            customer: None,
            enrollment: None,
            step: None,
            template: "webhook-notice".to_owned(),
            recipient: self.to.clone(),
            subject: format!("{}: {}", site.name, self.title),
            status: MessageStatus::Sending,
            detail: None,
            raw: None,
            tries: 1,
            created_at: self.at,
            sent_at: None,
            clicked_at: None,
        }
    }
}
