//! `POST events`: what is stored, what is refused, and that order and repetition do not matter.

use exitpoll::clock::{DAY, HOUR, MINUTE};
use exitpoll::config::Limits;
use exitpoll::id::uuid7;
use exitpoll::store::{carts, orders, reports, responses};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Backend, ORIGIN, TestApp, event, json_of, survey};

/// Everything a survey's reports and rows say, for comparison.
async fn state(app: &TestApp, survey: exitpoll::id::SurveyId) -> String {
    let db = &app.app.db;
    let mut totals: Vec<_> = reports::totals(db, app.site.id, survey, 0, 100_000)
        .await
        .unwrap()
        .into_iter()
        .map(|c| (c.question, c.item, c.n))
        .collect();
    totals.sort();
    let mut rows = Vec::new();
    for response in responses::page(db, app.site.id, survey, None, 100).await.unwrap() {
        let items = responses::answers(db, app.site.id, vec![response.id]).await.unwrap();
        rows.push((response, items.into_iter().map(|a| (a.question, a.item, a.body)).collect::<Vec<_>>()));
    }
    format!("{totals:#?}\n{rows:#?}")
}

crate::on_both! {
    async fn an_answer_is_stored_and_counted_before_it_is_acknowledged(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        let receipt = app.send("anna", json!([
            event(app.now(), "survey.shown", json!({"offer": token, "trigger": "delay", "device": "mobile", "page": {"url": "https://shop.example/cart?secret=1"}})),
            event(app.now(), "survey.answered", json!({"offer": token, "answers": {"reason": {"choice": "other", "other": "  too heavy\u{0} "}}})),
            event(app.now(), "survey.answered", json!({"offer": token, "answers": {"score": {"number": 9}}})),
            event(app.now(), "survey.completed", json!({"offer": token})),
        ])).await;
        assert_eq!(receipt, json!({"accepted": 4, "rejected": []}));
        let response = &responses::page(&app.app.db, app.site.id, id, None, 10).await.unwrap()[0];
        assert_eq!(response.page.as_deref(), Some("https://shop.example/cart"), "without its query");
        assert_eq!(response.completed_at, Some(app.now()));
        let items = responses::answers(&app.app.db, app.site.id, vec![response.id]).await.unwrap();
        let said: Vec<_> = items.iter().map(|a| (a.question.as_str(), a.item.as_str(), a.body.as_deref())).collect();
        assert_eq!(said, [("reason", "~other", Some("too heavy")), ("score", "9", None)]);
        let mut totals: Vec<_> = reports::totals(&app.app.db, app.site.id, id, 0, 100_000).await.unwrap().into_iter().map(|c| format!("{}/{}={}", c.question, c.item, c.n)).collect();
        totals.sort();
        assert_eq!(totals, ["/answered=1", "/completed=1", "/shown=1", "reason/=1", "reason/~other=1", "score/9=1", "score/=1"]);
    }
}

