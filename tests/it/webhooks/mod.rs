//! Webhooks: from what happens to the call, its signature, its retries, and the pages that show it.

mod admin;
mod events;
mod faults;
mod schedule;

use std::time::Duration;

use exitpoll::domain::webhook::{EventType, Secret};
use exitpoll::manage::endpoints::{Wanted, create};
use exitpoll::outbound::{Client, Guard, Limits};
use exitpoll::store::deliveries::{self, Attempt, Delivery};
use exitpoll::store::endpoints::{self, Endpoint};
use serde_json::json;

use crate::support::receiver::Call;
use crate::support::{Database, TestApp, event};

/// A way out that may reach this machine, and waits long enough for a busy one.
pub fn client() -> Client {
    Client::new(Guard::new(true), Limits { paced: false, ..Limits::default() })
}

/// The same for receivers that never answer.
pub fn impatient() -> Client {
    let (connect, total) = (Duration::from_millis(300), Duration::from_millis(300));
    Client::new(Guard::new(true), Limits { connect, total, paced: false })
}

pub async fn start(database: Database) -> TestApp {
    TestApp::calling(database, client()).await
}

/// Makes an endpoint for some events.
pub async fn listen(app: &TestApp, name: &str, url: &str, events: &[EventType]) -> (Endpoint, Secret) {
    let wanted = Wanted { name, key: "", url, events: events.to_vec(), headers: None };
    listen_as(app, &wanted).await
}

pub async fn listen_as(app: &TestApp, wanted: &Wanted<'_>) -> (Endpoint, Secret) {
    let guard = Guard::new(true);
    let mut tx = app.app.db.begin().await.unwrap();
    let made = create(&mut tx, &app.app.keys.vault, &guard, app.site.id, wanted, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
    app.app.catalog.changed(&app.site.key).await;
    made
}

pub async fn endpoint(app: &TestApp, endpoint: &Endpoint) -> Endpoint {
    endpoints::find(&app.app.db, app.site.id, endpoint.id).await.unwrap().unwrap()
}

/// Newest first.
pub async fn sent(app: &TestApp, endpoint: &Endpoint) -> Vec<Delivery> {
    deliveries::page(&app.app.db, app.site.id, endpoint.id, None, None, None, 1000).await.unwrap()
}

/// The tries of the newest delivery, newest first.
pub async fn tries(app: &TestApp, endpoint: &Endpoint) -> Vec<Attempt> {
    let last = sent(app, endpoint).await.remove(0);
    deliveries::attempts(&app.app.db, app.site.id, endpoint.id, last.event).await.unwrap()
}

/// Somebody tells their address: one `customer.identified`.
pub async fn identify(app: &TestApp, visitor: &str) {
    let customer = json!({"customer": {"email": format!("{visitor}@example.com"), "name": visitor}});
    app.send(visitor, json!([event(app.now(), "customer.identified", customer)])).await;
}

/// Checks a call with a library that is not ours. It would compare with the machine's own clock, so it signs once more instead.
#[track_caller]
pub fn assert_signed(call: &Call, secret: &Secret) {
    let at = call.header("webhook-timestamp").parse().unwrap();
    let judge = standardwebhooks::Webhook::new(&secret.reveal()).unwrap();
    let wanted = judge.sign(call.header("webhook-id"), at, call.body.as_bytes()).unwrap();
    let signatures = call.header("webhook-signature");
    assert!(signatures.split(' ').any(|signature| signature == wanted), "{wanted} is not in {signatures}");
}
