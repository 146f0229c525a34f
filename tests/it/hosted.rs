//! Surveys on pages of ours: by a shared link and by a mail's, without a script.

use exitpoll::clock::{DAY, HOUR, SECOND};
use exitpoll::domain::flow::Flow;
use exitpoll::flows::SurveyLink;
use exitpoll::id::{SurveyId, uuid7};
use exitpoll::manage::flows;
use exitpoll::store::responses::{self, Response};
use exitpoll::store::surveys::{self, Status};
use exitpoll::store::{customers, messages, reports};
use mail_parser::MessageParser;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::shop::counts_are_right;
use crate::support::{Backend, TestApp, event, survey};
use exitpoll::config::Limits;

fn shared(app: &TestApp, survey: SurveyId) -> String {
    let link = SurveyLink { site: app.site.id, survey, message: None };
    format!("/s/{}", link.seal(&app.app.sender.keys.link))
}

async fn get(app: &TestApp, path: &str) -> Page {
    Browser::new(app).get(path).await
}

/// Fills in the form of a page and presses a button.
async fn press(app: &TestApp, page: &Page, button: &str, fields: &[(&str, &str)]) -> Page {
    // Nobody answers twice in a moment.
    app.advance(SECOND);
    let hidden = |name: &str| page.attribute(&format!("input[name={name}]"), "value").unwrap_or_else(|| panic!("{}", page.html));
    let (offer, lang, q) = (hidden("offer"), hidden("lang"), hidden("q"));
    let action = page.attribute("form", "action").unwrap();
    let mut all = vec![("offer", offer.as_str()), ("lang", &lang), ("q", &q), ("go", button)];
    all.extend(fields);
    Browser::new(app).post(&action, &all).await
}

async fn next(app: &TestApp, page: &Page, fields: &[(&str, &str)]) -> Page {
    press(app, page, "next", fields).await
}

async fn stored(app: &TestApp, survey: SurveyId) -> Vec<Response> {
    responses::page(&app.app.db, app.site.id, survey, None, 100).await.unwrap()
}

/// Question, item and what was typed, of one response.
async fn said(app: &TestApp, response: &Response) -> Vec<(String, String, Option<String>)> {
    let items = responses::answers(&app.app.db, app.site.id, vec![response.id]).await.unwrap();
    items.into_iter().filter(|item| !item.item.is_empty()).map(|item| (item.question, item.item, item.body)).collect()
}

async fn counted(app: &TestApp, survey: SurveyId, item: &str) -> i64 {
    let totals = reports::totals(&app.app.db, app.site.id, survey, 0, i32::MAX).await.unwrap();
    totals.iter().filter(|count| count.question.is_empty() && count.item == item).map(|count| count.n).sum()
}

fn choices(keys: &[&str]) -> Value {
    keys.iter().map(|key| json!({"key": key, "label": format!("The {key}")})).collect()
}

/// One question of each type.
fn everything() -> Value {
    let list = choices(&["a", "b", "c"]);
    let images: Value = ["a", "b"].iter().map(|key| json!({"key": key, "label": key, "image": format!("/{key}.jpg")})).collect();
    json!({
        "key": "all", "kind": "link", "name": "All",
        "questions": [
            {"key": "hello", "type": "statement", "prompt": "Hello {{customer.name|there}}"},
            {"key": "one", "type": "single_choice", "prompt": "One?", "choices": list, "other": true, "shuffle": true, "required": true},
            {"key": "some", "type": "multi_choice", "prompt": "Some? You said {{answer.one}}", "choices": list, "max": 2},
            {"key": "drop", "type": "dropdown", "prompt": "Drop?", "choices": list},
            {"key": "nps", "type": "nps", "prompt": "Nps?"},
            {"key": "csat", "type": "csat", "prompt": "Csat?", "style": "faces"},
            {"key": "ces", "type": "ces", "prompt": "Ces?"},
            {"key": "stars", "type": "rating", "prompt": "Stars?", "max": 3},
            {"key": "short", "type": "short_text", "prompt": "Short?", "min": 3},
            {"key": "long", "type": "long_text", "prompt": "Long?"},
            {"key": "mail", "type": "email", "prompt": "Mail?", "consent": "News, please"},
            {"key": "rank", "type": "ranking", "prompt": "Rank?", "choices": list},
            {"key": "image", "type": "image_choice", "prompt": "Image?", "choices": images},
            {"key": "grid", "type": "matrix", "prompt": "Grid?", "rows": choices(&["x", "y"]), "choices": list},
        ],
        "endings": [{"key": "bye", "title": "Bye, {{answer.short}}", "button": {"label": "To the store", "url": "/sale"}}],
    })
}

