use serde_json::{Value, json};
use uuid::Uuid;

use super::read;
use crate::clock::{DAY, Millis};
use crate::commerce::{CartReport, OrderReport, Report, What};
use crate::domain::site::Settings;
use crate::id::SiteId;
use crate::inbound::{Meaning, Privacy, Reading, Unreadable, Who, Why, moment};
use crate::keys::digest;
use crate::store::sites::Site;

const ORDER: &str = include_str!("../../../tests/hooks/shopify_order.json");
const CHECKOUT: &str = include_str!("../../../tests/hooks/shopify_checkout.json");
const CART: &str = include_str!("../../../tests/hooks/shopify_cart.json");
const REFUND: &str = include_str!("../../../tests/hooks/shopify_refund.json");

/// Stands in for what is kept of a browser's id.
fn hash(id: &str) -> Uuid {
    Uuid::from_slice(&digest(id)[..16]).unwrap()
}

fn now() -> Millis {
    moment("2026-11-24T12:00:00Z").unwrap()
}

fn site() -> Site {
    Site {
        id: SiteId(1),
        key: "st_x".into(),
        name: "Shop".into(),
        origins: Vec::new(),
        time_zone: "Europe/Vienna".into(),
        currency: "EUR".into(),
        settings: Settings::default(),
        version: 1,
    }
}

fn said(topic: &str, body: &Value) -> Result<Meaning, Unreadable> {
    let site = site();
    let visitor = |_: &Site, id: &str| hash(id);
    read(topic, body.to_string().as_bytes(), &Reading { site: &site, at: now() - 1, now: now(), visitor })
}

fn reports(topic: &str, body: &Value) -> Vec<Report> {
    match said(topic, body) {
        Ok(Meaning::Reports(reports)) => reports,
        other => panic!("{topic}: {other:?}"),
    }
}

