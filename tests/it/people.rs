//! People: one person on several browsers, what the store is told of them, and how they are forgotten.

use exitpoll::clock::{DAY, HOUR, MINUTE, SECOND};
use exitpoll::collect::offer::visitor_hash;
use exitpoll::commerce::{self, EraseAll};
use exitpoll::domain::consent::Suppression;
use exitpoll::id::{CustomerId, uuid7};
use exitpoll::store::customers::Customer;
use exitpoll::store::messages::{Message, MessageStatus};
use exitpoll::store::{Db, audit, customers, messages, reports, suppressions};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use crate::support::{TestApp, event, survey};

/// Table and column of every text, JSON or blob cell that holds `needle` in any case.
async fn traces(db: &Db, needle: &str) -> Vec<String> {
    let (columns, pattern) = (columns(db).await, format!("%{}%", needle.to_lowercase()));
    let mut found = Vec::new();
    for (table, column) in columns {
        let sql = format!("select count(*) from \"{table}\" where lower(cast(\"{column}\" as text)) like $1");
        let n: i64 = match db {
            Db::Sqlite { read, .. } => sqlx::query(AssertSqlSafe(sql)).bind(&pattern).fetch_one(read).await.unwrap().get(0),
            Db::Postgres(pool) => sqlx::query(AssertSqlSafe(sql)).bind(&pattern).fetch_one(pool).await.unwrap().get(0),
        };
        if n > 0 {
            found.push(format!("{table}.{column}"));
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
            let sql = "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public'";
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