crate::on_both! {
    async fn every_type_is_answered_without_a_script(app: TestApp) {
        let id = app.publish(everything()).await;
        let link = shared(&app, id);
        let mut page = get(&app, &link).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.html.contains("<script"), "{}", page.html);
        assert_eq!(page.text("h1"), "Hello there");
        assert_eq!(page.text(".progress"), "1 of 14");
        for name in ["cache-control", "x-robots-tag", "content-security-policy", "referrer-policy"] {
            assert!(page.headers.contains_key(name), "{name}");
        }
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        for (asked, fields) in [
            ("Hello there", vec![]),
            ("One?", vec![("other", "<dust>")]),
            ("Some? You said <dust>", vec![("a", "a"), ("a", "c")]),
            ("Drop?", vec![("a", "b")]),
            ("Nps?", vec![("a", "10")]),
            ("Csat?", vec![("a", "1")]),
            ("Ces?", vec![("a", "7")]),
            ("Stars?", vec![("a", "3")]),
            ("Short?", vec![("a", "  Mia ")]),
            ("Long?", vec![("a", "two\r\nlines")]),
            ("Mail?", vec![("a", "Mia@Example.com"), ("consent", "yes")]),
            ("Rank?", vec![("rank.a", "2"), ("rank.b", "3"), ("rank.c", "1")]),
            ("Image?", vec![("a", "b")]),
            ("Grid?", vec![("row.x", "a"), ("row.y", "c")]),
        ] {
            assert_eq!(page.text("h1"), asked, "{}", page.html);
            page = next(&app, &page, &fields).await;
            assert_eq!(page.status, StatusCode::OK, "{asked}: {}", page.html);
        }
        assert_eq!(page.text("h1"), "Bye, Mia");
        assert_eq!(page.attribute("a.go", "href").as_deref(), Some("https://shop.example/sale"));
        let responses = stored(&app, id).await;
        assert_eq!(responses.len(), 1);
        assert!(responses[0].completed_at.is_some());
        let items: Vec<String> = said(&app, &responses[0]).await.into_iter()
            .map(|(question, item, body)| format!("{question} {item}{}", body.map(|b| format!(" {b}")).unwrap_or_default())).collect();
        assert_eq!(items, [
            "ces 7", "csat 1", "drop b", "grid x:a", "grid y:c", "image b", "long ~text two\nlines", "mail ~consent",
            "mail ~text Mia@Example.com", "nps 10", "one ~other <dust>", "rank a:2", "rank b:3", "rank c:1", "short ~text Mia", "some a",
            "some c", "stars 3",
        ]);
        assert_eq!((counted(&app, id, "shown").await, counted(&app, id, "link_answered").await), (1, 1));
        let zone = jiff::tz::TimeZone::get(&app.site.time_zone).unwrap();
        counts_are_right(&app.app.db, app.site.id, &zone, app.now()).await;
        let mia = customers::by_email(&app.app.db, app.site.id, "mia@example.com").await.unwrap().unwrap();
        assert!(mia.consent.unwrap().granted);
    }
}

