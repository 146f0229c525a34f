//! Mail to the people who look after a store: what happened that nobody sees by looking at a page. Sent once, like every mail.

use askama::Template;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Context, Job, JobError, Outcome};
use crate::clock::{HOUR, MINUTE, Millis};
use crate::id::{SiteId, uuid7};
use crate::mail::{self, Draft, Mailbox, Rendered};
use crate::store::messages::{self, Message, MessageStatus};
use crate::store::{StoreError, Tx, sites, users};

/// One mail to one person.
#[derive(Serialize, Deserialize)]
pub struct Notice {
    site: SiteId,
    /// The mail's own.
    id: Uuid,
    to: String,
    letter: Letter,
    at: Millis,
    /// From when on it is no news any more, and not sent.
    #[serde(default)]
    before: Option<Millis>,
}

/// What a notice says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Letter {
    /// What the outbox calls it: `webhook-notice`.
    pub kind: String,
    /// After the store's name and a colon.
    pub subject: String,
    pub text: Text,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Text {
    /// A few sentences, each a paragraph, and where to look.
    Plain { paragraphs: Vec<String>, link: Link },
    /// A mail of its own making.
    Written { html: String, text: String },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Link {
    pub label: String,
    /// After `/admin/{site}/`.
    pub path: String,
}

#[derive(Template)]
#[template(path = "mail/notice.html")]
struct Page<'a> {
    title: &'a str,
    paragraphs: &'a [String],
    label: &'a str,
    link: &'a str,
}

impl Notice {
    /// One for everybody who looks after the store.
    pub async fn to_owners(tx: &mut Tx, site: SiteId, letter: &Letter, now: Millis) -> Result<(), StoreError> {
        for user in users::of_site(&mut *tx, site).await? {
            Self::to(tx, site, &user.email, letter, now).await?;
        }
        Ok(())
    }

    /// One to an address.
    pub async fn to(tx: &mut Tx, site: SiteId, address: &str, letter: &Letter, now: Millis) -> Result<(), StoreError> {
        Self::new(site, address, letter, now).hand_over(tx).await
    }

    /// The same, which is dropped if it cannot be sent before a moment.
    pub async fn to_before(
        tx: &mut Tx,
        site: SiteId,
        address: &str,
        letter: &Letter,
        before: Millis,
        now: Millis,
    ) -> Result<(), StoreError> {
        Self { before: Some(before), ..Self::new(site, address, letter, now) }.hand_over(tx).await
    }

    fn new(site: SiteId, address: &str, letter: &Letter, now: Millis) -> Self {
        Self { site, id: uuid7(now), to: address.to_owned(), letter: letter.clone(), at: now, before: None }
    }

    async fn hand_over(self, tx: &mut Tx) -> Result<(), StoreError> {
        super::enqueue(tx, &self, None, self.at, self.at).await?;
        Ok(())
    }

    fn write(&self, context: &Context, site: &sites::Site) -> anyhow::Result<mail::Message> {
        let sender = &context.sender;
        let (html, text) = match &self.letter.text {
            Text::Written { html, text } => (html.clone(), text.clone()),
            Text::Plain { paragraphs, link: Link { label, path } } => {
                let mut link = sender.public_url.clone();
                link.set_path(&format!("/admin/{}/{path}", site.key));
                let (title, link) = (&*self.letter.subject, link.as_str());
                let html = Page { title, paragraphs, label, link }.render()?;
                (html, format!("{title}\n\n{}\n\n{label}:\n{link}\n", paragraphs.join("\n\n")))
            }
        };
        let texts = Rendered { locale: "en".to_owned(), subject: self.subject(site), html, text };
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

    fn subject(&self, site: &sites::Site) -> String {
        format!("{}: {}", site.name, self.letter.subject)
    }

    fn row(&self, site: &sites::Site) -> Message {
        Message {
            site: self.site,
            id: self.id,
            customer: None,
            enrollment: None,
            step: None,
            template: self.letter.kind.clone(),
            recipient: self.to.clone(),
            subject: self.subject(site),
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

impl Job for Notice {
    const KIND: &'static str = "notice";

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
        if self.before.is_some_and(|before| context.clock.now() >= before) {
            return Ok(Outcome::Done(tx));
        }
        let message = self.write(context, &site).map_err(JobError::GiveUp)?;
        messages::put(&mut tx, &row).await?;
        tx.commit().await?;

        let outcome = context.sender.send(&message).await;

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
