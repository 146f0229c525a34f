//! What a try's outcome leads to: delivered, tried again, given up, or an endpoint paused or switched off.

use uuid::Uuid;

use super::alert::{Alert, raise};
use super::connectors::Verdict;
use super::send::{End, Sent};
use crate::clock::{MINUTE, Millis};
use crate::domain::connector::{Kind, Trouble};
use crate::domain::webhook::{DeliveryState, Ending, EndpointStatus, GIVE_UP_AFTER, next_try, retry_after};
use crate::id::random;
use crate::store::deliveries::{self, Attempt, Delivery};
use crate::store::endpoints::{self, Endpoint};
use crate::store::{Db, StoreError, Tx, audit};

/// How long a service is left alone that says it is busy and not for how long.
const BUSY: Millis = MINUTE;

/// What becomes of an endpoint.
enum Stop {
    Off(Ending),
    Pause(Trouble),
}

/// Answers what has become of the delivery; `None`: the lease was lost, somebody else has it.
pub(super) async fn record(
    db: &Db,
    endpoint: &Endpoint,
    mut delivery: Delivery,
    lease: Uuid,
    sent: Sent,
    now: Millis,
) -> Result<Option<DeliveryState>, StoreError> {
    let site = endpoint.site;
    let wanted =
        sent.tried.last().and_then(|tried| tried.answer.retry_after.as_deref()).and_then(|value| retry_after(value, now));
    delivery.progress = sent.progress;
    let mut tx = db.begin().await?;
    // The endpoint first, so that all who record for it agree on what it has become.
    let stop = settle(&mut tx, endpoint, &mut delivery, &sent.end, wanted, now).await?;
    let first = delivery.attempts + 1;
    delivery.attempts += sent.tried.len() as i64;
    if !deliveries::settle(&mut tx, site, &delivery, lease).await? {
        return tx.rollback().await.map(|()| None);
    }
    for (number, tried) in (first..).zip(sent.tried) {
        let attempt = Attempt {
            number,
            call: tried.call.map(str::to_owned),
            at: tried.at,
            ms: tried.answer.ms,
            status: tried.answer.outcome.ok().map(i64::from),
            error: tried.answer.outcome.err().map(|failure| failure.as_str().to_owned()),
            answer: tried.answer.text,
        };
        deliveries::add_attempt(&mut tx, site, endpoint.id, delivery.event, &attempt).await?;
    }
    match stop {
        Some(Stop::Off(why)) => switch_off(&mut tx, endpoint, why, now).await?,
        Some(Stop::Pause(trouble)) => pause(&mut tx, endpoint, trouble, now).await?,
        None => {}
    }
    tx.commit().await.map(|()| Some(delivery.state))
}

