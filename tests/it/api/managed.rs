//! Surveys, flows, suppressions and coupons.

use exitpoll::manage::coupons::{create, new_pool};
use reqwest::StatusCode;
use serde_json::json;

use super::{Api, paths};
use crate::support::{TestApp, json_of, survey};

crate::on_both! {
    async fn a_survey_is_saved_published_paused_and_resumed(app: TestApp) {
        let api = Api::new(&app).await;
        let made = json_of(api.send("PUT", "surveys/why", &survey("why")).await, StatusCode::CREATED).await;
        assert_eq!((&made["status"], &made["published"]), (&json!("draft"), &json!(null)));
        assert_eq!(api.refused("POST", "surveys/why/pause", None, 409).await["code"], "never_published");
        let mut nameless = survey("why");
        nameless.as_object_mut().unwrap().remove("key");
        api.put("surveys/why", nameless).await;
        let call = |what: &'static str| async { json_of(api.request("POST", what).send().await.unwrap(), StatusCode::OK).await };
        assert_eq!(call("surveys/why/publish").await["status"], "live");
        app.offer("anna", "why").await;
        assert_eq!(call("surveys/why/pause").await["status"], "paused");
        assert!(app.denial("berta", "s", "why").await.is_some(), "at once");
        assert_eq!(call("surveys/why/pause").await["revision"], 1);
        assert_eq!(call("surveys/why/resume").await["status"], "live");
        app.offer("carla", "why").await;
        assert_eq!(api.get("surveys").await["data"][0]["key"], "why");
        let mut wrong = survey("why");
        wrong["questions"][0]["choices"][1]["key"] = json!("shipping");
        wrong["trigger"] = json!({"type": "dealy"});
        let refused = api.refused("PUT", "surveys/why", Some(&wrong), 422).await;
        assert!(paths(&refused).contains(&"questions[0].choices[1].key") && paths(&refused).len() > 1, "{refused}");
        assert_eq!(paths(&api.refused("PUT", "surveys/why", Some(&survey("other")), 422).await), ["key"]);
        assert_eq!(paths(&api.refused("PUT", "surveys/Why", Some(&survey("Why")), 422).await)[0], "key");
        api.refused("POST", "surveys/none/publish", None, 404).await;
    }
}

crate::on_both! {
    async fn a_flow_is_saved_published_paused_and_resumed(app: TestApp) {
        let api = Api::new(&app).await;
        let flow = |template: &str| json!({"on": "cart.abandoned", "steps": [{"after": "1h", "do": "email", "template": template}]});
        json_of(api.send("PUT", "flows/recover", &flow("no-such-template")).await, StatusCode::CREATED).await;
        let refused = api.refused("POST", "flows/recover/publish", None, 422).await;
        assert_eq!(paths(&refused), ["steps[0].template"], "{refused}");
        let template = exitpoll::mail::ready::templates()[0].key.clone();
        api.put("flows/recover", flow(&template)).await;
        let call = |what: &'static str| async { json_of(api.request("POST", what).send().await.unwrap(), StatusCode::OK).await };
        assert_eq!(call("flows/recover/publish").await["status"], "live");
        assert_eq!(call("flows/recover/pause").await["status"], "paused");
        assert_eq!(call("flows/recover/resume").await["status"], "live");
        assert_eq!(api.get("flows/recover").await["published"]["steps"][0]["template"], template.as_str());
        assert_eq!(api.get("flows").await["data"][0]["key"], "recover");
        assert_eq!(paths(&api.refused("PUT", "flows/recover", Some(&json!({"on": "cart.lost", "steps": []})), 422).await)[0], "on");
    }
}

crate::on_both! {
    async fn an_address_is_suppressed_and_let_go(app: TestApp) {
        let api = Api::new(&app).await;
        let address = json!({"email": "Anna@Buyer.example"});
        let put = json_of(api.send("POST", "suppressions", &address).await, StatusCode::OK).await;
        assert_eq!((&put["email"], &put["reason"]), (&json!("anna@buyer.example"), &json!("manual")));
        let gone = api.request("DELETE", "suppressions/anna@buyer.example").send().await.unwrap();
        assert_eq!(gone.status(), StatusCode::NO_CONTENT);
        api.refused("DELETE", "suppressions/anna@buyer.example", None, 404).await;
        assert_eq!(api.get("suppressions").await["data"], json!([]));
    }
}

crate::on_both! {
    async fn codes_are_added_to_a_pool(app: TestApp) {
        let api = Api::new(&app).await;
        let pool = new_pool("ship", "Shipping", None, None, app.now()).unwrap();
        let shared = new_pool("all", "For all", Some("ALL".into()), None, app.now()).unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        create(&mut tx, app.site.id, &pool, "test", app.now()).await.unwrap();
        create(&mut tx, app.site.id, &shared, "test", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let codes = json!({"codes": ["A1", "A2", "a1"]});
        let added = json_of(api.send("POST", "coupons/ship/codes", &codes).await, StatusCode::OK).await;
        assert_eq!(added, json!({"added": 2, "known": 0, "repeated": 1}));
        let again = json_of(api.send("POST", "coupons/ship/codes", &codes).await, StatusCode::OK).await;
        assert_eq!(again, json!({"added": 0, "known": 2, "repeated": 1}));
        let pools = api.get("coupons").await;
        assert_eq!(pools["data"][1]["free"], 2, "{pools}");
        let refused = api.refused("POST", "coupons/ship/codes", Some(&json!({"codes": ["OK", "A B", ""]})), 422).await;
        assert_eq!(paths(&refused), ["codes[1]", "codes[2]"]);
        api.refused("POST", "coupons/all/codes", Some(&codes), 422).await;
        api.refused("POST", "coupons/none/codes", Some(&codes), 404).await;
    }
}
