//! People: one person on several browsers, what the store is told of them, and how they are forgotten.

use std::collections::BTreeMap;

use exitpoll::clock::{DAY, HOUR, MINUTE, SECOND};
use exitpoll::collect::offer::visitor_hash;
use exitpoll::commerce::{self, EraseAll};
use exitpoll::domain::consent::Suppression;
use exitpoll::id::{CustomerId, uuid7};
use exitpoll::manage::users::new_user;
use exitpoll::store::customers::Customer;
use exitpoll::store::messages::{Message, MessageStatus};
use exitpoll::store::{Db, audit, customers, messages, reports, sites, suppressions, users};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use crate::support::binary::{SECRET, exitpoll, run};
use crate::support::browser::Browser;
use crate::support::{Database, TestApp, event, survey};

/// Every table that holds `needle` in any case, in whatever column.
async fn traces(db: &Db, needle: &str) -> Vec<String> {
    let pattern = format!("%{}%", needle.to_lowercase());
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in columns(db).await {
        tables.entry(table).or_default().push(format!("lower(cast(\"{column}\" as text)) like $1"));
    }
    let mut found = Vec::new();
    for (table, cells) in tables {
        // Each cell for itself: SQLite's `like` reads no further than the first zero byte, which any id may hold.
        let sql = format!("select count(*) from \"{table}\" where {}", cells.join(" or "));
        let n: i64 = match db {
            Db::Sqlite { read, .. } => sqlx::query(AssertSqlSafe(sql)).bind(&pattern).fetch_one(read).await.unwrap().get(0),
            Db::Postgres(pool) => sqlx::query(AssertSqlSafe(sql)).bind(&pattern).fetch_one(pool).await.unwrap().get(0),
        };
        if n > 0 {
            found.push(table);
        }
    }
    found
}

async fn columns(db: &Db) -> Vec<(String, String)> {
    match db {
        Db::Sqlite { read, .. } => {
            let sql = "select t.name, c.name from sqlite_schema t, pragma_table_info(t.name) c where t.type = 'table'";
            let rows = sqlx::query(sql).fetch_all(read).await.unwrap();
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }
        Db::Postgres(pool) => {
            // Not asked of information_schema, whose views take our connections, which never join by hash, a minute.
            let sql = "select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
                       where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped";
            let rows = sqlx::query(sql).fetch_all(pool).await.unwrap();
            rows.iter().map(|row| (row.get(0), row.get(1))).collect()
        }
    }
}

async fn anna(app: &TestApp) -> Customer {
    customers::by_email(&app.app.db, app.site.id, "anna@example.com").await.unwrap().unwrap()
}

fn who() -> Value {
    json!({"id": "ext-4711", "email": "Anna@example.com", "name": "Anna Quintessa", "consent": {"marketing": true},
           "attributes": {"nickname": "Quintessa"}})
}

fn long_survey() -> Value {
    let mut document = survey("s");
    document["questions"] = json!([
        {"key": "reason", "type": "single_choice", "prompt": "What stopped you?", "other": true,
         "choices": [{"key": "price", "label": "The price"}, {"key": "shipping", "label": "Shipping"}]},
        {"key": "more", "type": "long_text", "prompt": "Tell us more"},
        {"key": "mail", "type": "email", "prompt": "Your address?"},
    ]);
    document
}

/// Anna looks around, answers, fills a cart, orders, and is known by several names in many tables.
async fn a_life(app: &TestApp) {
    app.publish(long_survey()).await;
    app.send("phone", json!([event(app.now(), "customer.identified", json!({"customer": who()}))])).await;
    let token = app.offer("phone", "s").await;
    let answers = json!({"reason": {"choice": "other", "other": "I am Anna Quintessa"}, "more": {"text": "call anna@example.com"},
                         "mail": {"email": "anna@example.com", "consent": true}});
    app.send(
        "phone",
        json!([
            event(app.now(), "survey.shown", json!({"offer": token, "page": {"url": "https://shop.example/account/ext-4711"}})),
            event(app.now(), "survey.answered", json!({"offer": token, "answers": answers})),
            event(app.now(), "survey.completed", json!({"offer": token})),
            event(
                app.now(),
                "cart.updated",
                json!({"cart": {"token": "c", "value": 4990, "currency": "EUR", "email": "anna@example.com",
            "items": [{"id": "mug"}], "checkout_url": "https://shop.example/checkout?email=anna@example.com"}})
            ),
            event(app.now(), "custom", json!({"name": "wished", "properties": {"for": "Quintessa"}})),
        ]),
    )
    .await;
    app.advance(MINUTE);
    app.send("laptop", json!([event(app.now(), "order.completed", json!({"order": {
        "id": "1001", "value": 4990, "currency": "EUR", "items": [{"id": "mug"}], "email": "anna@example.com", "cart_token": "c"}}))]))
    .await;
    mail(app, anna(app).await.id, "anna@example.com").await;
}