fn body(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A recorded body with some fields changed.
fn with(text: &str, changes: Value) -> Value {
    let mut body = body(text);
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

fn order(reports: &[Report]) -> &OrderReport {
    match &reports[0].what {
        What::Order(order) => order,
        other => panic!("{other:?}"),
    }
}

fn cart(reports: &[Report]) -> &CartReport {
    match &reports[0].what {
        What::Cart(cart) => cart,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_is_read_whole() {
    let reports = reports("orders/create", &body(ORDER));
    let order = order(&reports);
    assert_eq!((order.id.as_str(), order.number.as_deref()), ("5821094371562", Some("#1001")));
    assert_eq!((order.value, order.currency.as_str(), order.coupon.as_deref()), (8450, "EUR", Some("SHIP-1")));
    assert_eq!((order.cart_token.as_deref(), order.checkout_token.as_deref()), (Some("hWN1c2tPq8"), Some("c7f0b1d2e3")));
    assert_eq!(order.items, json!([{"id": "81", "name": "Mug", "quantity": 2, "price": 3975}]));
    assert_eq!((order.placed_at, order.past), (moment("2026-11-24T11:55:00Z"), false));
    assert_eq!(reports[0].at, moment("2026-11-24T11:55:02Z").unwrap());
    let person = &order.person;
    assert_eq!((person.external_id.as_deref(), person.email.as_deref()), (Some("7001"), Some("zoe@buyer.example")));
    assert_eq!((person.name.as_deref(), person.locale.as_deref()), (Some("Zoe Reuter"), Some("de-DE")));
    assert!(person.marketing.is_none(), "that was said at another time");
    let What::Person { person, .. } = &reports[1].what else { panic!("{:?}", reports[1]) };
    assert_eq!(reports[1].at, moment("2026-03-01T08:00:00Z").unwrap());
    let consent = person.marketing.as_ref().unwrap();
    assert_eq!((consent.granted, consent.wording.as_deref()), (true, Some("confirmed opt in")));
}

#[test]
fn what_a_customer_said_about_mail() {
    let consent = |state: Value, at: Value| json!({"customer": {"id": 1, "email": "a@b.example", "email_marketing_consent": {"state": state, "consent_updated_at": at}}});
    let at = "2026-03-01T09:00:00+01:00";
    for (state, at, expected) in [
        (json!("subscribed"), json!(at), Some(true)),
        (json!("unsubscribed"), json!(at), Some(false)),
        (json!("not_subscribed"), json!(at), None),
        (json!("pending"), json!(at), None),
        (json!(null), json!(at), None),
        (json!("subscribed"), json!(null), None),
    ] {
        let reports = reports("orders/create", &with(ORDER, consent(state.clone(), at.clone())));
        let found = reports.iter().find_map(|report| match &report.what {
            What::Person { person, .. } => person.marketing.as_ref().map(|said| said.granted),
            _ => None,
        });
        assert_eq!(found, expected, "{state} {at}");
    }
    // A guest's box counts for the moment it was ticked in.
    let guest = with(CHECKOUT, json!({"customer": null}));
    assert!(
        matches!(&reports("checkouts/update", &guest)[1].what, What::Person { person, .. } if person.marketing.as_ref().unwrap().granted)
    );
    let unticked = with(CHECKOUT, json!({"customer": null, "buyer_accepts_marketing": false}));
    assert_eq!(reports("checkouts/update", &unticked).len(), 1);
}

#[test]
fn the_browsers_mark_is_found() {
    let marked =
        with(ORDER, json!({"note_attributes": [{"name": "gift", "value": "1"}, {"name": "_svy_vid", "value": "v_8k2"}]}));
    assert_eq!(reports("orders/create", &marked)[0].visitor, Some(hash("v_8k2")));
    assert_eq!(reports("orders/create", &body(ORDER))[0].visitor, None);
}

#[test]
fn ends_of_orders() {
    let cancelled = reports("orders/cancelled", &with(ORDER, json!({"cancelled_at": "2026-11-24T12:56:00+01:00"})));
    assert!(cancelled.iter().any(|report| matches!(&report.what, What::OrderEnd(end) if end.cancelled)), "{cancelled:?}");
    let refunds = reports("refunds/create", &body(REFUND));
    let What::Refunds(refunds) = &refunds[0].what else { panic!("{refunds:?}") };
    let paid: Vec<_> = refunds.refunds.iter().map(|refund| (refund.id.as_str(), refund.amount)).collect();
    assert_eq!((refunds.order.as_str(), paid), ("5821094371562", vec![("929361463", 3975)]), "what failed was not paid back");
    let updated = reports("orders/updated", &with(ORDER, json!({"refunds": [body(REFUND)]})));
    assert!(matches!(&updated[1].what, What::Refunds(refunds) if refunds.refunds[0].amount == 3975));
    let old = reports("orders/updated", &with(ORDER, json!({"processed_at": "2026-11-16T12:00:00Z"})));
    assert!(order(&old).past, "nothing follows from history");
}

#[test]
fn a_checkout_is_the_cart_that_the_page_knows() {
    let reports = reports("checkouts/create", &body(CHECKOUT));
    let cart = cart(&reports);
    assert_eq!((cart.token.as_str(), cart.checkout_token.as_deref()), ("hWN1c2tPq8", Some("c7f0b1d2e3")));
    assert_eq!((cart.value, cart.filled, cart.checkout), (8450, true, true));
    assert_eq!(cart.checkout_url.as_deref(), Some("https://shop.example/12/checkouts/ac/c7f0b1d2e3/recover?key=9f3"));
    assert_eq!(reports[0].at, moment("2026-11-24T11:45:41Z").unwrap());
}

#[test]
fn a_checkout_that_is_over_is_not_left_behind() {
    let completed = reports("checkouts/update", &with(CHECKOUT, json!({"completed_at": "2026-11-24T12:55:00+01:00"})));
    assert!(!cart(&completed).filled);
    let deleted =
        reports("checkouts/delete", &json!({"id": 1, "cart_token": "hWN1?key=a", "total_price": "1.00", "currency": "EUR"}));
    assert_eq!((cart(&deleted).filled, deleted[0].at), (false, now() - 1));
    assert!(matches!(said("checkouts/delete", &json!({"id": 1})), Ok(Meaning::Nothing(Why::Nameless))));
    let nowhere = with(CHECKOUT, json!({"abandoned_checkout_url": "javascript:alert(1)", "cart_token": null}));
    let reports = reports("checkouts/update", &nowhere);
    assert_eq!((cart(&reports).checkout_url.as_deref(), cart(&reports).token.as_str()), (None, "c7f0b1d2e3"));
}

#[test]
fn a_cart_has_lines_and_nobody() {
    let reports = reports("carts/update", &body(CART));
    let found = cart(&reports);
    assert_eq!((found.token.as_str(), found.value, found.currency.as_str(), found.filled), ("hWN1c2tPq8", 7950, "EUR", true));
    assert!(found.person.email.is_none());
    let emptied = self::reports("carts/update", &with(CART, json!({"line_items": []})));
    assert!(!cart(&emptied).filled);
}

#[test]
fn privacy_topics() {
    let customer =
        json!({"shop_id": 1, "customer": {"id": 7001, "email": "Zoe@buyer.example", "phone": "1"}, "data_request": {"id": 9}});
    let who = Who { external_id: Some("7001".into()), email: Some("zoe@buyer.example".into()) };
    assert!(
        matches!(said("customers/data_request", &customer), Ok(Meaning::Privacy(Privacy::Request { who: found, reference: Some(number) })) if found == who && number == "9")
    );
    assert!(matches!(said("customers/redact", &customer), Ok(Meaning::Privacy(Privacy::Redact(found))) if found == who));
    assert!(matches!(said("shop/redact", &json!({"shop_id": 1})), Ok(Meaning::Privacy(Privacy::RedactShop))));
    assert!(matches!(said("customers/redact", &json!({"customer": {}})), Ok(Meaning::Nothing(Why::Nameless))));
    assert_eq!(said("customers/redact", &json!({})).unwrap_err().to_string(), "customer: is missing");
}

#[test]
fn what_cannot_be_believed_is_refused_by_its_field() {
    for (changes, reason) in [
        (json!({"id": null}), "id: is missing"),
        (json!({"total_price": "-1.00"}), "total_price: \"-1.00\" is negative"),
        (json!({"total_price": null}), "total_price: is missing"),
        (json!({"total_price": "1,00"}), "total_price: \"1,00\" is not an amount: write digits and a point, such as 49.90"),
        (json!({"currency": "XXX"}), "currency: \"XXX\" is not a currency: write its ISO 4217 code, such as EUR"),
        (json!({"line_items": [{"price": "-2.00"}]}), "line_items[0].price: \"-2.00\" is negative"),
    ] {
        assert_eq!(said("orders/create", &with(ORDER, changes)).unwrap_err().to_string(), reason);
    }
    assert!(matches!(said("orders/create", &json!([1])), Err(Unreadable::NotAnObject(_))));
    let site = site();
    let reading = Reading { site: &site, at: 0, now: 0, visitor: |_, _| Uuid::nil() };
    assert!(matches!(read("orders/create", b"{", &reading), Err(Unreadable::NotJson(_))));
}

#[test]
fn what_asks_for_nothing() {
    assert!(matches!(said("orders/create", &with(ORDER, json!({"test": true}))), Ok(Meaning::Nothing(Why::Test))));
    assert!(matches!(said("products/create", &json!({"id": 1})), Ok(Meaning::Nothing(Why::UnknownTopic))));
}

#[test]
fn fields_that_are_gone_or_odd_are_borne() {
    let bare = json!({"id": "5", "currency": "jpy", "total_price": 1200, "line_items": [null, {"quantity": -3}], "customer": [], "refunds": null, "created_at": 5});
    let reports = reports("orders/create", &bare);
    let order = order(&reports);
    assert_eq!((order.value, order.currency.as_str(), reports[0].at), (1200, "JPY", now() - 1));
    assert_eq!(order.items, json!([{"id": null, "name": null, "quantity": 1, "price": 0}]));
    assert!(order.placed_at > Some(now() - DAY));
}
