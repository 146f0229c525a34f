//! The one job of an enrollment: at each step it asks the rules anew, does what they say, and sets itself for the next.
//!
//! A mail's row is committed before the mail is handed over. Found again as it was, it means that a worker was lost in between: the
//! mail may be out, and is not sent a second time.

use std::num::NonZeroU32;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::known::{Dossier, Subject};
use super::letter::{Desk, Failure};
use super::returned;
use crate::clock::{HOUR, MINUTE, Millis};
use crate::domain::flow::{self, Action, EnrollmentStatus, Moment, StepVerdict, StopReason, next};
use crate::domain::survey::Coupon;
use crate::domain::webhook::EndpointStatus;
use crate::id::SiteId;
use crate::jobs::{Context, Job, JobError, Outcome};
use crate::mail;
use crate::mail::feedback::Kind;
use crate::outbound::{self, What};
use crate::store::enrollments::{self, Enrollment, StepRecord, StepResult};
use crate::store::flows::{self, Revision};
use crate::store::messages::{self, Message, MessageStatus};
use crate::store::sites::{self, Site};
use crate::store::{StoreError, Tx, customers, endpoints};

#[derive(Debug, Serialize, Deserialize)]
pub struct Step {
    pub(super) site: SiteId,
    pub(super) enrollment: Uuid,
    /// When its mail may go out, where the store set a pace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) turn: Option<Millis>,
}

/// An enrollment at one of its steps.
struct Walk {
    site: Site,
    flow: Revision,
    enrollment: Enrollment,
    known: Dossier,
}

impl Job for Step {
    const KIND: &'static str = "flow.step";
    const MAX_ATTEMPTS: i64 = 20;

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        let Some(mut walk) = Walk::open(&mut tx, context, &self).await? else { return Ok(Outcome::Done(tx)) };
        let earlier = messages::by_id(&mut tx, self.site, walk.desk(context, now, now).name().0).await?;
        if let Some(mut lost) = earlier.clone().filter(|message| message.status == MessageStatus::Sending) {
            lost.status = MessageStatus::Uncertain;
            lost.detail = Some("the server stopped while it was sent".to_owned());
            messages::put(&mut tx, &lost).await?;
            walk.record(&mut tx, StepResult::Uncertain, None, Some(lost.id), now).await?;
            return self.go_on(tx, walk, now).await;
        }
        match walk.decide(&mut tx, now).await? {
            StepVerdict::Stop(reason) => {
                walk.stop(reason, now);
                enrollments::update(&mut tx, &walk.enrollment).await?;
                return Ok(Outcome::Done(tx));
            }
            StepVerdict::Wait(until, _) => {
                walk.enrollment.due_at = Some(until);
                enrollments::update(&mut tx, &walk.enrollment).await?;
                return Ok(Outcome::Again(tx, self, until));
            }
            StepVerdict::Skip(reason) => {
                walk.record(&mut tx, StepResult::Skipped, Some(reason.code()), None, now).await?;
            }
            StepVerdict::Send => match walk.flow.document.steps[walk.enrollment.step].action.clone() {
                Action::Email { template, coupon, survey } => {
                    if let Some(turn) = self.early(&walk.site, context, now) {
                        return Ok(Outcome::Again(tx, Self { turn: Some(turn), ..self }, turn));
                    }
                    let asked = survey.as_deref();
                    return self.mail(tx, walk, context, &template, coupon.as_ref(), asked, earlier, now).await;
                }
                Action::Wait => walk.record(&mut tx, StepResult::Done, None, None, now).await?,
                Action::Webhook { to } | Action::Notify { to } => match walk.call(&mut tx, &to, now).await? {
                    true => walk.record(&mut tx, StepResult::Done, None, None, now).await?,
                    false => walk.record(&mut tx, StepResult::Failed, Some("no_endpoint"), None, now).await?,
                },
            },
        }
        self.go_on(tx, walk, now).await
    }
}

impl Step {
    /// When its turn is, if that is not now. It is due as before: how long it may wait is counted from then.
    fn early(&self, site: &Site, context: &Context, now: Millis) -> Option<Millis> {
        let pace = NonZeroU32::new(site.settings.sending.per_minute?)?;
        let turn = self.turn.unwrap_or_else(|| context.sender.turns.take(site.id, pace, now));
        (turn > now).then_some(turn)
    }

    /// Sets itself for the next step, if there is one.
    async fn go_on(self, mut tx: Tx, mut walk: Walk, now: Millis) -> Result<Outcome<Self>, JobError> {
        walk.advance(now);
        enrollments::update(&mut tx, &walk.enrollment).await?;
        Ok(match walk.enrollment.due_at {
            Some(due) => Outcome::Again(tx, Self { turn: None, ..self }, due),
            None => Outcome::Done(tx),
        })
    }