async fn mail(app: &TestApp, customer: CustomerId, to: &str) {
    let now = app.now();
    let message = Message {
        site: app.site.id,
        id: uuid7(now),
        customer: Some(customer),
        enrollment: None,
        step: None,
        template: "last-call".into(),
        recipient: to.into(),
        subject: "Anna Quintessa, your cart".into(),
        status: MessageStatus::Captured,
        detail: Some(format!("250 {to} ok")),
        raw: Some(format!("To: {to}")),
        tries: 1,
        created_at: now,
        sent_at: Some(now),
        clicked_at: None,
    };
    let mut tx = app.app.db.begin().await.unwrap();
    messages::put(&mut tx, &message).await.unwrap();
    tx.commit().await.unwrap();
}

async fn erase(app: &TestApp, customer: CustomerId) {
    let mut tx = app.app.db.begin().await.unwrap();
    let keys = &app.app.sender.keys;
    commerce::erase(&mut tx, keys, &app.site, customer, "owner@example.com", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

crate::on_both! {
    async fn whoever_is_erased_is_found_nowhere_and_still_counted(app: TestApp) {
        a_life(&app).await;
        let (db, site, person) = (&app.app.db, app.site.id, anna(&app).await);
        let needles = ["anna@example.com", "quintessa", "ext-4711"];
        for needle in needles {
            assert!(!traces(db, needle).await.is_empty(), "{needle} is there to be found");
        }
        let survey = exitpoll::store::surveys::by_key(db, site, "s").await.unwrap().unwrap().id;
        let counts = || async { reports::totals(db, site, survey, 0, 100_000).await.unwrap().into_iter()
            .map(|c| (c.question, c.item, c.n)).collect::<std::collections::BTreeSet<_>>() };
        let before = counts().await;
        app.advance(SECOND);
        erase(&app, person.id).await;
        for needle in needles {
            assert_eq!(traces(db, needle).await, Vec::<String>::new(), "{needle}");
        }
        assert_eq!(counts().await, before);
        app.advance(DAY);
        app.run_jobs().await;
        assert_eq!(counts().await, before, "and the nightly count agrees");

        let hash = app.app.sender.keys.hash("anna@example.com");
        let suppressed = suppressions::find(db, site, &hash).await.unwrap().unwrap();
        assert_eq!(suppressed.reason, Suppression::Erased);
        let log = audit::recent(db, site, 10).await.unwrap();
        assert!(log.iter().any(|e| e.action == "customer.erase" && e.subject == person.id.to_string() && e.actor == "owner@example.com"));
        for browser in ["phone", "laptop"] {
            assert!(customers::of_visitor(db, site, visitor_hash(site, browser)).await.unwrap().is_none());
        }
        // Again, and somebody who never was: nothing to do.
        erase(&app, person.id).await;
        // The shop tells of them once more: known again, never written to.
        app.send("phone", json!([event(app.now(), "customer.identified", json!({"customer": who()}))])).await;
        assert_ne!(anna(&app).await.id, person.id);
        assert_eq!(suppressions::find(db, site, &hash).await.unwrap().unwrap().reason, Suppression::Erased);
    }
}

crate::on_both! {
    async fn nobody_else_is_touched_by_an_erasure(app: TestApp) {
        a_life(&app).await;
        let (db, site) = (&app.app.db, app.site.id);
        let other = app.another_site("https://other.example").await;
        let ben = json!({"customer": {"id": "ben", "email": "ben@example.com", "name": "Ben"}});
        app.send("tablet", json!([event(app.now(), "customer.identified", ben)])).await;
        let token = app.offer("tablet", "s").await;
        app.send("tablet", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"more": {"text": "from ben"}}}))])).await;
        let person = anna(&app).await.id;
        let mut tx = db.begin().await.unwrap();
        commerce::erase(&mut tx, &app.app.sender.keys, &other, person, "x", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert!(!traces(db, "quintessa").await.is_empty(), "another store's word is nothing");
        erase(&app, person).await;
        assert!(!traces(db, "from ben").await.is_empty());
        assert!(customers::by_email(db, site, "ben@example.com").await.unwrap().is_some());
        assert!(customers::of_visitor(db, site, visitor_hash(site, "tablet")).await.unwrap().is_some());
    }
}

