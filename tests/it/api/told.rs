//! Carts, orders and customers, told by a store's server.

use exitpoll::clock::{HOUR, MINUTE};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{Api, paths, problem};
use crate::support::{NOON, TestApp, event, json_of};

crate::on_both! {
    async fn a_cart_is_stored_as_it_is_told(app: TestApp) {
        let api = Api::new(&app).await;
        let body = json!({
            "value": 2990, "items": [{"id": 7, "name": "Mug", "quantity": 2, "price": 1495}], "checkout_token": "k1",
            "checkout_url": "https://shop.example/go", "customer": {"id": "anna", "email": "Anna@Buyer.example"}, "at": app.now(),
        });
        let cart = api.put("carts/c1", body).await;
        for (field, value) in [
            ("token", json!("c1")), ("value", json!(2990)), ("currency", json!("EUR")), ("status", json!("active")),
            ("items", json!([{"id": "7", "name": "Mug", "quantity": 2, "price": 1495}])), ("source", json!("api")),
            ("email", json!("anna@buyer.example")), ("updated_at", json!("2026-11-24T12:00:00.000Z")),
        ] {
            assert_eq!(cart[field], value, "{field}");
        }
        assert_eq!(api.get("carts/c1").await, cart);
        assert_eq!(api.get("customers/anna").await["id"], cart["customer_id"]);
        let late = api.put("carts/c1?key=x", json!({"value": 1, "at": app.now() - HOUR})).await;
        assert_eq!(late["value"], 2990, "the latest moment wins");
        let begun = api.put("carts/c1", json!({"value": 2990, "items": 2, "checkout": true})).await;
        assert_eq!(begun["status"], "checkout");
        app.advance(HOUR);
        app.run_jobs().await;
        assert_eq!(api.get("carts/c1").await["status"], "abandoned");
        assert_eq!(api.get("carts?status=abandoned").await["data"][0]["token"], "c1");
        let emptied = api.put("carts/c1", json!({"value": 0, "items": []})).await;
        assert_eq!(emptied["status"], "emptied");
    }
}

crate::on_both! {
    async fn page_and_server_tell_of_one_order_in_any_order(app: TestApp) {
        let api = Api::new(&app).await;
        let mut ends = Vec::new();
        let ways = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [1, 0, 2, 3], [2, 3, 1, 0]];
        for (n, way) in ways.into_iter().enumerate() {
            let (cart, order, email) = (format!("cart{n}"), format!("order{n}"), format!("anna{n}@buyer.example"));
            let visitor = format!("visitor {n}");
            for step in way.into_iter().chain(way) {
                match step {
                    0 => drop(api.put(&format!("carts/{cart}"), json!({"value": 4990, "email": email, "at": NOON - HOUR - 10 * MINUTE})).await),
                    1 => drop(api.put(&format!("orders/{order}"), json!({
                        "value": 4990, "number": "#1", "cart_token": cart, "at": NOON - HOUR,
                        "customer": {"id": format!("c{n}"), "email": email}})).await),
                    2 => drop(app.send(&visitor, json!([event(NOON - HOUR, "order.completed", json!({"order":
                        {"id": order, "value": 4000, "currency": "EUR", "email": email, "cart_token": cart}}))])).await),
                    _ => drop(api.put(&format!("orders/{order}"), json!({
                        "value": 4990, "refunded": 1000, "cart_token": cart, "at": NOON - HOUR,
                        "customer": {"id": format!("c{n}")}})).await),
                }
            }
            let order = api.get(&format!("orders/{order}")).await;
            let customer = api.get(&format!("customers/c{n}")).await;
            let cart = api.get(&format!("carts/{cart}")).await;
            assert_eq!(order["customer_id"], customer["id"], "{way:?}");
            ends.push((way, json!([order["value"], order["refunded"], order["number"], order["status"], customer["orders"],
                customer["spent"], cart["status"]])));
        }
        for (way, end) in &ends {
            assert_eq!(*end, json!([4990, 1000, "#1", "placed", 1, {"value": 3990, "currency": "EUR"}, "ordered"]), "{way:?}");
        }
    }
}

crate::on_both! {
    async fn an_order_is_cancelled_and_paid_back(app: TestApp) {
        let api = Api::new(&app).await;
        let buyer = json!({"id": "anna"});
        api.put("orders/1", json!({"value": 100, "customer": buyer})).await;
        let order = api.put("orders/1", json!({"value": 100, "customer": buyer, "status": "cancelled"})).await;
        assert_eq!((&order["status"], &order["refunded"]), (&json!("cancelled"), &json!(100)));
        let order = api.put("orders/2", json!({"value": 100, "customer": buyer, "status": "refunded"})).await;
        assert_eq!(order["status"], "refunded");
        let customer = api.get("customers/anna").await;
        assert_eq!((&customer["orders"], &customer["spent"]["value"]), (&json!(2), &json!(0)));
    }
}

