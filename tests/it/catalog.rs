//! A change to a site reaches every node.

use exitpoll::domain::webhook::EventType;
use serde_json::{Value, json};

use crate::support::{TestApp, event, json_of, survey};
use crate::webhooks::{listen, sent};

async fn keys(app: &TestApp) -> Vec<String> {
    let config: Value = json_of(app.get(&app.v1("config")).send().await.unwrap(), reqwest::StatusCode::OK).await;
    config["surveys"].as_array().unwrap().iter().map(|s| s["key"].as_str().unwrap().to_owned()).collect()
}

crate::on_both! {
    async fn a_publish_is_seen_at_once_here_and_at_the_next_look_elsewhere(app: TestApp) {
        let other = app.another_node().await;
        assert_eq!(keys(&app).await, Vec::<String>::new());
        assert_eq!(keys(&other).await, Vec::<String>::new());
        app.publish(survey("first")).await;
        assert_eq!(keys(&app).await, ["first"]);
        // What the other node does every second.
        other.app.catalog.poll().await.unwrap();
        assert_eq!(keys(&other).await, ["first"]);
    }
}

crate::on_both! {
    async fn whoever_begins_to_listen_hears_answers_at_once_here_and_after_the_next_look_elsewhere(app: TestApp) {
        app.publish(survey("s")).await;
        let other = app.another_node().await;
        let told = async |node: &TestApp, visitor: &str| {
            let token = node.offer(visitor, "s").await;
            let answer = event(node.now(), "survey.answered", json!({"offer": token, "answers": {"score": {"number": 9}}}));
            node.send(visitor, json!([answer])).await;
        };
        // Both know the store before anybody listens.
        told(&app, "anna").await;
        told(&other, "ben").await;
        let (crm, _) = listen(&app, "CRM", "http://127.0.0.1:9/", &[EventType::ResponseCreated]).await;
        let heard = async || sent(&app, &crm).await.len();
        told(&app, "cleo").await;
        assert_eq!(heard().await, 1);
        // What the other node does every second.
        other.app.catalog.poll().await.unwrap();
        told(&other, "dora").await;
        assert_eq!(heard().await, 2);
    }
}

crate::on_both! {
    async fn a_quota_ends_a_survey_on_every_node(app: TestApp) {
        let mut document = survey("few");
        document["quota"] = json!({"responses": 1});
        app.publish(document).await;
        let other = app.another_node().await;
        let token = other.offer("anna", "few").await;
        let answer = event(app.now(), "survey.answered", json!({"offer": token, "answers": {"score": {"number": 9}}}));
        other.send("anna", json!([answer])).await;
        for node in [&app, &other] {
            node.app.catalog.poll().await.unwrap();
            assert_eq!(node.denial("ben", "s", "few").await.as_deref(), Some("quota_reached"));
        }
    }
}
