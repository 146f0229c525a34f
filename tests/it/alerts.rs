//! What a store's people are told of: found from what is stored, told once, and over when its cause is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use exitpoll::clock::{DAY, HOUR, MINUTE, Millis};
use exitpoll::domain::alert::{Kind, Telling};
use exitpoll::domain::schedule::local_day;
use exitpoll::domain::webhook::EventType;
use exitpoll::id::{SurveyId, uuid7};
use exitpoll::insight::alerts::{Watch, ensure};
use exitpoll::jobs::{Job as _, Letter, Link, Notice, Outcome, Text};
use exitpoll::manage::users::new_user;
use exitpoll::outbound::alert::{Alert, raise, raise_at, resolve};
use exitpoll::store::alerts::{self, Alert as Stored};
use exitpoll::store::feedback::{self, Returned};
use exitpoll::store::messages::{self, Message, MessageStatus};
use exitpoll::store::rollups::{self, Counter};
use exitpoll::store::sites::Site;
use exitpoll::store::{jobs, sites, users, widget_errors};
use jiff::tz::TimeZone;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::browser::Browser;
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Database, TestApp, event, survey};
use crate::webhooks::{identify, listen, start};

const PASSWORD: &str = "correct horse battery";

async fn owner(app: &TestApp) {
    let user = new_user("owner@example.com", "Olga", PASSWORD, true, app.now()).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    users::insert(&mut tx, &user, app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn configure(app: &TestApp, change: impl FnOnce(&mut Site)) {
    let mut site = sites::by_key(&app.app.db, &app.site.key).await.unwrap().unwrap();
    change(&mut site);
    let mut tx = app.app.db.begin().await.unwrap();
    sites::update(&mut tx, &site).await.unwrap();
    tx.commit().await.unwrap();
}

fn today(app: &TestApp) -> i32 {
    local_day(app.now(), &TimeZone::get("Europe/Berlin").unwrap())
}

/// Sets counters of days: question, item, count.
async fn count(app: &TestApp, survey: SurveyId, days: impl Iterator<Item = i32>, counts: &[(&str, &str, i64)]) {
    let mut all = BTreeMap::new();
    for day in days {
        for (question, item, n) in counts {
            let counter = Counter { site: app.site.id, survey, day, question: (*question).to_owned(), item: (*item).to_owned() };
            all.insert(counter, *n);
        }
    }
    let mut tx = app.app.db.begin().await.unwrap();
    rollups::set(&mut tx, &all).await.unwrap();
    tx.commit().await.unwrap();
}

async fn open(app: &TestApp) -> Vec<Stored> {
    alerts::open(&app.app.db, app.site.id).await.unwrap()
}

async fn causes(app: &TestApp) -> Vec<(String, String)> {
    let mut causes: Vec<_> = open(app).await.into_iter().map(|alert| (alert.cause, alert.subject)).collect();
    causes.sort();
    causes
}

async fn past(app: &TestApp) -> Vec<Stored> {
    alerts::past(&app.app.db, app.site.id, None, 100).await.unwrap()
}

/// Subjects of the mails of alerts so far, the oldest first, with their kind.
async fn mails(app: &TestApp) -> Vec<(String, String)> {
    let mut mails = messages::recent(&app.app.db, app.site.id, 100).await.unwrap();
    mails.retain(|mail| mail.template.starts_with("alert"));
    mails.sort_by_key(|mail| mail.id);
    mails.into_iter().map(|mail| (mail.template, mail.subject)).collect()
}

/// Lets time pass as workers see it.
async fn pass(app: &TestApp, hours: i64) {
    for _ in 0..hours {
        app.advance(HOUR);
        app.run_jobs().await;
    }
}

fn webhook(subject: &str) -> Alert {
    Alert {
        cause: "endpoint.credentials",
        subject: subject.to_owned(),
        title: format!("“{subject}” refuses the key"),
        detail: "Enter another one.".to_owned(),
        path: "connections".to_owned(),
    }
}

async fn raise_webhook(app: &TestApp, subject: &str, level: i64) {
    let mut tx = app.app.db.begin().await.unwrap();
    raise_at(&mut tx, app.site.id, webhook(subject), level, app.now()).await.unwrap();
    tx.commit().await.unwrap();
}

crate::on_both! {
    async fn a_rate_that_fell_is_told_in_the_daily_mail(app: TestApp) {
        owner(&app).await;
        configure(&app, |site| { site.settings.alerts.tell.insert(Kind::Shows, Telling::Off); }).await;
        let (steady, fell) = (app.publish(survey("steady")).await, app.publish(survey("fell")).await);
        let day = today(&app);
        for (id, last) in [(steady, 95), (fell, 50)] {
            count(&app, id, day - 60..day - 1, &[("", "shown", 500), ("", "answered", 100)]).await;
            count(&app, id, day - 1..day, &[("", "shown", 500), ("", "answered", last)]).await;
        }
        ensure(&app.app.db, app.now()).await.unwrap();
        ensure(&app.app.db, app.now()).await.unwrap();
        app.run_jobs().await;
        let found = open(&app).await;
        assert_eq!(causes(&app).await, [("survey.rate".to_owned(), "fell".to_owned())]);
        // 24 November 2026 is a Tuesday.
        let detail = &found[0].detail;
        assert!(detail.starts_with("Yesterday 10 % of the 500 who saw it answered. By the last 8 Mondays before"), "{detail}");
        assert!(detail.contains("between 12 % and 28 %"), "{detail}");
        assert_eq!(found[0].path, format!("surveys/{fell}"));
        pass(&app, 3).await;
        let found = open(&app).await;
        assert_eq!((found.len(), found[0].times, found[0].last_seen_at), (1, 1, app.now()), "seen, and told once");
        assert_eq!(mails(&app).await, []);
        // To eight in the morning of Berlin: nobody was shown anything since, and yesterday says nothing any more.
        pass(&app, 16).await;
        let sent = mails(&app).await;
        assert_eq!(sent, [("alert-digest".to_owned(), "Shop: “A survey” is answered less than usual".to_owned())]);
        assert_eq!(causes(&app).await, []);
        assert_eq!(past(&app).await[0].cause, "survey.rate");
    }
}

crate::on_both! {
    async fn a_survey_that_nobody_sees_any_more_waits_for_the_morning(app: TestApp) {
        owner(&app).await;
        let id = app.publish(survey("s")).await;
        let day = today(&app);
        count(&app, id, day - 30..day, &[("", "shown", 40), ("", "answered", 8)]).await;
        ensure(&app.app.db, app.now()).await.unwrap();
        pass(&app, 7).await;
        assert_eq!(causes(&app).await, [], "seven of sixteen hours: it may be chance");
        pass(&app, 1).await;
        assert_eq!(causes(&app).await, [("survey.silent".to_owned(), "s".to_owned())]);
        assert_eq!(mails(&app).await, [], "nobody is woken at nine");
        pass(&app, 11).await;
        assert_eq!(mails(&app).await, [("alert".to_owned(), "Shop: “A survey” is not shown any more".to_owned())]);
        let token = app.offer("anna", "s").await;
        app.send("anna", json!([event(app.now(), "survey.shown", json!({"offer": token}))])).await;
        pass(&app, 1).await;
        assert_eq!(causes(&app).await, []);
    }
}

crate::on_both! {
    async fn a_tag_that_is_gone_is_found_within_hours(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let day = today(&app);
        count(&app, id, day - 30..day, &[("", "shown", 160)]).await;
        ensure(&app.app.db, app.now()).await.unwrap();
        let token = app.offer("anna", "s").await;
        app.send("anna", json!([event(app.now(), "survey.shown", json!({"offer": token}))])).await;
        pass(&app, 1).await;
        assert_eq!(causes(&app).await, []);
        pass(&app, 1).await;
        assert_eq!(causes(&app).await, [("survey.silent".to_owned(), "site".to_owned())]);
        assert_eq!(open(&app).await[0].path, "install");
    }
}

crate::on_both! {
    async fn an_answer_and_a_word_that_come_often_are_found(app: TestApp) {
        configure(&app, |site| site.settings.alerts.keywords = vec!["refund*".into(), "gift".into()]).await;
        let id = app.publish(survey("s")).await;
        let day = today(&app);
        count(&app, id, day - 60..day, &[("reason", "", 50), ("reason", "shipping", 10), ("reason", "price", 40)]).await;
        count(&app, id, day..day + 1, &[("reason", "", 50), ("reason", "shipping", 40), ("reason", "price", 10)]).await;
        count(&app, id, day - 60..day - 1, &[("score", "", 50), ("score", "10", 40), ("score", "0", 10)]).await;
        count(&app, id, day - 1..day, &[("score", "", 50), ("score", "10", 10), ("score", "0", 40)]).await;
        for (visitor, text) in [("a", "Where is my REFUND?"), ("b", "refunded never"), ("c", "Refunds take long"), ("d", "a gift"), ("e", "nothing")] {
            let token = app.offer(visitor, "s").await;
            app.send(visitor, json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"more": {"text": text}}}))])).await;
        }
        ensure(&app.app.db, app.now()).await.unwrap();
        app.run_jobs().await;
        let wanted = [("answer.keyword", "refund*"), ("answer.share", "s/reason/shipping"), ("survey.score", "s/score")];
        assert_eq!(causes(&app).await, wanted.map(|(cause, subject)| (cause.to_owned(), subject.to_owned())));
        for alert in open(&app).await {
            assert!(!alert.detail.to_lowercase().contains("where is my"), "nothing that was written: {}", alert.detail);
        }
    }
}

