//! What a try's outcome leads to: delivered, tried again, given up, or an endpoint switched off.

use uuid::Uuid;

use super::client::Answer;
use super::emit::{Event, What, emit};
use crate::clock::Millis;
use crate::domain::webhook::{DeliveryState, Ending, EndpointStatus, GIVE_UP_AFTER, next_try, retry_after};
use crate::id::random;
use crate::jobs::{Letter, Link, Notice, Text};
use crate::store::deliveries::{self, Attempt, Delivery};
use crate::store::endpoints::{self, Endpoint};
use crate::store::{Db, StoreError, Tx, audit};

const GONE: u16 = 410;

/// `at`: when the call began.
pub(super) async fn record(
    db: &Db,
    endpoint: &Endpoint,
    mut delivery: Delivery,
    lease: Uuid,
    answer: &Answer,
    at: Millis,
    now: Millis,
) -> Result<(), StoreError> {
    let site = endpoint.site;
    delivery.tries += 1;
    delivery.attempts += 1;
    let attempt = Attempt {
        number: delivery.attempts,
        at,
        ms: answer.ms,
        status: answer.outcome.ok().map(i64::from),
        error: answer.outcome.err().map(|failure| failure.as_str().to_owned()),
        answer: answer.text.clone(),
    };
    let mut tx = db.begin().await?;
    // The endpoint first, so that all who record for it agree on what it has become.
    let end = match answer.outcome {
        Ok(200..=299) => {
            endpoints::worked(&mut tx, site, endpoint.id, now).await?;
            delivery.state = DeliveryState::Delivered;
            None
        }
        _ => failed(&mut tx, endpoint, &mut delivery, answer, now).await?,
    };
    if !deliveries::settle(&mut tx, site, &delivery, lease).await? {
        tracing::warn!(endpoint = %endpoint.id, event = %delivery.event, "the lease was lost; the outcome is dropped");
        return tx.rollback().await;
    }
    deliveries::add_attempt(&mut tx, site, endpoint.id, delivery.event, &attempt).await?;
    if let Some(why) = end {
        switch_off(&mut tx, endpoint, why, now).await?;
    }
    tx.commit().await
}

/// Sets what becomes of the delivery; why the endpoint is to be switched off, if it is.
async fn failed(
    tx: &mut Tx,
    endpoint: &Endpoint,
    delivery: &mut Delivery,
    answer: &Answer,
    now: Millis,
) -> Result<Option<Ending>, StoreError> {
    let Some((since, status)) = endpoints::failed(tx, endpoint.site, endpoint.id, now).await? else { return Ok(None) };
    let off = match answer.outcome {
        _ if status == EndpointStatus::Disabled => None,
        Ok(GONE) => Some(Ending::Gone),
        _ if now.saturating_sub(since) >= GIVE_UP_AFTER => Some(Ending::Failing),
        _ => None,
    };
    let wanted = answer.retry_after.as_deref().and_then(|value| retry_after(value, now));
    let ending = match (off, status) {
        (Some(why), _) => why,
        (None, EndpointStatus::Disabled) => Ending::Disabled,
        (None, _) => match next_try(delivery.tries, chance(), wanted) {
            Some(pause) => {
                (delivery.state, delivery.due_at) = (DeliveryState::Waiting, now + pause);
                return Ok(None);
            }
            None => Ending::Exhausted,
        },
    };
    (delivery.state, delivery.reason) = (DeliveryState::Dead, Some(ending.as_str().to_owned()));
    Ok(off)
}

/// 0 to 1.
fn chance() -> f64 {
    f64::from(u16::from_le_bytes(random())) / f64::from(u16::MAX)
}

/// Stops calling an endpoint that will not answer: what waits is given up, and whoever should know is told.
async fn switch_off(tx: &mut Tx, endpoint: &Endpoint, why: Ending, now: Millis) -> Result<(), StoreError> {
    let Some(mut found) = endpoints::lock(tx, endpoint.site, endpoint.id).await? else { return Ok(()) };
    found.status = EndpointStatus::Disabled;
    found.reason = Some(why.as_str().to_owned());
    found.updated_at = now;
    endpoints::update(tx, &found).await?;
    let given_up = deliveries::give_up(tx, found.site, found.id, Ending::Disabled.as_str()).await?;
    tracing::warn!(endpoint = %found.id, reason = why.as_str(), given_up, "an endpoint is switched off");
    let detail = match why {
        Ending::Gone => "It answered that it is gone for good (410).",
        _ => "It has failed for five days without a break.",
    };
    audit::record(tx, found.site, "exitpoll", "webhook.switch_off", &format!("{}: {detail}", found.key), now).await?;
    let title = format!("The webhook “{}” was switched off", found.name);
    let missed = "Nothing is sent to it any more. What it missed is kept for 30 days and can be sent again.";
    let letter = Letter {
        kind: "webhook-notice".to_owned(),
        subject: title.clone(),
        text: Text::Plain {
            paragraphs: vec![format!("{detail} {missed}")],
            link: Link { label: "Look at the webhook".to_owned(), path: format!("connections/webhooks/{}", found.id) },
        },
    };
    Notice::to_owners(tx, found.site, &letter, now).await?;
    let alert = What::AlertRaised { code: "endpoint.disabled".to_owned(), title, detail: detail.to_owned() };
    emit(tx, found.site, Event { what: alert, customer: None, visitor: None }, now).await
}
