//! Keys: made and ended in the admin and on the command line; what they open and what not.

use exitpoll::clock::{DAY, MINUTE, SECOND};
use exitpoll::config::Limits;
use exitpoll::domain::scope::Scope;
use exitpoll::store::api_keys;
use reqwest::StatusCode;
use serde_json::json;

use super::{Api, key_of, problem};
use crate::support::browser::Browser;
use crate::support::{Backend, TestApp, json_of, survey};

crate::on_both! {
    async fn a_key_opens_its_own_store_and_nothing_else(app: TestApp) {
        let api = Api::new(&app).await;
        let site = api.get("site").await;
        assert_eq!(site["key"], app.site.key.as_str());
        let other = app.another_site("https://other.example").await;
        let foreign = Api { app: &app, key: key_of(&app, &other, Scope::all()).await };
        app.publish(survey("mine")).await;
        api.put("carts/c1", json!({"value": 100})).await;
        api.put("orders/1001", json!({"value": 100, "customer": {"id": "anna", "email": "anna@buyer.example"}})).await;
        let customer = api.get("customers/anna").await;
        let id = customer["id"].as_str().unwrap();
        for path in ["carts/c1", "orders/1001", "customers/anna", &format!("customers/{id}"), "surveys/mine"] {
            foreign.refused("GET", path, None, 404).await;
        }
        for list in ["carts", "orders", "customers", "surveys", "responses"] {
            assert_eq!(foreign.get(list).await["data"], json!([]), "{list}");
        }
        foreign.refused("POST", "surveys/mine/pause", None, 404).await;
        foreign.refused("PUT", &format!("customers/{id}"), Some(&json!({"name": "Eve"})), 404).await;
        // The same names in another store are other things.
        foreign.put("orders/1001", json!({"value": 7})).await;
        assert_eq!(api.get("orders/1001").await["value"], 100);
    }
}