crate::on_both! {
    async fn all_of_a_store_are_erased_in_portions_and_who_came_later_stays(app: TestApp) {
        let (db, site) = (&app.app.db, app.site.id);
        for n in 0..45 {
            let customer = json!({"customer": {"email": format!("shopper{n}@example.com"), "name": "Shopper"}});
            app.send(&format!("v{n}"), json!([event(app.now(), "customer.identified", customer)])).await;
        }
        app.advance(MINUTE);
        let mut tx = db.begin().await.unwrap();
        EraseAll::order(&mut tx, site, "shopify", app.now()).await.unwrap();
        EraseAll::order(&mut tx, site, "shopify", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.advance(MINUTE);
        app.send("late", json!([event(app.now(), "customer.identified", json!({"customer": {"email": "late@example.com"}}))])).await;
        app.run_jobs().await;
        assert!(traces(db, "shopper").await.is_empty());
        let left = customers::page(db, site, None, 100).await.unwrap();
        assert_eq!(left.iter().map(|c| c.address.as_ref().unwrap().email.as_str()).collect::<Vec<_>>(), ["late@example.com"]);
        let erased = audit::recent(db, site, 100).await.unwrap().iter().filter(|e| e.action == "customer.erase").count();
        assert_eq!(erased, 45, "each is noted, once");
    }
}

crate::on_both! {
    async fn a_record_holds_everything_in_words(app: TestApp) {
        a_life(&app).await;
        let (db, keys, person) = (&app.app.db, &app.app.sender.keys, anna(&app).await.id);
        let record = commerce::record(db, keys, &app.site, person).await.unwrap();
        assert_eq!((record["profile"]["email"].as_str(), record["profile"]["shop_id"].as_str()), (Some("anna@example.com"), Some("ext-4711")));
        assert_eq!(record["profile"]["spent"], json!({"value": 4990, "currency": "EUR"}));
        assert_eq!(record["browsers"].as_array().unwrap().len(), 2);
        assert_eq!(record["consents"][0]["granted"], true);
        assert_eq!((&record["carts"][0]["token"], &record["carts"][0]["status"]), (&json!("c"), &json!("ordered")));
        assert_eq!(record["orders"][0]["id"], "1001");
        assert_eq!(record["events"][0]["properties"]["for"], "Quintessa");
        assert_eq!(record["shows"][0]["survey"], "A survey");
        assert_eq!(record["responses"][0]["answers"], json!([
            {"question": "What stopped you?", "answer": "I am Anna Quintessa"},
            {"question": "Tell us more", "answer": "call anna@example.com"},
            {"question": "Your address?", "answer": "anna@example.com"},
        ]));
        assert_eq!((&record["mails"][0]["subject"], &record["mails"][0]["status"]), (&json!("Anna Quintessa, your cart"), &json!("captured")));
        let mut tx = db.begin().await.unwrap();
        assert_eq!(commerce::record(&mut tx, keys, &app.site, person).await.unwrap(), record, "inside a transaction, too");
        drop(tx);
        let other = app.another_site("https://other.example").await;
        assert_eq!(commerce::record(db, keys, &other, person).await.unwrap(), Value::Null);
    }
}

/// The gate of the attention budget, in words.
async fn budget(app: &TestApp, visitor: &str) -> String {
    let answer = app.decide(json!({"visitor": visitor, "session": "later", "candidates": ["s"], "debug": true})).await;
    let gates = answer["trace"][0]["gates"].as_array().unwrap().clone();
    gates.iter().find(|g| g["gate"] == "attention_budget").unwrap()["text"].as_str().unwrap().to_owned()
}

crate::on_both! {
    async fn phone_and_laptop_of_one_person_share_their_caps(app: TestApp) {
        app.publish(survey("s")).await;
        let identified = |app: &TestApp| json!([event(app.now(), "customer.identified", json!({"customer": who()}))]);
        app.send("phone", identified(&app)).await;
        let token = app.offer("phone", "s").await;
        app.send("phone", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"reason": {"choice": "price"}}}))])).await;
        app.advance(30 * DAY);
        assert_eq!(app.denial("laptop", "later", "s").await, None, "a stranger's, so far");
        let ask = |visitor: &str, customer: Value| json!({"visitor": visitor, "session": "later", "candidates": ["s"], "customer": customer});
        let reason = |answer: Value| answer["denied"][0]["reason"].as_str().map(str::to_owned);
        assert_eq!(reason(app.decide(ask("laptop", json!({"email": "ANNA@example.com"}))).await).as_deref(), Some("recently_answered"),
            "the page says who it is");
        assert_eq!(reason(app.decide(ask("laptop", json!({"id": "ext-4711"}))).await).as_deref(), Some("recently_answered"));
        assert_eq!(reason(app.decide(ask("laptop", json!({"email": "ben@example.com"}))).await), None);
        assert_eq!(reason(app.decide(ask("laptop", json!("nonsense"))).await), None, "what cannot be read names nobody");
        app.send("laptop", identified(&app)).await;
        assert_eq!(app.denial("laptop", "later", "s").await.as_deref(), Some("recently_answered"), "known from now on");
        assert_eq!(app.denial("tablet", "later", "s").await, None);
    }
}

