//! `POST decide`, rule by rule.

use exitpoll::clock::{DAY, HOUR, MINUTE};
use serde_json::json;

use crate::support::{TestApp, event, survey};

crate::on_both! {
    async fn an_offer_brings_the_document_for_the_page(app: TestApp) {
        let mut document = survey("s");
        document["translations"] = json!({"de": {"questions.reason.prompt": "Warum?"}});
        document["targeting"] = json!({"all": [{"field": "device", "op": "eq", "value": "mobile"}]});
        app.publish(document).await;
        let ask = json!({"visitor": "anna", "session": "1", "candidates": ["s"], "locale": "de-AT", "device": "mobile"});
        let answer = app.decide(ask.clone()).await;
        let offered = &answer["offers"][0]["survey"];
        assert_eq!(offered["questions"][0]["prompt"], "Warum?");
        assert_eq!(offered["questions"][1]["prompt"], "How likely?");
        assert_eq!((&offered["dir"], &offered["words"]["next"]), (&json!("ltr"), &json!("Weiter")), "no page has words of its own");
        assert_eq!(offered["questions"][1]["low"], "Sehr unwahrscheinlich");
        for private in ["targeting", "frequency", "translations"] {
            assert!(offered.get(private).is_none(), "{private}");
        }
        assert_eq!(answer["offers"][0]["withhold"], false);
        let mut desktop = ask;
        desktop["device"] = json!("desktop");
        assert_eq!(app.decide(desktop).await["denied"][0], json!({"survey": "s", "reason": "not_targeted"}));
    }
}

crate::on_both! {
    async fn deciding_writes_nothing(app: TestApp) {
        app.publish(survey("s")).await;
        for _ in 0..3 {
            app.offer("anna", "s").await;
        }
        assert_eq!(app.denial("anna", "same", "s").await, None, "what was only offered was not shown");
    }
}

crate::on_both! {
    async fn whoever_is_not_live_scheduled_or_a_crawlers_business_is_told_so(app: TestApp) {
        let mut later = survey("later");
        later["schedule"] = json!({"from": "2026-11-25T00:00"});
        app.publish(later).await;
        let answer = app.decide(json!({"visitor": "v", "session": "s", "candidates": ["later", "unknown"]})).await;
        // Midnight in Berlin.
        assert_eq!(answer["denied"], json!([
            {"survey": "later", "reason": "out_of_schedule", "until": 1_795_561_200_000_i64},
            {"survey": "unknown", "reason": "not_live"},
        ]));
        app.advance(12 * HOUR);
        assert_eq!(app.denial("v", "s", "later").await, None);
        let bot = app.post(&app.v1("decide"), json!({"visitor": "v", "session": "s", "candidates": ["later"]}).to_string())
            .header("user-agent", "Mozilla/5.0 (compatible; Googlebot/2.1)").send().await.unwrap();
        assert_eq!(crate::support::json_of(bot, reqwest::StatusCode::OK).await["denied"][0]["reason"], "bot");
    }
}

crate::on_both! {
    async fn one_survey_a_session_and_a_week_between_any_two(app: TestApp) {
        app.publish(survey("a")).await;
        app.publish(survey("b")).await;
        let token = app.offer("anna", "a").await;
        let shown = event(app.now(), "survey.shown", json!({"offer": token}));
        app.send_in("anna", "first", json!([shown])).await;
        assert_eq!(app.denial("anna", "first", "b").await.as_deref(), Some("session_limit"));
        let answer = app.decide(json!({"visitor": "anna", "session": "second", "candidates": ["b"]})).await;
        assert_eq!(answer["denied"][0], json!({"survey": "b", "reason": "visitor_gap", "until": app.now() + 7 * DAY}));
        assert_eq!(app.denial("ben", "first", "b").await, None, "another visitor is another person");
        app.advance(7 * DAY - 1);
        assert_eq!(app.denial("anna", "third", "b").await.as_deref(), Some("visitor_gap"));
        app.advance(1);
        assert_eq!(app.denial("anna", "third", "b").await, None);
    }
}

