//! Lists: complete, and steady while rows are added.

use std::collections::BTreeSet;

use exitpoll::clock::{MINUTE, SECOND};
use serde_json::{Value, json};

use super::Api;
use crate::support::{TestApp, event, survey};

/// Every row's name, page by page; `between` runs after each.
async fn walk(api: &Api<'_>, list: &str, name: &str, between: impl AsyncFn(usize)) -> Vec<String> {
    let (mut names, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = api.get(&format!("{list}{}limit=3{after}", if list.contains('?') { "&" } else { "?" })).await;
        let rows = page["data"].as_array().unwrap();
        names.extend(rows.iter().map(|row| row[name].as_str().unwrap().to_owned()));
        pages += 1;
        between(pages).await;
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return names,
        }
        assert_eq!(rows.len(), 3, "only the last page is short");
    }
}

crate::on_both! {
    async fn nothing_is_left_out_or_doubled_while_rows_are_added(app: TestApp) {
        let api = Api::new(&app).await;
        for n in 0..8 {
            // Two at each moment.
            if n % 2 == 0 { app.advance(SECOND) }
            api.put(&format!("carts/cart{n}"), json!({"value": n + 1})).await;
            api.put(&format!("orders/order{n}"), json!({"value": n})).await;
            api.put(&format!("customers/c{n}"), json!({"email": format!("a{n}@b.example")})).await;
            let address = json!({"email": format!("s{n}@b.example")});
            assert!(api.send("POST", "suppressions", &address).await.status().is_success());
        }
        app.advance(MINUTE);
        for (list, name, prefix) in [
            ("carts", "token", "cart"), ("carts?status=active", "token", "cart"), ("orders", "id", "order"),
            ("customers", "external_id", "c"), ("suppressions", "email", "s"),
        ] {
            let names = walk(&api, list, name, async |page| {
                let more = format!("late{page}{}", list.len());
                api.put(&format!("carts/{more}"), json!({"value": 1})).await;
                // A report of a cart that is known does not move it.
                api.put("carts/cart1", json!({"value": page})).await;
                api.put(&format!("orders/{more}"), json!({"value": 1})).await;
                api.put(&format!("customers/{more}"), json!({"name": "Late"})).await;
                let address = json!({"email": format!("{more}@b.example")});
                assert!(api.send("POST", "suppressions", &address).await.status().is_success());
            }).await;
            let early: Vec<&String> = names.iter().filter(|name| name.starts_with(prefix)).collect();
            assert_eq!(early.len(), 8, "{list}: {names:?}");
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{list}: {names:?}");
            let tens: Vec<char> = early.iter().map(|name| name.chars().find(char::is_ascii_digit).unwrap()).collect();
            assert!(tens.first() > tens.last(), "newest first: {names:?}");
        }
    }
}

crate::on_both! {
    async fn responses_come_with_their_answers(app: TestApp) {
        let api = Api::new(&app).await;
        app.publish(survey("why")).await;
        app.publish(survey("other")).await;
        let mut begun = Vec::new();
        for n in 0..5 {
            app.advance(MINUTE);
            begun.push(app.now());
            let visitor = format!("v{n}");
            let token = app.offer(&visitor, "why").await;
            let answers = json!({"reason": {"choice": "other", "other": "dust"}, "score": {"number": 9}, "more": {"text": "Hm"}});
            let mut events = vec![event(app.now(), "survey.answered", json!({"offer": token, "answers": answers}))];
            if n % 2 == 0 {
                events.push(event(app.now(), "survey.completed", json!({"offer": token})));
            }
            app.send(&visitor, Value::Array(events)).await;
        }
        let all = walk(&api, "responses?survey=why", "id", async |_| {}).await;
        assert_eq!(all.len(), 5);
        assert_eq!(walk(&api, "responses", "id", async |_| {}).await, all);
        let first = api.get(&format!("responses/{}", all[0])).await;
        assert_eq!(first["survey"], "why");
        assert_eq!(first["answers"], json!({
            "reason": {"choice": "other", "other": "dust"}, "score": {"number": 9}, "more": {"text": "Hm"}}));
        for (query, n) in [
            ("survey=other".to_owned(), 0), ("completed=true".into(), 3), ("completed=false".into(), 2),
            (format!("since={}", begun[3]), 2), (format!("until={}", begun[3]), 3),
            (format!("survey=why&since={}&until={}&completed=true", begun[1], begun[4]), 1),
        ] {
            assert_eq!(api.get(&format!("responses?{query}")).await["data"].as_array().unwrap().len(), n, "{query}");
        }
        let report = api.get("reports/summary?survey=why").await;
        assert_eq!((&report["answered"], &report["completed"]), (&json!(5), &json!(3)));
        assert_eq!(report["questions"][1]["score"]["name"], "NPS");
        assert_eq!(report["questions"][1]["score"]["value"], 100.0);
        let counts = &api.get("surveys/why").await["counts"];
        assert_eq!((&counts["answered"], &counts["completed"]), (&json!(5), &json!(3)));
    }
}