    #[expect(clippy::too_many_arguments, reason = "one step, with all that was read for it")]
    async fn mail(
        self,
        mut tx: Tx,
        walk: Walk,
        context: &Context,
        template: &str,
        coupon: Option<&Coupon>,
        survey: Option<&str>,
        earlier: Option<Message>,
        now: Millis,
    ) -> Result<Outcome<Self>, JobError> {
        let created_at = earlier.as_ref().map_or(now, |message| message.created_at);
        let letter = match walk.desk(context, created_at, now).write(&mut tx, template, coupon, survey).await? {
            Ok(letter) => letter,
            Err(failure) => return self.fail(tx, walk, context, &failure, now).await,
        };
        let mut row = Message {
            site: self.site,
            id: letter.id,
            customer: Some(walk.known.customer.id),
            enrollment: Some(self.enrollment),
            step: i64::try_from(walk.enrollment.step).ok(),
            template: template.to_owned(),
            recipient: letter.to,
            subject: letter.subject,
            status: MessageStatus::Sending,
            detail: None,
            raw: None,
            tries: earlier.map_or(0, |message| message.tries) + 1,
            created_at,
            sent_at: None,
            clicked_at: None,
        };
        messages::put(&mut tx, &row).await?;
        tx.commit().await?;

        let outcome = context.sender.send(&letter.message).await;

        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        // Forgotten while the mail was on its way: nothing may be written down of them again.
        if !self.still_about(&mut tx, &mut row).await? {
            return Ok(Outcome::Done(tx));
        }
        let mut result = (StepResult::Done, None);
        match outcome {
            mail::Outcome::Sent => (row.status, row.sent_at) = (MessageStatus::Sent, Some(now)),
            mail::Outcome::Captured => {
                (row.status, row.sent_at) = (MessageStatus::Captured, Some(now));
                // What the library writes is ASCII.
                row.raw = Some(String::from_utf8_lossy(&letter.message.raw).into_owned());
            }
            mail::Outcome::TemporarilyRefused { text: why, .. } | mail::Outcome::NotSent { why } => {
                (row.status, row.detail) = (MessageStatus::Failed, Some(why));
                messages::put(&mut tx, &row).await?;
                // Due as before: how long it may be tried is counted from then.
                return Ok(Outcome::Again(tx, Self { turn: None, ..self }, now + pause(row.tries)));
            }
            mail::Outcome::Refused { code, mailbox_gone, text, .. } => {
                row.status = if mailbox_gone { MessageStatus::Bounced } else { MessageStatus::Failed };
                row.detail = Some(text.clone());
                result = (StepResult::Failed, Some("refused"));
                // A refusal of the sender may use the words of one of the reader.
                let kind = match Kind::of_refusal(code, &text) {
                    Kind::HardBounce if !mailbox_gone => Kind::Blocked,
                    kind => kind,
                };
                returned::record(&mut tx, &context.sender.keys, &row, kind, &text, "smtp", now).await?;
            }
            mail::Outcome::Uncertain { why } => {
                (row.status, row.detail) = (MessageStatus::Uncertain, Some(why));
                result = (StepResult::Uncertain, None);
            }
        }
        messages::put(&mut tx, &row).await?;
        walk.record(&mut tx, result.0, result.1, Some(row.id), now).await?;
        self.go_on(tx, walk, now).await
    }

    /// Keeps the person from being forgotten until the transaction ends, and notes who they are by now; `false` if they are gone.
    async fn still_about(&self, tx: &mut Tx, row: &mut Message) -> Result<bool, StoreError> {
        let Some(enrollment) = enrollments::by_id(&mut *tx, self.site, self.enrollment).await? else { return Ok(false) };
        row.customer = Some(enrollment.customer);
        Ok(customers::lock(tx, self.site, enrollment.customer).await?.is_some())
    }

    /// There is no mail to send, and there would be none at another try.
    async fn fail(self, tx: Tx, walk: Walk, context: &Context, why: &Failure, now: Millis) -> Result<Outcome<Self>, JobError> {
        tracing::error!(site.key = %walk.site.key, flow = %walk.flow.document.key, step = walk.enrollment.step, error = %why, "a mail cannot be written");
        // A coupon may be half given.
        tx.rollback().await?;
        let mut tx = context.db.begin().await?;
        walk.record(&mut tx, StepResult::Failed, Some(why.code()), None, now).await?;
        self.go_on(tx, walk, now).await
    }
}

/// From five minutes, which is what greylisting asks for, to four hours.
fn pause(tries: i64) -> Millis {
    ((5 * MINUTE) << (tries - 1).clamp(0, 6)).min(4 * HOUR)
}

