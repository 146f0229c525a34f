//! The weekly report: at its hour, once, and with what the week brought.

use std::collections::BTreeMap;

use exitpoll::clock::{DAY, HOUR, MINUTE, Millis};
use exitpoll::domain::weekly::{Week, Weekday, WeeklyReport};
use exitpoll::id::SurveyId;
use exitpoll::insight::weekly::ensure;
use exitpoll::manage::users::new_user;
use exitpoll::store::messages::{self, Message, MessageStatus};
use exitpoll::store::rollups::{self, Counter};
use exitpoll::store::sites::Site;
use exitpoll::store::surveys::Status;
use exitpoll::store::{sites, surveys, users};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use mail_parser::MessageParser;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::binary::{exitpoll, run};
use crate::support::browser::Browser;
use crate::support::smtp::{Act, SmtpPeer, Stage};
use crate::support::{Backend, Database, ORIGIN, TestApp, event, survey};

const OWNER: &str = "owner@example.com";
const PASSWORD: &str = "correct horse battery";
/// The first Monday after the tests begin, 08:00 in Berlin.
const MONDAY: &str = "2026-11-30T07:00:00Z";

/// The clock is set to a moment, and what is due is done.
async fn reach(app: &TestApp, utc: &str) {
    let to = utc.parse::<Timestamp>().unwrap().as_millisecond();
    app.advance(to - app.now());
    app.run_jobs().await;
}

/// Somebody looks after every store, and reports are looked for.
async fn begin(app: &TestApp) {
    let user = new_user(OWNER, "Olga", PASSWORD, true, app.now()).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    users::insert(&mut tx, &user, app.now()).await.unwrap();
    tx.commit().await.unwrap();
    ensure(&app.app.db, app.now()).await.unwrap();
    app.run_jobs().await;
}

/// The store's reports, oldest first.
async fn reports(app: &TestApp, site: &Site) -> Vec<Message> {
    let mut mails = messages::recent(&app.app.db, site.id, 50).await.unwrap();
    mails.retain(|mail| mail.template == "weekly-report");
    mails.reverse();
    mails
}

/// Subject, plain text and HTML.
fn read(mail: &Message) -> (String, String, String) {
    let raw = mail.raw.as_ref().unwrap();
    let parsed = MessageParser::default().parse(raw).unwrap();
    assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some(mail.recipient.as_str()));
    let (text, html) = (parsed.body_text(0).unwrap().replace("\r\n", "\n"), parsed.body_html(0).unwrap());
    (parsed.subject().unwrap().to_owned(), text, html.into_owned())
}

/// A visitor is shown a survey and answers it.
async fn answers(app: &TestApp, visitor: &str, answers: Value) {
    let token = app.offer(visitor, "s").await;
    app.send(
        visitor,
        json!([
            event(app.now(), "survey.shown", json!({"offer": token})),
            event(app.now(), "survey.answered", json!({"offer": token, "answers": answers}))
        ]),
    )
    .await;
}

async fn change(app: &TestApp, site: &Site, change: impl FnOnce(&mut Site)) {
    let mut site = sites::by_key(&app.app.db, &site.key).await.unwrap().unwrap();
    change(&mut site);
    let mut tx = app.app.db.begin().await.unwrap();
    sites::update(&mut tx, &site).await.unwrap();
    tx.commit().await.unwrap();
}

/// Counts as many weeks of answers would have left them: question, item, n.
async fn count(app: &TestApp, survey: SurveyId, week: Week, counts: &[(&str, &str, i64)]) {
    let counter = |question: &str, item: &str| Counter {
        site: app.site.id,
        survey,
        day: week.monday + 2,
        question: question.to_owned(),
        item: item.to_owned(),
    };
    let counts: BTreeMap<_, _> = counts.iter().map(|(question, item, n)| (counter(question, item), *n)).collect();
    let mut tx = app.app.db.begin().await.unwrap();
    rollups::set(&mut tx, &counts).await.unwrap();
    tx.commit().await.unwrap();
}