crate::on_both! {
    async fn looking_records_nothing_and_the_same_form_twice_counts_once(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let link = shared(&app, id);
        let first = get(&app, &link).await;
        for _ in 0..3 {
            get(&app, &format!("{link}?q=reason&a=price")).await;
        }
        assert_eq!(counted(&app, id, "shown").await, 0);
        // A click in a mail chooses; the button sends.
        let clicked = get(&app, &format!("{link}?q=reason&a=price")).await;
        assert_eq!(clicked.attribute("input[name=a][checked]", "value").as_deref(), Some("price"));
        let nonsense = get(&app, &format!("{link}?q=reason&a=zzz&lang={}", "x".repeat(99))).await;
        assert_eq!((nonsense.status, nonsense.attribute("input[checked]", "value")), (StatusCode::OK, None));
        for _ in 0..2 {
            let page = next(&app, &first, &[("a", "price")]).await;
            assert_eq!(page.text("h1"), "How likely?");
        }
        next(&app, &first, &[("a", "shipping")]).await;
        let responses = stored(&app, id).await;
        assert_eq!(responses.len(), 1);
        assert_eq!(said(&app, &responses[0]).await, [("reason".into(), "shipping".into(), None)]);
        assert_eq!((counted(&app, id, "shown").await, counted(&app, id, "answered").await, counted(&app, id, "link").await), (1, 1, 1));
        // Another visit is another response.
        let other = get(&app, &link).await;
        next(&app, &other, &[("a", "price")]).await;
        assert_eq!(stored(&app, id).await.len(), 2);
        assert_eq!(app.run_jobs().await, 0);
    }
}

crate::on_both! {
    async fn faults_are_told_and_the_way_back_takes_back(app: TestApp) {
        let mut document = survey("s");
        document["questions"][0]["required"] = json!(true);
        document["questions"][0]["next"] = json!([{"if": {"answer": "reason", "op": "eq", "value": "price"}, "go": "more"}]);
        document["questions"][1]["required"] = json!(true);
        document["questions"][2]["min"] = json!(3);
        let id = app.publish(document).await;
        let page = get(&app, &shared(&app, id)).await;
        assert!(page.text(".back").is_empty());
        let wrong = next(&app, &page, &[]).await;
        assert_eq!((wrong.status, wrong.text("#fault")), (StatusCode::UNPROCESSABLE_ENTITY, "Please answer this question".into()));
        assert!(wrong.text("title").starts_with("Please answer"));
        assert_eq!(wrong.attribute("fieldset", "aria-describedby").as_deref(), Some("fault"));
        assert_eq!(counted(&app, id, "shown").await, 1);
        assert_eq!(stored(&app, id).await, []);
        let score = next(&app, &wrong, &[("a", "shipping")]).await;
        assert_eq!(score.text("h1"), "How likely?");
        let more = next(&app, &score, &[("a", "3")]).await;
        let short = next(&app, &more, &[("a", "ab")]).await;
        assert_eq!(short.text("#fault"), "Please write at least 3 characters");
        assert_eq!(short.attribute("#a", "value").as_deref(), Some("ab"));
        // Back, even with what is not right yet, and there another way.
        let score = press(&app, &short, "back", &[("a", "ab")]).await;
        assert_eq!(score.attribute("input[checked]", "value").as_deref(), Some("3"));
        let reason = press(&app, &score, "back", &[("a", "4")]).await;
        assert_eq!(reason.attribute("input[checked]", "value").as_deref(), Some("shipping"));
        let more = next(&app, &reason, &[("a", "price")]).await;
        assert_eq!(more.text("h1"), "Anything else?");
        let end = next(&app, &more, &[]).await;
        assert_eq!(end.text("h1"), "Thanks");
        let responses = stored(&app, id).await;
        assert_eq!(said(&app, &responses[0]).await, [("reason".into(), "price".into(), None)], "the score was off the way");
        // What was answered to the end is not asked again.
        let again = next(&app, &more, &[("a", "late word")]).await;
        assert_eq!(again.text("h1"), "Thanks");
        assert_eq!(said(&app, &responses[0]).await.len(), 1);
    }
}