crate::on_both! {
    async fn order_and_repetition_do_not_matter(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let now = app.now();
        let mut states = Vec::new();
        // The same story told in four ways, by visitors of their own; only the way differs.
        for (visitor, way) in [("a", [0, 1, 2, 3, 4, 5]), ("b", [5, 4, 3, 2, 1, 0]), ("c", [3, 0, 5, 1, 4, 2]), ("d", [2, 5, 0, 4, 3, 1])] {
            let token = app.offer(visitor, "s").await;
            let offer = json!({"offer": token});
            let answered = |at, answers: Value| event(at, "survey.answered", json!({"offer": token, "answers": answers}));
            let story = [
                event(now, "survey.shown", offer.clone()),
                answered(now + 1, json!({"reason": {"choice": "price"}})),
                answered(now + 2, json!({"reason": {"choice": "shipping"}, "more": {"text": "hm"}})),
                answered(now + 3, json!({"score": {"number": 3}})),
                answered(now + 4, json!({"more": {}})),
                event(now + 5, "survey.completed", offer),
            ];
            app.app.clock.advance(10);
            for n in way {
                app.send(visitor, json!([story[n]])).await;
            }
            // And all of it once more.
            app.send(visitor, json!(story)).await;
            let before = state(&app, id).await;
            app.send(visitor, json!([story[1]])).await;
            assert_eq!(state(&app, id).await, before, "an old answer changes nothing");
            app.app.clock.advance(-10);
            let newest = responses::page(&app.app.db, app.site.id, id, None, 10).await.unwrap();
            let all: Vec<_> = newest.iter().map(|r| r.id).collect();
            let said = responses::answers(&app.app.db, app.site.id, all).await.unwrap();
            let said: Vec<_> = said.into_iter().filter(|a| !a.item.is_empty()).map(|a| (a.question, a.item)).collect();
            states.push(said.len());
        }
        // Each visitor's story ends the same: a reason and a score, the text taken back.
        assert_eq!(states, [2, 4, 6, 8]);
        let totals = reports::totals(&app.app.db, app.site.id, id, 0, 100_000).await.unwrap();
        for c in &totals {
            assert_eq!(c.n, 4, "{}/{}", c.question, c.item);
        }
        assert!(!totals.iter().any(|c| c.item == "price" || c.question == "more"), "{totals:?}");
    }
}

crate::on_both! {
    async fn a_lost_beacon_loses_no_answer(app: TestApp) {
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        app.send_in("anna", "one", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"score": {"number": 1}}}))])).await;
        assert_eq!(app.denial("anna", "one", "s").await.as_deref(), Some("session_limit"), "whoever answered has seen it");
    }
}