crate::on_both! {
    async fn a_week_is_told_of_on_monday_morning(app: TestApp) {
        begin(&app).await;
        app.publish(survey("s")).await;
        let said = "Call me: +49 170 1234567, or <b>anna@example.com</b>";
        answers(&app, "anna", json!({"reason": {"choice": "shipping"}, "score": {"number": 9}, "more": {"text": said}})).await;
        let cart = json!({"token": "c", "value": 4990, "currency": "EUR", "items": [{"id": "mug", "name": "Mug", "quantity": 2, "price": 2495}]});
        app.send("ben", json!([event(app.now(), "cart.updated", json!({"cart": cart}))])).await;
        let order = json!({"id": "1001", "value": 4990, "currency": "EUR"});
        app.advance(HOUR);
        app.send("anna", json!([event(app.now(), "order.completed", json!({"order": order}))])).await;
        let order = json!({"id": "1002", "value": 700, "currency": "EUR"});
        app.send("carl", json!([event(app.now(), "order.completed", json!({"order": order}))])).await;
        // Another store's answers are nobody's business here.
        let other = app.another_site(ORIGIN).await;
        let mut secret = survey("s");
        secret["name"] = json!("A secret");
        app.publish_for(&other, secret).await;

        reach(&app, "2026-11-30T06:59:59Z").await;
        assert_eq!(reports(&app, &app.site).await, []);
        reach(&app, MONDAY).await;
        let mail = reports(&app, &app.site).await.remove(0);
        assert_eq!((mail.recipient.as_str(), mail.status, mail.sent_at), (OWNER, MessageStatus::Captured, Some(app.now())));
        let (subject, text, html) = read(&mail);
        assert_eq!(subject, "Shop: your week, 23–29 Nov");
        for words in [
            "Monday 23 to Sunday 29 November 2026",
            "A SURVEY\n\nShown: 1 (0 the week before)\nAnswered: 1 (0 the week before)\nAnswer rate: 100% (95% interval 21–100%)",
            "Answer rate: of so few, it says little.",
            "NPS +100 from only 1 answer (95% interval",
            "* Why?\n  Shipping: 100% of 1",
            "* “Call me: [number hidden], or [address hidden]”\n  Anything else?",
            "1 cart was left behind (0 the week before). None of them has been ordered since.",
            "Of 2 orders, 1 came from people who had seen a survey in the 7 days before it, worth €49.90 (0 the week before).",
            &format!("http://localhost:8080/admin/{}/settings/weekly", app.site.key),
        ] {
            assert!(text.contains(words), "no {words:?} in:\n{text}");
        }
        assert!(html.contains(">Stop these mails</a>") && html.contains("[address hidden]"), "{html}");
        for mail in [&text, &html] {
            assert!(!mail.contains("anna") && !mail.contains("1234567") && !mail.contains("<b>") && !mail.contains("secret"), "{mail}");
        }
        // The other store had nobody to ask.
        let (_, text, _) = read(&reports(&app, &other).await[0]);
        assert!(text.contains("A quiet week"), "{text}");
        reach(&app, "2026-12-01T12:00:00Z").await;
        assert_eq!(reports(&app, &app.site).await.len(), 1);
    }
}

crate::on_both! {
    async fn figures_are_held_against_the_week_before_and_what_is_usual(app: TestApp) {
        begin(&app).await;
        let id = app.publish(survey("s")).await;
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let week = Week::at(app.now(), &berlin);
        let scores = |low, high| [("score", "", low + high), ("score", "0", low), ("score", "10", high)];
        count(&app, id, week, &[("", "shown", 400), ("", "answered", 96), ("reason", "", 90), ("reason", "shipping", 60), ("reason", "price", 30)]).await;
        count(&app, id, week, &scores(20, 40)).await;
        count(&app, id, week.earlier(1), &[("", "shown", 1400), ("", "answered", 210), ("reason", "", 90), ("reason", "shipping", 20), ("reason", "price", 70)]).await;
        count(&app, id, week.earlier(1), &scores(22, 40)).await;
        for (weeks, answered) in [(2, 40), (3, 56), (4, 48), (9, 300)] {
            count(&app, id, week.earlier(weeks), &[("", "shown", 400), ("", "answered", answered)]).await;
        }
        let mut paused = survey("paused");
        paused["name"] = json!("A paused one");
        let paused = app.publish(paused).await;
        let mut tx = app.app.db.begin().await.unwrap();
        surveys::set_status(&mut tx, app.site.id, paused, Status::Paused, app.now()).await.unwrap();
        tx.commit().await.unwrap();

        reach(&app, MONDAY).await;
        let (_, text, _) = read(&reports(&app, &app.site).await[0]);
        for words in [
            "Shown: 400 (1,400 the week before)",
            "Answer rate: 24% (95% interval 20–28%)",
            "Answer rate: up 9 points, more than chance. In the eight weeks before: 10–15%.",
            "NPS +33 from 60 answers (95% interval +9 to +57): no clear change.",
            "Shipping: 67% of 90, 22% the week before: up 44 points, more than chance",
            "Price: 33% of 90, 78% the week before: down 44 points, more than chance",
            "NEEDS A LOOK\n\n* The survey “A paused one” is paused.",
        ] {
            assert!(text.contains(words), "no {words:?} in:\n{text}");
        }
    }
}

