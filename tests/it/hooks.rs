//! What shops send: believed only with their signature, taken in once, in any order, and forgotten when they say so.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use exitpoll::clock::{DAY, HOUR, MINUTE, Millis};
use exitpoll::collect::offer::visitor_hash;
use exitpoll::config::Limits;
use exitpoll::domain::cart::CartStatus;
use exitpoll::domain::customer::Proof;
use exitpoll::domain::flow::{EnrollmentStatus, Flow};
use exitpoll::id::secret;
use exitpoll::inbound::{self, NewSecret, System};
use exitpoll::keys::sign_with;
use exitpoll::manage::flows;
use exitpoll::store::hook_deliveries::{self, Outcome};
use exitpoll::store::orders::OrderStatus;
use exitpoll::store::sites::Site;
use exitpoll::store::{Db, audit, carts, customers, enrollments, messages, orders, privacy_requests, shops};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};

use crate::support::browser::Browser;
use crate::support::{Backend, TestApp, event};

const SECRET: &str = "a1b2c3d4e5f6-shop-wide";
const ORDER: &str = include_str!("../hooks/shopify_order.json");
const CHECKOUT: &str = include_str!("../hooks/shopify_checkout.json");
const CART: &str = include_str!("../hooks/shopify_cart.json");
const REFUND: &str = include_str!("../hooks/shopify_refund.json");
const WOO_ORDER: &str = include_str!("../hooks/woocommerce_order.json");
const WOO_CUSTOMER: &str = include_str!("../hooks/woocommerce_customer.json");
const ORDER_ID: &str = "5821094371562";
const EMAIL: &str = "zoe@buyer.example";

async fn connect(app: &TestApp, system: System, secret: &str, keep_old: bool) {
    let mut tx = app.app.db.begin().await.unwrap();
    let (vault, new) = (&app.app.keys.vault, NewSecret { secret, keep_old });
    inbound::connect(&mut tx, vault, app.site.id, system, new, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

fn signature(secret: &str, body: &str) -> String {
    BASE64_STANDARD.encode(sign_with(secret.as_bytes(), body.as_bytes()))
}

/// A delivery of Shopify's, as it sends them.
struct Shopify<'a> {
    topic: &'a str,
    body: String,
    id: String,
    secret: &'a str,
    domain: &'a str,
}

impl<'a> Shopify<'a> {
    fn new(topic: &'a str, body: impl ToString) -> Self {
        Self { topic, body: body.to_string(), id: secret(12), secret: SECRET, domain: "zoes-mugs.myshopify.com" }
    }

    async fn send(&self, app: &TestApp) -> Response {
        self.send_to(app, &app.site).await
    }

    async fn send_to(&self, app: &TestApp, site: &Site) -> Response {
        let request = app.post(&format!("/hooks/{}/shopify", site.key), self.body.clone());
        request
            .header("X-Shopify-Topic", self.topic)
            .header("X-Shopify-Hmac-Sha256", signature(self.secret, &self.body))
            .header("X-Shopify-Shop-Domain", self.domain)
            .header("X-Shopify-Webhook-Id", &self.id)
            .send()
            .await
            .unwrap()
    }

    /// Sends it and expects that it is taken.
    async fn taken(self, app: &TestApp) {
        let answer = self.send(app).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}: {}", self.topic, answer.text().await.unwrap());
    }
}

async fn woo(app: &TestApp, topic: &str, body: &str) -> Response {
    let request = app.post(&format!("/hooks/{}/woocommerce", app.site.key), body.to_owned());
    request
        .header("X-WC-Webhook-Topic", topic)
        .header("X-WC-Webhook-Source", "https://shop.example/")
        .header("X-WC-Webhook-Signature", signature(SECRET, body))
        .header("X-WC-Webhook-Delivery-ID", "same-second")
        .send()
        .await
        .unwrap()
}