crate::on_both_empty! {
    async fn a_webhook_that_fails_is_told_after_an_hour_and_after_a_day(database: Database) {
        let app = start(database).await;
        owner(&app).await;
        let works = Arc::new(AtomicBool::new(false));
        let switch = works.clone();
        let crm = Receiver::start(move |_, _| Reply::Status(if switch.load(Ordering::SeqCst) { 200 } else { 500 })).await;
        let watcher = Receiver::always(Reply::Status(200)).await;
        let (endpoint, _) = listen(&app, "CRM", &crm.url(), &[EventType::CustomerIdentified]).await;
        listen(&app, "Alarm", &watcher.url(), &[EventType::AlertRaised]).await;
        identify(&app, "anna").await;
        app.run_jobs().await;
        ensure(&app.app.db, app.now()).await.unwrap();
        app.advance(59 * MINUTE);
        app.run_jobs().await;
        assert_eq!(causes(&app).await, []);
        for (pause, times) in [(6 * MINUTE, 1), (HOUR, 1), (DAY - 3 * HOUR, 1), (HOUR, 2)] {
            app.advance(pause);
            app.run_jobs().await;
            let found = open(&app).await;
            assert_eq!((&*found[0].cause, &*found[0].subject, found[0].times), ("endpoint.failing", &*endpoint.key, times), "{pause}");
            assert_eq!(watcher.calls().len() as i64, times);
        }
        let told = watcher.calls()[0].json();
        let alert = &told["data"]["alert"];
        assert_eq!((&alert["code"], &alert["severity"]), (&json!("endpoint.failing"), &json!("urgent")), "{told}");
        assert_eq!(alert["path"], format!("/admin/{}/connections/webhooks/{}", app.site.key, endpoint.id));
        assert_eq!(mails(&app).await, [(); 2].map(|()| ("alert".to_owned(), "Shop: The webhook “CRM” fails".to_owned())));
        works.store(true, Ordering::SeqCst);
        for _ in 0..2 {
            app.advance(DAY);
            app.run_jobs().await;
        }
        assert_eq!(causes(&app).await, []);
    }
}

