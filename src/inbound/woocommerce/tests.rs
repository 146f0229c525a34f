use serde_json::{Value, json};
use uuid::Uuid;

use super::{is_ping, read};
use crate::clock::Millis;
use crate::commerce::{Report, What};
use crate::domain::site::Settings;
use crate::id::SiteId;
use crate::inbound::{Meaning, Reading, Unreadable, Why, moment};
use crate::keys::digest;
use crate::store::sites::Site;

const ORDER: &str = include_str!("../../../tests/hooks/woocommerce_order.json");
const CUSTOMER: &str = include_str!("../../../tests/hooks/woocommerce_customer.json");

/// Stands in for what is kept of a browser's id.
fn hash(id: &str) -> Uuid {
    Uuid::from_slice(&digest(id)[..16]).unwrap()
}

fn now() -> Millis {
    moment("2026-11-24T12:00:00Z").unwrap()
}

fn said(topic: &str, body: &Value) -> Result<Meaning, Unreadable> {
    let site = Site {
        id: SiteId(1),
        key: "st_x".into(),
        name: "Shop".into(),
        origins: Vec::new(),
        time_zone: "Europe/Vienna".into(),
        currency: "EUR".into(),
        settings: Settings::default(),
        version: 1,
    };
    let visitor = |_: &Site, id: &str| hash(id);
    read(topic, body.to_string().as_bytes(), &Reading { site: &site, at: now(), now: now(), visitor })
}

fn reports(topic: &str, body: &Value) -> Vec<Report> {
    match said(topic, body) {
        Ok(Meaning::Reports(reports)) => reports,
        other => panic!("{topic}: {other:?}"),
    }
}

fn order(changes: Value) -> Value {
    let mut body: Value = serde_json::from_str(ORDER).unwrap();
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

#[test]
fn an_order_is_read_whole() {
    let reports = reports("order.created", &order(json!({})));
    let What::Order(order) = &reports[0].what else { panic!("{reports:?}") };
    assert_eq!((order.id.as_str(), order.value, order.currency.as_str()), ("727", 8450, "EUR"));
    assert_eq!((order.coupon.as_deref(), order.checkout_token.as_deref()), (Some("ship-1"), Some("order:727")));
    assert_eq!(
        order.items,
        json!([{"id": "81", "name": "Mug – Blue", "quantity": 2, "price": 3975}]),
        "with the tax, as it was seen"
    );
    assert_eq!((reports[0].at, order.placed_at), (moment("2026-11-24T11:52:13Z").unwrap(), moment("2026-11-24T11:52:11Z")));
    let person = &order.person;
    assert_eq!((person.external_id.as_deref(), person.email.as_deref()), (None, Some("zoe@buyer.example")), "0 is a guest");
    assert_eq!(person.name.as_deref(), Some("Zoe Reuter"));
    assert_eq!(reports.len(), 1, "nobody was asked about mail");
}

/// What a report is of, in a word.
fn kind(report: &Report) -> &'static str {
    match &report.what {
        What::Cart(_) => "cart",
        What::Order(_) => "order",
        What::OrderEnd(end) if end.cancelled => "cancelled",
        What::OrderEnd(_) => "refunded",
        What::Refunds(_) => "refunds",
        What::Person { .. } => "person",
    }
}

#[test]
fn a_status_says_what_an_order_is() {
    for (status, expected) in [
        ("checkout-draft", vec!["cart"]),
        ("pending", vec!["cart"]),
        ("failed", vec!["cart"]),
        ("processing", vec!["order"]),
        ("on-hold", vec!["order"]),
        ("completed", vec!["order"]),
        ("wc-completed", vec!["order"]),
        ("shipped-by-a-plugin", vec!["order"]),
        ("cancelled", vec!["cancelled"]),
        ("trash", vec!["cancelled"]),
        ("refunded", vec!["order", "refunded"]),
    ] {
        let found: Vec<_> = reports("order.updated", &order(json!({"status": status}))).iter().map(kind).collect();
        assert_eq!(found, expected, "{status}");
    }
    let typed = order(json!({"status": "checkout-draft", "billing": {"email": ""}}));
    assert!(matches!(said("order.updated", &typed), Ok(Meaning::Nothing(Why::Unfinished))));
}

