//! Connectors: each vendor's requests, its own errors, and the pages where a store connects it.

mod admin;
mod faults;
mod vendors;

use exitpoll::domain::connector::{Kind, Mapped};
use exitpoll::domain::webhook::EventType;
use exitpoll::manage::services::{Service, connect, map};
use exitpoll::outbound::Guard;
use exitpoll::outbound::connectors::{Given, vendor};
use exitpoll::store::endpoints::Endpoint;
use serde_json::{Value, json};

use crate::support::{TestApp, event};

/// Connects a service without asking it first.
pub async fn service(app: &TestApp, kind: Kind, given: &[(&str, &str)], events: &[EventType]) -> Endpoint {
    let given: Given = given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let name = kind.as_str();
    let service = Service { vendor: vendor(kind).unwrap(), name, key: "", events: events.to_vec(), given };
    let mut tx = app.app.db.begin().await.unwrap();
    let guard = Guard::new(true);
    let made = connect(&mut tx, &app.app.keys.vault, &guard, app.site.id, &service, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
    app.app.catalog.changed(&app.site.key).await;
    made
}

/// Maps the reason of leaving to a property.
pub async fn mapped(app: &TestApp, endpoint: &Endpoint, property: &str) {
    let line = Mapped { survey: "s".into(), question: "reason".into(), property: property.into() };
    let mut tx = app.app.db.begin().await.unwrap();
    map(&mut tx, endpoint, vec![line], "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

pub fn survey() -> Value {
    let mut document = crate::support::survey("s");
    document["questions"] = json!([
        {"key": "reason", "type": "single_choice", "prompt": "What stopped you?",
         "choices": [{"key": "price", "label": "The price"}, {"key": "shipping", "label": "Shipping cost"}]},
        {"key": "score", "type": "nps", "prompt": "Would you recommend us?"},
        {"key": "mail", "type": "email", "prompt": "Your address?", "consent": "Write to me"},
    ]);
    document
}

/// Somebody who agreed leaves a cart behind, says why, and gives an address.
pub async fn answer(app: &TestApp, visitor: &str, score: i64) {
    let customer = json!({"customer": {"id": "77", "email": "anna@example.com", "name": "Anna", "consent": {"marketing": true}}});
    let token = app.offer(visitor, "s").await;
    let answers = json!({"reason": {"choice": "shipping"}, "score": {"number": score},
                         "mail": {"email": "anna@example.com", "consent": true}});
    app.send(
        visitor,
        json!([
            event(app.now(), "customer.identified", customer),
            event(app.now(), "survey.answered", json!({"offer": token, "answers": answers})),
            event(app.now(), "survey.completed", json!({"offer": token})),
        ]),
    )
    .await;
}