crate::on_both! {
    async fn mail_that_does_not_go_out_and_mail_that_is_called_spam(app: TestApp) {
        let put = async |n: u128, status: MessageStatus, at: Millis| {
            let mut tx = app.app.db.begin().await.unwrap();
            let message = Message {
                site: app.site.id, id: uuid::Uuid::from_u128(n), customer: None, enrollment: None, step: None,
                template: "t".into(), recipient: format!("p{n}@example.com"), subject: "Hi".into(), status,
                detail: None, raw: None, tries: 1, created_at: at, sent_at: None, clicked_at: None,
            };
            messages::put(&mut tx, &message).await.unwrap();
            tx.commit().await.unwrap();
        };
        for n in 0..60 {
            put(n, MessageStatus::Sent, app.now() - 2 * HOUR).await;
        }
        ensure(&app.app.db, app.now()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(causes(&app).await, []);
        let mut tx = app.app.db.begin().await.unwrap();
        for n in 0..2u128 {
            let returned = Returned {
                id: uuid7(app.now()), at: app.now(), source: "postmark".into(), kind: "complaint".into(),
                message_id: Some(uuid::Uuid::from_u128(n)), hash: None, told: None, detail: "anna@example.com said so".into(),
            };
            feedback::insert(&mut tx, app.site.id, &returned).await.unwrap();
        }
        tx.commit().await.unwrap();
        for n in 100..105 {
            put(n, MessageStatus::Failed, app.now()).await;
        }
        app.advance(5 * MINUTE);
        app.run_jobs().await;
        let found = open(&app).await;
        let mut all: Vec<&str> = found.iter().map(|alert| &*alert.cause).collect();
        all.sort_unstable();
        assert_eq!(all, ["mail.complaints", "mail.failing"]);
        assert!(found.iter().all(|alert| !alert.detail.contains('@')), "no addresses: {found:?}");
        put(106, MessageStatus::Sent, app.now()).await;
        app.advance(DAY);
        app.run_jobs().await;
        assert_eq!(causes(&app).await, []);
    }
}

crate::on_both! {
    async fn work_that_waits_is_told_at_the_second_look(app: TestApp) {
        let letter = Letter {
            kind: "test".into(), subject: "Hi".into(),
            text: Text::Plain { paragraphs: vec![], link: Link { label: "Look".into(), path: "mail".into() } },
        };
        let mut tx = app.app.db.begin().await.unwrap();
        Notice::to(&mut tx, app.site.id, "anna@example.com", &letter, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        app.advance(10 * MINUTE);
        let context = app.app.runner().context;
        let look = async |watch: Watch| match watch.run(&context).await.unwrap() {
            Outcome::Again(tx, next, _) => { tx.commit().await.unwrap(); next }
            Outcome::Done(_) => panic!("it goes on"),
        };
        let once = look(Watch::default()).await;
        assert_eq!(causes(&app).await, [], "the server may have been started just now");
        let twice = look(once).await;
        assert_eq!(causes(&app).await, [("queue.lag".to_owned(), "jobs".to_owned())]);
        app.run_jobs().await;
        assert_eq!(jobs::oldest_due(&app.app.db, app.now()).await.unwrap(), None);
        look(twice).await;
        assert_eq!(causes(&app).await, []);
    }
}

crate::on_both! {
    async fn a_script_that_fails_in_a_new_way_is_told(app: TestApp) {
        let fail = async |day: i32, message: &str, n: i64| {
            let count = widget_errors::Count { n, last_at: app.now(), ..widget_errors::Count::default() };
            let mut tx = app.app.db.begin().await.unwrap();
            widget_errors::add(&mut tx, &BTreeMap::from([((app.site.id, day, message.to_owned()), count)])).await.unwrap();
            tx.commit().await.unwrap();
        };
        for back in 1..20 {
            fail(today(&app) - back, "old", 12).await;
        }
        fail(today(&app), "old", 14).await;
        ensure(&app.app.db, app.now()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(causes(&app).await, []);
        fail(today(&app), "new", 11).await;
        app.advance(5 * MINUTE);
        app.run_jobs().await;
        assert_eq!(causes(&app).await, [("script.errors".to_owned(), "script".to_owned())]);
    }
}

crate::on_both! {
    async fn many_at_once_are_a_few_mails_and_one_in_the_morning(app: TestApp) {
        owner(&app).await;
        for n in 0..7 {
            raise_webhook(&app, &format!("hook-{n}"), 1).await;
            raise_webhook(&app, &format!("hook-{n}"), 1).await;
            // The longest waiting is mailed first.
            app.advance(1);
        }
        app.run_jobs().await;
        assert_eq!((open(&app).await.len(), mails(&app).await.len()), (7, 5));
        // Over, and back within the cool-down: nothing new. Worse: told again.
        let mut tx = app.app.db.begin().await.unwrap();
        resolve(&mut tx, app.site.id, "endpoint.credentials", "hook-0", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(open(&app).await.len(), 6);
        app.advance(2 * HOUR);
        raise_webhook(&app, "hook-0", 1).await;
        app.run_jobs().await;
        assert_eq!((open(&app).await.len(), past(&app).await.len(), mails(&app).await.len()), (7, 0, 5));
        raise_webhook(&app, "hook-0", 2).await;
        app.run_jobs().await;
        assert_eq!(mails(&app).await.len(), 6);
        app.advance(17 * HOUR);
        app.run_jobs().await;
        let sent = mails(&app).await;
        assert_eq!((sent.len(), &*sent[6].0, &*sent[6].1), (7, "alert-digest", "Shop: 2 things are not as usual"));
        app.advance(8 * HOUR);
        raise_webhook(&app, "hook-1", 1).await;
        app.run_jobs().await;
        assert_eq!(mails(&app).await.len(), 8, "still so after the cool-down");
    }
}

crate::on_both! {
    async fn two_who_find_the_same_make_one_alert(app: TestApp) {
        let one = || async {
            for attempt in 0.. {
                let mut tx = app.app.db.begin().await.unwrap();
                match raise(&mut tx, app.site.id, webhook("crm"), app.now()).await {
                    Ok(()) => return tx.commit().await.unwrap(),
                    Err(_) if attempt < 3 => tx.rollback().await.unwrap(),
                    Err(e) => panic!("{e}"),
                }
            }
        };
        tokio::join!(one(), one(), one());
        let found = open(&app).await;
        assert_eq!((found.len(), found[0].times), (1, 1));
    }
}

crate::on_both! {
    async fn the_page_shows_mutes_and_sets(app: TestApp) {
        owner(&app).await;
        let mut browser = Browser::new(&app);
        browser.log_in("owner@example.com", PASSWORD).await;
        let path = format!("/admin/{}/alerts", app.site.key);
        assert!(browser.get(&path).await.text("main").contains("All is as usual"));
        raise_webhook(&app, "<b>crm", 1).await;
        app.run_jobs().await;
        let page = browser.get(&path).await;
        assert_eq!((page.text(".tabs .count"), page.text(".alert h3")), ("1 open".into(), "“<b>crm” refuses the key".into()));
        let id = open(&app).await[0].id;
        let muted = browser.submit(&path, &format!("{path}/{id}/mute"), &[]).await;
        assert_eq!(muted.status, StatusCode::SEE_OTHER);
        let page = browser.get(&muted.location.unwrap()).await;
        assert_eq!((page.text(".tabs .count"), page.text(".alert .badge")), (String::new(), "Muted".into()));
        // Worse, but muted.
        raise_webhook(&app, "<b>crm", 5).await;
        app.run_jobs().await;
        assert_eq!(mails(&app).await.len(), 1);
        browser.submit(&path, &format!("{path}/{id}/unmute"), &[]).await;
        raise_webhook(&app, "<b>crm", 5).await;
        app.run_jobs().await;
        assert_eq!(mails(&app).await.len(), 2);
        // Another store's alert is none of theirs.
        let theirs = app.another_site("https://other.example").await;
        let wrong = browser.submit(&path, &format!("/admin/{}/alerts/{id}/mute", theirs.key), &[]).await;
        assert_eq!(wrong.status, StatusCode::NOT_FOUND);

        let settings = format!("{path}/settings");
        let mut fields = browser.get(&settings).await.fields("form#rules");
        fields.retain(|(name, _)| name != "csrf");
        for kind in Kind::ALL {
            fields.push((format!("tell_{kind}"), kind.usually_told().to_string()));
        }
        fields.push(("sensitivity".into(), "high".into()));
        let with = |changes: &[(&str, &str)]| -> Vec<(String, String)> {
            let new = |name: &str| changes.iter().find(|(changed, _)| *changed == name).map(|(_, value)| (*value).to_owned());
            fields.iter().map(|(name, value)| (name.clone(), new(name).unwrap_or_else(|| value.clone()))).collect()
        };
        for (field, bad) in [("recipients", "nobody"), ("digest_hour", "24"), ("queue_minutes", "0"), ("keywords", "!"), ("quiet_from", "25:00"), ("tell_mail", "never")] {
            let entered = with(&[(field, bad)]);
            let entered: Vec<(&str, &str)> = entered.iter().map(|(name, value)| (&**name, &**value)).collect();
            let page = browser.submit(&settings, &settings, &entered).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}");
            assert_eq!(page.attribute(".notice.bad a", "href"), Some(format!("#{field}")));
        }
        let entered = with(&[("recipients", "Ops@Shop.example"), ("keywords", "Refund*\nGift-Wrap"), ("tell_webhook", "off")]);
        let entered: Vec<(&str, &str)> = entered.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(browser.submit(&settings, &settings, &entered).await.status, StatusCode::SEE_OTHER);
        let rules = sites::by_key(&app.app.db, &app.site.key).await.unwrap().unwrap().settings.alerts;
        assert_eq!((&rules.recipients[0][..], rules.keywords.len(), rules.telling(Kind::Webhook)), ("ops@shop.example", 2, Telling::Off));
        raise_webhook(&app, "another", 1).await;
        assert!(open(&app).await.iter().all(|alert| alert.subject != "another"), "nobody wants to know");
        app.advance(MINUTE);
        let test = browser.submit(&settings, &format!("{path}/test"), &[]).await;
        assert_eq!(test.location, Some(format!("{settings}?done=test")));
        app.run_jobs().await;
        let last = messages::recent(&app.app.db, app.site.id, 1).await.unwrap().remove(0);
        assert_eq!((&*last.recipient, &*last.subject), ("ops@shop.example", "Shop: A test alert"));
    }
}
