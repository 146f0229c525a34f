//! Follow-ups: from a cart left behind to the mail, its links, and everything that stops it.

use exitpoll::clock::{DAY, HOUR, MINUTE, Millis};
use exitpoll::domain::flow::{EnrollmentStatus, Flow};
use exitpoll::manage::{Refused, flows};
use exitpoll::store::customers::Customer;
use exitpoll::store::enrollments::{self, Enrollment, StepResult};
use exitpoll::store::flows::Status;
use exitpoll::store::messages::{self, Message, MessageStatus};
use exitpoll::store::{customers, jobs, sites};
use mail_parser::MessageParser;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::smtp::{Act, SmtpPeer, Stage};
use crate::support::{Backend, ORIGIN, TestApp, event, survey};

const EMAIL: &str = "anna@example.com";

fn recover() -> Value {
    json!({
        "key": "recover", "on": "cart.abandoned",
        "steps": [{"after": "0s", "do": "email", "template": "cart-recovery"}, {"after": "1d", "do": "email", "template": "cart-recovery"}],
    })
}

async fn publish(app: &TestApp, document: Value) {
    let flow = Flow::parse(&document).unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
    flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

fn cart(at: Millis) -> Value {
    let cart = json!({"token": "c", "value": 4990, "currency": "EUR", "checkout_url": format!("{ORIGIN}/cart?token=c"),
                      "items": [{"id": "mug", "name": "Mug <b>", "quantity": 2, "price": 2495}]});
    event(at, "cart.updated", json!({"cart": cart}))
}

fn order(at: Millis) -> Value {
    event(at, "order.completed", json!({"order": {"id": "1001", "value": 4990, "currency": "EUR", "cart_token": "c"}}))
}

/// Anna says who she is, agrees or not, and fills a cart.
async fn shop(app: &TestApp, agrees: bool) {
    let mut anna = json!({"email": EMAIL, "name": "Anna"});
    if agrees {
        anna["consent"] = json!({"marketing": true});
    }
    app.send("anna", json!([event(app.now(), "customer.identified", json!({"customer": anna})), cart(app.now())])).await;
}

async fn wait(app: &TestApp, by: Millis) {
    app.advance(by);
    app.run_jobs().await;
}

/// Oldest first.
async fn mails(app: &TestApp) -> Vec<Message> {
    let mut mails = messages::recent(&app.app.db, app.site.id, 50).await.unwrap();
    mails.reverse();
    mails
}

async fn anna(app: &TestApp) -> Customer {
    customers::by_email(&app.app.db, app.site.id, EMAIL).await.unwrap().unwrap()
}

async fn enrollment(app: &TestApp) -> Enrollment {
    enrollments::of_customer(&app.app.db, app.site.id, anna(app).await.id).await.unwrap().remove(0)
}

async fn steps(app: &TestApp) -> Vec<(usize, StepResult, Option<String>)> {
    let steps = enrollments::steps(&app.app.db, app.site.id, enrollment(app).await.id).await.unwrap();
    steps.into_iter().map(|step| (step.step, step.result, step.reason)).collect()
}

/// The path of the first link in a mail's text that begins so.
fn link(mail: &Message, path: &str) -> String {
    let raw = mail.raw.as_ref().unwrap();
    let text = MessageParser::default().parse(raw).unwrap().body_html(0).unwrap().into_owned();
    let (_, after) = text.split_once(&format!("http://localhost:8080{path}")).unwrap_or_else(|| panic!("no {path}: {text}"));
    format!("{path}{}", after.split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).next().unwrap())
}

crate::on_both! {
    async fn a_consenting_customer_is_mailed_twice_and_no_more(app: TestApp) {
        publish(&app, recover()).await;
        shop(&app, true).await;
        wait(&app, 59 * MINUTE).await;
        assert_eq!(mails(&app).await, []);
        wait(&app, MINUTE).await;
        let first = mails(&app).await;
        assert_eq!(first.len(), 1);
        assert_eq!((first[0].status, first[0].recipient.as_str(), first[0].tries), (MessageStatus::Captured, EMAIL, 1));
        wait(&app, DAY - MINUTE).await;
        assert_eq!(mails(&app).await.len(), 1);
        wait(&app, MINUTE).await;
        let both = mails(&app).await;
        assert_eq!(both.len(), 2);
        assert_eq!(both[1].sent_at.unwrap() - both[0].sent_at.unwrap(), DAY);
        wait(&app, 30 * DAY).await;
        assert_eq!(mails(&app).await.len(), 2);
        let walk = enrollment(&app).await;
        assert_eq!((walk.status, walk.ended_at, walk.ended_by), (EnrollmentStatus::Finished, both[1].sent_at, None));
        assert_eq!(steps(&app).await, [(0, StepResult::Done, None), (1, StepResult::Done, None)]);
    }
}

