//! The job that follows a happening: who it is about, and which flows they enter.

use serde::{Deserialize, Serialize};

use super::announce::Happening;
use super::known::{Dossier, Subject, completed};
use super::step::Step;
use crate::clock::Millis;
use crate::domain::flow::{Candidate, EnrollmentStatus, Entry, StopEvent, StopReason, Trigger, enroll};
use crate::id::{CustomerId, SiteId, uuid7};
use crate::jobs::{self, Context, Job, JobError, Outcome};
use crate::store::enrollments::{self, Enrollment};
use crate::store::flows::{self, Revision};
use crate::store::sites::{self, Site};
use crate::store::{StoreError, Tx, carts, customers, orders};

#[derive(Debug, Serialize, Deserialize)]
pub struct Enter {
    pub(super) site: SiteId,
    pub(super) happening: Happening,
}

/// A happening with the person it is about.
struct Cause {
    name: String,
    since: Millis,
    customer: CustomerId,
    subject: Subject,
}

impl Job for Enter {
    const KIND: &'static str = "flow.enter";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        let Some(site) = sites::by_id(&mut tx, self.site).await? else { return Ok(Outcome::Done(tx)) };
        let Some(cause) = cause(&mut tx, &site, &self.happening).await? else { return Ok(Outcome::Done(tx)) };
        // One decision about a person at a time.
        let Some(customer) = customers::lock(&mut tx, site.id, cause.customer).await? else {
            return Err(StoreError::Overtaken.into());
        };
        let known = Dossier::read(&mut tx, &context.sender.keys, customer, &cause.subject).await?;
        for trigger in self.happening.triggers() {
            for flow in flows::live(&mut tx, site.id, *trigger).await? {
                if concerns(&flow, &known, &cause.subject) {
                    consider(&mut tx, &site, &flow, &known, &cause, now).await?;
                }
            }
        }
        Ok(Outcome::Done(tx))
    }
}

/// `None` where nobody is known, or where it is no longer so.
async fn cause(tx: &mut Tx, site: &Site, happening: &Happening) -> Result<Option<Cause>, StoreError> {
    Ok(match happening {
        Happening::CartAbandoned { cart: token, since } => {
            let cart = carts::by_token(&mut *tx, site.id, token).await?;
            let left = |cart: &carts::Cart| cart.life.abandonment(&site.settings.carts).is_some_and(|left| left.since == *since);
            cart.filter(left).and_then(|cart| {
                let subject = Subject { cart: Some(token.clone()), ..Subject::default() };
                Some(Cause { name: format!("cart:{token}@{since}"), since: *since, customer: cart.customer?, subject })
            })
        }
        Happening::CartRecovered { .. } => None,
        Happening::OrderCompleted { order: id } => orders::by_id(&mut *tx, site.id, id).await?.and_then(|order| {
            let subject = Subject { order: Some(id.clone()), ..Subject::default() };
            Some(Cause { name: format!("order:{id}"), since: order.at, customer: order.customer?, subject })
        }),
        Happening::ResponseCompleted { response } => {
            let Some((since, visitor)) = completed(tx, site.id, *response).await? else { return Ok(None) };
            customers::of_visitor(&mut *tx, site.id, visitor).await?.map(|customer| {
                let subject = Subject { response: Some(*response), ..Subject::default() };
                Cause { name: format!("response:{response}"), since, customer: customer.id, subject }
            })
        }
    })
}

/// Whether a flow that begins with answers is about the survey that was answered, and whether its score is low.
fn concerns(flow: &Revision, known: &Dossier, subject: &Subject) -> bool {
    let Some(response) = subject.response else { return true };
    known.said.iter().filter(|said| said.response.id == response).any(|said| {
        let survey = flow.document.survey.as_ref().is_none_or(|key| *key == said.survey.key);
        survey && (flow.document.on != Trigger::ScoreLow || said.is_low())
    })
}

async fn consider(
    tx: &mut Tx,
    site: &Site,
    flow: &Revision,
    known: &Dossier,
    cause: &Cause,
    now: Millis,
) -> Result<(), StoreError> {
    make_way(tx, site, flow, cause, now).await?;
    let past = enrollments::past(&mut *tx, site.id, flow.flow, known.customer.id).await?;
    let candidate = Candidate {
        flow: &flow.document,
        live: flow.live,
        cause: &cause.name,
        customer: &known.person,
        facts: &known.facts(),
        past: &past,
        rules: &site.settings.mail,
        now,
    };
    let (status, due_at, ended_at) = match enroll(&candidate) {
        Ok(Entry::Run { due }) => (EnrollmentStatus::Running, Some(due), None),
        Ok(Entry::Withheld) => (EnrollmentStatus::Withheld, None, Some(now)),
        Err(refusal) => {
            tracing::debug!(site.key = %site.key, flow = %flow.document.key, reason = refusal.code(), "does not enter");
            return Ok(());
        }
    };
    let enrollment = Enrollment {
        site: site.id,
        id: uuid7(now),
        flow: flow.flow,
        revision: flow.number,
        customer: known.customer.id,
        cause: cause.name.clone(),
        // A struct of plain values.
        subject: serde_json::to_value(&cause.subject).expect("plain values"),
        since: cause.since,
        status,
        step: 0,
        due_at,
        enrolled_at: now,
        ended_at,
        ended_by: None,
    };
    if enrollments::insert(tx, &enrollment).await?
        && let Some(due) = due_at
    {
        let step = Step { site: site.id, enrollment: enrollment.id, turn: None };
        jobs::enqueue(tx, &step, Some(&format!("{}:{}", Step::KIND, enrollment.id)), due, now).await?;
    }
    Ok(())
}

/// A flow that begins with an order and ends with one begins anew with the next: the run of the order before would only learn of
/// it at its next step, which may be weeks away.
async fn make_way(tx: &mut Tx, site: &Site, flow: &Revision, cause: &Cause, now: Millis) -> Result<(), StoreError> {
    if flow.document.on != Trigger::OrderCompleted || !flow.document.stop_on.contains(&StopEvent::OrderCompleted) {
        return Ok(());
    }
    for mut run in enrollments::of_customer(&mut *tx, site.id, cause.customer).await? {
        if run.flow == flow.flow && run.status == EnrollmentStatus::Running && run.since < cause.since {
            (run.status, run.due_at) = (EnrollmentStatus::Stopped, None);
            (run.ended_at, run.ended_by) = (Some(now), Some(StopReason::Ordered.code().to_owned()));
            enrollments::update(tx, &run).await?;
        }
    }
    Ok(())
}
