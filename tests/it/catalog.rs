//! A change to a site reaches every node.

use serde_json::Value;

use crate::support::{TestApp, json_of, survey};

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
    async fn a_quota_ends_a_survey_on_every_node(app: TestApp) {
        let mut document = survey("few");
        document["quota"] = serde_json::json!({"responses": 1});
        app.publish(document).await;
        let other = app.another_node().await;
        let token = other.offer("anna", "few").await;
        let answer = crate::support::event(app.now(), "survey.answered", serde_json::json!({"offer": token, "answers": {"score": {"number": 9}}}));
        other.send("anna", serde_json::json!([answer])).await;
        for node in [&app, &other] {
            node.app.catalog.poll().await.unwrap();
            assert_eq!(node.denial("ben", "s", "few").await.as_deref(), Some("quota_reached"));
        }
    }
}