crate::on_both! {
    async fn it_speaks_the_readers_language(app: TestApp) {
        let mut document = survey("s");
        document["translations"] = json!({"de": {"questions.reason.prompt": "Warum?"}, "ar": {"questions.reason.prompt": "لماذا؟"}});
        document["theme"] = json!({"accent": "#ffe680"});
        let id = app.publish(document).await;
        let link = shared(&app, id);
        let ask = |path: String, accepted: &'static str| {
            let request = app.get(&path).header("accept-language", accepted);
            async move { request.send().await.unwrap().text().await.unwrap() }
        };
        let german = ask(link.clone(), "fr;q=0.9, de-AT;q=0.8").await;
        assert!(german.contains("Warum?") && german.contains("<html lang=\"de\" dir=\"ltr\">") && german.contains("Weiter"), "{german}");
        let arabic = ask(format!("{link}?lang=ar"), "de").await;
        assert!(arabic.contains("لماذا؟") && arabic.contains("dir=\"rtl\""), "{arabic}");
        assert!(arabic.contains("prefers-color-scheme:dark") && arabic.contains("--accent:#928752"), "{arabic}");
        assert!(ask(link, "fr").await.contains("Why?"));
        let broken = ask("/s/nonsense".into(), "de").await;
        assert!(broken.contains("Dieser Link ist nicht vollständig"), "{broken}");
    }
}

crate::on_both! {
    async fn a_survey_that_is_not_open_says_so(app: TestApp) {
        let mut document = survey("s");
        document["quota"] = json!({"responses": 1});
        let id = app.publish(document.clone()).await;
        let link = shared(&app, id);
        let (one, two) = (get(&app, &link).await, get(&app, &link).await);
        let score = next(&app, &one, &[("a", "price")]).await;
        app.app.catalog.refresh(&app.site.key).await.unwrap();
        assert_eq!(get(&app, &link).await.status, StatusCode::GONE, "full");
        assert_eq!(next(&app, &two, &[("a", "price")]).await.status, StatusCode::GONE);
        assert_eq!(next(&app, &score, &[("a", "9")]).await.text("h1"), "Anything else?", "whoever has begun may end");
        document["quota"] = json!({"responses": 9});
        document["schedule"] = json!({"from": "2027-01-01T00:00"});
        app.publish(document.clone()).await;
        let early = get(&app, &link).await;
        assert_eq!((early.status, early.text("h1")), (StatusCode::GONE, "This survey is closed".into()));
        document["schedule"] = json!({"from": "2026-01-01T00:00"});
        app.publish(document).await;
        // Of an older version, and days later: as long as the survey lives.
        app.advance(40 * DAY);
        assert_eq!(next(&app, &score, &[("a", "8")]).await.text("h1"), "Anything else?");
        let mut tx = app.app.db.begin().await.unwrap();
        surveys::set_status(&mut tx, app.site.id, id, Status::Paused, app.now()).await.unwrap();
        exitpoll::store::sites::touch(&mut tx, app.site.id).await.unwrap();
        tx.commit().await.unwrap();
        app.app.catalog.refresh(&app.site.key).await.unwrap();
        assert_eq!(get(&app, &link).await.status, StatusCode::GONE, "paused");
        assert_eq!(next(&app, &score, &[("a", "1")]).await.status, StatusCode::GONE);
        assert_eq!(stored(&app, id).await.len(), 1);
    }
}

