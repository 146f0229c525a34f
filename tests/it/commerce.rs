//! People, carts and orders: told by pages and shops, late, twice and in any order.

use exitpoll::clock::{DAY, HOUR, MINUTE, Millis};
use exitpoll::collect::identity;
use exitpoll::collect::offer::visitor_hash;
use exitpoll::commerce::{self, CartReport, OrderReport, Person, Report, Source, What};
use exitpoll::domain::cart::CartStatus;
use exitpoll::domain::customer::Proof;
use exitpoll::keys::{hex, sign_with};
use exitpoll::store::customers::Customer;
use exitpoll::store::{carts, customers, orders, sites};
use serde_json::{Value, json};

use crate::support::{TestApp, event, survey};

async fn status(app: &TestApp, token: &str) -> CartStatus {
    carts::by_token(&app.app.db, app.site.id, token).await.unwrap().unwrap().status
}

async fn customer(app: &TestApp, email: &str) -> Option<Customer> {
    customers::by_email(&app.app.db, app.site.id, email).await.unwrap()
}

fn cart(at: Millis, items: Value) -> Value {
    event(at, "cart.updated", json!({"cart": {"token": "c", "value": 4990, "currency": "EUR", "items": items}}))
}

fn order(at: Millis) -> Value {
    let order =
        json!({"id": "1001", "value": 4990, "currency": "EUR", "items": [], "email": "Anna@example.com", "cart_token": "c"});
    event(at, "order.completed", json!({"order": order}))
}

fn identified(at: Millis, customer: Value) -> Value {
    event(at, "customer.identified", json!({"customer": customer}))
}

crate::on_both! {
    async fn a_cart_is_abandoned_an_hour_after_the_last_word_and_recovered_by_its_order(app: TestApp) {
        let full = || json!([{"id": "mug", "quantity": 1, "price": 4990}]);
        app.send("anna", json!([cart(app.now(), full())])).await;
        app.advance(50 * MINUTE);
        app.send("anna", json!([cart(app.now(), full())])).await;
        app.advance(59 * MINUTE);
        app.run_jobs().await;
        assert_eq!(status(&app, "c").await, CartStatus::Active, "the deadline moved with the last word");
        app.advance(MINUTE);
        app.run_jobs().await;
        assert_eq!(status(&app, "c").await, CartStatus::Abandoned);
        app.send("anna", json!([cart(app.now(), full())])).await;
        assert_eq!(status(&app, "c").await, CartStatus::Active, "the shopper is back");
        app.advance(2 * HOUR);
        app.run_jobs().await;
        assert_eq!(status(&app, "c").await, CartStatus::Abandoned, "the job was set again");
        app.send("anna", json!([order(app.now())])).await;
        assert_eq!(status(&app, "c").await, CartStatus::Recovered);
        app.send("anna", json!([cart(app.now(), json!([]))])).await;
        assert_eq!(status(&app, "c").await, CartStatus::Recovered, "shops empty the cart of an order");
    }
}

/// What is stored in the end, without ids and times of storing.
async fn state(app: &TestApp, visitor: &str) -> String {
    let (db, site) = (&app.app.db, app.site.id);
    let mut found = Vec::new();
    let person = customers::of_visitor(db, site, visitor_hash(site, visitor)).await.unwrap().map(|c| {
        (
            c.external_id,
            c.address.map(|a| (a.email, a.proof)),
            c.name,
            c.consent,
            c.orders,
            c.spent,
            c.first_order_at,
            c.last_order_at,
        )
    });
    for order in orders::of_visitor(db, site, visitor_hash(site, visitor)).await.unwrap() {
        found.push(format!("{:?}", (order.id.split('-').next().unwrap(), order.value, order.customer.is_some(), order.status)));
    }
    for cart in carts::of_visitor(db, site, visitor_hash(site, visitor)).await.unwrap() {
        found.push(format!("{:?}", (cart.value, cart.status, cart.customer.is_some(), cart.life)));
    }
    format!("{person:?} {found:?}")
}