crate::on_both! {
    async fn a_customer_is_told_of_and_found(app: TestApp) {
        let api = Api::new(&app).await;
        let told = api.put("customers/c-17", json!({
            "email": "Anna@buyer.example", "name": "Anna", "locale": "de-AT", "time_zone": "Europe/Vienna",
            "attributes": {"tier": "gold", "old": 1}, "consent": {"marketing": true, "text": "News"}})).await;
        assert_eq!(told["external_id"], "c-17");
        assert_eq!(told["consent"]["marketing"], true);
        let id = told["id"].as_str().unwrap().to_owned();
        assert!(id.starts_with("cus_"));
        let changed = api.put(&format!("customers/{id}"), json!({"attributes": {"old": null, "n": 2}, "name": null})).await;
        assert_eq!(changed["attributes"], json!({"tier": "gold", "n": 2}));
        assert_eq!(changed["name"], "Anna", "null leaves a field as it is");
        app.advance(MINUTE);
        let no = api.put("customers/c-17", json!({"consent": {"marketing": false}})).await;
        assert_eq!(no["consent"]["marketing"], false);
        for query in ["email=ANNA@buyer.example", "external_id=c-17"] {
            assert_eq!(api.get(&format!("customers?{query}")).await["data"][0]["id"], id.as_str(), "{query}");
        }
        assert_eq!(api.get("customers?email=other@buyer.example").await["data"], json!([]));
        // Two accounts of the shop that share an address: nothing breaks, and each is found.
        let second = api.put("customers/c-18", json!({"name": "Berta", "email": "berta@buyer.example"})).await;
        app.advance(MINUTE);
        let shared = api.put("customers/c-18", json!({"email": "anna@buyer.example"})).await;
        assert_eq!(shared["email"], "berta@buyer.example", "an address is one account's");
        assert_eq!(shared["id"], second["id"]);
        assert_eq!(api.get("customers/c-17").await["email"], "anna@buyer.example");
    }
}

crate::on_both! {
    async fn bodies_are_refused_with_every_problem_and_its_place(app: TestApp) {
        let api = Api::new(&app).await;
        let long = "x".repeat(129);
        let table: Vec<(&str, Value, Vec<&str>)> = vec![
            ("carts/c", json!({}), vec!["value"]),
            ("carts/c", json!([]), vec![""]),
            ("carts/c", json!({"value": "49.90", "currency": "EURO", "items": [{"price": -1}]}), vec!["value", "currency", "items[0].price"]),
            ("carts/c", json!({"value": 1, "vlaue": 1}), vec!["vlaue"]),
            ("carts/c", json!({"value": 1, "token": "d"}), vec!["token"]),
            ("carts/c", json!({"value": 1, "checkout_url": "javascript:alert(1)"}), vec!["checkout_url"]),
            ("carts/c", json!({"value": 1, "email": "a@b.example", "customer": {"email": "c@d.example"}}), vec!["email"]),
            ("carts/c", json!({"value": 1, "customer": {"consent": {"text": "x"}}}), vec!["customer.consent.marketing"]),
            ("carts/c", json!({"value": 1, "email": "a\u{0}@b.example"}), vec!["email"]),
            ("orders/1", json!({"value": 1, "refunded": 2}), vec!["refunded"]),
            ("orders/1", json!({"value": 1, "status": "lost", "at": 1}), vec!["status", "at"]),
            ("orders/1", json!({"value": 1, "cart_token": long}), vec!["cart_token"]),
            ("customers/1", json!({"email": "anna", "time_zone": "Vienna", "attributes": []}), vec!["email", "time_zone", "attributes"]),
            ("customers/1", json!({"id": "2"}), vec!["id"]),
            ("suppressions", json!({"email": "anna"}), vec!["email"]),
        ];
        for (path, body, expected) in table {
            let method = if path == "suppressions" { "POST" } else { "PUT" };
            let refused = api.refused(method, path, Some(&body), 422).await;
            assert_eq!(paths(&refused), expected, "{body}: {refused}");
        }
        api.refused("PUT", &format!("orders/{long}"), Some(&json!({"value": 1})), 422).await;
        assert_eq!(api.get("orders").await["data"], json!([]), "nothing of it was stored");
        assert_eq!(api.get("customers").await["data"], json!([]));
    }
}