crate::on_both! {
    async fn after_an_answer_ninety_days_and_after_a_dismissal_thirty_then_sixty(app: TestApp) {
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        app.send("anna", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"score": {"number": 5}}}))])).await;
        app.advance(90 * DAY - MINUTE);
        assert_eq!(app.denial("anna", "x", "s").await.as_deref(), Some("recently_answered"));
        app.advance(MINUTE);
        assert_eq!(app.denial("anna", "x", "s").await, None);

        for wait in [30, 60] {
            let token = app.offer("ben", "s").await;
            app.send("ben", json!([event(app.now(), "survey.dismissed", json!({"offer": token, "by": "escape"}))])).await;
            app.advance(wait * DAY - MINUTE);
            assert!(app.denial("ben", "x", "s").await.is_some(), "still within {wait} days");
            app.advance(MINUTE);
            assert_eq!(app.denial("ben", "x", "s").await, None, "after {wait} days");
        }
    }
}

crate::on_both! {
    async fn after_an_order_once_for_each_and_in_spite_of_the_gap(app: TestApp) {
        app.publish(survey("before")).await;
        let mut after = survey("after");
        after["kind"] = json!("post_purchase");
        after["trigger"] = json!({"type": "order"});
        after["frequency"] = json!({"show": "once"});
        app.publish(after).await;
        let token = app.offer("anna", "before").await;
        app.send("anna", json!([event(app.now(), "survey.shown", json!({"offer": token}))])).await;
        app.advance(HOUR);
        let ask = |session: &str, order: &str| json!({"visitor": "anna", "session": session, "candidates": ["after"], "order": {"id": order, "value": 100}});
        let answer = app.decide(ask("later", "1001")).await;
        let token = answer["offers"][0]["token"].as_str().expect("no gap after an order");
        app.send_in("anna", "later", json!([event(app.now(), "survey.shown", json!({"offer": token}))])).await;
        assert_eq!(app.decide(ask("again", "1001")).await["denied"][0]["reason"], "order_asked");
        assert_eq!(app.decide(ask("again", "1002")).await["offers"].as_array().unwrap().len(), 1);
        assert_eq!(app.decide(ask("later", "1002")).await["denied"][0]["reason"], "session_limit");
    }
}

crate::on_both! {
    async fn one_offer_a_trigger_the_highest_priority_first(app: TestApp) {
        for (key, priority) in [("low", 0), ("high", 5), ("middle", 1)] {
            let mut document = survey(key);
            document["priority"] = json!(priority);
            app.publish(document).await;
        }
        let mut other = survey("other-trigger");
        other["trigger"] = json!({"type": "scroll", "percent": 50});
        app.publish(other).await;
        let answer = app.decide(json!({"visitor": "v", "session": "s", "candidates": ["low", "high", "middle", "other-trigger"]})).await;
        let offered: Vec<_> = answer["offers"].as_array().unwrap().iter().map(|o| o["survey"]["key"].as_str().unwrap()).collect();
        assert_eq!(offered, ["high", "other-trigger"]);
        assert!(answer["denied"].as_array().unwrap().iter().all(|d| d["reason"] == "outranked"));
    }
}

crate::on_both! {
    async fn a_survey_that_the_page_asks_for_by_name_knows_no_caps(app: TestApp) {
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        app.send_in("anna", "same", json!([event(app.now(), "survey.shown", json!({"offer": token}))])).await;
        assert!(app.denial("anna", "same", "s").await.is_some());
        let answer = app.decide(json!({"visitor": "anna", "session": "same", "candidates": ["s"], "manual": true})).await;
        assert_eq!(answer["offers"].as_array().unwrap().len(), 1);
    }
}

crate::on_both! {
    async fn the_holdout_is_offered_to_be_counted_only(app: TestApp) {
        let mut document = survey("s");
        document["holdout"] = json!(1.0);
        let id = app.publish(document).await;
        let answer = app.decide(json!({"visitor": "anna", "session": "1", "candidates": ["s"]})).await;
        assert_eq!(answer["offers"][0]["withhold"], true);
        let token = answer["offers"][0]["token"].as_str().unwrap();
        let receipt = app.send("anna", json!([
            event(app.now(), "survey.shown", json!({"offer": token})),
            event(app.now(), "survey.withheld", json!({"offer": token})),
        ])).await;
        assert_eq!(receipt["accepted"], 1);
        assert_eq!(receipt["rejected"][0]["reason"], "withheld_offer");
        let totals = exitpoll::store::reports::totals(&app.app.db, app.site.id, id, 0, 100_000).await.unwrap();
        assert_eq!(totals.iter().map(|c| (c.item.as_str(), c.n)).collect::<Vec<_>>(), [("withheld", 1)]);
    }
}

