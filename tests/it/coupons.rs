//! Coupon pools as owners fill and watch them: in the browser and on the command line.

use exitpoll::clock::SECOND;
use exitpoll::manage::users::new_user;
use exitpoll::store::{sites, users};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::binary::{exitpoll, run};
use crate::support::browser::{Browser, Page};
use crate::support::{Database, TestApp, json_of, survey};

const PASSWORD: &str = "correct horse battery";

/// Somebody of the test's store alone, logged in.
async fn clerk(app: &TestApp) -> Browser<'_> {
    let user = new_user("clerk@example.com", "Clerk", PASSWORD, false, app.now()).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    users::insert(&mut tx, &user, app.now()).await.unwrap();
    sites::add_member(&mut tx, app.site.id, user.id).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in("clerk@example.com", PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

/// Fills in the form for a new pool.
async fn new_pool(browser: &mut Browser<'_>, store: &str, fields: &[(&str, &str)]) -> Page {
    let defaults =
        [("name", "Free shipping"), ("key", "ship"), ("kind", "single"), ("code", ""), ("codes", ""), ("last_day", "")];
    let fields = defaults
        .map(|(name, otherwise)| (name, fields.iter().find(|(given, _)| *given == name).map_or(otherwise, |(_, value)| *value)));
    let form = format!("{store}/coupons/new");
    browser.submit(&form, &form, &fields).await
}

fn gift(pool: &str) -> serde_json::Value {
    let mut document = survey("s");
    document["endings"] = json!([{"key": "gift", "title": "For you", "coupon": {"pool": pool}}]);
    document
}

async fn claim(app: &TestApp, visitor: &str) -> serde_json::Value {
    let offer = app.offer(visitor, "s").await;
    let body = json!({"visitor": visitor, "session": "1", "offer": offer, "ending": "gift"});
    let response = app.post(&app.v1("coupon"), body.to_string()).send().await.unwrap();
    let status = response.status();
    json_of(response, status).await
}

crate::on_both! {
    async fn a_pool_from_its_first_code_to_its_last(app: TestApp) {
        let survey = app.publish(gift("ship")).await;
        let mut browser = clerk(&app).await;
        let store = format!("/admin/{}", app.site.key);
        let list = browser.get(&format!("{store}/coupons")).await;
        assert!(list.text(".notice").contains("names the pool ship, which does not exist"), "{}", list.text("main"));
        let page = browser.get(&format!("{store}/surveys/{survey}")).await;
        assert!(page.text(".notice").contains("there is no coupon pool"), "{}", page.text("main"));

        let made = new_pool(&mut browser, &store, &[("codes", "code,note\nA-1,x\nA-2,y\na-1,z\n,\n")]).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text("main"));
        let shown = browser.get(&made.location.unwrap()).await;
        assert!(shown.text(".notice").contains("2 codes added, 1 repeated in the list, 1 blank."), "{}", shown.text("main"));
        let list = browser.get(&format!("{store}/coupons")).await;
        assert!(list.text("tbody").contains("Giving 2 of 2 0 1"), "{}", list.text("tbody"));
        let pool = list.attribute("tbody a", "href").unwrap();

        assert_eq!(claim(&app, "anna").await["code"], "A-1");
        let page = browser.get(&pool).await;
        assert!(page.text("dl").contains("1 of 2") && page.text("table").contains("A-1"), "{}", page.text("main"));
        assert!(page.text(".names").contains("A survey"), "the survey that gives from it: {}", page.text("main"));

        app.advance(SECOND);
        let dropped = browser.submit(&pool, &format!("{pool}/drop"), &[("dropped", "a-1")]).await;
        assert_eq!((dropped.status, dropped.attribute("[aria-invalid=true]", "name").as_deref()), (StatusCode::UNPROCESSABLE_ENTITY, Some("dropped")));
        let dropped = browser.submit(&pool, &format!("{pool}/drop"), &[("dropped", "a-2")]).await;
        assert_eq!(dropped.status, StatusCode::SEE_OTHER);
        assert_eq!(claim(&app, "ben").await["reason"], "no_coupon");
        let empty = browser.get(&pool).await;
        assert!(empty.text(".badge").contains("Empty") && empty.text(".notice").contains("Every code is given"), "{}", empty.text("main"));
        let page = browser.get(&format!("{store}/surveys/{survey}")).await;
        assert!(page.text(".notice").contains("is empty"), "{}", page.text(".notice"));

        let added = browser.submit(&pool, &format!("{pool}/codes"), &[("codes", "A-2\nA-3")]).await;
        let shown = browser.get(&added.location.unwrap()).await;
        assert!(shown.text(".notice").contains("1 code added, 1 known already."), "what was taken out does not come back: {}", shown.text(".notice"));
        for (action, code) in [("retire", json!(null)), ("restore", json!("A-3"))] {
            assert_eq!(browser.submit(&pool, &format!("{pool}/{action}"), &[]).await.status, StatusCode::SEE_OTHER);
            assert_eq!(claim(&app, "ben").await["code"], code, "{action}");
        }
        let csv = browser.get(&format!("{pool}/given.csv")).await;
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(csv.html, "code,given_at,purpose,survey\r\nA-3,2026-11-24T12:00:01Z,survey,A survey\r\nA-1,2026-11-24T12:00:00Z,survey,A survey\r\n");
        let log = browser.get(&format!("{store}/audit")).await.text("main");
        for word in ["Created a coupon pool", "Added coupon codes", "ship: 1 code added", "Took out a coupon code", "Retired a coupon pool", "Brought back a coupon pool", "Downloaded given coupon codes"] {
            assert!(log.contains(word), "{word}: {log}");
        }
    }
}