crate::on_both! {
    async fn one_bad_event_does_not_spoil_its_batch(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let foreign_site = app.another_site("https://other.example").await;
        app.publish_for(&foreign_site, survey("s")).await;
        let token = app.offer("anna", "s").await;
        let others = app.offer("ben", "s").await;
        let foreign = {
            let path = format!("/v1/{}/decide", foreign_site.key);
            let response = app.post(&path, json!({"visitor": "anna", "session": "1", "candidates": ["s"]}).to_string()).send().await.unwrap();
            json_of(response, StatusCode::OK).await["offers"][0]["token"].as_str().unwrap().to_owned()
        };
        let mut forged = token.clone();
        forged.replace_range(40..41, if &token[40..41] == "A" { "B" } else { "A" });
        let now = app.now();
        let answered = |offer: &str, answers: Value| event(now, "survey.answered", json!({"offer": offer, "answers": answers}));
        let cases = [
            (answered(&forged, json!({"score": {"number": 1}})), "forged_offer"),
            (answered("", json!({"score": {"number": 1}})), "missing_offer"),
            (answered(&others, json!({"score": {"number": 1}})), "foreign_offer"),
            (answered(&foreign, json!({"score": {"number": 1}})), "foreign_offer"),
            (answered(&token, json!({"nothing": {"number": 1}})), "unknown_question"),
            (answered(&token, json!({"reason": {"choice": "of-another-survey"}})), "unknown_choice"),
            (answered(&token, json!({"reason": {"number": 1}})), "wrong_answer_type"),
            (answered(&token, json!({"score": {"number": 11}})), "answer_out_of_range"),
            (answered(&token, json!({"more": {"text": "x".repeat(5001)}})), "answer_out_of_range"),
            (answered(&token, json!({})), "bad_payload"),
            (event(now, "survey.exploded", json!({"offer": token})), "unknown_type"),
            (event(now, "cart.exploded", json!({})), "unknown_type"),
            (event(now, "survey.dismissed", json!({"offer": token, "by": "magic"})), "bad_payload"),
            (event(now, "survey.withheld", json!({"offer": token})), "bad_payload"),
            (event(-5, "survey.shown", json!({"offer": token})), "bad_time"),
            (json!({"id": "not-a-uuid", "type": "survey.shown", "at": now, "offer": token}), "bad_id"),
            (json!("not an event"), "bad_event"),
            (json!({"id": uuid7(now), "type": 7}), "bad_event"),
            (event(now, "order.completed", json!({"order": {"id": "1", "value": -1, "currency": "EUR"}})), "bad_payload"),
            (event(now, "order.completed", json!({"order": {"id": "1", "value": 1, "currency": "euro"}})), "bad_payload"),
            (event(now, "cart.updated", json!({"cart": {"value": 1}})), "bad_payload"),
            (event(now, "customer.identified", json!({"customer": {"email": "nobody"}})), "bad_payload"),
        ];
        let mut batch: Vec<Value> = cases.iter().map(|(event, _)| event.clone()).collect();
        batch.insert(7, answered(&token, json!({"score": {"number": 9}})));
        let receipt = app.send("anna", json!(batch)).await;
        assert_eq!(receipt["accepted"], 1);
        let reasons: Vec<_> = receipt["rejected"].as_array().unwrap().iter().map(|r| r["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons, cases.iter().map(|(_, reason)| *reason).collect::<Vec<_>>());
        for (rejected, (sent, _)) in receipt["rejected"].as_array().unwrap().iter().zip(&cases) {
            assert_eq!(rejected["id"], sent.get("id").cloned().unwrap_or(json!("")), "the refusal names the event");
            assert!(!rejected["detail"].as_str().unwrap().is_empty());
        }
        assert_eq!(responses::page(&app.app.db, app.site.id, id, None, 10).await.unwrap().len(), 1, "the good one is stored");
    }
}

crate::on_both! {
    async fn offers_end_when_their_time_is_over(app: TestApp) {
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        let made = app.now();
        let shown = |at| event(at, "survey.shown", json!({"offer": token}));
        let answered = |at| event(at, "survey.answered", json!({"offer": token, "answers": {"score": {"number": 1}}}));
        app.advance(HOUR + MINUTE);
        let receipt = app.send("anna", json!([shown(app.now()), answered(app.now())])).await;
        assert_eq!(receipt["accepted"], 1);
        assert_eq!(receipt["rejected"][0]["reason"], "expired_offer");
        app.advance(24 * HOUR);
        assert_eq!(app.send("anna", json!([answered(app.now())])).await["rejected"][0]["reason"], "expired_offer");
        // From a phone that was offline: it happened in time and arrives late.
        app.advance(2 * DAY);
        assert_eq!(app.send("anna", json!([answered(made + HOUR)])).await["accepted"], 1);
        app.advance(7 * DAY);
        assert_eq!(app.send("anna", json!([answered(made + HOUR)])).await["rejected"][0]["reason"], "expired_offer");
    }
}

crate::on_both! {
    async fn the_senders_clock_is_put_right(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        // A phone whose clock is three days ahead; the answer was given a minute before it was sent.
        app.advance(5 * MINUTE);
        let theirs = app.now() + 3 * DAY;
        let answered = event(theirs - MINUTE, "survey.answered", json!({"offer": token, "answers": {"score": {"number": 1}}}));
        let batch = json!({"visitor": "anna", "session": "1", "sent_at": theirs, "events": [answered]});
        let response = app.post(&app.v1("events"), batch.to_string()).send().await.unwrap();
        assert_eq!(json_of(response, StatusCode::ACCEPTED).await["accepted"], 1);
        assert_eq!(responses::page(&app.app.db, app.site.id, id, None, 1).await.unwrap()[0].started_at, app.now() - MINUTE);
    }
}

crate::on_both! {
    async fn answers_to_an_older_revision_are_taken(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        let mut changed = survey("s");
        changed["questions"] = json!([{"key": "new", "type": "nps", "prompt": "New?"}]);
        app.publish(changed).await;
        let receipt = app.send("anna", json!([
            event(app.now(), "survey.answered", json!({"offer": token, "answers": {"reason": {"choice": "price"}}})),
            event(app.now(), "survey.answered", json!({"offer": token, "answers": {"new": {"number": 1}}})),
        ])).await;
        assert_eq!(receipt["accepted"], 1);
        assert_eq!(receipt["rejected"][0]["reason"], "unknown_question");
        assert_eq!(responses::page(&app.app.db, app.site.id, id, None, 1).await.unwrap()[0].revision, 1);
    }
}

crate::on_both! {
    async fn carts_and_orders_end_the_same_in_any_order(app: TestApp) {
        let now = app.now();
        let cart = |at, value| event(at, "cart.updated", json!({"cart": {"token": "c", "value": value, "currency": "EUR", "items": [{"id": "mug", "quantity": 2}]}}));
        app.advance(100);
        app.send("anna", json!([cart(now + 50, 2000)])).await;
        app.send("anna", json!([cart(now, 1000)])).await;
        assert_eq!(carts::by_token(&app.app.db, app.site.id, "c").await.unwrap().unwrap().value, 2000, "the newer report stays");
        let order = event(now, "order.completed", json!({"order": {"id": 1001, "value": 2000, "currency": "EUR", "email": "anna@example.com"}}));
        for _ in 0..2 {
            assert_eq!(app.send("anna", json!([order])).await["accepted"], 1);
        }
        let visitor = exitpoll::collect::offer::visitor_hash(app.site.id, "anna");
        let orders = orders::of_visitor(&app.app.db, app.site.id, visitor).await.unwrap();
        assert_eq!(orders.iter().map(|o| (&*o.id, o.value, &*o.currency)).collect::<Vec<_>>(), [("1001", 2000, "EUR")]);
    }
}

crate::on_both! {
    async fn bad_requests_are_refused_whole_and_say_why(app: TestApp) {
        let path = app.v1("events");
        let send = async |body: String| app.post(&path, body).header("origin", ORIGIN).send().await.unwrap();
        let malformed = json_of(send("{\"visitor\": \"a\",\n oops}".into()).await, StatusCode::BAD_REQUEST).await;
        assert!(malformed["detail"].as_str().unwrap().contains("line 2 column 2"), "{malformed}");
        for (body, word) in [
            (json!({"session": "1", "events": []}), "visitor"),
            (json!({"visitor": "", "session": "1", "events": []}), "visitor"),
            (json!({"visitor": "v".repeat(65), "session": "1", "events": []}), "visitor"),
            (json!({"visitor": "v", "session": 1, "events": []}), "session"),
            (json!({"visitor": "v", "session": "1", "events": vec![json!({}); 101]}), "events"),
        ] {
            let answer = json_of(send(body.to_string()).await, StatusCode::BAD_REQUEST).await;
            assert!(answer["detail"].as_str().unwrap().contains(word) || answer["detail"].as_str().unwrap().contains("string"), "{answer}");
        }
        let large = send(format!("{{\"visitor\": \"{}\"}}", "x".repeat(64 * 1024))).await;
        assert_eq!(json_of(large, StatusCode::PAYLOAD_TOO_LARGE).await["code"], "too_large");
        let foreign = app.post(&path, "{}").header("origin", "https://evil.example").send().await.unwrap();
        assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_again() {
    let app =
        TestApp::start_with(Backend::Sqlite, Limits { decide: 3, events: 3, coupon: 3, login: 3, ..Limits::default() }).await;
    for what in ["events", "decide"] {
        let body = json!({"visitor": "v", "session": "s", "events": [], "candidates": []}).to_string();
        for _ in 0..3 {
            let response = app.post(&app.v1(what), body.clone()).send().await.unwrap();
            assert!(response.status().is_success());
        }
        let response = app.post(&app.v1(what), body.clone()).header("origin", ORIGIN).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()["retry-after"], "20");
        assert_eq!(response.headers()["access-control-allow-origin"], ORIGIN, "the page can read it");
        app.advance(20 * exitpoll::clock::SECOND);
        assert!(app.post(&app.v1(what), body).send().await.unwrap().status().is_success());
    }
}