crate::on_both! {
    async fn tokens_of_others_open_nothing(app: TestApp) {
        let (id, other) = (app.publish(survey("s")).await, app.publish(survey("o")).await);
        let link = shared(&app, id);
        let forgotten = SurveyLink { site: app.site.id, survey: id, message: Some(uuid7(app.now())) };
        let elsewhere = app.another_site("https://other.example").await;
        let foreign = SurveyLink { site: elsewhere.id, survey: id, message: None };
        let sealed = |link: SurveyLink| format!("/s/{}", link.seal(&app.app.sender.keys.link));
        for (path, status) in [
            (link[..link.len() - 2].to_owned(), StatusCode::NOT_FOUND),
            (format!("{link}x"), StatusCode::NOT_FOUND),
            (sealed(forgotten), StatusCode::NOT_FOUND),
            (sealed(foreign), StatusCode::GONE),
        ] {
            let page = get(&app, &path).await;
            assert_eq!(page.status, status, "{path}");
            assert!(!page.text("h1").is_empty());
            assert_eq!(app.form(&path, "q=reason&a=price&go=next".into()).send().await.unwrap().status(), status);
        }
        // The form of another survey, a page's own offer, and none at all: nothing is taken.
        let theirs = get(&app, &shared(&app, other)).await.attribute("input[name=offer]", "value").unwrap();
        let pages = app.offer("v", "s").await;
        for offer in [theirs.as_str(), &pages, "nonsense", ""] {
            let page = Browser::new(&app).post(&link, &[("offer", offer), ("q", "reason"), ("a", "price"), ("go", "next")]).await;
            assert_eq!(page.text("h1"), "Why?");
        }
        assert_eq!((stored(&app, id).await, stored(&app, other).await), (vec![], vec![]));
        // Nor can a hosted offer be used by a page.
        let hosted = get(&app, &link).await.attribute("input[name=offer]", "value").unwrap();
        let receipt = app.send("v", json!([event(app.now(), "survey.completed", json!({"offer": hosted}))])).await;
        assert_eq!(receipt["rejected"][0]["reason"], "foreign_offer");
    }
}

fn thanks(survey: &str) -> Value {
    json!({"key": "thanks", "on": "order.completed", "re_entry": "1d",
           "steps": [{"after": "1h", "do": "email", "template": "thank-you", "survey": survey}]})
}