crate::on_both! {
    async fn a_survey_may_be_for_those_who_bought_before(app: TestApp) {
        let mut regulars = survey("s");
        regulars["targeting"] = json!({"all": [{"field": "customer.known", "op": "eq", "value": true}, {"field": "customer.orders", "op": "gte", "value": 1},
            {"field": "customer.attributes.nickname", "op": "eq", "value": "Quintessa"}]});
        app.publish(regulars).await;
        assert_eq!(app.denial("phone", "later", "s").await.as_deref(), Some("not_targeted"), "nobody is known");
        app.send("phone", json!([event(app.now(), "customer.identified", json!({"customer": who()}))])).await;
        assert_eq!(app.denial("phone", "later", "s").await.as_deref(), Some("not_targeted"), "no order yet");
        let order = json!({"order": {"id": "1001", "value": 4990, "currency": "EUR"}});
        app.send("phone", json!([event(app.now(), "order.completed", order)])).await;
        assert_eq!(app.denial("phone", "later", "s").await, None);
        assert_eq!(app.denial("laptop", "later", "s").await.as_deref(), Some("not_targeted"), "a stranger's");
        let named = json!({"visitor": "laptop", "session": "later", "candidates": ["s"], "customer": {"email": "anna@example.com"}});
        assert_eq!(app.decide(named).await["denied"], json!([]), "the page says who it is");
    }
}

crate::on_both! {
    async fn eight_mails_silence_popups_and_the_trace_says_so(app: TestApp) {
        app.publish(survey("s")).await;
        app.send("phone", json!([event(app.now(), "customer.identified", json!({"customer": who()}))])).await;
        let person = anna(&app).await.id;
        for n in 0..8 {
            assert_eq!(app.denial("phone", "later", "s").await, None, "after {n} mails");
            mail(&app, person, "anna@example.com").await;
            app.advance(HOUR);
        }
        assert_eq!(app.denial("phone", "later", "s").await.as_deref(), Some("attention_budget"));
        let words = budget(&app, "phone").await;
        assert!(words.starts_with("contacted 8 times in 30 days, 8 of them by mail, 8 allowed, free again in"), "{words}");
        assert_eq!(budget(&app, "tablet").await, "contacted 0 times in 30 days, 8 allowed");
        app.advance(30 * DAY);
        assert_eq!(app.denial("phone", "much later", "s").await, None);
    }
}

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

