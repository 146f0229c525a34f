//! What vendors answer when something is wrong, and what becomes of it.

use exitpoll::clock::{MINUTE, SECOND};
use exitpoll::domain::connector::{Kind, Trouble};
use exitpoll::domain::flow::Flow;
use exitpoll::domain::webhook::{DeliveryState, EndpointStatus, EventType};
use exitpoll::manage::{Refused, flows};
use exitpoll::store::{messages, users};
use serde_json::json;

use super::{answer, service, survey};
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Database, event};
use crate::webhooks::{endpoint, identify, sent, start, tries};

crate::on_both_empty! {
    async fn refused_credentials_pause_and_lose_nothing(database: Database) {
        let app = start(database).await;
        let owner = exitpoll::manage::users::new_user("owner@example.com", "Owner", "correct horse battery", true, app.now()).await.unwrap().unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        users::insert(&mut tx, &owner, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.publish(survey()).await;
        let errors = json!({"errors": [{"code": "not_authenticated", "detail": "pk_old is unknown"}]}).to_string();
        let fake = Receiver::start(move |_, call| match call.header("authorization") {
            "Klaviyo-API-Key pk_secret_new" => Reply::Status(202),
            _ => Reply::Says(401, errors.clone()),
        }).await;
        let base = fake.base();
        let klaviyo = service(&app, Kind::Klaviyo, &[("api_key", "pk_old"), ("base_url", &base)], &[EventType::ResponseCompleted]).await;
        answer(&app, "anna", 9).await;
        app.run_jobs().await;
        let now = endpoint(&app, &klaviyo).await;
        assert_eq!((now.status, now.trouble), (EndpointStatus::Paused, Some(Trouble::Credentials)));
        let kept = sent(&app, &klaviyo).await.remove(0);
        assert_eq!((kept.state, kept.tries), (DeliveryState::Waiting, 0), "not its fault: all tries are left");
        let said = tries(&app, &klaviyo).await.remove(0);
        assert_eq!((said.status, said.call.as_deref()), (Some(401), Some("event")));
        assert!(!said.answer.unwrap().contains("pk_old"), "what repeats a credential is masked");
        let mails = messages::recent(&app.app.db, app.site.id, 10).await.unwrap();
        assert_eq!(mails.iter().map(|mail| &*mail.recipient).collect::<Vec<_>>(), ["owner@example.com"]);
        assert!(mails[0].subject.contains("needs new credentials") && mails[0].raw.as_ref().unwrap().contains("/connections/services/"));
        app.advance(MINUTE);
        app.run_jobs().await;
        assert_eq!(fake.calls().len(), 1, "it is not called while it is paused");

        let vendor = exitpoll::outbound::connectors::vendor(Kind::Klaviyo).unwrap();
        let given = [("api_key", "pk_secret_new"), ("base_url", &*base)].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let right = exitpoll::manage::services::Service { vendor, name: "K", key: "", events: vec![EventType::ResponseCompleted], given: given.into_iter().collect() };
        let mut tx = app.app.db.begin().await.unwrap();
        let guard = exitpoll::outbound::Guard::new(true);
        exitpoll::manage::services::update(&mut tx, &app.app.keys.vault, &guard, &now, &right, "owner", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.run_jobs().await;
        assert_eq!(sent(&app, &klaviyo).await.remove(0).state, DeliveryState::Delivered);
    }
}

crate::on_both_empty! {
    async fn the_calls_that_succeeded_are_not_repeated(database: Database) {
        let app = start(database).await;
        app.publish(survey()).await;
        let fake = Receiver::start(|n, call| match n {
            0 => Reply::Says(200, r#"{"results": [{"id": "51"}]}"#.into()),
            1 => Reply::Status(502),
            _ if call.line.ends_with("/notes") => Reply::Status(201),
            _ => Reply::Status(500),
        }).await;
        let base = fake.base();
        let hubspot = service(&app, Kind::HubSpot, &[("token", "pat-1"), ("base_url", &base)], &[EventType::ResponseCompleted]).await;
        answer(&app, "anna", 9).await;
        app.run_jobs().await;
        let waiting = sent(&app, &hubspot).await.remove(0);
        assert_eq!((waiting.state, waiting.tries, waiting.progress), (DeliveryState::Waiting, 1, vec!["51".to_owned()]));
        app.advance(10 * SECOND);
        app.run_jobs().await;
        let done = sent(&app, &hubspot).await.remove(0);
        assert_eq!((done.state, done.attempts), (DeliveryState::Delivered, 3));
        let calls = fake.calls();
        assert_eq!(calls.iter().filter(|call| call.line.ends_with("/upsert")).count(), 1);
        assert_eq!(calls[2].json()["associations"][0]["to"]["id"], "51", "what the first call answered is remembered");
    }
}

crate::on_both_empty! {
    async fn a_busy_service_is_left_alone_with_everything(database: Database) {
        let app = start(database).await;
        let fake = Receiver::start(|n, _| match n {
            0 => Reply::With(429, "retry-after", "90".into()),
            _ => Reply::Status(201),
        }).await;
        let base = fake.base();
        let klaviyo = service(&app, Kind::Klaviyo, &[("api_key", "pk_1"), ("base_url", &base)], &[EventType::CustomerIdentified]).await;
        let agreed = json!({"customer": {"email": "anna@example.com", "consent": {"marketing": true}}});
        app.send("anna", json!([event(app.now(), "customer.identified", agreed)])).await;
        app.run_jobs().await;
        app.advance(SECOND);
        let agreed = json!({"customer": {"email": "ben@example.com", "consent": {"marketing": true}}});
        app.send("ben", json!([event(app.now(), "customer.identified", agreed)])).await;
        app.run_jobs().await;
        app.advance(80 * SECOND);
        app.run_jobs().await;
        assert_eq!(fake.calls().len(), 1, "nobody else's event is sent, either");
        app.advance(10 * SECOND);
        app.run_jobs().await;
        assert_eq!(fake.calls().len(), 3);
        assert!(sent(&app, &klaviyo).await.iter().all(|d| d.state == DeliveryState::Delivered));
    }
}

crate::on_both_empty! {
    async fn what_is_refused_is_dead_at_once_and_shown(database: Database) {
        let app = start(database).await;
        app.publish(survey()).await;
        let said = r#"{"status": "error", "category": "VALIDATION_ERROR", "message": "Property left_because does not exist"}"#;
        let fake = Receiver::always(Reply::Says(400, said.into())).await;
        let base = fake.base();
        let hubspot = service(&app, Kind::HubSpot, &[("token", "pat-1"), ("base_url", &base)], &[EventType::ResponseCompleted]).await;
        answer(&app, "anna", 9).await;
        app.run_jobs().await;
        let dead = sent(&app, &hubspot).await.remove(0);
        assert_eq!((dead.state, dead.reason.as_deref()), (DeliveryState::Dead, Some("refused")));
        assert_eq!(tries(&app, &hubspot).await[0].answer.as_deref(), Some(said));
        assert_eq!(endpoint(&app, &hubspot).await.status, EndpointStatus::Active);
    }
}

crate::on_both_empty! {
    async fn of_strangers_nothing_is_told(database: Database) {
        let app = start(database).await;
        let fake = Receiver::always(Reply::Status(202)).await;
        let base = fake.base();
        let klaviyo = service(&app, Kind::Klaviyo, &[("api_key", "pk_1"), ("base_url", &base)], &[EventType::CustomerIdentified]).await;
        identify(&app, "anna").await;
        app.run_jobs().await;
        let only = sent(&app, &klaviyo).await.remove(0);
        assert_eq!((only.state, only.reason.as_deref(), fake.calls().len()), (DeliveryState::Delivered, Some("nothing_to_tell"), 0));
    }
}

crate::on_both_empty! {
    async fn a_follow_up_tells_the_service_that_its_step_names(database: Database) {
        let app = start(database).await;
        app.publish(survey()).await;
        let fake = Receiver::always(Reply::Status(202)).await;
        let flow = Flow::parse(&json!({"key": "tell", "name": "Rescue", "on": "response.completed", "steps": [{"do": "notify", "to": "klaviyo"}]})).unwrap();
        let publish = async || {
            let mut tx = app.app.db.begin().await.unwrap();
            let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
            let published = flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await;
            tx.commit().await.unwrap();
            published
        };
        let refused = publish().await.unwrap_err();
        assert!(matches!(&refused, Refused::Invalid { message, .. } if message.contains("no service \"klaviyo\"")), "{refused}");
        let base = fake.base();
        service(&app, Kind::Klaviyo, &[("api_key", "pk_1"), ("base_url", &base)], &[]).await;
        publish().await.unwrap();
        answer(&app, "anna", 3).await;
        app.run_jobs().await;
        let calls = fake.calls();
        assert_eq!(calls.len(), 1);
        let event = &calls[0].json()["data"]["attributes"];
        assert_eq!(event["metric"]["data"]["attributes"]["name"], "Follow-up: Rescue");
        assert_eq!((&event["properties"]["flow"], &event["properties"]["answer_score"]), (&json!("tell"), &json!(3)));
    }
}
