//! Bodies that nobody meant: whatever is sent is stored or refused, never a fault of ours.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::Api;
use crate::support::{TestApp, number};

/// JSON of any shape, with names that mean something more often than not.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..10_000i64).prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        "\\PC{0,12}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec![
            "EUR",
            "anna@buyer.example",
            "berta@buyer.example",
            "c1",
            "placed",
            "cancelled",
            "2026-11-24T12:00:00Z",
            "https://shop.example/x",
            "Europe/Berlin",
            "\0",
            "cus_0000000000000",
        ])
        .prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "value",
        "currency",
        "items",
        "id",
        "token",
        "email",
        "customer",
        "consent",
        "marketing",
        "attributes",
        "at",
        "status",
        "refunded",
        "cart_token",
        "checkout_token",
        "checkout_url",
        "name",
        "quantity",
        "price",
        "time_zone",
        "locale",
        "data",
        "codes",
        "key",
        "questions",
        "steps",
        "on",
        "checkout",
        "number",
        "past",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A body that is nearly right.
fn nearly() -> impl Strategy<Value = Value> {
    (anything(), 0..3i64).prop_map(|(mut body, value)| {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("value".into(), value.into());
        }
        body
    })
}

crate::on_both! {
    async fn no_body_is_a_fault_of_ours(app: TestApp) {
        let api = Api::new(&app).await;
        let calls = prop::sample::select(vec![
            ("PUT", "carts/c1"), ("PUT", "orders/1"), ("PUT", "orders/2"), ("PUT", "customers/a"), ("PUT", "customers/b"),
            ("PUT", "surveys/s"), ("PUT", "flows/f"), ("POST", "suppressions"), ("POST", "coupons/none/codes"),
            ("POST", "orders/batch"), ("POST", "customers/batch"), ("POST", "carts/batch"),
        ]);
        let mut runner = TestRunner::new(Config { cases: number("API_FUZZ", 150), failure_persistence: None, ..Config::default() });
        let handle = Handle::current();
        tokio::task::block_in_place(|| {
            let bodies = prop_oneof![anything(), nearly(), anything().prop_map(|body| json!({"data": [body]}))];
            runner.run(&(calls, bodies), |((method, path), body)| {
                let response = handle.block_on(api.send(method, path, &body));
                prop_assert!(!response.status().is_server_error(), "{} {}: {}", method, path, response.status());
                Ok(())
            }).unwrap();
        });
    }
}