crate::on_both! {
    async fn whatever_order_the_reports_come_in_the_end_is_the_same(app: TestApp) {
        let at = app.now();
        app.advance(HOUR);
        // The page tells of cart, checkout, person and order; the shop's webhook tells of the order, too.
        let told = 5;
        let mut ends = Vec::new();
        for (n, way) in permutations(told).into_iter().enumerate().step_by(7) {
            let name = format!("way{n}x");
            let visitor = format!("visitor {name}");
            let site = sites::by_id(&app.app.db, app.site.id).await.unwrap().unwrap();
            let (token, id, email) = (format!("cart-{name}"), format!("order-{name}"), format!("anna{name}@example.com"));
            for step in way.iter().chain(&way[..2]) {
                let cart = json!({"token": token, "value": 4990, "currency": "EUR", "items": [{"id": "mug"}]});
                let events = match step {
                    0 => json!([event(at, "cart.updated", json!({"cart": cart}))]),
                    1 => json!([event(at + MINUTE, "checkout.started", json!({"cart": cart}))]),
                    2 => json!([identified(at + MINUTE, json!({"email": email, "name": "Anna", "consent": {"marketing": true}}))]),
                    3 => json!([event(at + 2 * MINUTE, "order.completed", json!({"order":
                        {"id": id, "value": 4900, "currency": "EUR", "email": email, "cart_token": token}}))]),
                    _ => {
                        let person = Person { email: Some(email.clone()), ..Person::default() };
                        let order = OrderReport {
                            id: id.clone(), value: 4990, currency: "EUR".into(), items: json!([]), person,
                            cart_token: Some(format!("{token}?key=abc")), ..OrderReport::default()
                        };
                        let report = Report { source: Source::Shopify, visitor: None, at: at + 2 * MINUTE, what: What::Order(order) };
                        commerce::commit(&app.app.db, &site, &[report], app.now()).await.unwrap();
                        continue;
                    }
                };
                app.send(&visitor, events).await;
            }
            ends.push((way, state(&app, &visitor).await.replace(&name, "N")));
        }
        for (way, end) in &ends[1..] {
            assert_eq!(end, &ends[0].1, "{way:?} against {:?}", ends[0].0);
        }
        assert!(ends[0].1.contains("Ordered") && ends[0].1.contains("4990"), "{}", ends[0].1);
    }
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(n - 1);
    (0..n)
        .flat_map(|at| {
            shorter
                .iter()
                .map(move |p| {
                    let mut p = p.clone();
                    p.insert(at, n - 1);
                    p
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

crate::on_both! {
    async fn an_order_from_a_server_finds_the_cart_of_its_customer(app: TestApp) {
        let site = sites::by_id(&app.app.db, app.site.id).await.unwrap().unwrap();
        let person = || Person { external_id: Some("7001".into()), email: Some("zoe@example.com".into()), ..Person::default() };
        let cart = CartReport { token: "a".into(), value: 100, currency: "EUR".into(), items: json!([]), filled: true, person: person(), ..CartReport::default() };
        let order = OrderReport { id: "1".into(), value: 100, currency: "EUR".into(), items: json!([]), person: person(), ..OrderReport::default() };
        let report = |at, what| Report { source: Source::Api, visitor: None, at, what };
        commerce::commit(&app.app.db, &site, &[report(app.now(), What::Cart(cart))], app.now()).await.unwrap();
        app.advance(HOUR);
        app.run_jobs().await;
        assert_eq!(status(&app, "a").await, CartStatus::Abandoned);
        let order = report(app.now(), What::Order(order));
        commerce::commit(&app.app.db, &site, &[order.clone(), order], app.now()).await.unwrap();
        assert_eq!(status(&app, "a").await, CartStatus::Recovered);
        let zoe = customer(&app, "zoe@example.com").await.unwrap();
        assert_eq!((zoe.orders, zoe.spent), (1, 100), "told twice, counted once");
    }
}

crate::on_both! {
    async fn a_page_may_say_who_somebody_is_and_not_change_what_the_store_knows(app: TestApp) {
        let site = sites::by_id(&app.app.db, app.site.id).await.unwrap().unwrap();
        let known = Person { external_id: Some("1".into()), email: Some("anna@example.com".into()), name: Some("Anna".into()), ..Person::default() };
        let report = Report { source: Source::Api, visitor: None, at: app.now(), what: What::Person { person: known, signed: true } };
        commerce::commit(&app.app.db, &site, &[report], app.now()).await.unwrap();
        app.advance(DAY);
        app.send("x", json!([identified(app.now(), json!({"email": "ANNA@example.com", "name": "Eve", "attributes": {"vip": true}}))])).await;
        let anna = customer(&app, "anna@example.com").await.unwrap();
        assert_eq!((anna.name.as_deref(), anna.address.unwrap().proof), (Some("Anna"), Proof::Store));
        assert_eq!(anna.attributes["vip"], true, "what was not known is filled in");
        assert_eq!(anna.consent, None);
        let behind = customers::of_visitor(&app.app.db, site.id, visitor_hash(site.id, "x")).await.unwrap().unwrap();
        assert_eq!(behind.id, anna.id);
    }
}

crate::on_both! {
    async fn a_site_that_demands_signatures_believes_only_its_server(app: TestApp) {
        let mut site = app.site.clone();
        site.settings.identity.demand_signature = true;
        let mut tx = app.app.db.begin().await.unwrap();
        sites::update(&mut tx, &site).await.unwrap();
        tx.commit().await.unwrap();
        app.app.catalog.poll().await.unwrap();
        let answer = app.send("x", json!([identified(app.now(), json!({"id": "1", "email": "a@example.com"}))])).await;
        assert_eq!(answer["rejected"][0]["reason"], "bad_signature");
        let secret = identity::secret(&app.app.keys.collect.identity, &site);
        let signature = hex(&sign_with(secret.as_bytes(), b"1\na@example.com"));
        let said = |id: &str, signature: &str| json!([identified(app.now(), json!({"id": id, "email": "A@example.com", "signature": signature}))]);
        assert_eq!(app.send("x", said("1", &signature)).await["accepted"], 1);
        assert_eq!(app.send("x", said("2", &signature)).await["rejected"][0]["reason"], "bad_signature");
        assert_eq!(app.send("x", said("1", "nonsense")).await["rejected"][0]["reason"], "bad_signature");
        assert_eq!(customer(&app, "a@example.com").await.unwrap().address.unwrap().proof, Proof::Store);
    }
}

crate::on_both! {
    async fn whoever_gives_an_address_in_a_survey_is_somebody(app: TestApp) {
        let mut document = survey("s");
        document["questions"] = json!([{"key": "mail", "type": "email", "prompt": "Where to?", "consent": "News, please"}]);
        app.publish(document).await;
        let token = app.offer("anna", "s").await;
        let answer = json!({"mail": {"email": "Anna@Example.com", "consent": true}});
        app.send("anna", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": answer}))])).await;
        let anna = customer(&app, "anna@example.com").await.unwrap();
        assert!(anna.consent.unwrap().granted);
        assert_eq!(anna.address.unwrap().proof, Proof::Answered);
        let proof = customers::consents(&app.app.db, app.site.id, anna.id).await.unwrap();
        assert_eq!((proof.len(), proof[0].source.as_str(), proof[0].wording.as_deref()), (1, "survey", Some("News, please")));
    }
}

crate::on_both! {
    async fn absurd_amounts_and_nameless_carts_are_refused_and_harm_nobody_else(app: TestApp) {
        let most = (1i64 << 53) - 1;
        let order = |id: String, value: i64| {
            event(app.now(), "order.completed", json!({"order": {"id": id, "value": value, "email": "a@example.com"}}))
        };
        for value in [i64::MAX, most + 1] {
            let answer = app.send("x", json!([order("big".into(), value)])).await;
            assert_eq!(answer["rejected"][0]["reason"], "bad_payload", "{answer}");
        }
        let nameless = event(app.now(), "cart.updated", json!({"cart": {"token": "?key=x", "value": 1}}));
        assert_eq!(app.send("x", json!([nameless])).await["rejected"][0]["detail"], "cart.token: is missing");
        // Enough of the largest to leave the numbers of a database.
        let orders: Vec<_> = (0..1100).map(|n| order(format!("o{n}"), most)).collect();
        for part in orders.chunks(100) {
            assert_eq!(app.send("x", json!(part)).await["accepted"], part.len());
        }
        assert_eq!(customer(&app, "a@example.com").await.unwrap().spent, i64::MAX);
    }
}