crate::on_both! {
    async fn several_nodes_send_one_mail_and_a_clock_set_back_sends_no_other(app: TestApp) {
        let other = app.another_node().await;
        begin(&app).await;
        ensure(&other.app.db, other.now()).await.unwrap();
        app.advance(MONDAY.parse::<Timestamp>().unwrap().as_millisecond() - app.now());
        let (one, two) = tokio::join!(app.run_jobs(), other.run_jobs());
        assert!(one + two > 0);
        assert_eq!(reports(&app, &app.site).await.len(), 1);
        // A node that starts anew looks at once; the week is told of.
        app.advance(-2 * HOUR);
        for _ in 0..20 {
            ensure(&app.app.db, app.now()).await.unwrap();
            app.run_jobs().await;
            app.advance(15 * MINUTE);
        }
        assert_eq!(reports(&app, &app.site).await.len(), 1);
        reach(&app, "2026-12-07T06:59:59.999Z").await;
        assert_eq!(reports(&app, &app.site).await.len(), 1);
    }
}

crate::on_both! {
    async fn a_quiet_week_is_told_once(app: TestApp) {
        begin(&app).await;
        app.publish(survey("s")).await;
        answers(&app, "anna", json!({"score": {"number": 9}})).await;
        let mut told = Vec::new();
        for monday in [MONDAY, "2026-12-07T07:00:00Z", "2026-12-14T07:00:00Z", "2026-12-21T07:00:00Z"] {
            reach(&app, monday).await;
            told.push(reports(&app, &app.site).await.len());
        }
        assert_eq!(told, [1, 2, 2, 2]);
        let (_, text, html) = read(&reports(&app, &app.site).await[1]);
        assert!(text.contains("\n\nA quiet week: nobody was asked") && !text.contains("A SURVEY"), "{text}");
        assert!(html.contains("/install"), "{html}");
        reach(&app, "2026-12-22T12:00:00Z").await;
        answers(&app, "ben", json!({"score": {"number": 9}})).await;
        for (monday, n) in [("2026-12-28T07:00:00Z", 3), ("2027-01-04T07:00:00Z", 4), ("2027-01-11T07:00:00Z", 4)] {
            reach(&app, monday).await;
            assert_eq!(reports(&app, &app.site).await.len(), n, "{monday}");
        }
    }
}

crate::on_both! {
    async fn a_week_that_was_missed_is_not_told_of_late(app: TestApp) {
        begin(&app).await;
        reach(&app, "2026-12-01T07:00:00Z").await;
        assert_eq!(reports(&app, &app.site).await, [], "a day late");
        reach(&app, "2026-12-08T06:59:59Z").await;
        let mails = reports(&app, &app.site).await;
        assert_eq!(mails.iter().map(|mail| &*mail.subject).collect::<Vec<_>>(), ["Shop: your week, 30 Nov – 6 Dec"]);
    }
}

