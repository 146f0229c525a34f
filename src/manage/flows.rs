//! Saving, publishing and pausing flows.

use std::fmt;

use super::Refused;
use crate::clock::Millis;
use crate::domain::flow::{Action, Flow};
use crate::id::{FlowId, SiteId};
use crate::mail::shelf;
use crate::store::flows::{self, Status};
use crate::store::{StoreError, Tx, audit, coupons, endpoints, surveys};

/// A new flow with this document as its draft. A key that is taken is [`StoreError::Duplicate`].
pub async fn create(tx: &mut Tx, site: SiteId, document: &Flow, by: &str, now: Millis) -> Result<FlowId, StoreError> {
    let id = FlowId::new(now);
    flows::insert(tx, site, id, document, now).await?;
    audit::record(tx, site, by, "flow.create", &document.key, now).await?;
    Ok(id)
}

/// Saves a document as a flow's draft. A key that another has is [`StoreError::Duplicate`].
pub async fn update(tx: &mut Tx, site: SiteId, id: FlowId, document: &Flow, by: &str, now: Millis) -> Result<(), StoreError> {
    flows::update_draft(tx, site, id, document, now).await?;
    audit::record(tx, site, by, "flow.save", &document.key, now).await
}

/// Saves a document as the draft of the flow with its key, which is made if there is none. Says whether it was made.
pub async fn save(tx: &mut Tx, site: SiteId, document: &Flow, by: &str, now: Millis) -> Result<(FlowId, bool), StoreError> {
    match flows::by_key(&mut *tx, site, &document.key).await? {
        Some(known) => {
            update(tx, site, known.id, document, by, now).await?;
            Ok((known.id, false))
        }
        None => Ok((create(tx, site, document, by, now).await?, true)),
    }
}

/// Something that a step names and the site does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Where the document names it: `steps[0].template`.
    pub path: String,
    /// `template`, `coupon pool`, `survey`, `endpoint` or `connector`.
    pub what: &'static str,
    pub key: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the site has no {} {:?}", self.what, self.key)
    }
}

/// Everything that keeps a document from being published.
pub async fn missing(tx: &mut Tx, site: SiteId, document: &Flow) -> Result<Vec<Missing>, StoreError> {
    let mut found = Vec::new();
    for (at, step) in document.steps.iter().enumerate() {
        let mut miss = |field: &str, what, key: &str| {
            found.push(Missing { path: format!("steps[{at}].{field}"), what, key: key.to_owned() });
        };
        match &step.action {
            Action::Email { template, coupon, survey } => {
                if shelf::find(&mut *tx, site, template).await?.is_none() {
                    miss("template", "template", template);
                }
                if let Some(coupon) = coupon
                    && coupons::by_key(&mut *tx, site, &coupon.pool).await?.is_none()
                {
                    miss("coupon.pool", "coupon pool", &coupon.pool);
                }
                if let Some(survey) = survey
                    && surveys::by_key(&mut *tx, site, survey).await?.is_none()
                {
                    miss("survey", "survey", survey);
                }
            }
            Action::Webhook { to } => {
                if endpoints::by_key(&mut *tx, site, to).await?.is_none() {
                    miss("to", "endpoint", to);
                }
            }
            Action::Notify { to } => {
                if endpoints::by_key(&mut *tx, site, to).await?.is_none() {
                    miss("to", "service", to);
                }
            }
            Action::Wait => {}
        }
    }
    Ok(found)
}

/// Makes a document the revision that people enter from now on; those on their way stay in theirs. Refused where something is
/// [`missing`].
pub async fn publish(tx: &mut Tx, site: SiteId, id: FlowId, document: &Flow, by: &str, now: Millis) -> Result<i64, Refused> {
    let missing = missing(tx, site, document).await?;
    if !missing.is_empty() {
        let all: Vec<_> = missing.iter().map(|missing| format!("{}: {missing}", missing.path)).collect();
        return Err(Refused::invalid("steps", all.join("; ")));
    }
    let revision = flows::publish(tx, site, id, document, by, now).await?;
    audit::record(tx, site, by, "flow.publish", &format!("{} revision {revision}", document.key), now).await?;
    Ok(revision)
}

/// Switches a flow off, which ends it for everybody at their next step, or lets people enter its newest revision again.
pub async fn set_status(
    tx: &mut Tx,
    site: SiteId,
    flow: &flows::Entry,
    status: Status,
    by: &str,
    now: Millis,
) -> Result<(), StoreError> {
    flows::set_status(tx, site, flow.id, status, now).await?;
    let action = if status == Status::Live { "flow.resume" } else { "flow.pause" };
    audit::record(tx, site, by, action, &flow.key, now).await
}
