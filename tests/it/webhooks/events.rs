//! What is told, of what, and when.

use std::collections::BTreeMap;

use exitpoll::clock::{DAY, HOUR, MINUTE};
use exitpoll::commerce;
use exitpoll::domain::flow::Flow;
use exitpoll::domain::webhook::{DeliveryState, EventType};
use exitpoll::manage::{Refused, flows};
use exitpoll::store::{customers, jobs};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{assert_signed, listen, sent, start};
use crate::support::receiver::{Call, Receiver, Reply};
use crate::support::schema::faults;
use crate::support::{Backend, Database, ORIGIN, TestApp, event, json_of, survey};

/// Type → schema, as the server gives them.
async fn schemas(app: &TestApp) -> BTreeMap<String, Value> {
    let list = json_of(app.get("/api/v1/event-types").send().await.unwrap(), StatusCode::OK).await;
    let types = list["data"].as_array().unwrap().iter();
    types.map(|kind| (kind["type"].as_str().unwrap().to_owned(), kind["schema"].clone())).collect()
}

/// Every call fits the schema of its type.
async fn fit(app: &TestApp, calls: &[Call]) {
    let schemas = schemas(app).await;
    for call in calls {
        let found = faults(&schemas[&call.kind()], &call.json());
        assert!(found.is_empty(), "{found:#?}\n{:#}", call.json());
    }
}

fn of(calls: &[Call], kind: &str) -> Value {
    let found: Vec<_> = calls.iter().filter(|call| call.kind() == kind).collect();
    assert_eq!(found.len(), 1, "{kind}: {:?}", calls.iter().map(Call::kind).collect::<Vec<_>>());
    found[0].json()["data"].clone()
}

async fn answer(app: &TestApp, visitor: &str) {
    let token = app.offer(visitor, "s").await;
    let answers = json!({"reason": {"choice": "shipping"}, "score": {"number": 9}, "more": {"text": "too <slow>"}});
    let events = json!([
        event(app.now(), "survey.shown", json!({"offer": token})),
        event(app.now(), "survey.answered", json!({"offer": token, "answers": answers})),
        event(app.now(), "survey.completed", json!({"offer": token})),
    ]);
    app.send(visitor, events.clone()).await;
    // A page that got no answer sends again.
    app.send(visitor, events).await;
}

fn anna(agrees: bool) -> Value {
    json!({"customer": {"id": "77", "email": "anna@example.com", "name": "Anna", "consent": {"marketing": agrees}}})
}

fn cart(app: &TestApp) -> Value {
    let cart = json!({"token": "c", "value": 4990, "currency": "EUR", "checkout_url": format!("{ORIGIN}/cart?token=c"),
                      "items": [{"id": "mug", "name": "Mug", "quantity": 2, "price": 2495}]});
    event(app.now(), "cart.updated", json!({"cart": cart}))
}

fn order(app: &TestApp) -> Value {
    event(app.now(), "order.completed", json!({"order": {"id": "1001", "value": 4990, "currency": "EUR", "cart_token": "c"}}))
}

#[tokio::test]
async fn every_type_is_described_with_an_example_that_fits() {
    let app = TestApp::start(Backend::Sqlite).await;
    let list = json_of(app.get("/api/v1/event-types").send().await.unwrap(), StatusCode::OK).await;
    let types = list["data"].as_array().unwrap();
    assert_eq!(types.len(), EventType::ALL.len());
    for kind in types {
        assert_eq!(kind["example"]["type"], kind["type"]);
        assert_eq!(faults(&kind["schema"], &kind["example"]), Vec::<String>::new(), "{}", kind["type"]);
        assert!(kind["version"] == 1 && kind["description"].as_str().unwrap().ends_with('.'), "{kind}");
    }
    let mut broken = types[0]["example"].clone();
    broken["data"]["response"]["started_at"] = json!(7);
    broken["data"]["more"] = json!(true);
    assert_eq!(faults(&types[0]["schema"], &broken).len(), 2, "the check itself finds faults");
}