crate::on_both! {
    async fn an_owner_finds_a_person_reads_their_life_and_stops_mail(app: TestApp) {
        a_life(&app).await;
        app.send("x", json!([event(app.now(), "customer.identified", json!({"customer": {"email": "b_n@example.com"}}))])).await;
        let mut browser = clerk(&app).await;
        let people = format!("/admin/{}/people", app.site.key);
        let list = browser.get(&people).await.text("tbody");
        assert!(list.contains("Anna Quintessaanna@example.com 1 €49.90 Agreed 24 Nov 2026"), "{list}");
        for (looked_for, found) in [("QUINT", true), ("anna@", true), ("Ext-4711", false), ("ext-47", true), ("q%a", false), ("a_n", false)] {
            let page = browser.get(&format!("{people}?q={}", looked_for.replace('%', "%25"))).await;
            assert_eq!(page.text("main").contains("Anna Quintessa"), found, "{looked_for}: {}", page.text("main"));
        }
        let person = browser.get(&people).await;
        let links = person.text("tbody");
        assert!(links.find("b_n@").unwrap() < links.find("Anna").unwrap(), "newest first: {links}");
        let anna = format!("{people}/{}", anna(&app).await.id);
        let page = browser.get(&anna).await;
        let life = page.text(".timeline");
        for told in [
            "A survey", "answered to the end", "Tell us morecall anna@example.com", "Cart of €49.90 Ordered.", "Order 1001 of €49.90",
            "“Anna Quintessa, your cart” Kept here", "Agreed to marketing mail On a page of your shop",
        ] {
            assert!(life.contains(told), "{told}: {life}");
        }
        assert!(page.text(".facts").contains("given by the person") && page.text(".facts").contains("ext-4711"), "{}", page.text(".facts"));

        let stopped = browser.submit(&anna, &format!("{anna}/mail"), &[("wants", "nothing")]).await;
        let page = browser.get(&stopped.location.unwrap()).await;
        assert!(page.text("main").contains("added by hand"), "{}", page.text("main"));
        let allowed = browser.submit(&anna, &format!("{anna}/mail"), &[("wants", "mail")]).await;
        assert!(browser.get(&allowed.location.unwrap()).await.text("main").contains("Gets mail: agreed to it."));

        let record = browser.get(&format!("{anna}/record.json")).await;
        assert!(record.html.contains("\"email\": \"anna@example.com\"") && record.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        let erase = format!("{anna}/erase");
        let done = browser.submit(&erase, &erase, &[]).await;
        let list = browser.get(&done.location.unwrap()).await;
        assert!(list.text(".notice").contains("Erased") && !list.text("main").contains("Anna"), "{}", list.text("main"));
        assert_eq!(browser.get(&anna).await.status, StatusCode::NOT_FOUND);
        let log = browser.get(&format!("/admin/{}/audit", app.site.key)).await.text("tbody");
        for line in ["Added an address not to be mailedcus_", "Took an address off “Do not mail”cus_", "Downloaded what is held about a person", "Forgot a person"] {
            assert!(log.contains(line), "{line}: {log}");
        }
        assert!(!log.to_lowercase().contains("anna") && !log.contains("ext-4711"), "{log}");
    }
}

crate::on_both! {
    async fn another_stores_people_cannot_be_seen_or_touched(app: TestApp) {
        a_life(&app).await;
        let other = app.another_site("https://other.example").await;
        let user = new_user("stranger@example.com", "Stranger", PASSWORD, false, app.now()).await.unwrap().unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        users::insert(&mut tx, &user, app.now()).await.unwrap();
        sites::add_member(&mut tx, other.id, user.id).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = Browser::new(&app);
        browser.log_in("stranger@example.com", PASSWORD).await;
        let id = anna(&app).await.id;
        for store in [&app.site.key, &other.key] {
            for path in ["", "/record.json", "/erase"] {
                assert_eq!(browser.get(&format!("/admin/{store}/people/{id}{path}")).await.status, StatusCode::NOT_FOUND, "{store}{path}");
            }
        }
        let own = format!("/admin/{}/people", other.key);
        assert!(!browser.get(&own).await.text("main").contains("Anna"));
        assert!(!browser.get(&format!("{own}?q=anna")).await.text("main").contains("anna@example.com"));
        let erased = browser.submit(&own, &format!("{own}/{id}/erase"), &[]).await;
        assert_eq!(erased.status, StatusCode::NOT_FOUND);
        let list = format!("/admin/{}/mail/suppressions", app.site.key);
        assert_eq!(browser.get(&list).await.status, StatusCode::NOT_FOUND);
        anna(&app).await;
    }
}

crate::on_both! {
    async fn the_list_of_whom_not_to_mail_is_kept_by_hand_and_by_file(app: TestApp) {
        let mut browser = clerk(&app).await;
        let list = format!("/admin/{}/mail/suppressions", app.site.key);
        let wrong = browser.submit(&list, &list, &[("email", "nobody")]).await;
        assert_eq!((wrong.status, wrong.attribute("[aria-invalid=true]", "name").as_deref()), (StatusCode::UNPROCESSABLE_ENTITY, Some("email")));
        browser.submit(&list, &list, &[("email", "Anna@Example.com")]).await;
        let again = browser.submit(&list, &list, &[("email", "anna@example.com")]).await;
        assert!(again.location.unwrap().ends_with("done=known"));
        let csv = "email,reason\nben@example.com,complained\nnonsense,\nanna@example.com,bounced\ncora@example.com,\n";
        let import = browser.submit(&list, &format!("{list}/import"), &[("list", csv)]).await;
        assert!(import.text(".notice.good").contains("2 addresses added, 1 listed already, 1 not readable."), "{}", import.text("main"));
        assert!(import.text("main").contains("line 3: “nonsense” is not an e-mail address"), "{}", import.text("main"));
        let none = browser.submit(&list, &format!("{list}/import"), &[("list", "nothing here")]).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);

        let hash = |email: &str| exitpoll::keys::hex(&app.app.sender.keys.hash(email));
        let off = format!("{list}/remove");
        browser.submit(&list, &off, &[("hash", &hash("anna@example.com"))]).await;
        let warning = browser.submit(&list, &off, &[("hash", &hash("ben@example.com"))]).await;
        assert!(warning.text("[role=alert]").contains("called a mail of yours spam"), "{}", warning.text("main"));
        assert!(browser.get(&format!("{list}?q=ben@example.com")).await.text("tbody").contains("Called a mail spam"), "still there");
        let found = browser.get(&format!("{list}?q=anna@example.com")).await;
        assert!(found.text("main").contains("Not on the list"), "{}", found.text("main"));
        let file = browser.get(&format!("/admin/{}/mail/suppressions.csv", app.site.key)).await.html;
        assert!(file.starts_with("email,reason,source,at\r\n") && file.contains("ben@example.com,complained,import,2026-11-24T12:00:00Z\r\n"), "{file}");
        browser.submit(&list, &off, &[("hash", &hash("ben@example.com")), ("sure", "yes")]).await;
        assert!(!browser.get(&list).await.text("main").contains("ben@example.com"));
        let log = browser.get(&format!("/admin/{}/audit", app.site.key)).await.text("tbody");
        assert!(!log.contains("ben@") && !log.contains("cora@"), "the log names nobody: {log}");
    }
}

