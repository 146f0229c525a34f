//! Each vendor's fake checks method, path, headers and body of what it is told.

use base64::Engine as _;
use exitpoll::domain::connector::Kind;
use exitpoll::domain::webhook::{DeliveryState, EventType};
use serde_json::{Value, json};

use super::{answer, mapped, service, survey};
use crate::support::receiver::{Call, Receiver, Reply};
use crate::support::{Database, TestApp};
use crate::webhooks::{sent, start, tries};

async fn told(database: Database, kind: Kind, given: &[(&str, &str)], property: Option<&str>, fake: &Receiver) -> TestApp {
    let app = start(database).await;
    app.publish(survey()).await;
    let base = fake.base();
    let with_base: Vec<(&str, &str)> = given.iter().copied().chain([("base_url", &*base)]).collect();
    let endpoint = service(&app, kind, &with_base, &[EventType::ResponseCompleted]).await;
    if let Some(property) = property {
        mapped(&app, &endpoint, property).await;
    }
    answer(&app, "anna", 9).await;
    app.run_jobs().await;
    let all = sent(&app, &endpoint).await;
    assert_eq!(all.iter().map(|d| (d.state, d.reason.clone())).collect::<Vec<_>>(), [(DeliveryState::Delivered, None)]);
    assert_eq!(tries(&app, &endpoint).await.len(), fake.calls().len());
    app
}

fn lines(calls: &[Call]) -> Vec<&str> {
    calls.iter().map(|call| &*call.line).collect()
}

crate::on_both_empty! {
    async fn klaviyo(database: Database) {
        let fake = Receiver::always(Reply::Status(202)).await;
        told(database, Kind::Klaviyo, &[("api_key", "pk_secret"), ("list", "Y6nRLr")], Some("left_because"), &fake).await;
        let calls = fake.calls();
        assert_eq!(lines(&calls), ["POST /api/events", "POST /api/profile-subscription-bulk-create-jobs"]);
        for call in &calls {
            assert_eq!(call.header("authorization"), "Klaviyo-API-Key pk_secret");
            assert_eq!((call.header("revision"), call.header("content-type")), ("2026-07-15", "application/vnd.api+json"));
        }
        let event = &calls[0].json()["data"]["attributes"];
        assert_eq!(event["metric"]["data"]["attributes"]["name"], "Survey Answered");
        assert_eq!(event["profile"]["data"]["attributes"]["email"], "anna@example.com");
        assert_eq!(event["profile"]["data"]["attributes"]["properties"], json!({"left_because": "Shipping cost"}));
        assert_eq!((&event["properties"]["answer_score"], &event["properties"]["answer_reason"]), (&json!(9), &json!("Shipping cost")));
        assert_eq!(event["time"], "2026-11-24T12:00:00Z");
        let opt_in = calls[1].json();
        assert_eq!(opt_in["data"]["relationships"]["list"]["data"]["id"], "Y6nRLr");
        let profile = &opt_in["data"]["attributes"]["profiles"]["data"][0]["attributes"];
        assert_eq!(profile["subscriptions"]["email"]["marketing"]["consent"], "SUBSCRIBED");
    }
}