crate::on_both_empty! {
    async fn an_answer_is_told_once_signed_and_whole(database: Database) {
        let app = start(database).await;
        app.publish(survey("s")).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        let (crm, secret) = listen(&app, "CRM", &receiver.url(), &EventType::CHOICE).await;
        answer(&app, "ben").await;
        app.run_jobs().await;
        let calls = receiver.calls();
        assert_eq!(calls.len(), 2, "{calls:?}");
        fit(&app, &calls).await;
        let done = of(&calls, "response.completed");
        assert_eq!(done["survey"]["key"], "s");
        assert_eq!(done["customer"], Value::Null, "nobody knows Ben");
        let answers = done["answers"].as_array().unwrap();
        assert_eq!(answers.iter().map(|a| a["text"].as_str().unwrap()).collect::<Vec<_>>(), ["Shipping", "9", "too <slow>"]);
        assert_eq!(answers[0]["answer"], json!({"choice": "shipping"}));
        assert_ne!(calls[0].header("webhook-id"), calls[1].header("webhook-id"));
        for call in &calls {
            assert_signed(call, &secret);
            assert_eq!(call.header("content-type"), "application/json");
            assert!(call.header("webhook-id").starts_with("evt_"));
            assert_eq!(call.header("webhook-timestamp"), (app.now() / 1000).to_string());
        }
        assert!(sent(&app, &crm).await.iter().all(|d| d.state == DeliveryState::Delivered && d.attempts == 1));
    }
}

crate::on_both_empty! {
    async fn nothing_is_kept_where_nobody_listens(database: Database) {
        let app = start(database).await;
        app.publish(survey("s")).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        let (crm, _) = listen(&app, "CRM", &receiver.url(), &[EventType::CartAbandoned]).await;
        answer(&app, "ben").await;
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 0);
        assert_eq!(sent(&app, &crm).await, []);
        // Another store's endpoints hear nothing of it.
        let other = app.another_site("https://other.example").await;
        app.publish_for(&other, survey("s")).await;
        assert!(exitpoll::store::endpoints::list(&app.app.db, other.id).await.unwrap().is_empty());
    }
}

crate::on_both_empty! {
    async fn a_customers_way_from_the_cart_to_the_order_and_out(database: Database) {
        let app = start(database).await;
        app.publish(survey("s")).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        listen(&app, "CRM", &receiver.url(), &EventType::CHOICE).await;
        app.send("anna", json!([event(app.now(), "customer.identified", anna(true)), cart(&app)])).await;
        answer(&app, "anna").await;
        app.run_jobs().await;
        app.advance(HOUR);
        app.run_jobs().await;
        let calls = receiver.calls();
        fit(&app, &calls).await;
        let known = of(&calls, "customer.identified");
        assert_eq!((&known["customer"]["external_id"], &known["customer"]["email"]), (&json!("77"), &json!("anna@example.com")));
        let left = of(&calls, "cart.abandoned");
        assert_eq!(left["cart"]["token"], "c");
        assert_eq!(left["cart"]["value"], 4990);
        assert_eq!(left["cart"]["status"], "abandoned");
        assert_eq!(left["customer"]["email"], "anna@example.com");
        assert_eq!(left["answers"][0]["text"], "Shipping");
        assert_eq!(of(&calls, "response.completed")["customer"]["name"], "Anna");

        app.advance(MINUTE);
        app.send("anna", json!([order(&app)])).await;
        app.send("anna", json!([order(&app)])).await;
        app.run_jobs().await;
        let calls = receiver.calls();
        fit(&app, &calls).await;
        let recovered = of(&calls, "cart.recovered");
        assert_eq!((&recovered["order"]["id"], &recovered["cart"]["status"]), (&json!("1001"), &json!("recovered")));
        let attributed = of(&calls, "order.attributed");
        assert_eq!((&attributed["attribution"]["by"], &attributed["survey"]["key"]), (&json!("answered"), &json!("s")));
        assert_eq!(attributed["order"]["value"], 4990);

        app.advance(DAY);
        app.send("anna", json!([event(app.now(), "customer.identified", anna(false))])).await;
        app.run_jobs().await;
        let calls = receiver.calls();
        fit(&app, &calls).await;
        let left = of(&calls, "customer.unsubscribed");
        assert_eq!(left["customer"]["email"], "anna@example.com", "so that others can stop, too");
        assert_eq!((&left["customer"]["marketing"], &left["customer"]["name"]), (&json!(false), &Value::Null));
    }
}

