//! `POST coupon`: who gets a code, and that nobody gets another's.

use std::collections::BTreeSet;

use exitpoll::clock::{DAY, HOUR};
use exitpoll::collect::offer::Offer;
use exitpoll::config::Limits;
use exitpoll::domain::coupon::read_list;
use exitpoll::manage::coupons;
use exitpoll::store::sites::Site;
use exitpoll::store::{self, coupon_claims};
use futures::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, ORIGIN, TestApp, json_of, survey};

/// A survey with a coupon at its end.
fn gift(key: &str, pool: &str) -> Value {
    let mut document = survey(key);
    document["endings"] = json!([{"key": "gift", "title": "For you", "coupon": {"pool": pool}}, {"key": "bye", "title": "Bye"}]);
    document
}

/// A pool with these codes, one a line; or, without, with one for everybody.
async fn pool(app: &TestApp, site: &Site, key: &str, codes: &str) -> store::coupons::Pool {
    let shared = codes.is_empty().then(|| "EVERYBODY".to_owned());
    let pool = coupons::new_pool(key, key, shared, None, app.now()).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    coupons::create(&mut tx, site.id, &pool, "test", app.now()).await.unwrap();
    if !codes.is_empty() {
        coupons::add(&mut tx, site.id, &pool, &read_list(codes).unwrap(), "test", app.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    pool
}

async fn ask(app: &TestApp, visitor: &str, offer: &str, ending: &str) -> (StatusCode, Value) {
    let body = json!({"visitor": visitor, "session": "1", "offer": offer, "ending": ending});
    let response = app.post(&app.v1("coupon"), body.to_string()).header("origin", ORIGIN).send().await.unwrap();
    let status = response.status();
    (status, json_of(response, status).await)
}

async fn code(app: &TestApp, visitor: &str, offer: &str) -> Option<String> {
    let (status, answer) = ask(app, visitor, offer, "gift").await;
    match status {
        StatusCode::OK => Some(answer["code"].as_str().unwrap().to_owned()),
        _ => {
            assert_eq!((status, &answer["reason"]), (StatusCode::NOT_FOUND, &json!("no_coupon")), "{answer}");
            None
        }
    }
}

crate::on_both! {
    async fn everybody_gets_a_code_of_their_own_and_the_same_one_again(app: TestApp) {
        pool(&app, &app.site, "ship", "SHIP-1\nSHIP-2").await;
        app.publish(gift("s", "ship")).await;
        let (anna, ben, carl) = (app.offer("anna", "s").await, app.offer("ben", "s").await, app.offer("carl", "s").await);
        let first = code(&app, "anna", &anna).await.unwrap();
        assert_eq!(code(&app, "anna", &anna).await.as_ref(), Some(&first));
        assert_eq!(code(&app, "anna", &app.offer("anna", "s").await).await.as_ref(), Some(&first), "by another offer, too");
        let second = code(&app, "ben", &ben).await.unwrap();
        assert_eq!(BTreeSet::from([&*first, &*second]), BTreeSet::from(["SHIP-1", "SHIP-2"]));
        assert_eq!(code(&app, "carl", &carl).await, None, "there is none left");
        assert_eq!(code(&app, "anna", &anna).await, Some(first), "who has one keeps it");
    }
}

crate::on_both! {
    async fn a_shared_code_is_for_everybody_until_it_ends(app: TestApp) {
        let pool = pool(&app, &app.site, "ten", "").await;
        app.publish(gift("s", "ten")).await;
        let (anna, ben) = (app.offer("anna", "s").await, app.offer("ben", "s").await);
        assert_eq!(code(&app, "anna", &anna).await.as_deref(), Some("EVERYBODY"));
        let change = async |change: &dyn Fn(&mut store::coupons::Pool), retired: bool| {
            let mut changed = pool.clone();
            change(&mut changed);
            let mut tx = app.app.db.begin().await.unwrap();
            coupons::update(&mut tx, app.site.id, &changed, "test", app.now()).await.unwrap();
            coupons::set_retired(&mut tx, app.site.id, &changed, retired, "test", app.now()).await.unwrap();
            tx.commit().await.unwrap();
        };
        change(&|_| (), true).await;
        assert_eq!(code(&app, "anna", &anna).await.as_deref(), Some("EVERYBODY"), "what was given may be seen again");
        assert_eq!(code(&app, "ben", &ben).await, None, "a retired pool gives to nobody new");
        let ends = app.now() + HOUR;
        change(&|pool| pool.expires_at = Some(ends), false).await;
        assert_eq!(code(&app, "ben", &ben).await.as_deref(), Some("EVERYBODY"));
        app.advance(HOUR);
        assert_eq!(code(&app, "ben", &ben).await, None, "the shop does not take it any more");
    }
}

crate::on_both! {
    async fn only_whoever_was_asked_gets_one(app: TestApp) {
        pool(&app, &app.site, "ship", "SHIP-1\nSHIP-2\nSHIP-3").await;
        app.publish(gift("s", "ship")).await;
        app.publish(gift("lost", "no-such-pool")).await;
        let elsewhere = app.another_site("https://other.example").await;
        pool(&app, &elsewhere, "ship", "OTHER-1").await;
        app.publish_for(&elsewhere, gift("s", "ship")).await;
        let foreign = {
            let body = json!({"visitor": "anna", "session": "1", "candidates": ["s"]}).to_string();
            let response = app.post(&format!("/v1/{}/decide", elsewhere.key), body).send().await.unwrap();
            json_of(response, StatusCode::OK).await["offers"][0]["token"].as_str().unwrap().to_owned()
        };
        let token = app.offer("anna", "s").await;
        let key = &app.app.keys.collect.offer;
        let sealed = |change: &dyn Fn(&mut Offer)| {
            let mut offer = Offer::open(&token, key).unwrap();
            change(&mut offer);
            offer.seal(key)
        };
        let mut forged = token.clone();
        forged.replace_range(40..41, if &token[40..41] == "A" { "B" } else { "A" });
        let lost = app.offer("anna", "lost").await;
        for (visitor, offer, ending, status, reason) in [
            ("anna", &forged, "gift", 403, "forged_offer"),
            ("anna", &String::new(), "gift", 403, "forged_offer"),
            ("ben", &token, "gift", 403, "foreign_offer"),
            ("anna", &foreign, "gift", 403, "foreign_offer"),
            ("anna", &sealed(&|o| o.withhold = true), "gift", 403, "withheld_offer"),
            ("anna", &sealed(&|o| o.revision = 9), "gift", 404, "unknown_survey"),
            ("anna", &token, "bye", 404, "unknown_ending"),
            ("anna", &token, "", 404, "unknown_ending"),
            ("anna", &lost, "gift", 404, "no_coupon"),
        ] {
            let (found, answer) = ask(&app, visitor, offer, ending).await;
            assert_eq!((found.as_u16(), answer["reason"].as_str()), (status, Some(reason)));
            assert!(!answer["detail"].as_str().unwrap().is_empty());
        }
        let used = coupon_claims::page(&app.app.db, app.site.id, pool_id(&app, "ship").await, Uuid::max(), 9).await.unwrap();
        assert!(used.is_empty(), "whoever was refused took nothing: {used:?}");
        app.advance(DAY);
        assert!(code(&app, "anna", &token).await.is_some(), "a day later, just in time");
        app.advance(1);
        assert_eq!(ask(&app, "anna", &token, "gift").await.1["reason"], "expired_offer");
    }
}

async fn pool_id(app: &TestApp, key: &str) -> exitpoll::id::PoolId {
    store::coupons::by_key(&app.app.db, app.site.id, key).await.unwrap().unwrap().id
}

crate::on_both! {
    async fn the_revision_and_the_variant_that_was_offered_count(app: TestApp) {
        pool(&app, &app.site, "old", "OLD-1").await;
        pool(&app, &app.site, "new", "NEW-1").await;
        pool(&app, &app.site, "arm", "ARM-1").await;
        app.publish(gift("s", "old")).await;
        let before = app.offer("anna", "s").await;
        let mut changed = gift("s", "new");
        let patch = gift("s", "arm")["endings"].clone();
        changed["variants"] = json!([{"key": "a", "weight": 0}, {"key": "b", "patch": {"endings": patch}}]);
        app.publish(changed).await;
        assert_eq!(code(&app, "anna", &before).await.as_deref(), Some("OLD-1"));
        assert_eq!(code(&app, "ben", &app.offer("ben", "s").await).await.as_deref(), Some("ARM-1"));
    }
}

crate::on_both! {
    async fn a_crowd_at_every_node_gets_every_code_once(app: TestApp) {
        const CODES: usize = 24;
        let codes: String = (0..CODES).map(|n| format!("C-{n}\n")).collect();
        let id = pool(&app, &app.site, "ship", &codes).await.id;
        app.publish(gift("s", "ship")).await;
        // SQLite has one process; there the second node is the same.
        let other = match app.app.db.dialect() {
            store::Dialect::Postgres => Some(app.another_node().await),
            store::Dialect::Sqlite => None,
        };
        let nodes = [&app, other.as_ref().unwrap_or(&app)];
        let visitors: Vec<String> = (0..CODES + 8).map(|n| format!("visitor {n}")).collect();
        let mut offers = Vec::new();
        for visitor in &visitors {
            offers.push(app.offer(visitor, "s").await);
        }
        // Everybody asks twice at each node, all at the same time.
        let requests = (0..4).flat_map(|n| visitors.iter().zip(&offers).map(move |(visitor, offer)| (nodes[n % 2], visitor, offer)));
        let answers = join_all(requests.map(|(node, visitor, offer)| async move { (visitor, code(node, visitor, offer).await) })).await;
        let got: BTreeSet<_> = answers.iter().filter_map(|(visitor, code)| Some((visitor, code.as_ref()?))).collect();
        let each: BTreeSet<_> = got.iter().map(|(_, code)| *code).collect();
        let served: BTreeSet<_> = got.iter().map(|(visitor, _)| *visitor).collect();
        assert_eq!((got.len(), each.len(), served.len()), (CODES, CODES, CODES), "one code each, each code once, none kept back");
        for (visitor, code) in &answers {
            assert!(code.is_some() || !served.contains(visitor), "{visitor} got a code, and then did not");
        }
        let stocked = store::coupons::find(&app.app.db, app.site.id, id).await.unwrap().unwrap();
        assert_eq!((stocked.free, stocked.given), (0, CODES as i64));
    }
}

crate::on_both! {
    async fn who_got_a_code_is_forgotten_with_the_answers(app: TestApp) {
        let id = pool(&app, &app.site, "ship", "SHIP-1\nSHIP-2").await.id;
        app.publish(gift("s", "ship")).await;
        let first = code(&app, "anna", &app.offer("anna", "s").await).await;
        let mut site = app.site.clone();
        site.settings.retention_days = Some(30);
        let mut tx = app.app.db.begin().await.unwrap();
        store::sites::update(&mut tx, &site).await.unwrap();
        tx.commit().await.unwrap();
        exitpoll::jobs::ensure_nightly(&app.app.db, app.now()).await.unwrap();
        app.advance(29 * DAY);
        app.run_jobs().await;
        assert_eq!(code(&app, "anna", &app.offer("anna", "s").await).await, first);
        app.advance(2 * DAY);
        app.run_jobs().await;
        let again = code(&app, "anna", &app.offer("anna", "s").await).await;
        assert!(again.is_some() && again != first, "nobody knows that she had one, and nobody gets it twice");
        let given = coupon_claims::page(&app.app.db, app.site.id, id, Uuid::max(), 9).await.unwrap();
        assert_eq!(given.len(), 2, "that both were given stays known");
    }
}

#[tokio::test]
async fn one_address_cannot_empty_a_pool() {
    let limits = Limits { decide: 60_000, events: 60_000, coupon: 2, login: 600, ..Limits::default() };
    let app = TestApp::start_with(Backend::Sqlite, limits).await;
    pool(&app, &app.site, "ship", "SHIP-1\nSHIP-2\nSHIP-3").await;
    app.publish(gift("s", "ship")).await;
    for visitor in ["anna", "ben"] {
        assert!(code(&app, visitor, &app.offer(visitor, "s").await).await.is_some());
    }
    let body = json!({"visitor": "carl", "session": "1", "offer": app.offer("carl", "s").await, "ending": "gift"}).to_string();
    let response = app.post(&app.v1("coupon"), body.clone()).header("origin", ORIGIN).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "1800");
    assert_eq!(response.headers()["access-control-allow-origin"], ORIGIN, "the page can read it");
    app.advance(HOUR / 2);
    assert_eq!(app.post(&app.v1("coupon"), body).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_request_that_is_none_is_refused_as_everywhere() {
    let app = TestApp::start(Backend::Sqlite).await;
    let path = app.v1("coupon");
    for body in
        ["", "{", "[]", "{\"visitor\": \"a\"}", "{\"visitor\": \"\", \"session\": \"1\", \"offer\": \"x\", \"ending\": \"y\"}"]
    {
        let response = app.post(&path, body).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{body}");
    }
    let foreign = app.post(&path, "{}").header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    let large = app.post(&path, vec![b' '; 64 * 1024 + 1]).send().await.unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let preflight = app.request(reqwest::Method::OPTIONS, &path).header("origin", ORIGIN).send().await.unwrap();
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
}