/// A recorded body with some fields changed.
fn with(text: &str, changes: Value) -> Value {
    let mut body: Value = serde_json::from_str(text).unwrap();
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

async fn status(app: &TestApp, token: &str) -> Option<CartStatus> {
    carts::by_token(&app.app.db, app.site.id, token).await.unwrap().map(|cart| cart.status)
}

async fn zoe(app: &TestApp) -> Option<customers::Customer> {
    customers::by_email(&app.app.db, app.site.id, EMAIL).await.unwrap()
}

async fn order(app: &TestApp, id: &str) -> Option<orders::Order> {
    orders::by_id(&app.app.db, app.site.id, id).await.unwrap()
}

/// Topic, outcome and reason of what came, newest first.
async fn noted(app: &TestApp, system: System) -> Vec<(String, Outcome, Option<String>)> {
    let found = hook_deliveries::recent(&app.app.db, app.site.id, system.as_str(), 50).await.unwrap();
    found.into_iter().map(|delivery| (delivery.topic, delivery.outcome, delivery.detail)).collect()
}

async fn shop(app: &TestApp, system: System) -> shops::Shop {
    shops::find(&app.app.db, app.site.id, system.as_str()).await.unwrap().unwrap()
}

fn page_cart(at: Millis) -> Value {
    let cart = json!({"token": "hWN1c2tPq8?key=abc", "value": 7950, "currency": "EUR", "items": [{"id": "81", "quantity": 2, "price": 3975}]});
    event(at, "cart.updated", json!({"cart": cart}))
}

crate::on_both! {
    async fn a_shoppers_way_as_shopify_tells_it(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        app.send("zoe", json!([page_cart(app.now() - 20 * MINUTE)])).await;
        Shopify::new("carts/create", CART).taken(&app).await;
        Shopify::new("carts/update", CART).taken(&app).await;
        assert_eq!(status(&app, "hWN1c2tPq8").await, Some(CartStatus::Active), "the page's cart and the shop's are one");
        Shopify::new("checkouts/create", CHECKOUT).taken(&app).await;
        Shopify::new("checkouts/update", CHECKOUT).taken(&app).await;
        assert_eq!(status(&app, "hWN1c2tPq8").await, Some(CartStatus::Checkout));
        let behind = customers::of_visitor(&app.app.db, app.site.id, visitor_hash(app.site.id, "zoe")).await.unwrap().unwrap();
        assert_eq!(behind.external_id.as_deref(), Some("7001"), "whose browser it is follows from the cart");
        Shopify::new("orders/create", ORDER).taken(&app).await;
        Shopify::new("orders/paid", ORDER).taken(&app).await;
        Shopify::new("orders/updated", ORDER).taken(&app).await;
        assert_eq!(status(&app, "hWN1c2tPq8").await, Some(CartStatus::Ordered));
        let bought = order(&app, ORDER_ID).await.unwrap();
        assert_eq!((bought.value, bought.number.as_deref(), bought.source.as_str()), (8450, Some("#1001"), "shopify"));
        assert_eq!(bought.visitor, Some(visitor_hash(app.site.id, "zoe")));
        let person = zoe(&app).await.unwrap();
        assert_eq!((person.orders, person.spent, person.name.as_deref()), (1, 8450, Some("Zoe Reuter")));
        assert_eq!((person.address.unwrap().proof, person.consent.map(|said| said.granted)), (Proof::Store, Some(true)));
        let consents = customers::consents(&app.app.db, app.site.id, person.id).await.unwrap();
        assert_eq!((consents.len(), consents[0].source.as_str()), (1, "shopify"), "said once, however often it is repeated");
        Shopify::new("refunds/create", REFUND).taken(&app).await;
        assert_eq!(order(&app, ORDER_ID).await.unwrap().refunded, 3975);
        assert_eq!(zoe(&app).await.unwrap().spent, 8450 - 3975);
        Shopify::new("orders/updated", with(ORDER, json!({"refunds": [serde_json::from_str::<Value>(REFUND).unwrap()]}))).taken(&app).await;
        let second = with(REFUND, json!({"id": 929361464}));
        Shopify::new("refunds/create", second).taken(&app).await;
        assert_eq!(order(&app, ORDER_ID).await.unwrap().refunded, 7950, "each refund counts once");
        Shopify::new("orders/cancelled", with(ORDER, json!({"cancelled_at": "2026-11-24T12:59:00+01:00"}))).taken(&app).await;
        let cancelled = order(&app, ORDER_ID).await.unwrap();
        assert_eq!((cancelled.status, zoe(&app).await.unwrap().spent), (OrderStatus::Cancelled, 0));
        assert!(noted(&app, System::Shopify).await.iter().all(|(_, outcome, _)| *outcome == Outcome::Taken));
    }
}

crate::on_both! {
    async fn whatever_comes_first_the_end_is_the_same(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        // The refund before its order, the order before its checkout and its cart, the page's word last.
        Shopify::new("refunds/create", REFUND).taken(&app).await;
        Shopify::new("orders/paid", ORDER).taken(&app).await;
        Shopify::new("orders/create", ORDER).taken(&app).await;
        Shopify::new("checkouts/update", CHECKOUT).taken(&app).await;
        Shopify::new("carts/update", CART).taken(&app).await;
        app.send("zoe", json!([page_cart(app.now() - 20 * MINUTE)])).await;
        let bought = order(&app, ORDER_ID).await.unwrap();
        assert_eq!((bought.value, bought.refunded), (8450, 3975));
        assert_eq!(bought.visitor, Some(visitor_hash(app.site.id, "zoe")), "found by the cart that came after");
        assert_eq!(status(&app, "hWN1c2tPq8").await, Some(CartStatus::Ordered));
        let person = zoe(&app).await.unwrap();
        assert_eq!((person.orders, person.spent), (1, 8450 - 3975));
        let page_order = json!({"order": {"id": ORDER_ID, "value": 8450, "currency": "EUR"}});
        app.send("zoe", json!([event(app.now(), "order.completed", page_order)])).await;
        assert_eq!(zoe(&app).await.unwrap().orders, 1, "from the page and from the shop, once");
    }
}

crate::on_both! {
    async fn a_checkout_completed_or_deleted_is_not_left_behind(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        Shopify::new("checkouts/create", CHECKOUT).taken(&app).await;
        Shopify::new("checkouts/update", with(CHECKOUT, json!({"completed_at": "2026-11-24T12:50:00+01:00"}))).taken(&app).await;
        assert_eq!(status(&app, "hWN1c2tPq8").await, Some(CartStatus::Emptied));
        let other = with(CHECKOUT, json!({"token": "c2", "cart_token": "k2"}));
        Shopify::new("checkouts/create", other).taken(&app).await;
        Shopify::new("checkouts/delete", json!({"id": 5, "cart_token": "k2", "currency": "EUR", "total_price": "84.50"})).taken(&app).await;
        assert_eq!(status(&app, "k2").await, Some(CartStatus::Emptied));
        app.advance(2 * HOUR);
        app.run_jobs().await;
        assert_eq!(status(&app, "k2").await, Some(CartStatus::Emptied));
    }
}

crate::on_both! {
    async fn woocommerce_tells_of_drafts_orders_and_customers(app: TestApp) {
        connect(&app, System::WooCommerce, SECRET, false).await;
        let draft = with(WOO_ORDER, json!({"status": "checkout-draft", "date_modified_gmt": "2026-11-24T11:50:00"})).to_string();
        assert_eq!(woo(&app, "order.created", &draft).await.status(), StatusCode::OK);
        assert_eq!(status(&app, "order:727").await, Some(CartStatus::Checkout));
        assert_eq!(order(&app, "727").await, None, "a draft is no order");
        // Of the same second, with the same delivery id.
        assert_eq!(woo(&app, "order.updated", WOO_ORDER).await.status(), StatusCode::OK);
        assert_eq!(status(&app, "order:727").await, Some(CartStatus::Ordered));
        assert_eq!(order(&app, "727").await.unwrap().value, 8450);
        let refunded = with(WOO_ORDER, json!({"refunds": [{"id": 8, "reason": "", "total": "-10.00"}], "date_modified_gmt": "2026-11-24T11:58:00"})).to_string();
        assert_eq!(woo(&app, "order.updated", &refunded).await.status(), StatusCode::OK);
        assert_eq!(order(&app, "727").await.unwrap().refunded, 1000);
        assert_eq!(woo(&app, "order.deleted", r#"{"id":727}"#).await.status(), StatusCode::OK);
        assert_eq!(order(&app, "727").await.unwrap().status, OrderStatus::Cancelled);
        assert_eq!(woo(&app, "customer.created", WOO_CUSTOMER).await.status(), StatusCode::OK);
        assert_eq!(woo(&app, "customer.updated", WOO_CUSTOMER).await.status(), StatusCode::OK);
        let anna = customers::by_external_id(&app.app.db, app.site.id, "31").await.unwrap().unwrap();
        assert_eq!(anna.name.as_deref(), Some("Anna Berg"));
        let guest = zoe(&app).await.unwrap();
        assert_eq!((guest.external_id, guest.orders, guest.spent), (None, 1, 0));
    }
}

crate::on_both! {
    async fn the_ping_of_a_new_webhook_is_answered_and_nothing_else_unsigned(app: TestApp) {
        let path = format!("/hooks/{}/woocommerce", app.site.key);
        assert_eq!(app.form(&path, "webhook_id=12".into()).send().await.unwrap().status(), StatusCode::OK, "also before it is connected");
        assert_eq!(app.form(&path, WOO_ORDER.into()).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        connect(&app, System::WooCommerce, SECRET, false).await;
        assert_eq!(app.form(&path, "webhook_id=12".into()).send().await.unwrap().status(), StatusCode::OK);
        assert_eq!(app.form(&path, WOO_ORDER.into()).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
        assert_eq!(order(&app, "727").await, None);
    }
}

crate::on_both! {
    async fn a_forged_hook_changes_nothing_and_is_told_of(app: TestApp) {
        let forged = Shopify { secret: "another secret", ..Shopify::new("orders/create", ORDER) };
        assert_eq!(forged.send(&app).await.status(), StatusCode::UNAUTHORIZED, "not connected");
        connect(&app, System::Shopify, SECRET, false).await;
        let answer = forged.send(&app).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let path = format!("/hooks/{}/shopify", app.site.key);
        for tag in ["", "nonsense!", "AAAA", &signature(SECRET, "another body")] {
            let answer = app.post(&path, ORDER).header("X-Shopify-Hmac-Sha256", tag).header("X-Shopify-Topic", "orders/create").send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{tag}");
        }
        assert_eq!((order(&app, ORDER_ID).await, noted(&app, System::Shopify).await), (None, vec![]));
        assert_eq!(shop(&app, System::Shopify).await.refused_at, Some(app.now()));
        let stranger = app.another_site("https://other.example").await;
        assert_eq!(Shopify::new("orders/create", ORDER).send_to(&app, &stranger).await.status(), StatusCode::UNAUTHORIZED, "a secret is one site's");
        let nobody = app.post("/hooks/st_nobody/shopify", ORDER).send().await.unwrap();
        assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
    }
}

crate::on_both! {
    async fn a_replay_changes_nothing(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        let first = Shopify::new("orders/create", ORDER);
        assert_eq!(first.send(&app).await.status(), StatusCode::OK);
        // The same delivery with another body, as no shop would send it: what came first counts.
        let again = Shopify { id: first.id.clone(), ..Shopify::new("orders/cancelled", with(ORDER, json!({"cancelled_at": "2026-11-24T12:59:00+01:00"}))) };
        assert_eq!(again.send(&app).await.status(), StatusCode::OK);
        assert_eq!(order(&app, ORDER_ID).await.unwrap().status, OrderStatus::Placed);
        let (a, b, c) = (Shopify::new("orders/create", ORDER), Shopify::new("orders/paid", ORDER), Shopify::new("orders/updated", ORDER));
        let answers = tokio::join!(a.send(&app), a.send(&app), b.send(&app), b.send(&app), c.send(&app), c.send(&app));
        for answer in [answers.0, answers.1, answers.2, answers.3, answers.4, answers.5] {
            assert_eq!(answer.status(), StatusCode::OK);
        }
        assert_eq!(noted(&app, System::Shopify).await.len(), 4, "at once, and each once");
        assert_eq!(zoe(&app).await.unwrap().orders, 1);
    }
}

crate::on_both! {
    async fn broken_bodies_are_refused_with_a_reason_and_seen_again(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        let negative = with(ORDER, json!({"total_price": "-1.00"})).to_string();
        for (topic, body, status, reason) in [
            ("orders/create", "{".to_owned(), StatusCode::BAD_REQUEST, "not JSON"),
            ("orders/create", "[]".to_owned(), StatusCode::UNPROCESSABLE_ENTITY, "body: should be an object"),
            ("orders/create", negative, StatusCode::UNPROCESSABLE_ENTITY, "total_price: \"-1.00\" is negative"),
            ("checkouts/create", "{}".to_owned(), StatusCode::UNPROCESSABLE_ENTITY, "token: is missing"),
        ] {
            let answer = Shopify::new(topic, &body).send(&app).await;
            assert_eq!(answer.status(), status, "{body}");
            let problem: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            assert!(problem["detail"].as_str().unwrap().contains(reason), "{problem}");
            let (found, outcome, detail) = noted(&app, System::Shopify).await.remove(0);
            assert_eq!((found.as_str(), outcome), (topic, Outcome::Refused));
            assert!(detail.unwrap().contains(reason));
            app.advance(MINUTE);
        }
        // A try that was refused may succeed later.
        let broken = Shopify::new("orders/create", with(ORDER, json!({"currency": "nonsense"})));
        assert_eq!(broken.send(&app).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
        Shopify { id: broken.id.clone(), ..Shopify::new("orders/create", ORDER) }.taken(&app).await;
        assert_eq!(zoe(&app).await.unwrap().orders, 1);
    }
}

crate::on_both! {
    async fn odd_bodies_are_never_our_fault(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        connect(&app, System::WooCommerce, SECRET, false).await;
        let texts = [json!("\u{0}x\u{0}"), json!(""), json!(-1), json!(1e300), json!(i64::MAX), json!([]), json!({}), json!(true), json!("9".repeat(400))];
        for (topic, text) in [("orders/create", ORDER), ("checkouts/update", CHECKOUT), ("carts/update", CART), ("refunds/create", REFUND)] {
            let body: Value = serde_json::from_str(text).unwrap();
            for (at, name) in body.as_object().unwrap().keys().enumerate() {
                let odd = with(text, json!({name: texts[at % texts.len()]}));
                let answer = Shopify::new(topic, odd).send(&app).await;
                assert!(!answer.status().is_server_error(), "{topic} {name}");
            }
        }
        let body: Value = serde_json::from_str(WOO_ORDER).unwrap();
        for (at, name) in body.as_object().unwrap().keys().enumerate() {
            let odd = with(WOO_ORDER, json!({name: texts[(at + 3) % texts.len()]})).to_string();
            assert!(!woo(&app, "order.updated", &odd).await.status().is_server_error(), "{name}");
        }
    }
}

crate::on_both! {
    async fn what_is_too_large_unknown_or_of_another_shop(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        let large = format!("{{\"note\": \"{}\"}}", "x".repeat(1024 * 1024));
        assert_eq!(Shopify::new("orders/create", large).send(&app).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
        Shopify::new("products/update", json!({"id": 1})).taken(&app).await;
        assert_eq!(noted(&app, System::Shopify).await[0], ("products/update".into(), Outcome::Ignored, Some("unknown_topic".into())));
        assert_eq!(shop(&app, System::Shopify).await.domain.as_deref(), Some("zoes-mugs.myshopify.com"));
        let other = Shopify { domain: "eves-mugs.myshopify.com", ..Shopify::new("orders/create", ORDER) };
        assert_eq!(other.send(&app).await.status(), StatusCode::FORBIDDEN);
        assert_eq!(order(&app, ORDER_ID).await, None);
    }
}

crate::on_both! {
    async fn an_old_secret_is_good_for_two_days_more_where_it_shall_be(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        connect(&app, System::Shopify, "another-secret", true).await;
        Shopify::new("orders/create", ORDER).taken(&app).await;
        Shopify { secret: "another-secret", ..Shopify::new("orders/paid", ORDER) }.taken(&app).await;
        app.advance(2 * DAY);
        assert_eq!(Shopify::new("orders/paid", ORDER).send(&app).await.status(), StatusCode::UNAUTHORIZED);
        Shopify { secret: "another-secret", ..Shopify::new("orders/paid", ORDER) }.taken(&app).await;
        connect(&app, System::Shopify, "a-third-secret", false).await;
        assert_eq!(Shopify { secret: "another-secret", ..Shopify::new("orders/paid", ORDER) }.send(&app).await.status(), StatusCode::UNAUTHORIZED);
    }
}

async fn publish(app: &TestApp, document: Value) {
    let flow = Flow::parse(&document).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
    flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

fn recover() -> Value {
    json!({"key": "recover", "on": "cart.abandoned", "steps": [
        {"after": "0s", "do": "email", "template": "cart-recovery"}, {"after": "1d", "do": "email", "template": "cart-recovery"}]})
}

async fn mails(app: &TestApp) -> usize {
    messages::recent(&app.app.db, app.site.id, 50).await.unwrap().len()
}

crate::on_both! {
    async fn an_order_stops_the_reminders_that_are_left(app: TestApp) {
        publish(&app, recover()).await;
        connect(&app, System::Shopify, SECRET, false).await;
        Shopify::new("checkouts/create", CHECKOUT).taken(&app).await;
        app.advance(HOUR);
        app.run_jobs().await;
        assert_eq!((mails(&app).await, status(&app, "hWN1c2tPq8").await), (1, Some(CartStatus::Abandoned)));
        let late = json!({"created_at": "2026-11-24T14:00:00+01:00", "processed_at": "2026-11-24T14:00:00+01:00", "updated_at": "2026-11-24T14:00:00+01:00"});
        Shopify::new("orders/create", with(ORDER, late)).taken(&app).await;
        assert_eq!(status(&app, "hWN1c2tPq8").await, Some(CartStatus::Recovered));
        app.advance(2 * DAY);
        app.run_jobs().await;
        assert_eq!(mails(&app).await, 1);
        let walk = enrollments::of_customer(&app.app.db, app.site.id, zoe(&app).await.unwrap().id).await.unwrap().remove(0);
        assert_eq!((walk.status, walk.ended_by.as_deref()), (EnrollmentStatus::Stopped, Some("ordered")));
    }
}

crate::on_both! {
    async fn an_old_yes_that_an_order_repeats_does_not_undo_a_later_no(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        Shopify::new("orders/create", ORDER).taken(&app).await;
        let consent = json!({"customer": {"id": 7001, "email": EMAIL, "email_marketing_consent": {"state": "unsubscribed", "consent_updated_at": "2026-11-01T00:00:00Z"}}});
        Shopify::new("orders/updated", with(ORDER, consent)).taken(&app).await;
        assert!(!zoe(&app).await.unwrap().consent.unwrap().granted);
        app.advance(HOUR);
        let again = with(ORDER, json!({"id": 2, "created_at": "2026-11-24T13:00:00Z", "updated_at": "2026-11-24T13:00:00Z"}));
        Shopify::new("orders/create", again).taken(&app).await;
        assert!(!zoe(&app).await.unwrap().consent.unwrap().granted, "the yes is of March, the no of November");
    }
}

/// Every text in every table.
async fn everything(db: &Db) -> String {
    let mut all = String::new();
    match db {
        Db::Sqlite { read, .. } => {
            let tables = sqlx::query("select name from sqlite_schema where type = 'table' and name not like 'sqlite%'")
                .fetch_all(read)
                .await
                .unwrap();
            for table in tables.iter().map(|row| row.get::<String, _>(0)) {
                let columns = sqlx::query("select name from pragma_table_info($1)").bind(&table).fetch_all(read).await.unwrap();
                for column in columns.iter().map(|row| row.get::<String, _>(0)) {
                    let texts = sqlx::query(AssertSqlSafe(format!("select cast(\"{column}\" as text) from \"{table}\"")))
                        .fetch_all(read)
                        .await
                        .unwrap();
                    all.extend(
                        texts
                            .iter()
                            .filter_map(|row| row.try_get::<Option<String>, _>(0).ok().flatten())
                            .map(|text| format!("{table}.{column}: {text}\n")),
                    );
                }
            }
        }
        Db::Postgres(pool) => {
            let tables = sqlx::query("select table_name::text from information_schema.tables where table_schema = 'public'")
                .fetch_all(pool)
                .await
                .unwrap();
            for table in tables.iter().map(|row| row.get::<String, _>(0)) {
                let rows =
                    sqlx::query(AssertSqlSafe(format!("select t::text from \"{table}\" t"))).fetch_all(pool).await.unwrap();
                all.extend(rows.iter().map(|row| format!("{table}: {}\n", row.get::<String, _>(0))));
            }
        }
    }
    all
}

fn redact(body: Value) -> Shopify<'static> {
    Shopify::new("customers/redact", body)
}

crate::on_both! {
    async fn who_is_to_be_forgotten_is_found_nowhere_and_gets_nothing_more(app: TestApp) {
        publish(&app, recover()).await;
        connect(&app, System::Shopify, SECRET, false).await;
        app.send("zoe", json!([page_cart(app.now() - 20 * MINUTE)])).await;
        Shopify::new("checkouts/create", CHECKOUT).taken(&app).await;
        Shopify::new("orders/create", with(ORDER, json!({"cart_token": null, "checkout_token": null, "processed_at": "2026-11-23T10:00:00Z"}))).taken(&app).await;
        let customer = json!({"id": 7001, "email": EMAIL, "phone": null});
        Shopify::new("customers/data_request", json!({"shop_id": 1, "customer": customer, "data_request": {"id": 99}})).taken(&app).await;
        app.advance(HOUR);
        app.run_jobs().await;
        assert_eq!(mails(&app).await, 1, "the first reminder");
        assert!(everything(&app.app.db).await.contains(EMAIL), "the search finds what is there");
        redact(json!({"shop_id": 1, "shop_domain": "zoes-mugs.myshopify.com", "customer": customer, "orders_to_redact": [1]})).taken(&app).await;
        let left = everything(&app.app.db).await.to_lowercase();
        for trace in [EMAIL, "zoe reuter", "7001"] {
            let found: Vec<&str> = left.lines().filter(|line| line.contains(trace)).collect();
            assert!(found.is_empty(), "{trace}: {found:#?}");
        }
        let entries = audit::recent(&app.app.db, app.site.id, 10).await.unwrap();
        assert!(entries.iter().any(|entry| entry.action == "customer.erase" && entry.actor == "shopify"));
        assert_eq!(privacy_requests::open(&app.app.db, app.site.id).await.unwrap().0, 0);
        assert_eq!(order(&app, ORDER_ID).await.unwrap().value, 8450, "the books stay");
        // A checkout that was on its way: the address stays suppressed.
        let late = json!({"token": "c9", "cart_token": "k9", "updated_at": "2026-11-24T13:30:00Z"});
        Shopify::new("checkouts/update", with(CHECKOUT, late)).taken(&app).await;
        app.advance(3 * DAY);
        app.run_jobs().await;
        assert_eq!(mails(&app).await, 0, "the mail that was sent is forgotten, too, and none follows");
    }
}

crate::on_both! {
    async fn a_shop_that_leaves_takes_its_people_along(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        for n in 0..60 {
            let customer = json!({"id": 100 + n, "email": format!("n{n}@buyer.example"), "first_name": "Nobody", "last_name": "Inparticular"});
            Shopify::new("customers/update", customer).taken(&app).await;
        }
        Shopify::new("shop/redact", json!({"shop_id": 1, "shop_domain": "zoes-mugs.myshopify.com"})).taken(&app).await;
        app.run_jobs().await;
        assert_eq!(customers::page(&app.app.db, app.site.id, None, 100).await.unwrap(), vec![]);
        let left = everything(&app.app.db).await;
        assert!(!left.contains("buyer.example") && !left.contains("Inparticular"));
    }
}

async fn owner(app: &TestApp) -> Browser<'_> {
    let user = exitpoll::manage::users::new_user("owner@example.com", "Olga", "correct horse battery", true, app.now())
        .await
        .unwrap()
        .unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    exitpoll::store::users::insert(&mut tx, &user, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in("owner@example.com", "correct horse battery").await.status, StatusCode::SEE_OTHER);
    browser
}

crate::on_both! {
    async fn an_owner_connects_the_shop_and_sees_what_comes(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}/connections", app.site.key);
        let list = browser.get(&path).await;
        assert!(list.text("main").contains("Not connected"), "{}", list.html);
        let shopify = format!("{path}/shopify");
        let fresh = browser.get(&shopify).await;
        assert_eq!(fresh.text("#address"), format!("http://localhost:8080/hooks/{}/shopify", app.site.key));
        assert!(fresh.text(".notice").contains("EXITPOLL_PUBLIC_URL"), "no shop reaches this address");
        assert!(fresh.text("main").contains("Order creation") && fresh.text("main").contains("orders/create"));
        for bad in ["", "short", "with blanks in it"] {
            let page = browser.submit(&shopify, &shopify, &[("secret", bad)]).await;
            assert_eq!((page.status, page.attribute("[aria-invalid=true]", "name").as_deref()), (StatusCode::UNPROCESSABLE_ENTITY, Some("secret")), "{bad:?}");
        }
        let done = browser.submit(&shopify, &shopify, &[("secret", SECRET)]).await;
        assert_eq!(done.location, Some(format!("{shopify}?done=connected")));
        let waiting = browser.get(&shopify).await;
        assert!(waiting.text(".badge").contains("Waiting for the first delivery"));
        assert!(!waiting.html.contains(SECRET), "never shown again");
        assert!(!everything(&app.app.db).await.contains(SECRET), "nor stored as it is");
        Shopify::new("orders/create", ORDER).taken(&app).await;
        Shopify::new("products/update", json!({"id": 1})).taken(&app).await;
        Shopify::new("checkouts/create", json!({"token": "<b>"})).send(&app).await;
        app.advance(3 * MINUTE);
        let connected = browser.get(&shopify).await;
        assert!(connected.text(".badge").contains("Connected, last delivery 3 minutes ago"), "{}", connected.text(".badge"));
        let table = connected.text("table");
        assert!(table.contains("Taken in") && table.contains("This topic is not used here.") && table.contains("currency: is missing"), "{table}");
        Shopify { secret: "forged-secret", ..Shopify::new("orders/create", ORDER) }.send(&app).await;
        assert!(browser.get(&shopify).await.text(".notice.bad").contains("wrong signature"));
        let changed = browser.submit(&shopify, &shopify, &[("secret", "another-secret"), ("keep_old", "yes")]).await;
        assert_eq!(changed.location, Some(format!("{shopify}?done=changed")));
        Shopify::new("orders/paid", ORDER).taken(&app).await;
        let ended = browser.submit(&shopify, &format!("{shopify}/old-secret"), &[]).await;
        assert_eq!(ended.location, Some(format!("{shopify}?done=ended")));
        assert_eq!(Shopify::new("orders/paid", ORDER).send(&app).await.status(), StatusCode::UNAUTHORIZED);
        browser.submit(&shopify, &format!("{shopify}/disconnect"), &[]).await;
        assert_eq!(Shopify { secret: "another-secret", ..Shopify::new("orders/paid", ORDER) }.send(&app).await.status(), StatusCode::UNAUTHORIZED);
        let log: Vec<String> = audit::recent(&app.app.db, app.site.id, 10).await.unwrap().into_iter().map(|entry| entry.action).collect();
        assert_eq!(log[..4], ["shop.disconnect", "shop.old_secret", "shop.secret", "shop.connect"]);
        // A form from elsewhere changes nothing.
        assert_eq!(browser.post(&shopify, &[("secret", SECRET)]).await.status, StatusCode::FORBIDDEN);
        let woo = browser.get(&format!("{path}/woocommerce")).await;
        assert!(woo.attribute("#secret", "value").unwrap().len() >= 32, "a good secret is proposed");
    }
}

crate::on_both! {
    async fn a_request_for_ones_data_waits_for_its_answer(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        Shopify::new("orders/create", ORDER).taken(&app).await;
        let asked = json!({"shop_id": 1, "orders_requested": [1], "customer": {"id": 7001, "email": EMAIL}, "data_request": {"id": 9999}});
        Shopify::new("customers/data_request", asked).taken(&app).await;
        app.advance(MINUTE);
        Shopify::new("customers/data_request", json!({"customer": {"id": 5, "email": "x@y.example"}, "data_request": {"id": 10000}})).taken(&app).await;
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}/connections/privacy", app.site.key);
        assert!(browser.get(&format!("/admin/{}/connections", app.site.key)).await.text("main").contains("2 to answer"));
        let page = browser.get(&path).await;
        let table = page.text("table");
        assert!(table.contains("Zoe Reuter") && table.contains("request 9999") && table.contains("Customer 5") && table.contains("30 days left"), "{table}");
        let link = page.attribute("a[download]", "href").unwrap();
        let file = browser.get(&link).await;
        assert_eq!(file.headers["content-disposition"], "attachment; filename=\"what-we-hold.json\"");
        assert!(serde_json::from_str::<Value>(&file.html).unwrap().to_string().contains(EMAIL));
        let action = link.replace("/record.json", "/done");
        assert_eq!(browser.submit(&path, &action, &[]).await.status, StatusCode::SEE_OTHER);
        app.advance(31 * DAY);
        browser.log_in("owner@example.com", "correct horse battery").await;
        assert!(browser.get(&format!("/admin/{}/connections", app.site.key)).await.text("main").contains("1 to answer, one is overdue"));
        let page = browser.get(&path).await;
        assert!(page.text("main").contains("Overdue") && page.text("section").contains("owner@example.com"));
        let unknown = browser.get(&page.attribute("a[download]", "href").unwrap()).await;
        assert!(unknown.html.contains("Nothing is held"));
        // Of another store, neither the page nor the file.
        let other = app.another_site("https://other.example").await;
        assert_eq!(browser.get(&link.replace(&app.site.key, &other.key)).await.status, StatusCode::NOT_FOUND);
    }
}

crate::on_both! {
    async fn deliveries_are_forgotten_after_a_month(app: TestApp) {
        connect(&app, System::Shopify, SECRET, false).await;
        Shopify::new("orders/create", ORDER).taken(&app).await;
        app.advance(29 * DAY);
        Shopify::new("orders/paid", ORDER).taken(&app).await;
        app.advance(2 * DAY);
        exitpoll::jobs::ensure_nightly(&app.app.db, app.now()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(noted(&app, System::Shopify).await.len(), 1);
    }
}

#[tokio::test]
async fn a_flood_is_slowed_for_its_sender() {
    let limits = Limits { hooks: 2, ..Limits::default() };
    let app = TestApp::start_with(Backend::Sqlite, limits).await;
    connect(&app, System::Shopify, SECRET, false).await;
    for expected in [StatusCode::OK, StatusCode::OK, StatusCode::TOO_MANY_REQUESTS] {
        let answer = Shopify::new("orders/create", ORDER).send(&app).await;
        assert_eq!(answer.status(), expected);
        assert_eq!(answer.headers().contains_key("retry-after"), expected == StatusCode::TOO_MANY_REQUESTS);
    }
    app.advance(MINUTE);
    Shopify::new("orders/create", ORDER).taken(&app).await;
}