/// Sets what becomes of the delivery; what becomes of the endpoint, if anything does.
async fn settle(
    tx: &mut Tx,
    endpoint: &Endpoint,
    delivery: &mut Delivery,
    end: &End,
    wanted: Option<Millis>,
    now: Millis,
) -> Result<Option<Stop>, StoreError> {
    let (site, id) = (endpoint.site, endpoint.id);
    let verdict = match end {
        End::Nothing => {
            (delivery.state, delivery.reason) = (DeliveryState::Delivered, Some(Ending::NothingToTell.as_str().to_owned()));
            return Ok(None);
        }
        End::Unreadable => {
            dead(delivery, Ending::Unreadable);
            return Ok(None);
        }
        End::Answered(Verdict::Delivered) => {
            delivery.tries += 1;
            endpoints::worked(tx, site, id, now).await?;
            (delivery.state, delivery.reason) = (DeliveryState::Delivered, None);
            return Ok(None);
        }
        End::Answered(verdict) => *verdict,
    };
    let Some((since, status)) = endpoints::failed(tx, site, id, now).await? else { return Ok(None) };
    if verdict == Verdict::Credentials && status != EndpointStatus::Disabled {
        // Not the delivery's fault: it waits until the owner has seen to it, and all its tries are left.
        (delivery.state, delivery.due_at) = (DeliveryState::Waiting, now);
        return Ok((status == EndpointStatus::Active).then_some(Stop::Pause(Trouble::Credentials)));
    }
    delivery.tries += 1;
    let off = match verdict {
        _ if status == EndpointStatus::Disabled => None,
        Verdict::Gone => Some(Ending::Gone),
        _ if now.saturating_sub(since) >= GIVE_UP_AFTER => Some(Ending::Failing),
        _ => None,
    };
    if verdict == Verdict::Busy {
        endpoints::hold(tx, site, id, now.saturating_add(wanted.unwrap_or(BUSY).min(crate::clock::DAY))).await?;
    }
    let ending = match (off, status, verdict) {
        (Some(why), ..) => why,
        (None, EndpointStatus::Disabled, _) => Ending::Disabled,
        (None, _, Verdict::Refused) => Ending::Refused,
        (None, ..) => match next_try(delivery.tries, chance(), wanted) {
            Some(pause) => {
                (delivery.state, delivery.due_at) = (DeliveryState::Waiting, now + pause);
                return Ok(None);
            }
            None => Ending::Exhausted,
        },
    };
    dead(delivery, ending);
    Ok(off.map(Stop::Off))
}

fn dead(delivery: &mut Delivery, ending: Ending) {
    (delivery.state, delivery.reason) = (DeliveryState::Dead, Some(ending.as_str().to_owned()));
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
    tracing::warn!(reason = why.as_str(), given_up, "an endpoint is switched off");
    let detail = match why {
        Ending::Gone => "It answered that it is gone for good (410).",
        _ => "It has failed for five days without a break.",
    };
    audit::record(tx, found.site, "exitpoll", "webhook.switch_off", &format!("{}: {detail}", found.key), now).await?;
    let title = match found.kind {
        Kind::Webhook => format!("The webhook “{}” was switched off", found.name),
        _ => format!("The connection “{}” was switched off", found.name),
    };
    let missed = "Nothing is sent to it any more. What it missed is kept for 30 days and can be sent again.";
    tell(tx, &found, "endpoint.disabled", title, format!("{detail} {missed}"), now).await
}

/// Stops calling a service that does not believe us. What happens meanwhile is kept, and sent once the owner has seen to it.
async fn pause(tx: &mut Tx, endpoint: &Endpoint, trouble: Trouble, now: Millis) -> Result<(), StoreError> {
    let Some(mut found) = endpoints::lock(tx, endpoint.site, endpoint.id).await? else { return Ok(()) };
    // Somebody else recorded the same a moment ago.
    if found.status != EndpointStatus::Active {
        return Ok(());
    }
    (found.status, found.trouble, found.updated_at) = (EndpointStatus::Paused, Some(trouble), now);
    endpoints::update(tx, &found).await?;
    tracing::warn!(endpoint = %found.id, trouble = trouble.as_str(), "an endpoint is paused until its owner sees to it");
    let detail = "It refuses the credentials that were entered here: they were withdrawn, or may do too little.";
    audit::record(tx, found.site, "exitpoll", "webhook.pause", &format!("{}: {detail}", found.key), now).await?;
    let title = format!("The connection “{}” needs new credentials", found.name);
    let kept = "What happens meanwhile is kept, and sent as soon as they are right.";
    tell(tx, &found, "endpoint.credentials", title, format!("{detail} {kept}"), now).await
}

/// Raises an alert, which mails whoever looks after the store.
async fn tell(
    tx: &mut Tx,
    about: &Endpoint,
    cause: &'static str,
    title: String,
    detail: String,
    now: Millis,
) -> Result<(), StoreError> {
    let section = if about.kind == Kind::Webhook { "webhooks" } else { "services" };
    let path = format!("connections/{section}/{}", about.id);
    raise(tx, about.site, Alert { cause, subject: about.key.clone(), title, detail, path }, now).await
}
