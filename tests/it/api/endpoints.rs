//! Webhooks by the management interface: made, told, paused, replayed, deleted.

use exitpoll::clock::{DAY, SECOND};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Api, paths};
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Database, json_of};
use crate::webhooks::{assert_signed, identify, start};

crate::on_both_empty! {
    async fn a_webhook_is_made_and_looked_after_by_a_program(database: Database) {
        let app = start(database).await;
        let api = Api::new(&app).await;
        let receiver = Receiver::start(|n, _| Reply::Status(if n == 0 { 410 } else { 200 })).await;
        let body = json!({"url": receiver.url(), "events": ["customer.identified"], "name": "Our CRM"});
        let made = json_of(api.send("PUT", "endpoints/crm", &body).await, StatusCode::CREATED).await;
        let secret = exitpoll::domain::webhook::Secret::parse(made["secret"].as_str().unwrap()).unwrap();
        assert_eq!((&made["status"], &made["kind"], &made["events"]), (&json!("active"), &json!("webhook"), &json!(["customer.identified"])));
        let again = api.put("endpoints/crm", body.clone()).await;
        assert_eq!((again.get("secret"), &again["id"]), (None, &made["id"]), "told once");
        assert_eq!(api.get("endpoints").await["data"][0]["key"], "crm");

        let wrong = json!({"url": receiver.url(), "events": ["customer.identified", "ping", "nonsense"]});
        assert_eq!(paths(&api.refused("PUT", "endpoints/crm", Some(&wrong), 422).await), ["events[1]", "events[2]"]);
        let wrong = json!({"url": "https://10.0.0.1:99999/", "events": []});
        assert_eq!(paths(&api.refused("PUT", "endpoints/crm", Some(&wrong), 422).await), ["url"]);
        assert_eq!(paths(&api.refused("PUT", "endpoints/C R M", Some(&body), 422).await), ["key"]);
        api.refused("GET", "endpoints/none", None, 404).await;

        identify(&app, "anna").await;
        app.run_jobs().await;
        let off = api.get("endpoints/crm").await;
        assert_eq!((&off["status"], &off["reason"]), (&json!("disabled"), &json!("gone")));
        let dead = api.get("endpoints/crm/deliveries?state=dead").await;
        assert_eq!((&dead["data"][0]["type"], &dead["data"][0]["attempts"]), (&json!("customer.identified"), &json!(1)));
        assert_eq!(api.get("endpoints/crm/deliveries?state=waiting").await["data"], json!([]));
        api.refused("GET", "endpoints/crm/deliveries?state=lost", None, 400).await;
        let call = async |what: &str, body: Value| json_of(api.send("POST", what, &body).await, StatusCode::OK).await;
        assert_eq!(call("endpoints/crm/resume", json!({})).await["status"], "active");
        let span = json!({"from": app.now() - DAY, "until": app.now() + SECOND});
        assert_eq!(call("endpoints/crm/replay", span.clone()).await, json!({"replayed": 1}));
        app.run_jobs().await;
        assert_signed(&receiver.calls()[1], &secret);
        assert_eq!(api.get("endpoints/crm/deliveries?limit=1").await["data"][0]["state"], "delivered");
        let backwards = json!({"from": app.now(), "until": app.now()});
        assert_eq!(paths(&api.refused("POST", "endpoints/crm/replay", Some(&backwards), 422).await), ["until"]);
        assert_eq!(call("endpoints/crm/pause", json!({})).await["status"], "paused");
        assert_eq!(api.request("DELETE", "endpoints/crm").send().await.unwrap().status(), StatusCode::NO_CONTENT);
        api.refused("GET", "endpoints/crm", None, 404).await;
    }
}

crate::on_both_empty! {
    async fn a_service_is_shown_and_left_to_the_admin(database: Database) {
        let app = start(database).await;
        let api = Api::new(&app).await;
        crate::services::service(&app, exitpoll::domain::connector::Kind::Klaviyo, &[("api_key", "pk_secret")], &[]).await;
        let shown = api.get("endpoints/klaviyo").await;
        assert!(shown["kind"] == "klaviyo" && !shown.to_string().contains("pk_secret"), "{shown}");
        let body = json!({"url": "https://crm.example", "events": []});
        assert_eq!(api.refused("PUT", "endpoints/klaviyo", Some(&body), 409).await["code"], "is_a_service");
    }
}
