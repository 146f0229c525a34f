//! One try of a delivery: a webhook is one signed call, a service's own way may be several.

use std::sync::Arc;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::client::{Answer, Client};
use super::connectors::{self, Call, Given, MOST_CALLS, Next, Seen, Told, Vendor, Verdict};
use super::pace::Pace;
use super::sealed;
use crate::clock::{Clock, Millis, SECOND};
use crate::domain::webhook::{Failure, Secret, message_id};
use crate::keys::Vault;
use crate::store::deliveries::Delivery;
use crate::store::endpoints::Endpoint;

/// A delivery with all that is needed to send it.
pub(super) struct Parcel {
    pub endpoint: Arc<Endpoint>,
    pub delivery: Delivery,
    /// What a webhook carries.
    pub body: String,
    /// When it happened.
    pub at: Millis,
    pub lease: Uuid,
}

/// One call and its answer.
pub(super) struct Tried {
    pub call: Option<&'static str>,
    /// When it began.
    pub at: Millis,
    pub answer: Answer,
}

/// What a try came to.
pub(super) struct Sent {
    pub tried: Vec<Tried>,
    pub end: End,
    /// What is kept of the calls that succeeded, of earlier tries, too.
    pub progress: Vec<String>,
}

pub(super) enum End {
    Answered(Verdict),
    /// There is nothing in it for the service.
    Nothing,
    /// What is stored cannot be read.
    Unreadable,
}

pub(super) struct Sending<'a> {
    pub client: &'a Client,
    pub clock: &'a Clock,
    pub vault: &'a Vault,
    pub pace: &'a Pace,
}

impl Sending<'_> {
    pub(super) async fn send(&self, parcel: &Parcel) -> Sent {
        match connectors::vendor(parcel.endpoint.kind) {
            Some(vendor) => self.tell(vendor, parcel).await,
            None => self.webhook(parcel).await,
        }
    }

    async fn webhook(&self, parcel: &Parcel) -> Sent {
        let Parcel { endpoint, delivery, body, .. } = parcel;
        let at = self.clock.now();
        let answer = match self.signed(endpoint, delivery.event, body, at) {
            Some(headers) => self.client.send(Method::POST, &endpoint.url, headers, Some(body.clone())).await,
            None => lost(),
        };
        let verdict = verdict(&answer, connectors::of_webhook);
        Sent { tried: vec![Tried { call: None, at, answer }], end: End::Answered(verdict), progress: Vec::new() }
    }

    /// `None`: the endpoint's secrets cannot be opened.
    fn signed(&self, endpoint: &Endpoint, event: Uuid, body: &str, now: Millis) -> Option<HeaderMap> {
        let secrets = sealed::open_secrets(self.vault, endpoint, now).ok()?;
        let id = message_id(event);
        // Receivers compare it with a clock on their wall.
        let at = self.clock.wall() / SECOND;
        let mut headers = HeaderMap::new();
        for (name, value) in sealed::open_headers(self.vault, endpoint).ok()? {
            headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        }
        let signature = Secret::signatures(&secrets, &id, at, body);
        for (name, value) in [("webhook-id", id), ("webhook-timestamp", at.to_string()), ("webhook-signature", signature)] {
            headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).ok()?);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Some(headers)
    }

    /// Makes the calls that are left, until one fails.
    async fn tell(&self, vendor: &dyn Vendor, parcel: &Parcel) -> Sent {
        let Parcel { endpoint, delivery, body, at, .. } = parcel;
        let mut sent = Sent { tried: Vec::new(), end: End::Answered(Verdict::Delivered), progress: delivery.progress.clone() };
        let Ok(given) = sealed::open_given(self.vault, endpoint) else {
            sent.tried.push(Tried { call: None, at: self.clock.now(), answer: lost() });
            sent.end = End::Answered(Verdict::Credentials);
            return sent;
        };
        let told = match Told::read(delivery.event, delivery.kind, *at, body) {
            Ok(told) => told,
            Err(e) => {
                tracing::error!(event = %delivery.event, error = %e, "an event cannot be told");
                return Sent { end: End::Unreadable, ..sent };
            }
        };
        while sent.progress.len() < MOST_CALLS {
            let call = match vendor.next(&given, &endpoint.mapping, &told, &sent.progress) {
                Next::Call(call) => call,
                Next::Done => break,
                Next::Nothing if sent.progress.is_empty() => return Sent { end: End::Nothing, ..sent },
                Next::Nothing => break,
                Next::Impossible(why) => {
                    tracing::warn!(endpoint = %endpoint.id, event = %delivery.event, why, "a call cannot be made");
                    return Sent { end: End::Unreadable, ..sent };
                }
            };
            self.pace.turn(endpoint.id, if self.client.paced() { vendor.about().pace } else { 0 }).await;
            let (name, begun) = (Some(call.name), self.clock.now());
            let answer = call_once(self.client, &call).await;
            let verdict = verdict(&answer, |seen| match call.also == Some(seen.status) {
                true => Verdict::Delivered,
                false => vendor.judge(seen),
            });
            let kept = (call.keep)(answer.text.as_deref().unwrap_or_default());
            // Some repeat what they were sent, and with it who we are.
            let answer = Answer { text: answer.text.map(|text| given.mask(&text)), ..answer };
            sent.tried.push(Tried { call: name, at: begun, answer });
            if verdict != Verdict::Delivered {
                sent.end = End::Answered(verdict);
                break;
            }
            sent.progress.push(kept);
        }
        sent
    }
}

/// Makes one call to a service.
pub async fn call_once(client: &Client, call: &Call) -> Answer {
    let Some((method, headers)) = wire(call) else { return lost() };
    client.send(method, &call.url, headers, call.body.clone()).await
}

/// Asks a service whether the credentials are right.
pub async fn probe(client: &Client, vendor: &dyn Vendor, given: &Given) -> (Answer, bool) {
    let answer = call_once(client, &vendor.probe(given)).await;
    let passed =
        answer.outcome.is_ok_and(|status| vendor.passed(&Seen { status, body: answer.text.as_deref().unwrap_or_default() }));
    (Answer { text: answer.text.map(|text| given.mask(&text)), ..answer }, passed)
}

/// `None`: a credential holds what no header can.
fn wire(call: &Call) -> Option<(Method, HeaderMap)> {
    let mut headers = HeaderMap::new();
    for (name, value) in &call.headers {
        headers.insert(HeaderName::from_static(name), HeaderValue::try_from(value).ok()?);
    }
    for (name, value) in &call.own_headers {
        headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some((Method::from_bytes(call.method.as_bytes()).ok()?, headers))
}

fn verdict(answer: &Answer, judge: impl Fn(&Seen<'_>) -> Verdict) -> Verdict {
    match answer.outcome {
        Ok(status) => judge(&Seen { status, body: answer.text.as_deref().unwrap_or_default() }),
        Err(_) => Verdict::Again,
    }
}

fn lost() -> Answer {
    Answer { outcome: Err(Failure::SecretLost), ms: 0, text: None, retry_after: None }
}
