//! Saving, publishing and pausing flows.

use super::Refused;
use crate::clock::Millis;
use crate::domain::flow::{Action, Flow};
use crate::id::{FlowId, SiteId};
use crate::mail::ready;
use crate::store::flows::{self, Status};
use crate::store::{StoreError, Tx, audit, coupons, surveys};

/// Saves a document as the draft of the flow with its key, which is made if there is none. Says whether it was made.
pub async fn save(tx: &mut Tx, site: SiteId, document: &Flow, by: &str, now: Millis) -> Result<(FlowId, bool), StoreError> {
    match flows::by_key(&mut *tx, site, &document.key).await? {
        Some(known) => {
            flows::update_draft(tx, site, known.id, document, now).await?;
            audit::record(tx, site, by, "flow.save", &document.key, now).await?;
            Ok((known.id, false))
        }
        None => {
            let id = FlowId::new(now);
            flows::insert(tx, site, id, document, now).await?;
            audit::record(tx, site, by, "flow.create", &document.key, now).await?;
            Ok((id, true))
        }
    }
}

/// Makes a document the revision that people enter from now on; those on their way stay in theirs. Refused where a step names a
/// template, a coupon pool or an endpoint that the site does not have.
pub async fn publish(tx: &mut Tx, site: SiteId, id: FlowId, document: &Flow, by: &str, now: Millis) -> Result<i64, Refused> {
    for (at, step) in document.steps.iter().enumerate() {
        match &step.action {
            Action::Email { template, coupon, survey } => {
                if !ready::templates().iter().any(|known| known.key == *template) {
                    return Err(missing(at, "template", template));
                }
                if let Some(coupon) = coupon
                    && coupons::by_key(&mut *tx, site, &coupon.pool).await?.is_none()
                {
                    return Err(missing(at, "coupon pool", &coupon.pool));
                }
                if let Some(survey) = survey
                    && surveys::by_key(&mut *tx, site, survey).await?.is_none()
                {
                    return Err(missing(at, "survey", survey));
                }
            }
            Action::Webhook { to } => return Err(missing(at, "endpoint", to)),
            Action::Notify { to } => return Err(missing(at, "connector", to)),
            Action::Wait => {}
        }
    }
    let revision = flows::publish(tx, site, id, document, by, now).await?;
    audit::record(tx, site, by, "flow.publish", &format!("{} revision {revision}", document.key), now).await?;
    Ok(revision)
}

fn missing(step: usize, what: &str, key: &str) -> Refused {
    Refused::invalid("steps", format!("steps[{step}]: the site has no {what} {key:?}"))
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
