//! Follow-ups in the owner's pages: made, changed, published, and what came of them.

use exitpoll::clock::{DAY, HOUR};
use exitpoll::domain::flow::Flow;
use exitpoll::manage::users::new_user;
use exitpoll::manage::{coupons, flows};
use exitpoll::store::{flows as stored, sites, users};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::browser::{Browser, Page};
use crate::support::{ORIGIN, TestApp, event, survey};

const PASSWORD: &str = "correct horse battery";

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
    assert_eq!(browser.log_in("owner@example.com", PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

fn list(app: &TestApp) -> String {
    format!("/admin/{}/flows", app.site.key)
}

/// Copies a ready-made follow-up; the address of the copy.
async fn copy(app: &TestApp, browser: &mut Browser<'_>, name: &str) -> String {
    let done = browser.submit(&list(app), &format!("{}/ready/{name}", list(app)), &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text("main"));
    done.location.unwrap().split('?').next().unwrap().to_owned()
}

async fn entry(app: &TestApp, key: &str) -> stored::Entry {
    stored::by_key(&app.app.db, app.site.id, key).await.unwrap().unwrap()
}

async fn draft(app: &TestApp, key: &str) -> Value {
    let entry = entry(app, key).await;
    let saved = stored::draft(&app.app.db, app.site.id, entry.id).await.unwrap().unwrap();
    Flow::parse(&saved).unwrap().to_value()
}

async fn pool(app: &TestApp, key: &str) {
    let pool = coupons::new_pool(key, key, Some("CODE".into()), None, app.now()).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    coupons::create(&mut tx, app.site.id, &pool, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn publish(app: &TestApp, document: Value) -> stored::Entry {
    let flow = Flow::parse(&document).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
    flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
    entry(app, &flow.key).await
}

/// What a page's form would send if nobody changed anything.
fn entered(page: &Page) -> Vec<(String, String)> {
    let html = scraper::Html::parse_document(&page.html);
    let of = |selector: &str| scraper::Selector::parse(selector).unwrap();
    let mut fields = Vec::new();
    for field in html.select(&of("form.flow :is(input, select)")) {
        let (Some(name), kind) = (field.attr("name"), field.attr("type").unwrap_or_default()) else { continue };
        if name == "csrf" || (matches!(kind, "radio" | "checkbox") && field.attr("checked").is_none()) {
            continue;
        }
        let value = match field.value().name() {
            "select" => {
                let chosen = field.select(&of("option[selected]")).next().or_else(|| field.select(&of("option")).next());
                chosen.and_then(|option| option.attr("value"))
            }
            _ => Some(field.attr("value").unwrap_or("on")),
        };
        fields.push((name.to_owned(), value.unwrap_or_default().to_owned()));
    }
    fields
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

/// Sends the form with a button.
async fn press(browser: &mut Browser<'_>, action: &str, fields: &[(String, String)], then: &str) -> Page {
    let mut all: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    all.push(("then", then));
    browser.submit(action, action, &all).await
}

crate::on_both! {
    async fn ready_made_ones_fit_the_store_and_say_what_it_lacks(app: TestApp) {
        let mut browser = owner(&app).await;
        let empty = browser.get(&list(&app)).await;
        assert_eq!(empty.status, StatusCode::OK);
        assert!(empty.text("main").contains("A follow-up is what happens after"), "{}", empty.text("main"));
        assert!(empty.text(".tiles").contains("Cart recovery") && empty.text(".tiles").contains("Win back"));
        // A store that has nothing gets what works without.
        for (name, note) in [
            ("cart-recovery", "No exit-intent survey is live"),
            ("detractor-rescue", "No survey of this store asks for a score"),
            ("thank-you", "none is chosen"),
            ("win-back", "no coupon pool yet"),
        ] {
            let path = copy(&app, &mut browser, name).await;
            let page = browser.get(&path).await;
            let shown = page.text("main");
            assert!(shown.contains(note) && shown.contains("No mail server"), "{name}: {shown}");
            let done = browser.submit(&path, &format!("{path}/publish"), &[("updated_at", &entry(&app, name).await.updated_at.to_string())]).await;
            assert_eq!(done.location, Some(format!("{path}?done=published")), "{name} can be published as it is");
            let told = browser.get(&done.location.unwrap()).await.text(".notice.good");
            assert!(told.contains("only people who agreed") && told.contains("never from 21:00 to 08:00") && told.contains("3 mails in 7 days"), "{told}");
        }
        assert_eq!(draft(&app, "win-back").await["steps"], json!([{"after": "60d", "do": "email", "template": "win-back"}]));
        let shown = browser.get(&list(&app)).await;
        assert!(!shown.html.contains("/flows/ready/"), "all are in use");
    }
}

crate::on_both! {
    async fn a_copy_names_the_stores_own_surveys_and_pools(app: TestApp) {
        pool(&app, "free-shipping").await;
        let mut exit = survey("leaving");
        exit["kind"] = json!("exit_intent");
        exit["trigger"] = json!({"type": "exit_intent"});
        exit["questions"][0]["key"] = json!("cause");
        app.publish(exit).await;
        let mut bought = survey("bought");
        bought["kind"] = json!("post_purchase");
        bought["trigger"] = json!({"type": "order"});
        app.publish(bought).await;
        let mut browser = owner(&app).await;
        let path = copy(&app, &mut browser, "cart-recovery").await;
        let document = draft(&app, "cart-recovery").await;
        assert_eq!(document.get("when"), None, "nobody can say that they are only looking");
        let wanted = json!({"field": "answer.leaving.cause", "op": "in", "value": ["shipping", "price"]});
        assert_eq!((&document["steps"][1]["when"], &document["steps"][1]["coupon"]["pool"]), (&wanted, &json!("free-shipping")));
        let shown = browser.get(&path).await.text(".story");
        for words in ["When somebody leaves a cart behind", "At once: the mail “Back to the cart”", "1 day later", "with a code from “free-shipping”",
            "“Why?” is one of “Shipping” or “Price”", "Ends early when they order, empty the cart or unsubscribe"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        copy(&app, &mut browser, "thank-you").await;
        assert_eq!(draft(&app, "thank-you").await["steps"][0]["survey"], "bought");
        copy(&app, &mut browser, "thank-you").await;
        assert_eq!(draft(&app, "thank-you-2").await["key"], "thank-you-2");
    }
}

crate::on_both! {
    async fn the_form_makes_a_follow_up_with_its_buttons_alone(app: TestApp) {
        app.publish(survey("s")).await;
        pool(&app, "ten").await;
        let mut browser = owner(&app).await;
        let new = format!("{}/new", list(&app));
        let mut fields = entered(&browser.get(&new).await);
        set(&mut fields, "name", "Größe & Farbe!");
        set(&mut fields, "when.new", "answer.s.reason");
        let page = press(&mut browser, &new, &fields, "when.add").await;
        assert_eq!((page.status, page.attribute("[autofocus]", "id").as_deref()), (StatusCode::OK, Some("when.0.op")));
        fields = entered(&page);
        fields.extend(["shipping", "price"].map(|key| ("when.0.value".to_owned(), key.to_owned())));
        set(&mut fields, "when.new", "cart.value");
        fields = entered(&press(&mut browser, &new, &fields, "when.add").await);
        set(&mut fields, "when.1.value", "49,90");
        set(&mut fields, "when.join", "any");
        set(&mut fields, "steps.0.template", "cart-recovery");
        for button in ["steps.add.wait", "steps.add.email", "steps.add.email", "steps.3.remove"] {
            fields = entered(&press(&mut browser, &new, &fields, button).await);
        }
        set(&mut fields, "steps.1.after", "3");
        set(&mut fields, "steps.2.after", "90");
        set(&mut fields, "steps.2.after.unit", "m");
        set(&mut fields, "steps.2.template", "win-back");
        set(&mut fields, "steps.2.pool", "ten");
        set(&mut fields, "steps.2.survey", "s");
        set(&mut fields, "steps.2.when.new", "answer.s.score");
        fields = entered(&press(&mut browser, &new, &fields, "steps.2.when.add").await);
        set(&mut fields, "steps.2.when.0.value", "9");
        // Up and down again, with all that is in it.
        fields = entered(&press(&mut browser, &new, &fields, "steps.2.up").await);
        assert!(fields.contains(&("steps.1.when.0.value".into(), "9".into())), "{fields:?}");
        fields = entered(&press(&mut browser, &new, &fields, "steps.1.down").await);
        set(&mut fields, "holdout", "7");
        set(&mut fields, "re_entry", "2");
        let saved = press(&mut browser, &new, &fields, "draft").await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text("main"));
        let expected = json!({
            "key": "gr-e-farbe", "name": "Größe & Farbe!", "on": "cart.abandoned",
            "when": {"any": [
                {"field": "answer.s.reason", "op": "in", "value": ["shipping", "price"]},
                {"field": "cart.value", "op": "gte", "value": 4990},
            ]},
            "steps": [
                {"after": "0d", "do": "email", "template": "cart-recovery"},
                {"after": "3d", "do": "wait"},
                {"after": "90m", "do": "email", "template": "win-back", "coupon": {"pool": "ten"}, "survey": "s",
                 "when": {"field": "answer.s.score", "op": "gte", "value": 9}},
            ],
            "stop_on": ["order.completed", "cart.emptied", "unsubscribed"], "re_entry": "2d", "holdout": 0.07,
        });
        assert_eq!(draft(&app, "gr-e-farbe").await, expected);
        // What is read into the form comes out of it as it was.
        let edit = format!("{}/edit", saved.location.unwrap().split('?').next().unwrap());
        let mut fields = entered(&browser.get(&edit).await);
        let again = press(&mut browser, &edit, &fields, "publish").await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text("main"));
        assert_eq!(draft(&app, "gr-e-farbe").await, expected);
        assert_eq!(entry(&app, "gr-e-farbe").await.revision, 1);
        // A condition goes, and nothing is saved before a button says so.
        fields = entered(&press(&mut browser, &edit, &fields, "when.0.remove").await);
        assert_eq!(draft(&app, "gr-e-farbe").await, expected);
        set(&mut fields, "updated_at", &entry(&app, "gr-e-farbe").await.updated_at.to_string());
        assert_eq!(press(&mut browser, &edit, &fields, "draft").await.status, StatusCode::SEE_OTHER);
        assert_eq!(draft(&app, "gr-e-farbe").await["when"], json!({"field": "cart.value", "op": "gte", "value": 4990}));
    }
}

crate::on_both! {
    async fn every_fault_stands_at_its_field(app: TestApp) {
        app.publish(survey("s")).await;
        let mut browser = owner(&app).await;
        let new = format!("{}/new", list(&app));
        let mut good = entered(&browser.get(&new).await);
        set(&mut good, "name", "N");
        set(&mut good, "steps.0.template", "cart-recovery");
        set(&mut good, "when.new", "cart.value");
        let mut good = entered(&press(&mut browser, &new, &good, "when.add").await);
        set(&mut good, "when.0.value", "30");
        for (name, value, field, words) in [
            ("name", "", "name", "Please enter a name."),
            ("on", "nonsense", "on", "Please choose what it begins with."),
            ("when.0.value", "much", "when.0", "Please enter an amount in EUR"),
            ("when.0.op", "glob", "when.0", "Please choose how to compare."),
            ("when.0.field", "page.url", "when.0", "Take it out."),
            ("when.kept", "{", "when.kept", "could not be read"),
            ("steps.0.after", "soon", "steps.0.after", "Please enter a whole number"),
            ("steps.0.after", "99999", "steps.0.after", "Please enter a whole number"),
            ("steps.0.after", "9000", "steps.0.after", "for a year at most"),
            ("steps.0.template", "", "steps.0.template", "Please choose a mail."),
            ("steps.0.do", "wait", "steps.0.after", "a step that only waits needs to know how long"),
            ("steps.0.survey", "No!", "steps.0.survey", "should be the key of a survey"),
            ("re_entry", "-1", "re_entry", "Please enter a whole number"),
            ("holdout", "101", "holdout", "from 0 to 100"),
        ] {
            let mut fields = good.clone();
            set(&mut fields, name, value);
            let page = press(&mut browser, &new, &fields, "draft").await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}={value}: {}", page.text("main"));
            let link = page.text(&format!(".notice.bad a[href='#{field}']"));
            assert!(link.to_lowercase().contains(&words.to_lowercase()), "{name}={value}: {link} {}", page.text(".notice.bad"));
            assert!(page.text(".fault").contains(&link), "{name}={value}: at its field, too: {}", page.text(".fault"));
        }
        let none: Vec<_> = good.iter().filter(|(name, _)| !name.starts_with("steps.")).cloned().collect();
        let page = press(&mut browser, &new, &none, "draft").await;
        assert!(page.text(".notice.bad").contains("Please add at least one step."), "{}", page.text("main"));
        // Published it must find what it names.
        set(&mut good, "steps.0.pool", "gone");
        let page = press(&mut browser, &new, &good, "publish").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text(".notice.bad a[href='#steps.0.pool']").contains("no coupon pool “gone”"), "{}", page.text(".notice.bad"));
        assert_eq!(stored::list(&app.app.db, app.site.id).await.unwrap().len(), 0, "nothing was saved on the way");
        assert_eq!(press(&mut browser, &new, &good, "nonsense").await.status, StatusCode::BAD_REQUEST);
    }
}

crate::on_both! {
    async fn what_is_too_nested_for_rows_is_kept(app: TestApp) {
        let nested = json!({"not": {"any": [{"field": "customer.orders", "op": "gt", "value": 5}, {"field": "cart.items", "op": "eq", "value": 1}]}});
        let simple = json!({"field": "cart.items", "op": "gte", "value": 2});
        let document = json!({"key": "f", "on": "cart.abandoned", "when": {"all": [nested, simple]},
            "steps": [{"do": "email", "template": "cart-recovery"}, {"after": "1h", "do": "webhook", "to": "erp"}]});
        let flow = Flow::parse(&document).unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = owner(&app).await;
        let path = format!("{}/{id}", list(&app));
        let edit = format!("{path}/edit");
        let page = browser.get(&edit).await;
        assert!(page.text(".condition pre").contains("customer.orders"), "{}", page.text(".condition"));
        let fields = entered(&page);
        assert_eq!(press(&mut browser, &edit, &fields, "draft").await.status, StatusCode::SEE_OTHER);
        assert_eq!(draft(&app, "f").await["when"], json!({"all": [simple, nested]}));
        let fields = entered(&browser.get(&edit).await);
        let refused = press(&mut browser, &edit, &fields, "publish").await;
        assert!(refused.text(".notice.bad a[href='#steps.1.to']").contains("no endpoint “erp”"), "{}", refused.text("main"));
        let page = browser.get(&path).await;
        assert!(page.text(".notice.bad").contains("cannot be published yet") && !page.html.contains("/publish\""), "{}", page.text("main"));
        let updated = entry(&app, "f").await.updated_at.to_string();
        let forced = browser.submit(&path, &format!("{path}/publish"), &[("updated_at", &updated)]).await;
        assert_eq!(forced.location, Some(format!("{path}?done=missing")));
        let fields = entered(&press(&mut browser, &edit, &fields, "when.kept.remove").await);
        assert_eq!(press(&mut browser, &edit, &fields, "draft").await.status, StatusCode::SEE_OTHER);
        assert_eq!(draft(&app, "f").await["when"], simple);
    }
}

crate::on_both! {
    async fn two_who_edit_at_once_are_told_and_the_document_can_be_edited_as_such(app: TestApp) {
        let flow = publish(&app, json!({"key": "f", "on": "order.completed", "steps": [{"do": "email", "template": "thank-you"}]})).await;
        let mut browser = owner(&app).await;
        let path = format!("{}/{}", list(&app), flow.id);
        let (edit, json) = (format!("{path}/edit"), format!("{path}/json"));
        let mine = entered(&browser.get(&edit).await);
        let mut theirs = mine.clone();
        set(&mut theirs, "name", "Theirs");
        assert_eq!(press(&mut browser, &edit, &theirs, "draft").await.status, StatusCode::SEE_OTHER);
        let mut late = mine;
        set(&mut late, "name", "Mine");
        let refused = press(&mut browser, &edit, &late, "publish").await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert_eq!(refused.attribute("#name", "value").as_deref(), Some("Mine"), "what was entered is kept");
        assert_eq!(draft(&app, "f").await["name"], "Theirs");
        let seen = browser.get(&json).await.attribute("input[name=updated_at]", "value").unwrap();
        for (text, line, words) in [
            ("{\n \"key\": \"f\",\n \"on\": \"never\"}", "Line 3", "should be one of cart.abandoned"),
            ("{\n \"key\": \"g\", \"on\": \"order.completed\",\n \"steps\": [{\"do\": \"email\", \"template\": \"win-back\"}]}", "Line 2", "the key of a published follow-up stays"),
            ("{\"key\": \"f\", \"on\": \"order.completed\",\n \"steps\": [\n{\"do\": \"email\", \"template\": \"none\"}]}", "Line 3", "no template \"none\""),
        ] {
            let page = browser.submit(&json, &json, &[("document", text), ("then", "publish"), ("updated_at", &seen)]).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            let told = page.text(".notice.bad");
            assert!(told.contains(line) && told.contains(words), "{told}");
        }
        let text = r#"{"key": "f", "on": "order.completed", "steps": [{"do": "email", "template": "win-back"}]}"#;
        let late = browser.submit(&json, &json, &[("document", text), ("then", "draft"), ("updated_at", "1")]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        let done = browser.submit(&json, &json, &[("document", text), ("then", "publish"), ("updated_at", &seen)]).await;
        assert_eq!(done.location, Some(format!("{path}?done=published")), "{}", done.text("main"));
        assert_eq!(entry(&app, "f").await.revision, 2);
        for (action, status) in [("pause", "Paused"), ("resume", "Live")] {
            browser.submit(&path, &format!("{path}/{action}"), &[]).await;
            assert!(browser.get(&path).await.text(".meta").contains(status), "{action}");
        }
    }
}

crate::on_both! {
    async fn another_stores_follow_ups_do_not_exist_and_forms_from_elsewhere_are_refused(app: TestApp) {
        let flow = publish(&app, json!({"key": "f", "on": "order.completed", "steps": [{"do": "email", "template": "thank-you"}]})).await;
        let other = app.another_site("https://other.example").await;
        person(&app, "other@example.com", Some(&other)).await;
        let mut browser = Browser::new(&app);
        browser.log_in("other@example.com", PASSWORD).await;
        for site in [&app.site.key, &other.key] {
            let path = format!("/admin/{site}/flows/{}", flow.id);
            for page in ["", "/edit", "/json"] {
                assert_eq!(browser.get(&format!("{path}{page}")).await.status, StatusCode::NOT_FOUND, "{path}{page}");
            }
            for action in ["edit", "json", "publish", "pause", "resume"] {
                let own = format!("/admin/{}/flows", other.key);
                let page = browser.submit(&own, &format!("{path}/{action}"), &[("updated_at", "1"), ("then", "draft"), ("document", "{}")]).await;
                assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}/{action}");
            }
        }
        let mut owner = owner(&app).await;
        let path = format!("{}/{}", list(&app), flow.id);
        for action in [format!("{path}/edit"), format!("{path}/json"), format!("{path}/publish"), format!("{path}/pause"),
            format!("{}/new", list(&app)), format!("{}/ready/win-back", list(&app))] {
            assert_eq!(owner.post(&action, &[("then", "draft"), ("updated_at", "1"), ("document", "{}")]).await.status, StatusCode::FORBIDDEN, "{action}");
            assert_eq!(owner.post_from("https://evil.example", &action, &[("then", "draft")]).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(owner.submit(&list(&app), &format!("{}/ready/nothing", list(&app)), &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stored::list(&app.app.db, app.site.id).await.unwrap().len(), 1);
    }
}

/// Somebody leaves a cart, having agreed to mail.
async fn leaves(app: &TestApp, name: &str) {
    let person = json!({"email": format!("{name}@example.com"), "name": name, "consent": {"marketing": true}});
    let cart = json!({"token": format!("cart-{name}"), "value": 4990, "currency": "EUR", "checkout_url": ORIGIN,
                      "items": [{"id": "mug", "name": "Mug", "quantity": 1, "price": 4990}]});
    app.send(
        name,
        json!([
            event(app.now(), "customer.identified", json!({"customer": person})),
            event(app.now(), "cart.updated", json!({"cart": cart})),
        ]),
    )
    .await;
}

async fn orders(app: &TestApp, name: &str, value: i64) {
    let order = json!({"id": format!("order-{name}-{}", app.now()), "value": value, "currency": "EUR", "cart_token": format!("cart-{name}")});
    app.send(name, json!([event(app.now(), "order.completed", json!({"order": order}))])).await;
}

async fn wait(app: &TestApp, by: i64) {
    app.advance(by);
    app.run_jobs().await;
}

crate::on_both! {
    async fn results_are_counted_right(app: TestApp) {
        let document = |holdout: f64| json!({
            "key": "recover", "on": "cart.abandoned", "holdout": holdout,
            "steps": [{"after": "0s", "do": "email", "template": "cart-recovery"},
                      {"after": "1d", "do": "email", "template": "cart-recovery", "when": {"field": "cart.value", "op": "gte", "value": 9000}}],
        });
        let flow = publish(&app, document(0.0)).await;
        // Anna orders between the mails, Bert goes through both steps, Carl orders too late to count.
        for name in ["Anna", "Bert", "Carl"] {
            leaves(&app, name).await;
        }
        wait(&app, HOUR).await;
        let mails = exitpoll::store::messages::recent(&app.app.db, app.site.id, 9).await.unwrap();
        assert_eq!(mails.len(), 3);
        let mut tx = app.app.db.begin().await.unwrap();
        exitpoll::store::messages::clicked(&mut tx, app.site.id, mails[0].id, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        wait(&app, 2 * HOUR).await;
        orders(&app, "Anna", 4990).await;
        wait(&app, DAY).await;
        publish(&app, document(1.0)).await;
        leaves(&app, "Dora").await;
        wait(&app, 2 * HOUR).await;
        app.advance(HOUR);
        orders(&app, "Dora", 1000).await;
        wait(&app, 14 * DAY).await;
        orders(&app, "Carl", 7000).await;
        app.run_jobs().await;

        let mut browser = owner(&app).await;
        let path = format!("{}/{}", list(&app), flow.id);
        let page = browser.get(&format!("{path}?days=30")).await;
        assert_eq!(page.status, StatusCode::OK);
        let figures = page.text(".figures");
        assert_eq!(figures, "Entered3 Withheld1to compare with Mails sent3 Clicked133% of mails sent Ordered133% of those who entered");
        let story = page.text(".path");
        assert!(story.contains("3 sent · 1 clicked") && story.contains("2 left out"), "{story}");
        assert_eq!(page.text("#lift + p"), "Not enough data yet: 29 more withheld people are needed to say anything.");
        let arms = page.text("table.plain tbody");
        assert!(arms.contains("Sent to31") && arms.contains("€49.90€16.63") && arms.contains("Withheld11"), "{arms}");
        let counts = page.text(".counts");
        assert_eq!(counts, "Went through every step2Ordered1The condition did not hold any more2");
        let people = page.text(".flush tbody");
        assert!(people.contains("Dora") && people.contains("Withheld, to compare with") && people.contains("Through all steps"), "{people}");
        let link = page.attribute(".flush tbody a", "href").unwrap();
        assert!(link.starts_with(&format!("/admin/{}/people/cus_", app.site.key)), "{link}");
        let glance = browser.get(&list(&app)).await.text("tbody");
        assert_eq!(glance, "recoverWhen somebody leaves a cart behind Live 0 3 1");
        let earlier = browser.get(&format!("{path}?from=2026-10-01&until=2026-11-23")).await;
        assert!(earlier.text(".empty").contains("Nobody entered"), "{}", earlier.text("main"));
    }
}

crate::on_both! {
    async fn the_next_order_begins_the_wait_for_a_win_back_anew(app: TestApp) {
        let mut browser = owner(&app).await;
        let path = copy(&app, &mut browser, "win-back").await;
        let edit = format!("{path}/edit");
        let mut fields = entered(&browser.get(&edit).await);
        set(&mut fields, "holdout", "0");
        assert_eq!(press(&mut browser, &edit, &fields, "publish").await.status, StatusCode::SEE_OTHER);
        let person = json!({"email": "anna@example.com", "consent": {"marketing": true}});
        app.send("anna", json!([event(app.now(), "customer.identified", json!({"customer": person}))])).await;
        for days in [50, 20] {
            orders(&app, "anna", 100).await;
            app.run_jobs().await;
            wait(&app, days * DAY).await;
        }
        let mails = async || exitpoll::store::messages::recent(&app.app.db, app.site.id, 9).await.unwrap().len();
        assert_eq!(mails().await, 0, "70 days after the first order, 20 after the second");
        // A login does not last so long.
        browser.log_in("owner@example.com", PASSWORD).await;
        let page = browser.get(&path).await.text(".flush tbody");
        assert!(page.contains("Before step 1") && page.contains("Ordered"), "{page}");
        wait(&app, 41 * DAY).await;
        assert_eq!(mails().await, 1);
    }
}
