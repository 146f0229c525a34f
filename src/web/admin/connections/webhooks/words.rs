//! States and failures as a store owner says them.

use axum::http::StatusCode;

use crate::domain::webhook::{DeliveryState, Ending, EndpointStatus, Failure, MAX_TRIES};
use crate::store::deliveries::{Attempt, Delivery};
use crate::store::endpoints::Endpoint;

/// How an endpoint is, and the colour of its badge.
pub fn health(endpoint: &Endpoint) -> (&'static str, &'static str) {
    match endpoint.status {
        EndpointStatus::Paused if endpoint.trouble.is_some() => ("Needs you", "bad"),
        EndpointStatus::Paused => ("Paused", "paused"),
        EndpointStatus::Disabled => ("Switched off", if endpoint.reason.is_some() { "bad" } else { "" }),
        EndpointStatus::Active if endpoint.failing_since.is_some() => ("Failing", "bad"),
        EndpointStatus::Active if endpoint.delivered_at.is_none() => ("Ready", ""),
        EndpointStatus::Active => ("Working", "live"),
    }
}

/// How a delivery stands, and the colour of its badge.
pub fn state(delivery: &Delivery) -> (&'static str, &'static str) {
    match delivery.state {
        DeliveryState::Waiting if delivery.tries > 0 => ("Tried again later", "paused"),
        DeliveryState::Waiting => ("Waiting", ""),
        DeliveryState::Sending => ("On its way", ""),
        DeliveryState::Delivered if delivery.reason.is_some() => ("Not needed", ""),
        DeliveryState::Delivered => ("Delivered", "live"),
        DeliveryState::Dead => ("Given up", "bad"),
    }
}

/// Why a delivery was given up.
pub fn ending(reason: &str) -> String {
    match Ending::parse(reason) {
        Some(Ending::Exhausted) => format!("All {MAX_TRIES} tries failed."),
        Some(Ending::Gone) => "The receiver said that it is gone for good, so the webhook was switched off.".into(),
        Some(Ending::Failing) => "The webhook had failed for five days and was switched off.".into(),
        Some(Ending::Disabled) => "The webhook was switched off while this waited.".into(),
        Some(Ending::Forgotten) => "What it would have told of was deleted meanwhile.".into(),
        Some(Ending::Unreadable) => "What it would have told of cannot be read. The server’s log says more.".into(),
        Some(Ending::Refused) => "The service refused it, and would refuse it again. Its answer below says why.".into(),
        Some(Ending::NothingToTell) => {
            "There was nothing in it for this service: it is not known who it was, or they did not agree \
                                        to be known."
                .into()
        }
        None => reason.to_owned(),
    }
}

/// What became of a try, and whether it worked.
pub fn outcome(attempt: &Attempt) -> (String, bool) {
    let Some(status) = attempt.status.and_then(|status| u16::try_from(status).ok()) else {
        return (attempt.error.as_deref().map_or_else(String::new, failure), false);
    };
    let name = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    let said = format!("{status} {name}");
    let hint = match status {
        300..=399 => ": redirects are not followed",
        401 | 403 => ": does the receiver need a header, such as Authorization?",
        404 => ": is the address right?",
        410 => ": gone for good",
        429 => ": too many calls, the receiver asks us to wait",
        _ => "",
    };
    (format!("{}{hint}", said.trim_end()), (200..300).contains(&status))
}

pub fn failure(word: &str) -> String {
    match Failure::parse(word) {
        Some(Failure::ForbiddenTarget) => "The address leads to a private network, where webhooks are not sent",
        Some(Failure::Dns) => "There is no server of that name",
        Some(Failure::Connect) => "Nobody answers at that address",
        Some(Failure::Tls) => "No safe connection: the certificate is expired, unknown or for another name",
        Some(Failure::Timeout) => "No answer in time (15 seconds)",
        Some(Failure::Closed) => "The connection was closed before an answer",
        Some(Failure::SecretLost) => "The stored secret cannot be read: make a new one",
        None => word,
    }
    .to_owned()
}