crate::on_both! {
    async fn many_who_ask_at_once_get_their_own_histories(app: TestApp) {
        app.publish(survey("s")).await;
        let visitors: Vec<String> = (0..40).map(|n| format!("visitor {n}")).collect();
        for visitor in visitors.iter().step_by(2) {
            let token = app.offer(visitor, "s").await;
            app.send(visitor, json!([event(app.now(), "survey.shown", json!({"offer": token}))])).await;
        }
        // One history that is longer than any rule needs: shown by hand, over and over.
        for _ in 0..2 {
            let mut shows = Vec::new();
            for n in 0..60 {
                let session = format!("hand {n}");
                let ask = json!({"visitor": "visitor 1", "session": session, "candidates": ["s"], "manual": true});
                let offer = app.decide(ask).await["offers"][0]["token"].clone();
                shows.push(event(app.now(), "survey.shown", json!({"offer": offer})));
            }
            app.send_in("visitor 1", "hand", json!(shows)).await;
        }
        let asked = visitors.iter().map(|visitor| app.denial(visitor, "later", "s"));
        let denials = futures::future::join_all(asked).await;
        for (visitor, denial) in visitors.iter().zip(denials).skip(2) {
            let shown = visitors.iter().step_by(2).any(|v| v == visitor);
            assert_eq!(denial.is_some(), shown, "{visitor}: {denial:?}");
        }
    }
}

crate::on_both! {
    async fn whoever_asks_why_is_told_every_gate(app: TestApp) {
        let mut document = survey("s");
        document["targeting"] = json!({"all": [{"field": "cart.value", "op": "gte", "value": 3000}, {"field": "page.path", "op": "glob", "value": "/cart*"}]});
        app.publish(document).await;
        let mut outranked = survey("t");
        outranked["priority"] = json!(-1);
        app.publish(outranked).await;
        app.publish(survey("u")).await;
        let token = app.offer("anna", "u").await;
        app.send("anna", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"reason": {"choice": "price"}}}))])).await;
        app.advance(12 * DAY);
        let ask = |debug: bool| json!({
            "visitor": "anna", "session": "later", "candidates": ["s", "t", "u", "gone"], "debug": debug,
            "page": {"url": "https://shop.example/search"}, "cart": {"value": 2000},
        });
        let answer = app.decide(ask(true)).await;
        let silent = app.decide(ask(false)).await;
        assert!(silent.get("trace").is_none(), "only for whoever asks");
        assert_eq!(answer["denied"], silent["denied"], "asking changes nothing");
        let gate = |survey: usize, gate: &str| {
            let gates = answer["trace"][survey]["gates"].as_array().unwrap();
            gates.iter().find(|g| g["gate"] == gate).unwrap_or_else(|| panic!("{gate}: {answer}")).clone()
        };
        let targeting = gate(0, "targeting");
        assert_eq!((&targeting["passed"], &targeting["text"]), (&json!(false), &json!("cart.value is 2000, needs at least 3000")));
        assert_eq!(targeting["reason"], "not_targeted");
        assert_eq!(targeting["rules"][1], json!({"field": "page.path", "found": "/search", "op": "glob", "needs": "/cart*", "verdict": "no", "negated": false}));
        assert_eq!(gate(0, "quota")["passed"], true, "what comes after a no is told, too");
        assert_eq!(gate(1, "live")["text"], "version 1 is live");
        let answered = gate(2, "recently_answered");
        assert_eq!((&answered["passed"], &answered["text"]), (&json!(false), &json!("answered 12 days ago, waits 90 days")));
        assert_eq!(answered["until"], answer["denied"].as_array().unwrap().iter().find(|d| d["survey"] == "u").unwrap()["until"]);
        assert_eq!(answer["trace"][3]["gates"].as_array().unwrap().len(), 1);
        assert_eq!(gate(3, "live")["reason"], "not_live");
    }
}