crate::on_both! {
    async fn the_hour_is_the_stores_own(app: TestApp) {
        begin(&app).await;
        change(&app, &app.site, |site| {
            site.time_zone = "America/New_York".into();
            site.settings.weekly = WeeklyReport { weekday: Weekday::Sunday, hour: 20, to: vec!["a@shop.example".into(), "b@shop.example".into()], ..WeeklyReport::default() };
        }).await;
        // Seen within a quarter of an hour; the last Sunday of winter is 20:00 in New York at one in the night in London.
        reach(&app, "2027-03-08T00:59:59Z").await;
        assert_eq!(reports(&app, &app.site).await, []);
        reach(&app, "2027-03-08T01:00:00Z").await;
        let mut to: Vec<_> = reports(&app, &app.site).await.into_iter().map(|mail| mail.recipient).collect();
        to.sort();
        assert_eq!(to, ["a@shop.example", "b@shop.example"]);
        change(&app, &app.site, |site| site.settings.weekly.to = vec!["a@shop.example".into()]).await;
        answers_in_new_york(&app).await;
        // In summer an hour earlier.
        reach(&app, "2027-03-14T23:59:59.999Z").await;
        assert_eq!(reports(&app, &app.site).await.len(), 2);
        reach(&app, "2027-03-15T00:00:00Z").await;
        assert_eq!(reports(&app, &app.site).await.len(), 3);
        change(&app, &app.site, |site| site.settings.weekly.on = false).await;
        reach(&app, "2027-03-22T00:00:00Z").await;
        reach(&app, "2027-03-22T12:00:00Z").await;
        assert_eq!(reports(&app, &app.site).await.len(), 3, "switched off");
    }
}

/// Something happens in the week that is told of next, so that it is not silent.
async fn answers_in_new_york(app: &TestApp) {
    let new_york = TimeZone::get("America/New_York").unwrap();
    let id = app.publish(survey("s")).await;
    count(app, id, Week::at(app.now(), &new_york), &[("", "shown", 9)]).await;
}