crate::on_both! {
    async fn whoever_shows_no_good_key_is_told_how(app: TestApp) {
        let path = "/api/v1/site";
        let none = app.get(path).send().await.unwrap();
        assert!(none.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
        problem(none, 401).await;
        for wrong in ["ep_nothing", "", "ep_", "st_demo", &app.site.key] {
            problem(app.get(path).bearer_auth(wrong).send().await.unwrap(), 401).await;
        }
        problem(app.get(path).basic_auth("ep_x", Some("y")).send().await.unwrap(), 401).await;
        let api = Api::new(&app).await;
        let key = api_keys::list(&app.app.db, app.site.id).await.unwrap().remove(0);
        assert_eq!(key.used_at, None);
        api.get("site").await;
        let used = || async { api_keys::list(&app.app.db, app.site.id).await.unwrap().remove(0).used_at };
        let first = app.now();
        assert_eq!(used().await, Some(first));
        app.advance(59 * SECOND);
        api.get("site").await;
        assert_eq!(used().await, Some(first), "noted once a minute");
        app.advance(SECOND);
        api.get("site").await;
        assert_eq!(used().await, Some(first + MINUTE));
        let mut tx = app.app.db.begin().await.unwrap();
        assert!(api_keys::revoke(&mut tx, app.site.id, key.id, app.now()).await.unwrap());
        tx.commit().await.unwrap();
        let refused = api.request("GET", "site").send().await.unwrap();
        assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
        problem(refused, 401).await;
    }
}

crate::on_both! {
    async fn owners_make_and_revoke_keys(app: TestApp) {
        let mut owner = owner(&app).await;
        let list = format!("/admin/{}/connections/keys", app.site.key);
        let new = format!("{list}/new");
        assert!(owner.get(&list).await.text("main").contains("No keys yet"));
        let empty = owner.submit(&new, &new, &[("name", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(empty.text(".notice.bad li").matches("Please").count(), 2, "{}", empty.html);
        let kept = owner.submit(&new, &new, &[("name", ""), ("read:orders", "on")]).await;
        assert!(kept.attribute("input[name='read:orders']", "checked").is_some(), "what was ticked stays ticked");
        let made = owner.submit(&new, &new, &[("name", "Till <1>"), ("write:orders", "on")]).await;
        assert_eq!(made.status, StatusCode::OK);
        let secret = made.text("#secret");
        assert_eq!((secret.len(), &secret[..3]), (46, "ep_"), "3 letters and 32 bytes");
        assert_eq!(made.headers["cache-control"], "no-store");
        let page = owner.get(&list).await;
        assert!(page.text("table").contains("Till <1>") && page.text("table").contains(&secret[..7]));
        assert!(!page.html.contains(&secret), "shown once");
        let api = Api { app: &app, key: secret };
        api.put("carts/c1", json!({"value": 100})).await;
        let refused = api.refused("GET", "carts/c1", None, 403).await;
        assert!(refused["detail"].as_str().unwrap().contains("read:orders"), "{refused}");
        let action = page.attribute("details.confirm form", "action").unwrap();
        let revoked = owner.submit(&list, &action, &[]).await;
        assert_eq!(revoked.status, StatusCode::SEE_OTHER);
        api.refused("GET", "site", None, 401).await;
        assert!(owner.get(&list).await.text("main").contains("Till <1>, on"), "its name is still known");
        assert_eq!(owner.post(&action, &[]).await.status, StatusCode::FORBIDDEN, "without the hidden field nothing is done");
    }
}

async fn owner(app: &TestApp) -> Browser<'_> {
    let user = exitpoll::manage::users::new_user("owner@shop.example", "Owner", "correct horse battery", true, app.now()).await;
    let mut tx = app.app.db.begin().await.unwrap();
    exitpoll::store::users::insert(&mut tx, &user.unwrap().unwrap(), app.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in("owner@shop.example", "correct horse battery").await.status, StatusCode::SEE_OTHER);
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_and_guessers_have_limits() {
    let limits = Limits { decide: 9, events: 9, coupon: 9, login: 2, hooks: 9, api: 3 };
    let app = TestApp::start_with(Backend::Sqlite, limits).await;
    let (api, other) = (Api::new(&app).await, Api::new(&app).await);
    for _ in 0..3 {
        api.get("site").await;
    }
    let slow = api.request("GET", "site").send().await.unwrap();
    let wait: i64 = slow.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    problem(slow, 429).await;
    other.get("site").await;
    app.advance(wait * SECOND);
    api.get("site").await;
    for status in [401, 401, 429] {
        problem(app.get("/api/v1/site").bearer_auth("ep_guess").send().await.unwrap(), status).await;
    }
    other.get("site").await;
}

crate::on_both! {
    async fn the_first_success_is_answered_again(app: TestApp) {
        let api = Api::new(&app).await;
        let send = |key: &'static str, body: serde_json::Value| {
            let request = api.request("PUT", "orders/1001").header("idempotency-key", key);
            request.header("content-type", "application/json").body(body.to_string()).send()
        };
        let body = json!({"value": 100});
        problem(send("a", json!({})).await.unwrap(), 422).await;
        let first = send("a", body.clone()).await.unwrap();
        assert!(!first.headers().contains_key("idempotency-replayed"), "what was refused may be put right");
        let first = json_of(first, StatusCode::OK).await;
        app.advance(MINUTE);
        api.put("orders/1001", json!({"value": 100, "refunded": 40})).await;
        let again = send("a", body.clone()).await.unwrap();
        assert_eq!(again.headers()["idempotency-replayed"], "true");
        assert_eq!(again.headers()["content-type"], "application/json");
        assert_eq!(json_of(again, StatusCode::OK).await, first);
        let reused = problem(send("a", json!({"value": 101})).await.unwrap(), 422).await;
        assert_eq!(reused["code"], "idempotency_key_reused");
        let other = Api::new(&app).await;
        let theirs = other.request("PUT", "orders/1001").header("idempotency-key", "a");
        let theirs = theirs.header("content-type", "application/json").body(json!({"value": 101}).to_string());
        assert_eq!(theirs.send().await.unwrap().status(), StatusCode::OK, "names are each key's own");
        app.advance(DAY);
        let fresh = send("a", body).await.unwrap();
        assert!(!fresh.headers().contains_key("idempotency-replayed"));
        assert_eq!(json_of(fresh, StatusCode::OK).await["refunded"], 40);
        problem(send("", json!({})).await.unwrap(), 400).await;
    }
}