crate::on_both! {
    async fn a_long_list_has_pages(app: TestApp) {
        let mut browser = clerk(&app).await;
        let list = format!("/admin/{}/mail/suppressions", app.site.key);
        let many: String = (0..120).map(|n| format!("a{n}@example.com\n")).collect();
        let mut page = browser.submit(&list, &format!("{list}/import"), &[("list", &many)]).await;
        let mut seen = std::collections::BTreeSet::new();
        let mut pages = 0;
        loop {
            let text = page.text("tbody");
            seen.extend(text.split(' ').filter(|word| word.contains('@') && word.starts_with('a')).map(str::to_owned));
            pages += 1;
            let Some(next) = page.attribute("nav[aria-label=Pages] a", "href") else { break };
            page = browser.get(&format!("{list}{next}")).await;
        }
        assert_eq!((pages, seen.len()), (3, 120));
    }
}

crate::on_both! {
    async fn silent_people_are_forgotten_and_buyers_are_not(app: TestApp) {
        let mut site = app.site.clone();
        site.settings.retention_days = Some(30);
        let mut tx = app.app.db.begin().await.unwrap();
        sites::update(&mut tx, &site).await.unwrap();
        tx.commit().await.unwrap();
        app.publish(survey("s")).await;
        let people = [
            ("silent", json!({})), ("agreed", json!({"marketing": true})), ("declined", json!({"marketing": false})), ("bought", json!({})), ("seen", json!({})),
        ];
        for (name, consent) in &people {
            let customer = json!({"email": format!("{name}@example.com"), "consent": consent});
            app.send(name, json!([event(app.now(), "customer.identified", json!({"customer": customer}))])).await;
        }
        app.send("bought", json!([event(app.now(), "order.completed", json!({"order": {"id": "1", "value": 1, "currency": "EUR", "items": []}}))])).await;
        app.send("silent", json!([event(app.now(), "custom", json!({"name": "wished", "properties": {}}))])).await;
        mail(&app, customers::by_email(&app.app.db, site.id, "agreed@example.com").await.unwrap().unwrap().id, "agreed@example.com").await;
        app.advance(20 * DAY);
        let token = app.offer("seen", "s").await;
        app.send("seen", json!([event(app.now(), "survey.shown", json!({"offer": token}))])).await;
        app.advance(11 * DAY);
        exitpoll::jobs::ensure_nightly(&app.app.db, app.now()).await.unwrap();
        app.run_jobs().await;
        let mut left: Vec<_> = customers::page(&app.app.db, site.id, None, 10).await.unwrap().into_iter()
            .map(|c| c.address.unwrap().email.split('@').next().unwrap().to_owned()).collect();
        left.sort();
        assert_eq!(left, ["agreed", "bought", "declined", "seen"]);
        assert!(traces(&app.app.db, "silent").await.is_empty(), "not even as suppressed: {:?}", traces(&app.app.db, "silent").await);
        let mails = messages::recent(&app.app.db, site.id, 10).await.unwrap();
        assert_eq!((mails.len(), &mails[0].raw, &mails[0].detail), (1, &None, &None), "that it was sent stays");
        app.advance(20 * DAY);
        app.run_jobs().await;
        assert_eq!(customers::page(&app.app.db, site.id, None, 10).await.unwrap().len(), 3, "unseen for long by now");
    }
}