crate::on_both! {
    async fn what_is_no_call_is_refused_as_a_problem(app: TestApp) {
        let api = Api::new(&app).await;
        let put = |kind: &'static str, body: Vec<u8>| api.request("PUT", "carts/c").header("content-type", kind).body(body).send();
        for (kind, body, status) in [
            ("application/json", b"{".to_vec(), 400),
            ("application/json", b"".to_vec(), 400),
            ("application/json", b"\"\xff\"".to_vec(), 400),
            ("application/json", b"1e999".to_vec(), 400),
            ("application/json", "[".repeat(10_000).into_bytes(), 400),
            ("text/plain", b"{}".to_vec(), 415),
            ("application/x-www-form-urlencoded", b"value=1".to_vec(), 415),
            ("application/json", vec![b' '; 4 * 1024 * 1024 + 1], 413),
        ] {
            problem(put(kind, body).await.unwrap(), status).await;
        }
        for (method, path, status) in [
            ("GET", "nothing", 404), ("POST", "carts/c", 405), ("DELETE", "orders", 405), ("PATCH", "site", 405),
            ("GET", "carts/%00", 404), ("GET", "carts/%ff", 404), ("GET", "customers/cus_zzzzzzzzzzzzz", 404),
            ("GET", "carts?limit=0", 400), ("GET", "carts?limit=201", 400), ("GET", "carts?limit=x", 400), ("GET", "carts?after=x", 400),
            ("GET", "carts?status=lost", 400), ("GET", "customers?email=%00", 400), ("GET", "customers?external_id=%00", 400),
            ("GET", "responses?since=yesterday", 400), ("GET", "responses?survey=none", 404), ("GET", "responses/x", 404),
            ("GET", "reports/summary", 400), ("GET", "reports/summary?survey=none", 404), ("GET", "surveys/%00", 404),
        ] {
            api.refused(method, path, None, status).await;
        }
        let unknown = app.get("/api/v2/site").send().await.unwrap();
        problem(unknown, 404).await;
    }
}

crate::on_both! {
    async fn a_batch_is_judged_object_by_object(app: TestApp) {
        let api = Api::new(&app).await;
        let mut orders: Vec<Value> = (0..120).map(|n| json!({"id": n, "value": n, "past": true, "at": NOON - HOUR - n})).collect();
        orders.push(json!({"value": 1}));
        orders.push(json!({"id": "x", "value": -1}));
        orders.push(json!("order"));
        let outcome = json_of(api.send("POST", "orders/batch", &json!({"data": orders})).await, StatusCode::OK).await;
        assert_eq!(outcome["stored"], 120);
        let refused: Vec<_> = outcome["refused"].as_array().unwrap().iter().map(|r| (&r["index"], &r["problems"][0]["path"])).collect();
        assert_eq!(refused, [(&json!(120), &json!("id")), (&json!(121), &json!("value")), (&json!(122), &json!(""))]);
        assert_eq!(api.get("orders/119").await["value"], 119);
        for (kind, object) in [("carts", json!({"token": "t", "value": 1})), ("customers", json!({"email": "a@b.example"}))] {
            let outcome = json_of(api.send("POST", &format!("{kind}/batch"), &json!({"data": [object]})).await, StatusCode::OK).await;
            assert_eq!(outcome, json!({"stored": 1, "refused": []}), "{kind}");
        }
        for body in [json!({}), json!({"data": []}), json!({"data": vec![1; 1001]}), json!([])] {
            api.refused("POST", "orders/batch", Some(&body), 422).await;
        }
    }
}

crate::on_both! {
    async fn a_customer_is_exported_and_erased(app: TestApp) {
        let api = Api::new(&app).await;
        api.put("orders/1", json!({"value": 100, "customer": {"id": "anna", "email": "anna@buyer.example", "name": "Anna Berg"}})).await;
        let record = api.get("customers/anna/export").await.to_string();
        assert!(record.contains("anna@buyer.example") && record.contains("Anna Berg"), "{record}");
        let erased = api.request("DELETE", "customers/anna").send().await.unwrap();
        assert_eq!(erased.status(), StatusCode::NO_CONTENT);
        for path in ["customers/anna", "customers/anna/export"] {
            api.refused("GET", path, None, 404).await;
        }
        assert_eq!(api.get("customers?email=anna@buyer.example").await["data"], json!([]));
        assert_eq!(api.get("orders/1").await["email"], json!(null), "the books keep the order, not the person");
        let suppressed = api.get("suppressions").await;
        assert_eq!((&suppressed["data"][0]["reason"], &suppressed["data"][0]["email"]), (&json!("erased"), &json!(null)));
        api.refused("DELETE", "suppressions/anna@buyer.example", None, 409).await;
    }
}