crate::on_both_empty! {
    async fn whoever_did_not_agree_stays_a_stranger(database: Database) {
        let app = start(database).await;
        app.publish(survey("s")).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        listen(&app, "CRM", &receiver.url(), &EventType::CHOICE).await;
        app.send("anna", json!([event(app.now(), "customer.identified", anna(false)), cart(&app)])).await;
        answer(&app, "anna").await;
        app.run_jobs().await;
        app.advance(HOUR);
        app.run_jobs().await;
        let calls = receiver.calls();
        fit(&app, &calls).await;
        assert_eq!(of(&calls, "cart.abandoned")["customer"], Value::Null);
        assert_eq!(of(&calls, "cart.abandoned")["answers"][0]["text"], "Shipping");
        assert_eq!(of(&calls, "response.completed")["customer"], Value::Null);
        assert_eq!(of(&calls, "customer.identified")["customer"]["external_id"], "77");
        assert!(calls.iter().all(|call| !call.body.contains("anna@example.com") && !call.body.contains("Anna")));
    }
}

crate::on_both_empty! {
    async fn an_order_long_after_the_survey_is_nobodys_merit(database: Database) {
        let app = start(database).await;
        app.publish(survey("s")).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        listen(&app, "CRM", &receiver.url(), &[EventType::OrderAttributed]).await;
        answer(&app, "ben").await;
        app.advance(7 * DAY + 1);
        app.send("ben", json!([order(&app)])).await;
        app.send("zoe", json!([event(app.now(), "order.completed", json!({"order": {"id": "2", "value": 1, "currency": "EUR"}}))])).await;
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 0);
    }
}

crate::on_both_empty! {
    async fn a_follow_up_calls_the_endpoint_that_its_step_names(database: Database) {
        let app = start(database).await;
        app.publish(survey("s")).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        let publish = async || {
            let flow = Flow::parse(&json!({"key": "tell", "on": "response.completed", "steps": [{"do": "webhook", "to": "helpdesk"}]})).unwrap();
            let mut tx = app.app.db.begin().await.unwrap();
            let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
            let published = flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await;
            tx.commit().await.unwrap();
            published
        };
        let refused = publish().await.unwrap_err();
        assert!(matches!(&refused, Refused::Invalid { message, .. } if message.contains("no endpoint \"helpdesk\"")), "{refused}");
        listen(&app, "Helpdesk", &receiver.url(), &[]).await;
        publish().await.unwrap();
        app.send("anna", json!([event(app.now(), "customer.identified", anna(true))])).await;
        answer(&app, "anna").await;
        app.run_jobs().await;
        let calls = receiver.calls();
        fit(&app, &calls).await;
        let step = of(&calls, "flow.step");
        assert_eq!((&step["flow"]["key"], &step["flow"]["step"]), (&json!("tell"), &json!(0)));
        assert_eq!((&step["customer"]["email"], &step["answers"][1]["text"]), (&json!("anna@example.com"), &json!("9")));
        assert!(jobs::counts(&app.app.db).await.unwrap().iter().all(|(_, state, _)| state == "done"));
    }
}

crate::on_both_empty! {
    async fn what_was_told_is_forgotten_with_the_person_and_with_time(database: Database) {
        let app = start(database).await;
        app.publish(survey("s")).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        let (crm, _) = listen(&app, "CRM", &receiver.url(), &EventType::CHOICE).await;
        app.send("anna", json!([event(app.now(), "customer.identified", anna(true)), cart(&app)])).await;
        answer(&app, "anna").await;
        answer(&app, "ben").await;
        app.run_jobs().await;
        assert_eq!(sent(&app, &crm).await.len(), 5);
        let db = &app.app.db;
        let anna = customers::by_email(db, app.site.id, "anna@example.com").await.unwrap().unwrap();
        let mut tx = db.begin().await.unwrap();
        commerce::erase(&mut tx, &app.app.sender.keys, &app.site, anna.id, "owner", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(sent(&app, &crm).await.len(), 2, "Ben's");

        exitpoll::jobs::ensure_nightly(db, app.now()).await.unwrap();
        app.advance(29 * DAY);
        app.run_jobs().await;
        assert!(sent(&app, &crm).await.iter().filter(|d| d.kind != EventType::CartAbandoned).count() == 2);
        app.advance(2 * DAY);
        app.run_jobs().await;
        assert!(sent(&app, &crm).await.iter().all(|d| d.kind == EventType::CartAbandoned), "told two days ago");
    }
}