crate::on_both! {
    async fn a_captured_mail_is_whole_and_its_links_work(app: TestApp) {
        publish(&app, recover()).await;
        shop(&app, true).await;
        wait(&app, HOUR).await;
        let mail = mails(&app).await.remove(0);
        let raw = mail.raw.clone().unwrap();
        let parsed = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(parsed.subject(), Some(mail.subject.as_str()));
        assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some(EMAIL));
        assert_eq!(parsed.from().unwrap().first().unwrap().name(), Some("Shop"));
        assert!(parsed.message_id().unwrap().starts_with(&mail.id.simple().to_string()));
        assert!(parsed.header_raw("List-Id").unwrap().contains(&format!("recover.{}", app.site.key)));
        let (text, html) = (parsed.body_text(0).unwrap(), parsed.body_html(0).unwrap());
        assert!(html.contains("Mug &lt;b&gt;") && html.contains("49.90"), "{html}");
        assert!(text.contains("/u/") && text.contains("/r/"), "{text}");

        let back = link(&mail, "/r/");
        let answer = app.get(&back).send().await.unwrap();
        assert_eq!((answer.status(), answer.headers()["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "https://shop.example/cart?token=c"));
        let clicked = mails(&app).await[0].clicked_at;
        assert_eq!(clicked, Some(app.now()));
        // A store moves: what its page said once is no longer its own.
        let mut site = app.site.clone();
        site.origins = vec!["https://new.example".into()];
        let mut tx = app.app.db.begin().await.unwrap();
        sites::update(&mut tx, &site).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.get(&back).send().await.unwrap().headers()["location"], "https://new.example/");
        let other_door = back.replace("/r/", "/u/");
        for broken in [&back[..back.len() - 1], "/r/nonsense", "/u/nonsense", &other_door] {
            assert_eq!(app.get(broken).send().await.unwrap().status(), StatusCode::NOT_FOUND, "{broken}");
        }
        assert_eq!(app.post(&other_door, "").send().await.unwrap().status(), StatusCode::NOT_FOUND);
        assert!(anna(&app).await.consent.unwrap().granted);
    }
}

crate::on_both! {
    async fn an_order_in_between_ends_it(app: TestApp) {
        publish(&app, recover()).await;
        shop(&app, true).await;
        wait(&app, HOUR).await;
        app.send("anna", json!([order(app.now())])).await;
        wait(&app, 2 * DAY).await;
        assert_eq!(mails(&app).await.len(), 1);
        let walk = enrollment(&app).await;
        assert_eq!((walk.status, walk.ended_by.as_deref()), (EnrollmentStatus::Stopped, Some("ordered")));
    }
}

crate::on_both! {
    async fn whoever_leaves_gets_nothing_more(app: TestApp) {
        publish(&app, recover()).await;
        shop(&app, true).await;
        wait(&app, HOUR).await;
        let leave = link(&mails(&app).await[0], "/u/");
        let page = app.get(&leave).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        assert!(page.text().await.unwrap().contains("<form method=\"post\">"));
        assert!(anna(&app).await.consent.unwrap().granted, "a scanner that looks changes nothing");
        for _ in 0..2 {
            let done = app.form(&leave, "List-Unsubscribe=One-Click".into()).send().await.unwrap();
            assert_eq!(done.status(), StatusCode::OK);
            assert!(done.text().await.unwrap().contains("You are unsubscribed"));
        }
        assert!(!anna(&app).await.consent.unwrap().granted);
        let said = customers::consents(&app.app.db, app.site.id, anna(&app).await.id).await.unwrap();
        assert_eq!(said.iter().map(|said| (said.granted, said.source.as_str())).collect::<Vec<_>>(), [(false, "link"), (true, "page")]);
        wait(&app, 2 * DAY).await;
        assert_eq!(mails(&app).await.len(), 1);
        assert_eq!(enrollment(&app).await.ended_by.as_deref(), Some("unsubscribed"));
        // The next cart begins nothing, either.
        app.advance(60 * DAY);
        app.send("anna", json!([cart(app.now())])).await;
        wait(&app, 2 * DAY).await;
        assert_eq!(mails(&app).await.len(), 1);
    }
}

crate::on_both! {
    async fn nobody_is_mailed_who_did_not_agree_or_whom_nothing_follows(app: TestApp) {
        shop(&app, true).await;
        wait(&app, 2 * HOUR).await;
        let queued = jobs::counts(&app.app.db).await.unwrap();
        assert!(!queued.iter().any(|(kind, ..)| kind == "flow.enter"), "no live flow, no job: {queued:?}");
        publish(&app, recover()).await;
        app.send("bert", json!([
            event(app.now(), "customer.identified", json!({"customer": {"email": "bert@example.com"}})),
            event(app.now(), "cart.updated", json!({"cart": {"token": "b", "value": 1, "currency": "EUR", "items": 1}})),
        ])).await;
        wait(&app, 2 * DAY).await;
        assert_eq!(mails(&app).await, []);
        let bert = customers::by_email(&app.app.db, app.site.id, "bert@example.com").await.unwrap().unwrap();
        assert_eq!(enrollments::of_customer(&app.app.db, app.site.id, bert.id).await.unwrap(), []);
        // Neither is whoever takes it back before the mail.
        app.send("anna", json!([cart(app.now())])).await;
        app.advance(30 * MINUTE);
        let no = json!({"customer": {"email": EMAIL, "consent": {"marketing": false}}});
        app.send("anna", json!([event(app.now(), "customer.identified", no)])).await;
        wait(&app, DAY).await;
        assert_eq!(mails(&app).await, []);
    }
}

crate::on_both! {
    async fn at_night_a_mail_waits_for_the_morning(app: TestApp) {
        publish(&app, recover()).await;
        // 20:30 in Berlin: the cart is left at 21:30.
        app.advance(7 * HOUR + 30 * MINUTE);
        shop(&app, true).await;
        wait(&app, HOUR).await;
        assert_eq!(mails(&app).await, []);
        wait(&app, 10 * HOUR + 29 * MINUTE).await;
        assert_eq!(mails(&app).await, [], "07:59");
        wait(&app, MINUTE).await;
        assert_eq!(mails(&app).await.len(), 1, "08:00");
    }
}

crate::on_both! {
    async fn a_mail_lost_in_the_midst_of_sending_is_uncertain_and_not_sent_again(app: TestApp) {
        let mut late = recover();
        late["steps"][0]["after"] = json!("1h");
        publish(&app, late).await;
        shop(&app, true).await;
        wait(&app, HOUR).await;
        // What a worker leaves that dies after it has announced the mail and before it knows what became of it.
        let walk = enrollment(&app).await;
        let name = exitpoll::mail::message::message_id(&app.app.sender.keys.message, &walk.id.to_string(), 0, &app.app.sender.from);
        let row = Message {
            site: app.site.id, id: name.split('@').next().unwrap().parse().unwrap(), customer: Some(walk.customer), enrollment: Some(walk.id),
            step: Some(0), template: "cart-recovery".into(), recipient: EMAIL.into(), subject: "?".into(),
            status: MessageStatus::Sending, detail: None, raw: None, tries: 1, created_at: app.now(), sent_at: None, clicked_at: None,
        };
        let mut tx = app.app.db.begin().await.unwrap();
        messages::put(&mut tx, &row).await.unwrap();
        tx.commit().await.unwrap();
        wait(&app, HOUR).await;
        let found = mails(&app).await;
        assert_eq!(found.iter().map(|mail| (mail.status, mail.tries)).collect::<Vec<_>>(), [(MessageStatus::Uncertain, 1)]);
        assert_eq!(steps(&app).await, [(0, StepResult::Uncertain, None)]);
        wait(&app, DAY).await;
        assert_eq!(mails(&app).await.len(), 2, "the next step is another mail");
    }
}

crate::on_both! {
    async fn a_paused_flow_ends_and_one_that_lacks_something_is_not_published(app: TestApp) {
        publish(&app, recover()).await;
        shop(&app, true).await;
        wait(&app, HOUR).await;
        let mut tx = app.app.db.begin().await.unwrap();
        let entry = exitpoll::store::flows::by_key(&mut tx, app.site.id, "recover").await.unwrap().unwrap();
        flows::set_status(&mut tx, app.site.id, &entry, Status::Paused, "test", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        wait(&app, DAY).await;
        assert_eq!(mails(&app).await.len(), 1);
        assert_eq!(enrollment(&app).await.ended_by.as_deref(), Some("switched_off"));
        for step in [
            json!({"do": "email", "template": "nothing"}),
            json!({"do": "email", "template": "thank-you", "coupon": {"pool": "nothing"}}),
            json!({"do": "notify", "to": "nothing"}),
            json!({"do": "webhook", "to": "nothing"}),
        ] {
            let flow = Flow::parse(&json!({"key": "f", "on": "order.completed", "steps": [step]})).unwrap();
            let mut tx = app.app.db.begin().await.unwrap();
            let (id, _) = flows::save(&mut tx, app.site.id, &flow, "test", app.now()).await.unwrap();
            let refused = flows::publish(&mut tx, app.site.id, id, &flow, "test", app.now()).await;
            assert!(matches!(&refused, Err(Refused::Invalid { message, .. }) if message.contains("\"nothing\"")), "{refused:?}");
        }
    }
}

crate::on_both! {
    async fn answers_steer_what_is_sent(app: TestApp) {
        let mut document = recover();
        document["steps"][0]["when"] = json!({"field": "answer.s.reason", "op": "in", "value": ["shipping"]});
        document["steps"][1]["when"] = json!({"field": "answer.s.reason", "op": "in", "value": ["price"]});
        publish(&app, document).await;
        app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        let answers = json!({"reason": {"choice": "shipping"}});
        app.send("anna", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": answers}))])).await;
        shop(&app, true).await;
        wait(&app, HOUR).await;
        let mail = mails(&app).await.remove(0);
        let html = MessageParser::default().parse(mail.raw.as_ref().unwrap()).unwrap().body_html(0).unwrap().into_owned();
        assert!(html.contains("shipping cost"), "{html}");
        wait(&app, DAY).await;
        assert_eq!(steps(&app).await, [(0, StepResult::Done, None), (1, StepResult::Skipped, Some("condition_not_met".into()))]);
        assert_eq!(mails(&app).await.len(), 1);
    }
}

crate::on_both! {
    async fn a_low_score_brings_a_mail_and_a_high_one_does_not(app: TestApp) {
        let steps = json!([{"do": "email", "template": "detractor-rescue"}]);
        publish(&app, json!({"key": "rescue", "on": "score.low", "survey": "s", "steps": steps})).await;
        app.publish(survey("s")).await;
        for (visitor, score) in [("high", 9), ("low", 3)] {
            let who = json!({"email": format!("{visitor}@example.com"), "consent": {"marketing": true}});
            let token = app.offer(visitor, "s").await;
            let answers = json!({"score": {"number": score}});
            app.send(visitor, json!([
                event(app.now(), "customer.identified", json!({"customer": who})),
                event(app.now(), "survey.answered", json!({"offer": token, "answers": answers})),
                event(app.now(), "survey.completed", json!({"offer": token})),
            ])).await;
            // Told twice, it happened once.
            app.send(visitor, json!([event(app.now(), "survey.completed", json!({"offer": token}))])).await;
        }
        app.run_jobs().await;
        let to: Vec<String> = mails(&app).await.into_iter().map(|mail| mail.recipient).collect();
        assert_eq!(to, ["low@example.com"]);
        let queued = jobs::counts(&app.app.db).await.unwrap();
        assert!(queued.contains(&("flow.enter".into(), "done".into(), 2)), "{queued:?}");
    }
}

/// Anna's first mail meets a server that answers so to its recipient; what became of it at once, and after two days.
async fn refused(backend: Backend, answer: &'static str) -> (TestApp, Message, Message) {
    let peer = SmtpPeer::start([(Stage::Rcpt, Act::Say(answer))]).await;
    let app = TestApp::start_with_mail(backend, &peer.url()).await;
    publish(&app, recover()).await;
    shop(&app, true).await;
    wait(&app, HOUR).await;
    let at_once = mails(&app).await.remove(0);
    // Over a night, in which it waits: how long it may be tried is counted from the morning then.
    for _ in 0..40 {
        wait(&app, HOUR).await;
    }
    let later = mails(&app).await.remove(0);
    (app, at_once, later)
}

#[tokio::test]
async fn a_server_that_says_not_now_is_asked_again_until_it_is_too_late() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (app, at_once, later) = refused(backend, "450 4.7.1 greylisted").await;
        assert_eq!((at_once.status, at_once.tries), (MessageStatus::Failed, 1));
        assert_eq!(at_once.detail.as_deref(), Some("4.7.1 greylisted"));
        assert!(later.tries > 5 && later.tries < 14, "{later:?}");
        assert_eq!(steps(&app).await[0], (0, StepResult::Skipped, Some("too_late".into())));
    }
}

#[tokio::test]
async fn an_address_that_is_gone_is_written_to_once() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (app, at_once, later) = refused(backend, "550 5.1.1 user unknown").await;
        assert_eq!((at_once.status, later.tries), (MessageStatus::Bounced, 1));
        wait(&app, DAY).await;
        assert_eq!(mails(&app).await.len(), 1);
        assert_eq!(
            steps(&app).await,
            [(0, StepResult::Failed, Some("refused".into())), (1, StepResult::Skipped, Some("suppressed".into()))]
        );
    }
}

#[tokio::test]
async fn a_server_that_takes_it_gets_it_once() {
    let peer = SmtpPeer::start([]).await;
    let app = TestApp::start_with_mail(Backend::Sqlite, &peer.url()).await;
    publish(&app, recover()).await;
    shop(&app, true).await;
    wait(&app, HOUR).await;
    let mail = mails(&app).await.remove(0);
    assert_eq!((mail.status, mail.raw), (MessageStatus::Sent, None));
    assert_eq!(peer.seen.received.all().len(), 1);
}
