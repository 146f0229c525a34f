//! The owner's pages, as a browser meets them.

use exitpoll::clock::{DAY, HOUR, SECOND};
use exitpoll::manage::users::{new_user, setup_token};
use exitpoll::store::{sites, users};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::{TestApp, event, survey};

const PASSWORD: &str = "correct horse battery";

/// Somebody who may see everything, or one site only.
async fn person(app: &TestApp, email: &str, only: Option<&sites::Site>) {
    let user = new_user(email, "Somebody", PASSWORD, only.is_none(), app.now()).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    users::insert(&mut tx, &user, app.now()).await.unwrap();
    if let Some(site) = only {
        sites::add_member(&mut tx, site.id, user.id).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn owner(app: &TestApp) -> Browser<'_> {
    person(app, "owner@example.com", None).await;
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in("Owner@Example.com ", PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

crate::on_both! {
    async fn the_one_time_link_makes_the_owner_and_works_once(app: TestApp) {
        let mut browser = Browser::new(&app);
        assert!(browser.get("/login").await.text("main").contains("terminal"), "says where the link is");
        let token = setup_token(&app.app.db).await.unwrap().unwrap();
        assert_eq!(browser.get("/setup/wrong").await.status, StatusCode::NOT_FOUND);
        let link = format!("/setup/{token}");
        let good = [("name", "Olga"), ("email", "olga@example.com"), ("password", PASSWORD), ("site_name", "Her shop"),
            ("origins", "https://her.example\nhttps://*.her.example"), ("time_zone", "Europe/Vienna"), ("currency", "EUR")];
        for (field, bad) in [("password", "short"), ("email", "olga"), ("origins", "her.example"), ("time_zone", "Mars/Base"), ("currency", "euros")] {
            let fields = good.map(|(name, value)| (name, if name == field { bad } else { value }));
            let page = browser.submit(&link, &link, &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert_eq!(page.attribute("[aria-invalid=true]", "name").as_deref(), Some(field), "the field is named");
        }
        let mut second = Browser::new(&app);
        second.get(&link).await;
        let done = browser.submit(&link, &link, &good).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let install = browser.get(done.location.as_deref().unwrap()).await;
        assert_eq!(install.status, StatusCode::OK);
        assert!(install.html.contains("embed.js"), "the tag is shown");
        assert_eq!(second.get(&link).await.status, StatusCode::NOT_FOUND, "used up");
        assert_eq!(setup_token(&app.app.db).await.unwrap(), None);
    }
}

crate::on_both! {
    async fn a_login_needs_the_right_password_and_ends(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}", app.site.key);
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["cache-control"], "no-store");
        // Half a day without use.
        app.advance(12 * HOUR);
        let away = browser.get(&path).await;
        assert_eq!(away.location, Some(format!("/login?next={}", path.replace('/', "%2F"))));
        browser.log_in("owner@example.com", PASSWORD).await;
        // In use every day, and over after two weeks all the same.
        for _ in 0..28 {
            assert_eq!(browser.get(&path).await.status, StatusCode::OK);
            app.advance(DAY / 2 - SECOND);
        }
        app.advance(60 * SECOND);
        assert_eq!(browser.get(&path).await.status, StatusCode::SEE_OTHER);
        browser.log_in("owner@example.com", PASSWORD).await;
        let out = browser.submit(&path, "/logout", &[]).await;
        assert_eq!(out.status, StatusCode::SEE_OTHER);
        assert_eq!(browser.get(&path).await.status, StatusCode::SEE_OTHER);
    }
}

crate::on_both! {
    async fn guessing_is_slow_and_says_nothing_of_who_exists(app: TestApp) {
        person(&app, "owner@example.com", None).await;
        let mut browser = Browser::new(&app);
        let known = browser.log_in("owner@example.com", "a wrong password").await;
        let unknown = browser.log_in("nobody@example.com", "a wrong password").await;
        assert_eq!((known.status, unknown.status), (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(known.text("[role=alert], .notice"), unknown.text("[role=alert], .notice"));
        for _ in 0..4 {
            browser.log_in("owner@example.com", "a wrong password").await;
        }
        let slowed = browser.log_in("owner@example.com", PASSWORD).await;
        assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS, "even the right one has to wait");
        assert_eq!(slowed.headers["retry-after"], "1");
        app.advance(SECOND);
        assert_eq!(browser.log_in("owner@example.com", PASSWORD).await.status, StatusCode::SEE_OTHER);
    }
}

crate::on_both! {
    async fn a_form_from_elsewhere_does_nothing(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}/settings", app.site.key);
        for fields in [vec![], vec![("csrf", "made-up")]] {
            assert_eq!(browser.post(&path, &fields).await.status, StatusCode::FORBIDDEN);
        }
        let csrf = browser.get(&path).await.attribute("input[name=csrf]", "value").unwrap();
        let foreign = browser.post_from("https://evil.example", &path, &[("csrf", &csrf)]).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "the browser says where it comes from");
        let mut stranger = Browser::new(&app);
        assert_eq!(stranger.post(&path, &[("csrf", &csrf)]).await.status, StatusCode::SEE_OTHER, "another's token opens nothing");
    }
}

crate::on_both! {
    async fn another_stores_pages_are_not_found(app: TestApp) {
        let theirs = app.another_site("https://other.example").await;
        let id = app.publish_for(&theirs, survey("secret")).await;
        person(&app, "clerk@example.com", Some(&app.site)).await;
        let mut clerk = Browser::new(&app);
        clerk.log_in("clerk@example.com", PASSWORD).await;
        assert_eq!(clerk.get(&format!("/admin/{}", app.site.key)).await.status, StatusCode::OK);
        let key = &theirs.key;
        for path in ["", "/install", "/settings", "/audit", "/surveys/new", &format!("/surveys/{id}"), &format!("/surveys/{id}/edit")] {
            assert_eq!(clerk.get(&format!("/admin/{key}{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        // Another store's survey under one's own store's address.
        assert_eq!(clerk.get(&format!("/admin/{}/surveys/{id}", app.site.key)).await.status, StatusCode::NOT_FOUND);
        let own = format!("/admin/{}/settings", app.site.key);
        for action in ["publish", "pause", "resume", "edit"] {
            let page = clerk.submit(&own, &format!("/admin/{key}/surveys/{id}/{action}"), &[("updated_at", "0")]).await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{action}");
        }
        assert_eq!(clerk.get("/admin/sites/new").await.status, StatusCode::NOT_FOUND, "only admins make sites");
    }
}

crate::on_both! {
    async fn a_document_is_refused_with_every_mistake_and_kept_as_it_was_typed(app: TestApp) {
        let mut browser = owner(&app).await;
        let new = format!("/admin/{}/surveys/new", app.site.key);
        let starter = browser.get(&new).await.attribute("button[name=template]", "value").unwrap();
        let form = format!("{new}?template={starter}");
        let begun = browser.get(&form).await.text("textarea");
        let begun: serde_json::Value = serde_json::from_str(&begun).unwrap();
        assert!(exitpoll::domain::survey::Survey::parse(&begun).is_ok(), "what one begins with is valid");
        let mut bad = survey("mine");
        bad["questions"][0]["choices"][0]["key"] = json!("NOT A KEY");
        bad["questions"][1]["type"] = json!("npss");
        bad["sample"] = json!(7);
        let text = bad.to_string();
        let page = browser.submit(&form, &new, &[("document", &text), ("then", "publish"), ("updated_at", "0")]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        let shown = page.text("main");
        for path in ["questions[0].choices[0].key", "questions[1].type", "sample"] {
            assert!(shown.contains(path), "{path} is named: {shown}");
        }
        assert_eq!(page.text("textarea"), text.split_whitespace().collect::<Vec<_>>().join(" "));
        let malformed = browser.submit(&form, &new, &[("document", "{\n  oops"), ("then", "draft"), ("updated_at", "0")]).await;
        assert!(malformed.text("main").contains("line 2"), "{}", malformed.text("main"));
        // Put right, it is live at once.
        let good = survey("mine").to_string();
        let done = browser.submit(&form, &new, &[("document", &good), ("then", "publish"), ("updated_at", "0")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER);
        let config = app.get(&app.v1("config")).send().await.unwrap().text().await.unwrap();
        assert!(config.contains("\"mine\""), "{config}");
        let again = browser.submit(&form, &new, &[("document", &good), ("then", "draft"), ("updated_at", "0")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the key is taken");
    }
}

crate::on_both! {
    async fn the_owner_reads_what_was_said_and_nothing_said_becomes_markup(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let evil = "<script>alert(1)</script> & \"quotes\"";
        for (visitor, choice, score) in [("a", "price", 9), ("b", "price", 3), ("c", "shipping", 10)] {
            let token = app.offer(visitor, "s").await;
            app.send(visitor, json!([
                event(app.now(), "survey.shown", json!({"offer": token, "page": {"url": "https://shop.example/<b>?x"}})),
                event(app.now(), "survey.answered", json!({"offer": token, "answers": {"reason": {"choice": choice}, "score": {"number": score}, "more": {"text": evil}}})),
            ])).await;
        }
        let mut browser = owner(&app).await;
        let page = browser.get(&format!("/admin/{}/surveys/{id}", app.site.key)).await;
        assert_eq!(page.status, StatusCode::OK);
        let shown = page.text("main");
        assert!(shown.contains(evil), "{shown}");
        assert!(!page.html.contains("<script>alert"), "{}", page.html);
        let bars = page.text("ul.bars");
        assert!(bars.contains("Price 67% 2") && bars.contains("Shipping 33% 1"), "{bars}");
        assert!(shown.contains("NPS +33") && shown.contains("Fewer than 30"), "{shown}");
        let yesterday = browser.get(&format!("/admin/{}/surveys/{id}?from=2026-11-01&until=2026-11-23", app.site.key)).await;
        assert!(!yesterday.text("main").contains("alert(1)"), "another period, other answers");
    }
}

crate::on_both! {
    async fn every_type_of_question_is_reported_by_what_fits_it(app: TestApp) {
        let list = |keys: &[&str]| keys.iter().map(|key| json!({"key": key, "label": key.to_uppercase()})).collect::<serde_json::Value>();
        let mut document = survey("s");
        document["questions"] = json!([
            {"key": "rank", "type": "ranking", "prompt": "Rank", "choices": list(&["aa", "bb", "cc"])},
            {"key": "grid", "type": "matrix", "prompt": "Grid", "choices": list(&["good", "bad"]), "rows": list(&["toys", "prices"])},
            {"key": "many", "type": "multi_choice", "prompt": "Many", "choices": list(&["one", "two"])},
            {"key": "ease", "type": "ces", "prompt": "Ease", "high": "A breeze"},
            {"key": "mail", "type": "email", "prompt": "Mail", "consent": "Yes, please"},
            {"key": "read", "type": "statement", "prompt": "Read this"},
        ]);
        document["theme"] = json!({"text": "#999999"});
        let id = app.publish(document).await;
        for (visitor, ranking, toys, many, ease, consent) in
            [("a", ["bb", "aa", "cc"], "good", json!(["one", "two"]), 7, true), ("b", ["bb", "cc", "aa"], "bad", json!(["one"]), 6, false)]
        {
            let token = app.offer(visitor, "s").await;
            let answers = json!({
                "rank": {"ranking": ranking}, "grid": {"matrix": {"toys": toys}}, "many": {"choices": many}, "ease": {"number": ease},
                "mail": {"email": format!("{visitor}@secret.example"), "consent": consent},
            });
            app.send(visitor, json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": answers}))])).await;
        }
        let mut browser = owner(&app).await;
        let page = browser.get(&format!("/admin/{}/surveys/{id}", app.site.key)).await;
        assert_eq!(page.text("ol.places"), "BB 1.0 first for 100% AA 2.5 first for 0% CC 2.5 first for 0%");
        assert_eq!(page.text(".grid table"), "GOOD BAD Answers TOYS 50% 50% 2 PRICES – – 0");
        assert!(page.text("ul.bars").starts_with("ONE 100% 2"), "{}", page.text("ul.bars"));
        assert!(page.text(".points").ends_with("Very difficult A breeze"), "{}", page.text(".points"));
        let shown = page.text("main");
        for words in ["CES 6.5", "Several choices possible · 2 answers", "Allowed marketing mail 50% 1", "exceed 100%"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(!shown.contains("secret.example") && !shown.contains("Read this"), "{shown}");
        assert!(shown.contains("The text #999999 on #ffffff has a contrast of 2.8:1"), "{shown}");
    }
}

crate::on_both! {
    async fn two_who_edit_at_once_are_told(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let mut browser = owner(&app).await;
        let edit = format!("/admin/{}/surveys/{id}/edit", app.site.key);
        let seen = browser.get(&edit).await.attribute("input[name=updated_at]", "value").unwrap();
        let mut mine = survey("s");
        mine["name"] = json!("Mine");
        let saved = browser.submit(&edit, &edit, &[("document", &mine.to_string()), ("then", "draft"), ("updated_at", &seen)]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
        mine["name"] = json!("Theirs");
        let late = browser.submit(&edit, &edit, &[("document", &mine.to_string()), ("then", "publish"), ("updated_at", &seen)]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text("textarea").contains("Theirs"), "what was typed is kept");
        assert!(browser.get(&edit).await.text("textarea").contains("Mine"));
    }
}

crate::on_both! {
    async fn settings_and_pauses_reach_the_page_at_once(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let mut browser = owner(&app).await;
        let settings = format!("/admin/{}/settings", app.site.key);
        let saved = browser.submit(&settings, &settings, &[
            ("site_name", "Renamed"), ("origins", "https://new.example"), ("time_zone", "Europe/Berlin"), ("currency", "EUR"),
            ("gap_days", "3"), ("budget", "8"), ("one_per_session", "on"), ("storage", "consent"), ("retention_days", ""), ("accent", "#ffe680"),
            ("blocked_paths", "/zahlung*\r\n*/payment*"), ("abandon_minutes", "60"), ("recovery_days", "14"),
        ]).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text("main"));
        let old = app.get(&app.v1("config")).header("origin", crate::support::ORIGIN).send().await.unwrap();
        assert_eq!(old.status(), StatusCode::FORBIDDEN);
        let config = app.get(&app.v1("config")).header("origin", "https://new.example").send().await.unwrap();
        let config: serde_json::Value = serde_json::from_str(&config.text().await.unwrap()).unwrap();
        assert_eq!((config["storage"].as_str(), config["gap"].as_i64()), (Some("consent"), Some(3 * DAY)));
        assert_eq!(config["block"], json!(["/zahlung*", "*/payment*"]));
        let seen = browser.get(&settings).await;
        assert_eq!(seen.text("#blocked_paths"), "/zahlung* */payment*");
        assert!(seen.text("main").contains("contrast of 1.2:1"), "a colour that cannot be seen is told: {}", seen.text("main"));
        let page = format!("/admin/{}/surveys/{id}", app.site.key);
        for (action, live) in [("pause", false), ("resume", true)] {
            let done = browser.submit(&page, &format!("{page}/{action}"), &[]).await;
            assert_eq!(done.status, StatusCode::SEE_OTHER, "{action}");
            let config = app.get(&app.v1("config")).send().await.unwrap().text().await.unwrap();
            assert_eq!(config.contains("\"s\""), live, "{action}");
        }
        let log = browser.get(&format!("/admin/{}/audit", app.site.key)).await.text("main");
        for word in ["owner@example.com", "Changed the settings", "Paused a survey"] {
            assert!(log.contains(word), "{word}: {log}");
        }
    }
}

crate::on_both! {
    async fn a_new_password_ends_every_other_login(app: TestApp) {
        let mut here = owner(&app).await;
        let mut there = Browser::new(&app);
        there.log_in("owner@example.com", PASSWORD).await;
        let wrong = here.submit("/admin/account", "/admin/account", &[("current", "no"), ("password", "another long password")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = here.submit("/admin/account", "/admin/account", &[("current", PASSWORD), ("password", "another long password")]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text("main"));
        assert_eq!(here.get("/admin/account").await.status, StatusCode::OK);
        assert_eq!(there.get("/admin/account").await.status, StatusCode::SEE_OTHER);
    }
}

crate::on_both! {
    async fn an_owner_learns_why_a_survey_did_not_show(app: TestApp) {
        let mut document = survey("s");
        document["targeting"] = json!({"all": [{"field": "cart.value", "op": "gte", "value": 3000}, {"field": "visitor.visits", "op": "gt", "value": 1}]});
        let id = app.publish(document).await;
        let answered = app.decide(json!({"visitor": "anna", "session": "1", "candidates": ["s"], "cart": {"value": 4000}})).await;
        let token = answered["offers"][0]["token"].as_str().unwrap();
        app.send_in("anna", "1", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"more": {"text": "x"}}}))])).await;
        app.advance(12 * DAY);
        let mut browser = owner(&app).await;
        let survey = format!("/admin/{}/surveys/{id}", app.site.key);
        assert!(browser.get(&survey).await.html.contains(&format!("{survey}/why")));
        let nobody = browser.get(&format!("{survey}/why")).await;
        assert_eq!(nobody.status, StatusCode::OK);
        assert!(nobody.text(".told .notice").starts_with("The server would let it show."), "{}", nobody.text(".told"));
        let anna = browser.get(&format!("{survey}/why?visitor=anna&cart_value=2000&url=https://shop.example/&device=mobile")).await;
        let told = anna.text(".told");
        assert!(told.contains("It would not show. Targeting: cart.value is 2000, needs at least 3000; one more rule says no, too."), "{told}");
        for part in ["answered 12 days ago, waits 90 days", "Depends: visitor.visits is not known to the server, needs more than 1", "Answered 24 Nov 2026"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        let bad = browser.get(&format!("{survey}/why?cart_value=ten&url=nowhere")).await;
        assert!(bad.text("main").contains("Please look at 2 fields again."), "{}", bad.text("main"));
        browser.submit(&survey, &format!("{survey}/pause"), &[]).await;
        assert!(browser.get(&format!("{survey}/why")).await.text(".told").contains("this survey is paused"));
        let evil = browser.get(&format!("{survey}/why?visitor=%3Cscript%3Ealert(1)%3C/script%3E&order=%3Cb%3E")).await;
        assert!(!evil.html.contains("<script>alert") && !evil.html.contains("<b>"));
    }
}

crate::on_both! {
    async fn previews_are_linked_for_the_stores_own_pages(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}/surveys/{id}/preview", app.site.key);
        let page = browser.get(&path).await;
        let there = page.attribute("a.button[href^=https]", "href").unwrap();
        assert!(there.starts_with("https://shop.example/?exitpoll_preview="), "{there}");
        let here = page.attribute("a.button[href^='/preview/']", "href").unwrap();
        assert_eq!(browser.get(&here).await.status, StatusCode::OK);
        let foreign = browser.get(&format!("{path}?address=https://evil.example/")).await;
        assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(foreign.attribute("a.button[href^=https]", "href").is_none());
    }
}

crate::on_both! {
    async fn trouble_of_the_script_is_told_quietly(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = format!("/admin/{}", app.site.key);
        assert!(!browser.get(&path).await.html.contains("had trouble"));
        let fault = |message: &str| event(app.now(), "widget.error", json!({"message": message, "where": "ui"}));
        app.send("anna", json!([fault("<script>alert(1)</script>"), fault("TypeError: x")])).await;
        let page = browser.get(&path).await;
        let notice = page.text(".notice");
        assert!(notice.contains("had trouble on 2 page views") && notice.contains("<script>alert(1)</script>once"), "{notice}");
        assert!(!page.html.contains("<script>alert"));
        app.advance(10 * DAY);
        browser.log_in("owner@example.com", PASSWORD).await;
        assert!(!browser.get(&path).await.html.contains("had trouble"), "what is a week old was seen to");
    }
}