crate::on_both! {
    async fn what_is_wrong_with_a_pool_is_said_and_nothing_typed_is_lost(app: TestApp) {
        let mut browser = clerk(&app).await;
        let store = format!("/admin/{}", app.site.key);
        for (field, bad) in [("name", " "), ("key", "Free Shipping"), ("codes", "A-1\nA 2\nB,C"), ("codes", ""), ("last_day", "soon")] {
            let mut fields = vec![("codes", "A-1"), (field, bad)];
            fields.reverse();
            let page = new_pool(&mut browser, &store, &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert_eq!(page.attribute("[aria-invalid=true]", "name").as_deref(), Some(field), "{}", page.text("main"));
            if bad.contains("A 2") {
                assert!(page.text("[role=alert]").contains("Line 2") && page.text("[role=alert]").contains("Line 3"));
                assert_eq!(page.text("textarea"), "A-1 A 2 B,C");
            }
        }
        let shared = [("kind", "shared"), ("code", "TEN"), ("last_day", "2026-12-24")];
        let no_code = new_pool(&mut browser, &store, &[shared[0]]).await;
        assert_eq!(no_code.attribute("[aria-invalid=true]", "name").as_deref(), Some("code"));
        let made = new_pool(&mut browser, &store, &shared).await;
        let pool = made.location.unwrap().split('?').next().unwrap().to_owned();
        let page = browser.get(&pool).await;
        assert!(page.text("dl").contains("TEN") && page.text(".meta").contains("last day 24 Dec 2026"), "{}", page.text("main"));
        let taken = new_pool(&mut browser, &store, &shared).await;
        assert_eq!(taken.attribute("[aria-invalid=true]", "name").as_deref(), Some("key"), "another pool has it");
        let codes = browser.submit(&pool, &format!("{pool}/codes"), &[("codes", "A-1")]).await;
        assert_eq!(codes.status, StatusCode::NOT_FOUND, "such a pool has no codes of its own");

        let settings = format!("{pool}/settings");
        let bad = browser.submit(&pool, &settings, &[("name", "Ten"), ("code", "T E N"), ("last_day", "")]).await;
        assert_eq!(bad.attribute("[aria-invalid=true]", "name").as_deref(), Some("code"));
        assert_eq!(bad.attribute("#code", "value").as_deref(), Some("T E N"));
        let saved = browser.submit(&pool, &settings, &[("name", "Ten"), ("code", "TEN2"), ("last_day", "")]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
        let page = browser.get(&pool).await;
        assert!(page.text("h1") == "Ten" && page.text("dl").contains("TEN2") && !page.text(".meta").contains("last day"), "{}", page.text("main"));
    }
}

crate::on_both! {
    async fn a_long_list_is_taken_at_once(app: TestApp) {
        let mut browser = clerk(&app).await;
        let store = format!("/admin/{}", app.site.key);
        let list: String = (0..100_000).map(|n| format!("FREE-SHIPPING-{n:06}\r\n")).collect();
        let made = new_pool(&mut browser, &store, &[("codes", &list)]).await;
        assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text("[role=alert]"));
        let page = browser.get(&made.location.unwrap()).await;
        assert!(page.text("dl").contains("100,000 of 100,000"), "{}", page.text("dl"));
    }
}

crate::on_both! {
    async fn another_stores_pools_are_not_found_and_foreign_forms_do_nothing(app: TestApp) {
        let theirs = app.another_site("https://other.example").await;
        let pool = exitpoll::manage::coupons::new_pool("ship", "Ship", None, None, app.now()).unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        exitpoll::manage::coupons::create(&mut tx, theirs.id, &pool, "test", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = clerk(&app).await;
        let own = format!("/admin/{}/coupons", app.site.key);
        for path in [format!("/admin/{}/coupons", theirs.key), format!("/admin/{}/coupons/{}", theirs.key, pool.id), format!("{own}/{}", pool.id), format!("{own}/{}/given.csv", pool.id)] {
            assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let form = format!("{own}/new");
        for action in ["codes", "drop", "settings", "retire", "restore"] {
            let fields = [("codes", "A-1"), ("dropped", "A-1"), ("name", "x"), ("last_day", "")];
            let page = browser.submit(&form, &format!("{own}/{}/{action}", pool.id), &fields).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{action}");
        }
        assert_eq!(browser.post(&form, &[("name", "x")]).await.status, StatusCode::FORBIDDEN, "without the page's token");
    }
}

crate::on_both_empty! {
    async fn pools_are_filled_from_files(database: Database) {
        let cli = |args: &[&str], stdin: &str| run(&mut exitpoll(&database.url, args), stdin);
        let site = cli(&["site", "create", "Shop", "--origin", "https://shop.example"], "").ok().trim().to_owned();
        let import = |more: &[&str], stdin: &str| {
            cli(&[&["coupon", "import", "-", "--site", &site, "--pool", "ship"], more].concat(), stdin)
        };
        let wrong = import(&[], "A-1\nA 2\n").failed();
        assert!(wrong.contains("nothing was imported") && wrong.contains("line 2"), "{wrong}");
        assert_eq!(cli(&["coupon", "list", "--site", &site], "").ok(), "", "not even the pool");
        let made = import(&["--name", "Free shipping", "--until", "2999-04-30"], "A-1\nA-2\n\na-1\n").ok();
        assert_eq!(made, "The pool \"ship\" was made. 2 codes added, 1 repeated in the list, 1 blank.\n");
        assert_eq!(import(&[], "A-2\nA-3\n").ok(), "1 code added, 1 known already.\n");
        assert!(import(&["--until", "2999-04-30"], "A-4").failed().contains("is there already"));
        assert_eq!(cli(&["coupon", "list", "--site", &site], "").ok(), "ship\tgiving\t3 of 3\t0 given\tFree shipping\n");
        assert!(cli(&["coupon", "list", "--site", "st_none"], "").failed().contains("there is no site st_none"));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("s.json");
        std::fs::write(&file, gift("lost").to_string()).unwrap();
        let published = cli(&["survey", "import", file.to_str().unwrap(), "--site", &site, "--publish"], "");
        assert!(published.err.contains("there is no coupon pool \"lost\""), "it is said: {published:?}");
        assert!(published.ok().contains("is live"), "and it is published all the same");
    }
}