crate::on_both_empty! {
    async fn hubspot(database: Database) {
        let fake = Receiver::start(|n, _| match n {
            0 => Reply::Says(200, r#"{"status": "COMPLETE", "results": [{"id": "51", "new": true}]}"#.into()),
            _ => Reply::Says(201, r#"{"id": "9"}"#.into()),
        }).await;
        told(database, Kind::HubSpot, &[("token", "pat-secret")], Some("left_because"), &fake).await;
        let calls = fake.calls();
        assert_eq!(lines(&calls), ["POST /crm/v3/objects/contacts/batch/upsert", "POST /crm/v3/objects/notes"]);
        assert!(calls.iter().all(|call| call.header("authorization") == "Bearer pat-secret"));
        assert_eq!(calls[0].json(), json!({"inputs": [{"idProperty": "email", "id": "anna@example.com",
            "properties": {"email": "anna@example.com", "firstname": "Anna", "left_because": "Shipping cost"}}]}));
        let note = calls[1].json();
        assert_eq!(note["associations"][0], json!({"to": {"id": "51"}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]}));
        assert_eq!(note["properties"]["hs_timestamp"], "2026-11-24T12:00:00Z");
    }
}

crate::on_both_empty! {
    async fn mailchimp(database: Database) {
        let fake = Receiver::start(|n, _| Reply::Status(if n == 0 { 200 } else { 204 })).await;
        told(database, Kind::Mailchimp, &[("api_key", "secret-us21"), ("list", "L1"), ("tags", "yes")], Some("WHY"), &fake).await;
        let calls = fake.calls();
        // md5 of anna@example.com.
        let member = "/lists/L1/members/3b3be63a4c2a439b013787725dfce802".to_owned();
        let member = calls[0].line.split(['?', ' ']).nth(1).filter(|path| path.len() == member.len()).unwrap().to_owned();
        assert_eq!(lines(&calls), [&*format!("PUT {member}?skip_merge_validation=true"), &*format!("POST {member}/events"), &*format!("POST {member}/tags")]);
        let pair = base64::prelude::BASE64_STANDARD.decode(calls[0].header("authorization").strip_prefix("Basic ").unwrap()).unwrap();
        assert!(String::from_utf8(pair).unwrap().ends_with(":secret-us21"));
        assert_eq!(calls[0].json(), json!({"email_address": "anna@example.com", "status_if_new": "pending", "merge_fields": {"WHY": "Shipping cost", "FNAME": "Anna"}}));
        assert_eq!((&calls[1].json()["name"], &calls[1].json()["properties"]["answer_score"]), (&json!("survey_answered"), &json!("9")));
        assert_eq!(calls[2].json()["tags"][0], json!({"name": "s: Shipping cost", "status": "active"}));
        assert_eq!(calls[2].json()["tags"][1], json!({"name": "nps-promoter", "status": "active"}));
    }
}

crate::on_both_empty! {
    async fn slack(database: Database) {
        let fake = Receiver::always(Reply::Says(200, "ok".into())).await;
        let (hook, host) = (format!("{}/services/T/B/x", fake.base()), fake.address.to_string());
        told(database, Kind::Slack, &[("webhook_url", &hook), ("host", &host)], None, &fake).await;
        let calls = fake.calls();
        assert_eq!(lines(&calls), ["POST /services/T/B/x"]);
        let body = calls[0].json();
        assert_eq!((&body["blocks"][0]["text"]["type"], &body["unfurl_links"]), (&json!("plain_text"), &json!(false)));
        let text = body["blocks"][1]["text"]["text"].as_str().unwrap();
        assert!(text.contains("*What stopped you?* Shipping cost") && !text.contains("anna@example.com"), "{text}");
    }
}

crate::on_both_empty! {
    async fn shopify(database: Database) {
        let fake = Receiver::always(Reply::Says(200, r#"{"data": {"metafieldsSet": {"userErrors": []}}}"#.into())).await;
        told(database, Kind::Shopify, &[("shop", "toys.myshopify.com"), ("token", "shpat_secret")], Some("left_because"), &fake).await;
        let calls = fake.calls();
        assert_eq!(lines(&calls), ["POST /admin/api/2026-07/graphql.json"]);
        assert_eq!(calls[0].header("x-shopify-access-token"), "shpat_secret");
        let variables = &calls[0].json()["variables"];
        assert_eq!(variables["metafields"][0]["ownerId"], "gid://shopify/Customer/77");
        assert_eq!((&variables["metafields"][0]["key"], &variables["metafields"][0]["value"]), (&json!("left_because"), &json!("Shipping cost")));
    }
}

crate::on_both_empty! {
    async fn omnisend(database: Database) {
        let fake = Receiver::always(Reply::Status(202)).await;
        told(database, Kind::Omnisend, &[("api_key", "secret")], Some("why"), &fake).await;
        let calls = fake.calls();
        assert_eq!(lines(&calls), ["POST /events", "POST /contacts"]);
        assert!(calls.iter().all(|call| call.header("authorization") == "Omnisend-API-Key secret" && call.header("omnisend-version") == "2026-03-15"));
        assert_eq!((&calls[0].json()["eventName"], &calls[0].json()["properties"]["why"]), (&json!("survey answered"), &json!("Shipping cost")));
        assert_eq!(calls[1].json()["identifiers"][0]["channels"]["email"]["status"], "subscribed");
    }
}

crate::on_both_empty! {
    async fn active_campaign(database: Database) {
        let fake = Receiver::always(Reply::Status(201)).await;
        told(database, Kind::ActiveCampaign, &[("api_token", "secret")], Some("3"), &fake).await;
        let calls = fake.calls();
        assert_eq!((lines(&calls), calls[0].header("api-token")), (vec!["POST /api/3/contact/sync"], "secret"));
        assert_eq!(calls[0].json(), json!({"contact": {"email": "anna@example.com", "firstName": "Anna", "fieldValues": [{"field": "3", "value": "Shipping cost"}]}}));
    }
}

crate::on_both_empty! {
    async fn google_analytics(database: Database) {
        let fake = Receiver::always(Reply::Status(204)).await;
        told(database, Kind::Ga4, &[("measurement_id", "G-1"), ("api_secret", "secret")], None, &fake).await;
        let calls = fake.calls();
        assert_eq!(lines(&calls), ["POST /mp/collect?measurement_id=G-1&api_secret=secret"]);
        let body = calls[0].json();
        assert_eq!(body["events"][0]["params"], json!({"survey": "s", "answer_reason": "Shipping cost", "answer_score": 9, "engagement_time_msec": 1}));
        assert!(!calls[0].body.contains("anna") && !calls[0].body.contains("Anna"), "nobody is named: {}", calls[0].body);
    }
}

crate::on_both_empty! {
    async fn anything_else(database: Database) {
        let fake = Receiver::always(Reply::Status(200)).await;
        let (url, body) = (format!("{}/catch/1", fake.base()), r#"{"who": {{ email }}, "why": {{ answers.reason }}, "own": {{ mapped }}, "survey": {{ data.survey.key }}}"#);
        told(database, Kind::Http, &[("url", &url), ("method", "PUT"), ("headers", "X-Token: shh"), ("body", body)], Some("reason"), &fake).await;
        let calls = fake.calls();
        assert_eq!((lines(&calls), calls[0].header("x-token")), (vec!["PUT /catch/1"], "shh"));
        let expected: Value = json!({"who": "anna@example.com", "why": "Shipping cost", "own": {"reason": "Shipping cost"}, "survey": "s"});
        assert_eq!(calls[0].json(), expected);
    }
}