#[test]
fn a_draft_and_its_order_are_one() {
    let draft = reports("order.created", &order(json!({"status": "checkout-draft", "payment_url": "https://shop.example/pay"})));
    let What::Cart(cart) = &draft[0].what else { panic!("{draft:?}") };
    assert_eq!((cart.checkout_token.as_deref(), cart.value, cart.checkout), (Some("order:727"), 8450, true));
    assert_eq!(cart.checkout_url.as_deref(), Some("https://shop.example/pay"));
}

#[test]
fn refunds_are_written_with_a_minus() {
    let refunds = json!({"refunds": [{"id": 3, "reason": "", "total": "-10.00"}, {"id": 4, "reason": "x", "total": "-4.50"}]});
    let reports = reports("order.updated", &order(refunds));
    let What::Refunds(refunds) = &reports[1].what else { panic!("{reports:?}") };
    assert_eq!(refunds.refunds.iter().map(|refund| refund.amount).collect::<Vec<_>>(), [1000, 450]);
}

#[test]
fn marks_of_the_shops_own_checkout() {
    let meta = json!({"customer_id": 31, "meta_data": [{"key": "_svy_vid", "value": "v_1"}, {"key": "_exitpoll_marketing", "value": "yes"}]});
    let reports = reports("order.created", &order(meta));
    assert_eq!(reports[0].visitor, Some(hash("v_1")));
    let What::Person { person, .. } = &reports[1].what else { panic!("{reports:?}") };
    assert!(person.marketing.as_ref().unwrap().granted && person.external_id.as_deref() == Some("31"));
    let no = json!({"meta_data": [{"key": "_exitpoll_marketing", "value": ""}]});
    assert_eq!(self::reports("order.created", &order(no)).len(), 1, "a box that was not ticked says nothing");
}

#[test]
fn customers_and_what_has_an_id_only() {
    let reports = reports("customer.created", &serde_json::from_str(CUSTOMER).unwrap());
    let What::Person { person, .. } = &reports[0].what else { panic!("{reports:?}") };
    assert_eq!(
        (person.external_id.as_deref(), person.email.as_deref(), person.name.as_deref()),
        (Some("31"), Some("anna@buyer.example"), Some("Anna Berg"))
    );
    assert_eq!(self::reports("order.deleted", &json!({"id": 727})).iter().map(kind).collect::<Vec<_>>(), ["cancelled"]);
    assert!(matches!(said("customer.updated", &json!({"id": 0})), Ok(Meaning::Nothing(Why::Nameless))));
    assert!(matches!(
        said("action.woocommerce_add_to_cart", &json!({"action": "x", "arg": 1})),
        Ok(Meaning::Nothing(Why::UnknownTopic))
    ));
}

#[test]
fn what_cannot_be_believed_is_refused_by_its_field() {
    for (changes, reason) in [
        (json!({"id": null}), "id: is missing"),
        (json!({"status": null}), "status: is missing"),
        (json!({"total": "-84.50"}), "total: \"-84.50\" is negative"),
        (json!({"total": "84.505"}), "total: \"84.505\" has more decimals than EUR has: at most 2"),
        (json!({"currency": null}), "currency: is missing"),
        (json!({"refunds": [{"total": "-1.00"}]}), "refunds[0].id: is missing"),
    ] {
        assert_eq!(said("order.updated", &order(changes)).unwrap_err().to_string(), reason);
    }
}

#[test]
fn the_ping_of_a_new_webhook() {
    assert!(is_ping(b"webhook_id=12"));
    assert!(!is_ping(b"webhook_id=") && !is_ping(b"webhook_id=1&x=2") && !is_ping(b"{}"));
}
