//! `widget.error`: mistakes of the script are counted, bounded, and forgotten.

use exitpoll::clock::DAY;
use exitpoll::jobs::ensure_nightly;
use exitpoll::store::widget_errors::{self, Total};
use serde_json::{Value, json};

use crate::support::{TestApp, event, survey};

fn fault(app: &TestApp, message: impl Into<Value>) -> Value {
    let page = json!({"url": "https://shop.example/cart?email=a@b.c"});
    event(app.now(), "widget.error", json!({"message": message.into(), "where": "core", "page": page}))
}

async fn totals(app: &TestApp) -> Vec<Total> {
    widget_errors::totals(&app.app.db, app.site.id, 0).await.unwrap()
}

crate::on_both! {
    async fn mistakes_are_counted_by_message_and_never_spoil_a_batch(app: TestApp) {
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        let receipt = app.send("anna", json!([
            fault(&app, "TypeError: a is\u{0} undefined\n  at b"),
            fault(&app, 7),
            fault(&app, " "),
            event(app.now(), "survey.shown", json!({"offer": token})),
            fault(&app, "TypeError: a is undefined at b"),
            fault(&app, "x".repeat(1000)),
        ])).await;
        assert_eq!(receipt["accepted"], 4);
        let reasons: Vec<_> = receipt["rejected"].as_array().unwrap().iter().map(|r| r["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, ["bad_event", "bad_payload"]);
        app.send("ben", json!([fault(&app, "TypeError: a is undefined at b")])).await;
        let totals = totals(&app).await;
        assert_eq!(totals[0], Total {
            message: "TypeError: a is undefined at b".into(), n: 3, last_at: app.now(),
            place: Some("core".into()), page: Some("https://shop.example/cart".into()),
        });
        assert_eq!((totals[1].message.len(), totals[1].n, totals.len()), (300, 1, 2));
    }
}

crate::on_both! {
    async fn a_page_that_says_something_new_each_time_fills_no_disk(app: TestApp) {
        for batch in 0..2 {
            let faults: Vec<_> = (0..40).map(|n| fault(&app, format!("{batch} {n}"))).collect();
            app.send("anna", json!(faults)).await;
        }
        app.send("anna", json!([fault(&app, "0 7")])).await;
        let found = totals(&app).await;
        assert_eq!(found.len(), 51, "fifty, and one for all the others");
        assert_eq!((found[0].message.as_str(), found[0].n), (widget_errors::OTHER, 30));
        assert_eq!((found[1].message.as_str(), found[1].n), ("0 7", 2), "what is known goes on being counted");
        // Forgotten after a month.
        app.advance(32 * DAY);
        ensure_nightly(&app.app.db, app.now()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(totals(&app).await, []);
    }
}
