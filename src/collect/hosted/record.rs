//! What a form said becomes the events that a script would have sent, and takes their way.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Host, Visit};
use crate::clock::Millis;
use crate::collect::check::check_hosted;
use crate::collect::ingest::{NotStored, Outcome};
use crate::collect::state::{LINK, MAIL};
use crate::collect::wire::Event;
use crate::domain::answer::Answer;
use crate::domain::customer::Proof;
use crate::store::{StoreError, customers, messages};

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum NotRecorded {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    NotStored(#[from] NotStored),
    /// It cannot be believed, or the database refused it.
    #[error("{0}")]
    Refused(String),
}

impl Visit {
    /// Stores that the survey was shown, what was answered, and whether that was all. Returns once it is on disk. The same again
    /// changes nothing.
    pub async fn record(
        &mut self,
        host: &Host<'_>,
        said: &[(String, Answer)],
        completed: bool,
        device: &str,
        now: Millis,
    ) -> Result<(), NotRecorded> {
        if !self.seen {
            self.introduce(host, now).await?;
        }
        let event = |kind: &'static str| Event {
            id: Cow::Borrowed(kind),
            kind: Cow::Borrowed(kind),
            trigger: Some(Cow::Borrowed(if self.reader.is_some() { MAIL } else { LINK })),
            device: Some(Cow::Owned(device.to_owned())),
            locale: Some(Cow::Owned(self.edition.locale.clone())),
            ..Event::default()
        };
        let mut events = Vec::new();
        if !self.seen {
            events.push(event("survey.shown"));
        }
        if !said.is_empty() {
            let answers: BTreeMap<_, _> = said.iter().map(|(question, answer)| (question.clone(), answer.to_value())).collect();
            events.push(Event { answers: Some(answers), ..event("survey.answered") });
        }
        if completed {
            events.push(event("survey.completed"));
        }
        let submission = check_hosted(&events, &self.offer, &self.whole, &self.live, host.keys, now)
            .map_err(|refused| NotRecorded::Refused(refused.detail))?;
        match host.ingest.store(submission).await? {
            Outcome::Stored => {}
            Outcome::Refused(events) => return Err(NotRecorded::Refused(format!("the database refused {events:?}"))),
        }
        self.seen = true;
        self.completed |= completed;
        self.answers.extend(said.iter().cloned());
        Ok(())
    }

    /// Before a mail's reader says the first word: whose word it is. It is proved by the mail, which only they got.
    async fn introduce(&self, host: &Host<'_>, now: Millis) -> Result<(), StoreError> {
        let (Some(reader), Some(message)) = (&self.reader, self.message) else { return Ok(()) };
        let site = self.live.site.id;
        let mut tx = host.db.begin().await?;
        messages::clicked(&mut tx, site, message, now).await?;
        customers::link(&mut tx, site, self.offer.visitor, reader.customer.id, Proof::Answered, now).await?;
        tx.commit().await
    }
}