crate::on_both_empty! {
    async fn the_command_line_brings_a_list_and_takes_it(database: Database) {
        let cli = |args: &[&str], stdin: &str| run(&mut exitpoll(&database.url, args), stdin);
        let site = cli(&["site", "create", "Shop", "--origin", "https://shop.example"], "").ok().trim().to_owned();
        let import = |stdin: &str| cli(&["suppression", "import", "-", "--site", &site], stdin);
        let brought = import("email;reason\nAnna@example.com;bounced\nnonsense;\nben@example.com;\n");
        assert!(brought.err.contains("line 3: “nonsense” is not an e-mail address"), "{brought:?}");
        assert_eq!(brought.ok(), "2 addresses added, 1 not readable.\n");
        assert_eq!(import("anna@example.com\n").ok(), "0 addresses added, 1 listed already.\n");
        assert!(import("nothing\n").failed().contains("names no address"));
        assert!(cli(&["suppression", "export", "--site", "st_none"], "").failed().contains("there is no site st_none"));
        let file = cli(&["suppression", "export", "--site", &site], "").ok();
        let mut lines: Vec<_> = file.lines().map(|line| line.rsplit_once(',').unwrap().0).collect();
        lines[1..].sort_unstable();
        assert_eq!(lines, ["email,reason,source", "anna@example.com,bounced,import", "ben@example.com,imported,import"]);
        // What the server does with it: found by the same hash.
        let db = Db::open(&database.url).await.unwrap();
        let site = sites::by_key(&db, &site).await.unwrap().unwrap().id;
        let keys = exitpoll::mail::sender::Keys::new(SECRET.as_bytes());
        assert!(suppressions::find(&db, site, &keys.hash("anna@example.com")).await.unwrap().is_some());
    }
}