async fn refused_until_it_is_no_news(backend: Backend) {
    let peer = SmtpPeer::start([(Stage::Rcpt, Act::Say("451 4.7.1 later"))]).await;
    let app = TestApp::start_with_mail(backend, &peer.url()).await;
    begin(&app).await;
    reach(&app, MONDAY).await;
    let tried = || peer.seen.lines.all().iter().filter(|line| line.starts_with("RCPT TO:<owner@example.com>")).count();
    assert_eq!((tried(), reports(&app, &app.site).await[0].status), (1, MessageStatus::Failed));
    let mut seen = Vec::new();
    for _ in 0..14 {
        app.advance(4 * HOUR);
        app.run_jobs().await;
        seen.push((app.now(), tried()));
    }
    let until: Millis = MONDAY.parse::<Timestamp>().unwrap().as_millisecond() + DAY;
    let within = seen.iter().filter(|(at, _)| *at < until).map(|(_, n)| *n).max().unwrap();
    assert!(within > 1, "{seen:?}");
    assert!(seen.iter().all(|(_, n)| *n <= within), "after a day it is no news: {seen:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_refused_is_tried_for_a_day_sqlite() {
    refused_until_it_is_no_news(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_that_is_refused_is_tried_for_a_day_postgres() {
    refused_until_it_is_no_news(Backend::Postgres).await;
}

crate::on_both! {
    async fn the_owner_says_when_and_to_whom(app: TestApp) {
        begin(&app).await;
        let mut browser = Browser::new(&app);
        assert_eq!(browser.log_in(OWNER, PASSWORD).await.status, StatusCode::SEE_OTHER);
        let path = format!("/admin/{}/settings/weekly", app.site.key);
        let page = browser.get(&path).await;
        assert!(page.text("main").contains("The next one comes on 30 Nov 2026, 08:00."), "{}", page.html);
        assert_eq!(page.attribute("select#weekday option[selected]", "value").as_deref(), Some("monday"));
        assert_eq!(page.attribute("iframe", "sandbox").as_deref(), Some(""));
        let settings = browser.get(&format!("/admin/{}/settings", app.site.key)).await;
        assert!(settings.html.contains(&format!("href=\"{path}\"")), "{}", settings.html);

        for (fields, place) in [
            ([("weekday", "someday"), ("hour", "8"), ("to", "")], "weekday"),
            ([("weekday", "monday"), ("hour", "24"), ("to", "")], "hour"),
            ([("weekday", "monday"), ("hour", "8"), ("to", "olga")], "to"),
        ] {
            let page = browser.submit(&path, &path, &fields).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{place}");
            assert_eq!(page.attribute(".notice.bad a", "href"), Some(format!("#{place}")));
        }
        let fields = [("on", "on"), ("weekday", "friday"), ("hour", "17"), ("to", "Boss@Shop.example\nboss@shop.example")];
        let saved = browser.submit(&path, &path, &fields).await;
        assert_eq!(saved.location, Some(format!("{path}?done=saved")), "{}", saved.html);
        let stored = sites::by_key(&app.app.db, &app.site.key).await.unwrap().unwrap().settings.weekly;
        assert_eq!(stored, WeeklyReport { on: true, weekday: Weekday::Friday, hour: 17, to: vec!["boss@shop.example".into()] });
        let page = browser.get(&path).await;
        assert!(page.text("main").contains("The next one comes on 27 Nov 2026, 17:00."), "{}", page.html);

        // To who asks for it, whoever is listed.
        let sent = browser.submit(&path, &format!("{path}/send"), &[]).await;
        assert_eq!(sent.location, Some(format!("{path}?done=sent")));
        app.run_jobs().await;
        let mails = reports(&app, &app.site).await;
        assert_eq!(mails.iter().map(|mail| &*mail.recipient).collect::<Vec<_>>(), [OWNER]);
        assert_eq!(read(&mails[0]).0, "Shop: your week, 16–22 Nov");
        let frame = browser.get(&format!("{path}/preview")).await;
        assert!(frame.html.contains("A quiet week"), "{}", frame.html);
        assert!(frame.headers["content-security-policy"].to_str().unwrap().starts_with("sandbox;"));

        assert_eq!(browser.post(&format!("{path}/send"), &[("csrf", "made up")]).await.status, StatusCode::FORBIDDEN);
        let off = browser.submit(&path, &path, &[("weekday", "friday"), ("hour", "17"), ("to", "")]).await;
        assert_eq!(off.status, StatusCode::SEE_OTHER);
        reach(&app, "2026-11-27T16:00:00Z").await;
        assert_eq!(reports(&app, &app.site).await.len(), 1, "only the one that was asked for");
    }
}

crate::on_both! {
    async fn another_stores_person_sees_nothing_of_it(app: TestApp) {
        let other = app.another_site(ORIGIN).await;
        let user = new_user("sam@example.com", "Sam", PASSWORD, false, app.now()).await.unwrap().unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        users::insert(&mut tx, &user, app.now()).await.unwrap();
        sites::add_member(&mut tx, other.id, user.id).await.unwrap();
        tx.commit().await.unwrap();
        let mut browser = Browser::new(&app);
        browser.log_in("sam@example.com", PASSWORD).await;
        let own = format!("/admin/{}/settings/weekly", other.key);
        assert_eq!(browser.get(&own).await.status, StatusCode::OK);
        let path = format!("/admin/{}/settings/weekly", app.site.key);
        for page in [path.clone(), format!("{path}/preview")] {
            assert_eq!(browser.get(&page).await.status, StatusCode::NOT_FOUND, "{page}");
        }
        for (action, fields) in [(path.clone(), vec![("weekday", "friday"), ("hour", "1"), ("to", "")]), (format!("{path}/send"), vec![])] {
            assert_eq!(browser.submit(&own, &action, &fields).await.status, StatusCode::NOT_FOUND, "{action}");
        }
    }
}

crate::on_both_empty! {
    async fn the_command_line_tells_the_same(database: Database) {
        let cli = |args: &[&str]| run(&mut exitpoll(&database.url, args), "");
        let site = cli(&["site", "create", "Shop", "--origin", "https://shop.example"]).ok().trim().to_owned();
        let told = cli(&["report", "weekly", "--site", &site, "--public-url", "https://polls.shop.example"]).ok();
        assert!(told.starts_with("Shop: your week\n") && told.contains("A quiet week"), "{told}");
        assert!(told.contains(&format!("https://polls.shop.example/admin/{site}/settings/weekly")), "{told}");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("week.html");
        assert_eq!(cli(&["report", "weekly", "--site", &site, "--out", file.to_str().unwrap()]).ok(), "");
        assert!(std::fs::read_to_string(&file).unwrap().starts_with("<!doctype html>"));
        assert!(cli(&["report", "weekly", "--site", "st_nobody"]).failed().contains("there is no site st_nobody"));
    }
}