async fn publish(app: &TestApp, document: Value) {
    let flow = Flow::parse(&document).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
    flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Anna orders; the links of the mail that follows: to the survey, and to each answer.
async fn order(app: &TestApp, id: &str) -> Vec<String> {
    let anna = json!({"email": "anna@example.com", "name": "Anna", "consent": {"marketing": true}});
    app.send(
        "anna",
        json!([
            event(app.now(), "customer.identified", json!({"customer": anna})),
            event(app.now(), "order.completed", json!({"order": {"id": id, "value": 4990, "currency": "EUR"}})),
        ]),
    )
    .await;
    app.run_jobs().await;
    app.advance(HOUR);
    app.run_jobs().await;
    let mail = messages::recent(&app.app.db, app.site.id, 1).await.unwrap().remove(0);
    let raw = mail.raw.unwrap_or_else(|| panic!("{:?}", mail.detail));
    let html = MessageParser::default().parse(&raw).unwrap().body_html(0).unwrap().replace("&amp;", "&");
    html.split("http://localhost:8080")
        .filter(|part| part.starts_with("/s/"))
        .map(|part| part.split('"').next().unwrap().to_owned())
        .collect()
}

crate::on_both! {
    async fn a_mails_link_is_one_response_of_its_reader(app: TestApp) {
        let id = app.publish(json!({
            "key": "nps", "kind": "post_purchase", "name": "N",
            "questions": [
                {"key": "score", "type": "nps", "prompt": "How likely, {{customer.name}}?"},
                {"key": "why", "type": "short_text", "prompt": "Why, about {{order.id}}?"},
            ],
        })).await;
        publish(&app, thanks("nps")).await;
        let links = order(&app, "1001").await;
        assert_eq!(links.len(), 11);
        assert!(links[9].ends_with("?q=score&a=9"), "{links:?}");
        let page = get(&app, &links[9]).await;
        assert_eq!(page.text("h1"), "How likely, Anna?");
        assert_eq!(page.attribute("input[checked]", "value").as_deref(), Some("9"));
        assert_eq!((counted(&app, id, "shown").await, stored(&app, id).await.len()), (0, 0), "a scanner looks at every link");
        let why = next(&app, &page, &[("a", "9")]).await;
        assert_eq!(why.text("h1"), "Why, about 1001?");
        // Opened again, it goes on where it was; another click is a change of mind.
        let plain = links[9].split('?').next().unwrap();
        assert_eq!(get(&app, plain).await.text("h1"), "Why, about 1001?");
        let changed = get(&app, &links[3]).await;
        assert_eq!(changed.attribute("input[checked]", "value").as_deref(), Some("3"));
        let why = next(&app, &changed, &[("a", "3")]).await;
        let end = next(&app, &why, &[("a", "The box was dented.")]).await;
        assert_eq!(end.text("h1"), "Thank you");
        assert_eq!(get(&app, &links[7]).await.text("h1"), "Thank you");
        let responses = stored(&app, id).await;
        assert_eq!(responses.len(), 1);
        assert_eq!(responses[0].order_id.as_deref(), Some("1001"));
        assert_eq!(said(&app, &responses[0]).await[0], ("score".into(), "3".into(), None));
        assert_eq!((counted(&app, id, "shown").await, counted(&app, id, "mail").await, counted(&app, id, "mail_answered").await), (1, 1, 1));
        let anna = customers::by_email(&app.app.db, app.site.id, "anna@example.com").await.unwrap().unwrap();
        assert_eq!(customers::visitors_of(&app.app.db, app.site.id, anna.id).await.unwrap().len(), 2, "her browser, and her mail");
        assert!(messages::recent(&app.app.db, app.site.id, 1).await.unwrap()[0].clicked_at.is_some());
    }
}

crate::on_both! {
    async fn an_ending_gives_its_code_once(app: TestApp) {
        use exitpoll::manage::coupons;
        let mut document = survey("s");
        document["endings"] = json!([{"key": "gift", "title": "Here", "coupon": {"pool": "ten"}}]);
        document["questions"] = json!([document["questions"][0]]);
        let id = app.publish(document).await;
        let pool = coupons::new_pool("ten", "Ten", None, None, app.now()).unwrap();
        let list = exitpoll::domain::coupon::read_list("ONE-1\nTWO-2\n").unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        coupons::create(&mut tx, app.site.id, &pool, "test", app.now()).await.unwrap();
        coupons::add(&mut tx, app.site.id, &pool, &list, "test", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let page = get(&app, &shared(&app, id)).await;
        let code = next(&app, &page, &[("a", "price")]).await.text(".code");
        assert_eq!(code.len(), 5, "{code}");
        assert_eq!(next(&app, &page, &[("a", "price")]).await.text(".code"), code);
        let other = get(&app, &shared(&app, id)).await;
        assert_ne!(next(&app, &other, &[("a", "price")]).await.text(".code"), code);
    }
}

fn stream() -> Value {
    json!({
        "key": "know-you", "kind": "post_purchase", "name": "K", "stream": true,
        "questions": [
            {"key": "heard", "type": "single_choice", "prompt": "Heard?", "choices": choices(&["ad", "friend"])},
            {"key": "first", "type": "single_choice", "prompt": "First time?", "choices": choices(&["yes", "no"]),
             "unless": {"field": "customer.orders", "op": "gt", "value": 1}},
            {"key": "gift", "type": "single_choice", "prompt": "A gift?", "choices": choices(&["yes", "no"]), "valid": "60d"},
        ],
    })
}

crate::on_both! {
    async fn a_stream_asks_one_question_an_order(app: TestApp) {
        app.publish(stream()).await;
        let anna = json!({"email": "anna@example.com"});
        app.send("anna", json!([event(app.now(), "customer.identified", json!({"customer": anna}))])).await;
        let mut asked = Vec::new();
        for n in 1..=5 {
            let order = json!({"id": format!("{n}"), "value": 1, "currency": "EUR"});
            app.send("anna", json!([event(app.now(), "order.completed", json!({"order": order}))])).await;
            let answer = app.decide(json!({"visitor": "anna", "session": format!("s{n}"), "candidates": ["know-you"], "order": order})).await;
            let Some(offer) = answer["offers"].get(0) else {
                asked.push(answer["denied"][0]["reason"].as_str().unwrap().to_owned());
                app.advance(30 * DAY);
                continue;
            };
            let questions = offer["survey"]["questions"].as_array().unwrap();
            assert_eq!(questions.len(), 1, "{questions:?}");
            assert!(questions[0].get("unless").is_none() && questions[0].get("valid").is_none());
            let key = questions[0]["key"].as_str().unwrap().to_owned();
            let choice = questions[0]["choices"][0]["key"].clone();
            let sent = |key: &str| event(app.now(), "survey.answered", json!({"offer": offer["token"], "answers": {key: {"choice": choice}}}));
            // What was not asked cannot be answered.
            let other = if key == "heard" { "gift" } else { "heard" };
            let receipt = app.send("anna", json!([sent(&key), sent(other)])).await;
            assert_eq!(receipt["rejected"][0]["reason"], "unknown_question", "{receipt}");
            asked.push(key);
            app.advance(30 * DAY);
        }
        assert_eq!(asked, ["heard", "gift", "nothing_to_ask", "gift", "nothing_to_ask"]);
        // Nobody knows who this is: the first.
        let stranger = app.decide(json!({"visitor": "x", "session": "x", "candidates": ["know-you"], "order": {"id": "9"}})).await;
        assert_eq!(stranger["offers"][0]["survey"]["questions"][0]["key"], "heard");
    }
}

crate::on_both! {
    async fn a_streams_mail_asks_what_is_not_known(app: TestApp) {
        let id = app.publish(stream()).await;
        publish(&app, thanks("know-you")).await;
        let first = order(&app, "1").await;
        assert_eq!(first.len(), 2);
        let page = get(&app, &first[1]).await;
        assert_eq!((page.text("h1"), page.attribute("input[checked]", "value")), ("Heard?".into(), Some("friend".into())));
        assert_eq!(next(&app, &page, &[("a", "friend")]).await.text("h1"), "Thank you");
        app.advance(10 * DAY);
        let second = order(&app, "2").await;
        let page = get(&app, &second[0]).await;
        assert_eq!(page.text("h1"), "A gift?");
        assert_eq!(next(&app, &page, &[("a", "yes")]).await.text("h1"), "Thank you");
        // The first mail's link still leads to its own question.
        assert_eq!(get(&app, &first[0]).await.text("h1"), "Thank you");
        let responses = stored(&app, id).await;
        assert_eq!(responses.len(), 2);
        assert_eq!(said(&app, &responses[0]).await, [("gift".into(), "yes".into(), None)]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_looks_are_told_when_to_come_back() {
    let app =
        TestApp::start_with(Backend::Sqlite, Limits { decide: 1, events: 1, coupon: 1, login: 1, ..Limits::default() }).await;
    let link = shared(&app, app.publish(survey("s")).await);
    get(&app, &link).await;
    let page = get(&app, &link).await;
    assert_eq!((page.status, page.text("h1")), (StatusCode::TOO_MANY_REQUESTS, "Please try again in a moment".into()));
    assert!(page.headers.contains_key("retry-after"));
    assert_eq!(
        app.form(&link, format!("a={}", "x".repeat(70 * 1024))).send().await.unwrap().status(),
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

crate::on_both! {
    async fn an_owner_shares_a_survey(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let owner = exitpoll::manage::users::new_user("o@example.com", "O", "a long password", true, app.now()).await.unwrap().unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        exitpoll::store::users::insert(&mut tx, &owner, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let page = get(&app, &shared(&app, id)).await;
        next(&app, &page, &[("a", "price")]).await;
        let mut browser = Browser::new(&app);
        let base = format!("/admin/{}/surveys/{id}", app.site.key);
        assert_eq!(browser.get(&format!("{base}/share")).await.status, StatusCode::SEE_OTHER, "only for who is logged in");
        browser.log_in("o@example.com", "a long password").await;
        let share = browser.get(&format!("{base}/share")).await;
        assert_eq!(share.text("#link"), format!("http://localhost:8080{}", shared(&app, id)));
        assert_eq!(share.text("tbody"), "By this link11 By a link in a mail00");
        let qr = browser.get(&format!("{base}/qr.svg")).await;
        assert_eq!((qr.status, qr.headers["content-type"].to_str().unwrap()), (StatusCode::OK, "image/svg+xml"));
        assert!(qr.html.starts_with("<svg") && qr.html.len() > 2000);
    }
}