impl Walk {
    /// `None`: it is gone, or the site or the flow is.
    async fn open(tx: &mut Tx, context: &Context, job: &Step) -> Result<Option<Self>, StoreError> {
        let Some(site) = sites::by_id(&mut *tx, job.site).await? else { return Ok(None) };
        let Some(enrollment) = enrollments::by_id(&mut *tx, job.site, job.enrollment).await? else { return Ok(None) };
        let Some(flow) = flows::revision(&mut *tx, job.site, enrollment.flow, enrollment.revision).await? else {
            return Ok(None);
        };
        // One decision about a person at a time. Gone: they have just become part of another record.
        let customer = customers::lock(tx, job.site, enrollment.customer).await?.ok_or(StoreError::Overtaken)?;
        let subject: Subject = serde_json::from_value(enrollment.subject.clone()).map_err(|e| StoreError::Corrupt {
            table: "enrollments",
            column: "subject",
            row: job.enrollment.to_string(),
            cause: e.to_string(),
        })?;
        let known = Dossier::read(tx, &context.sender.keys, customer, &subject).await?;
        Ok(Some(Self { site, flow, enrollment, known }))
    }

    fn desk<'a>(&'a self, context: &'a Context, at: Millis, now: Millis) -> Desk<'a> {
        let Self { site, flow, enrollment, known } = self;
        Desk { sender: &context.sender, site, flow: &flow.document, enrollment, known, at, now }
    }

    async fn decide(&self, tx: &mut Tx, now: Millis) -> Result<StepVerdict, StoreError> {
        let Self { site, flow, enrollment, known } = self;
        let steps = enrollments::steps(&mut *tx, site.id, enrollment.id).await?;
        let behind = steps.iter().filter(|step| matches!(step.result, StepResult::Done | StepResult::Uncertain));
        let done: Vec<usize> = behind.map(|step| step.step).collect();
        let settings = &site.settings;
        let longest = settings.mail.caps.window_ms.max(settings.caps.budget_ms);
        let mails = messages::times(&mut *tx, site.id, known.customer.id, now.saturating_sub(longest)).await?;
        let zone = known.customer.time_zone.as_deref().and_then(|name| TimeZone::get(name).ok());
        Ok(next(&Moment {
            now,
            flow: &flow.document,
            live: flow.live,
            enrollment: flow::Enrollment { status: enrollment.status, since: enrollment.since, done: &done },
            step: enrollment.step,
            due: enrollment.due_at.unwrap_or(now),
            customer: &known.person,
            zone: zone.as_ref(),
            facts: &known.facts(),
            cart: known.cart.as_ref().map(|cart| (cart.life.status(&settings.carts), cart.life.deadline(&settings.carts))),
            happened: &known.happened,
            shows: &known.shows,
            mails: &mails,
            rules: &settings.mail,
            caps: &settings.caps,
            site_zone: &TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC),
        }))
    }

    /// Sets a call to an endpoint on its way; `false`: there is none of the key, or it is switched off.
    async fn call(&self, tx: &mut Tx, to: &str, now: Millis) -> Result<bool, StoreError> {
        let found = endpoints::by_key(&mut *tx, self.site.id, to).await?;
        let Some(endpoint) = found.filter(|endpoint| endpoint.status != EndpointStatus::Disabled) else { return Ok(false) };
        let step = i64::try_from(self.enrollment.step).unwrap_or(i64::MAX);
        let event = What::FlowStep { enrollment: self.enrollment.id, step }.of(self.known.customer.id);
        outbound::emit_to(tx, self.site.id, endpoint.id, event, now).await?;
        Ok(true)
    }

    async fn record(
        &self,
        tx: &mut Tx,
        result: StepResult,
        reason: Option<&str>,
        message: Option<Uuid>,
        at: Millis,
    ) -> Result<(), StoreError> {
        let record = StepRecord { step: self.enrollment.step, at, result, reason: reason.map(str::to_owned), message };
        enrollments::record(tx, self.site.id, self.enrollment.id, &record).await
    }

    /// To the next step, which falls due counted from now, or to the end.
    fn advance(&mut self, now: Millis) {
        self.enrollment.step += 1;
        self.enrollment.due_at = self.flow.document.due(self.enrollment.step, now);
        if self.enrollment.due_at.is_none() {
            self.stop(StopReason::Finished, now);
        }
    }

    fn stop(&mut self, reason: StopReason, now: Millis) {
        let e = &mut self.enrollment;
        e.due_at = None;
        // How it ended before stays on record.
        if reason == StopReason::Ended {
            return;
        }
        (e.status, e.ended_by) = match reason {
            StopReason::Finished => (EnrollmentStatus::Finished, None),
            reason => (EnrollmentStatus::Stopped, Some(reason.code().to_owned())),
        };
        e.ended_at = Some(now);
    }
}
