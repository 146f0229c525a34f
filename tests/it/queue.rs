//! The queue's page, and what whoever runs the installation does with jobs that were given up.

use exitpoll::clock::{DAY, MINUTE};
use exitpoll::id::{SiteId, uuid7};
use exitpoll::manage::users::new_user;
use exitpoll::store::{audit, jobs, queue, sites, users};
use reqwest::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::browser::Browser;

const PASSWORD: &str = "correct horse battery";
const PAGE: &str = "/admin/queue";

async fn log_in<'a>(app: &'a TestApp, email: &str, operator: bool) -> Browser<'a> {
    let user = new_user(email, "Somebody", PASSWORD, operator, app.now()).await.unwrap().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    users::insert(&mut tx, &user, app.now()).await.unwrap();
    sites::add_member(&mut tx, app.site.id, user.id).await.unwrap();
    tx.commit().await.unwrap();
    let mut browser = Browser::new(app);
    assert_eq!(browser.log_in(email, PASSWORD).await.status, StatusCode::SEE_OTHER);
    browser
}

/// A job that never worked.
async fn give_up(app: &TestApp, kind: &str, site: SiteId, key: Option<&str>) -> Uuid {
    let (id, lease, now) = (uuid7(app.now()), uuid7(app.now()), app.now());
    let mut tx = app.app.db.begin().await.unwrap();
    let payload = json!({"site": site, "to": "payload@buyer.example"});
    jobs::insert(&mut tx, id, kind, &payload, key, now, now).await.unwrap();
    let claimed = jobs::claim(&mut tx, lease, now, now + MINUTE, 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert!(jobs::bury(&mut tx, id, lease, "550 <zoe@buyer.example> from 203.0.113.9: <b>unknown</b>", now).await.unwrap());
    tx.commit().await.unwrap();
    id
}

async fn counts(app: &TestApp) -> Vec<(String, String, i64)> {
    jobs::counts(&app.app.db).await.unwrap()
}

/// What the activity of a store says: who, what, to what; the newest first.
async fn noted(app: &TestApp, site: SiteId) -> Vec<(String, String, String)> {
    let entries = audit::recent(&app.app.db, site, 50).await.unwrap();
    entries.into_iter().filter(|e| e.action.starts_with("job.")).map(|e| (e.actor, e.action, e.subject)).collect()
}

crate::on_both! {
    async fn only_who_may_see_every_store_sees_the_queue(app: TestApp) {
        let id = give_up(&app, "flow.step", app.site.id, None).await;
        let mut stranger = Browser::new(&app);
        assert_eq!(stranger.get(PAGE).await.location.as_deref(), Some("/login?next=%2Fadmin%2Fqueue"));
        let mut owner = log_in(&app, "owner@example.com", false).await;
        assert_eq!(owner.get(PAGE).await.status, StatusCode::NOT_FOUND);
        let home = format!("/admin/{}", app.site.key);
        assert!(!owner.get(&home).await.html.contains(PAGE));
        let csrf = owner.get("/admin/account").await.attribute("input[name=csrf]", "value").unwrap();
        for path in [format!("{PAGE}/jobs/{id}"), format!("{PAGE}/kinds/flow.step")] {
            let tried = owner.post(&path, &[("csrf", &csrf), ("verdict", "discard")]).await;
            assert_eq!(tried.status, StatusCode::NOT_FOUND);
        }
        let mut operator = log_in(&app, "op@example.com", true).await;
        assert_eq!(operator.get(PAGE).await.status, StatusCode::OK);
        assert!(operator.get(&home).await.html.contains(PAGE), "a link leads there");
        let forged = operator.post(&format!("{PAGE}/jobs/{id}"), &[("verdict", "discard")]).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
        assert_eq!(counts(&app).await, [("flow.step".into(), "dead".into(), 1)]);
    }
}

crate::on_both! {
    async fn it_shows_how_the_work_stands_and_nobody_it_is_about(app: TestApp) {
        let mut operator = log_in(&app, "op@example.com", true).await;
        let page = operator.get(PAGE).await;
        assert!(page.text(".empty").starts_with("Nothing was given up"), "{}", page.text("main"));
        let row = |page: &crate::support::browser::Page, name: &str| {
            let rows = page.text("[aria-labelledby=standing] tbody");
            assert!(rows.contains(name), "{rows}");
            let html = scraper::Html::parse_document(&page.html);
            let rows: Vec<_> = html.select(&scraper::Selector::parse("[aria-labelledby=standing] tr").unwrap()).map(|tr| tr.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            rows.into_iter().find(|row| row.contains(name)).unwrap()
        };
        assert_eq!(row(&page, "flow.step"), "Step of a follow-up flow.step 0 — 0 0 0 0");
        give_up(&app, "flow.step", app.site.id, None).await;
        let mut tx = app.app.db.begin().await.unwrap();
        for (at, kind) in [(0, "flow.step"), (DAY, "flow.step"), (0, "from_the_future")] {
            jobs::insert(&mut tx, uuid7(app.now()), kind, &json!({}), None, app.now() + at, app.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
        app.advance(7 * MINUTE);
        let page = operator.get(PAGE).await;
        assert_eq!(row(&page, "flow.step"), "Step of a follow-up flow.step 1 7 min 1 0 0 1");
        let error = page.text("[data-label='Last error']");
        assert_eq!(error, "550 <***@buyer.example> from ***: <b>unknown</b>");
        for hidden in ["payload", "zoe@", "203.0.113.9"] {
            assert!(!page.html.contains(hidden), "{hidden}");
        }
        // One cannot be read, the other is unknown: both tries fail.
        assert_eq!(app.run_jobs().await, 2);
        let page = operator.get(PAGE).await;
        assert_eq!(row(&page, "flow.step"), "Step of a follow-up flow.step 0 — 1 0 1 2");
        assert_eq!(row(&page, "from_the_future"), "from_the_future 0 — 0 0 1 1");
        app.advance(DAY);
        assert_eq!(queue::standing(&app.app.db, "from_the_future", app.now(), 10).await.unwrap().failures, 0, "that was yesterday");
    }
}

crate::on_both! {
    async fn what_was_given_up_is_tried_again_or_discarded(app: TestApp) {
        let other = app.another_site("https://other.example").await;
        let mut operator = log_in(&app, "op@example.com", true).await;
        let id = give_up(&app, "flow.step", app.site.id, None).await;
        let action = format!("{PAGE}/jobs/{id}");
        let done = operator.submit(PAGE, &action, &[("verdict", "retry")]).await;
        assert_eq!(done.location.as_deref(), Some("/admin/queue?retried=1"));
        assert_eq!(operator.get("/admin/queue?retried=1").await.text(".notice"), "One job will be tried again.");
        assert_eq!(counts(&app).await, [("flow.step".into(), "ready".into(), 1)]);
        let again = operator.submit(PAGE, &action, &[("verdict", "retry")]).await;
        assert_eq!(again.location.as_deref(), Some("/admin/queue?retried=0"), "a second click finds it done");
        assert_eq!(app.run_jobs().await, 1, "it is worked");
        assert_eq!(counts(&app).await, [("flow.step".into(), "dead".into(), 1)], "there is no such follow-up");
        let gone = operator.submit(PAGE, &action, &[("verdict", "discard")]).await;
        assert_eq!(gone.location.as_deref(), Some("/admin/queue?discarded=1"));
        assert_eq!(counts(&app).await, []);
        let of = |action: &str| ("op@example.com".to_owned(), action.to_owned(), "flow.step".to_owned());
        assert_eq!(noted(&app, app.site.id).await, [of("job.discard"), of("job.retry")]);
        assert_eq!(noted(&app, other.id).await, [], "it is none of theirs");
        assert_eq!(operator.submit(&format!("/admin/{}/settings", app.site.key), &action, &[("verdict", "burn")]).await.status, StatusCode::NOT_FOUND);
    }
}

crate::on_both! {
    async fn all_of_a_kind_at_once_and_page_by_page(app: TestApp) {
        let other = app.another_site("https://other.example").await;
        let mut operator = log_in(&app, "op@example.com", true).await;
        for n in 0..52 {
            give_up(&app, "flow.enter", if n == 0 { other.id } else { app.site.id }, None).await;
            app.advance(1);
        }
        give_up(&app, "mail.trial", app.site.id, None).await;
        let page = operator.get(PAGE).await;
        let lines = |page: &crate::support::browser::Page| page.html.matches("data-label=\"Last error\"").count();
        assert_eq!((lines(&page), page.text(".filters")), (50, "All Entering a follow-up Test mail".to_owned()));
        let older = page.attribute("a[href*=before]", "href").unwrap();
        let last = operator.get(older.split('#').next().unwrap()).await;
        assert_eq!((lines(&last), last.attribute("a[href*=before]", "href")), (3, None));
        let kind = operator.get("/admin/queue?kind=flow%2Eenter").await;
        assert_eq!(kind.text("h3"), "All at once: Entering a follow-up");
        let older = kind.attribute("a[href*=before]", "href").unwrap();
        assert_eq!(lines(&operator.get(older.split('#').next().unwrap()).await), 2);

        let action = kind.attribute("form[action*=kinds]", "action").unwrap();
        let retried = operator.submit("/admin/queue?kind=flow.enter", &action, &[("verdict", "retry")]).await;
        assert_eq!(retried.location.as_deref(), Some("/admin/queue?retried=52"));
        assert_eq!(counts(&app).await, [("flow.enter".into(), "ready".into(), 52), ("mail.trial".into(), "dead".into(), 1)]);
        let discarded = operator.submit(PAGE, "/admin/queue/kinds/mail.trial", &[("verdict", "discard")]).await;
        assert_eq!(discarded.location.as_deref(), Some("/admin/queue?discarded=1"));
        let of = |action: &str, subject: &str| ("op@example.com".to_owned(), action.to_owned(), subject.to_owned());
        assert_eq!(noted(&app, app.site.id).await, [of("job.discard", "mail.trial"), of("job.retry", "flow.enter, 51 times")]);
        assert_eq!(noted(&app, other.id).await, [of("job.retry", "flow.enter")]);
    }
}

crate::on_both! {
    async fn the_same_work_does_not_wait_twice(app: TestApp) {
        let other = app.another_site("https://other.example").await;
        let mut operator = log_in(&app, "op@example.com", true).await;
        let first = give_up(&app, "retention", app.site.id, Some("retention")).await;
        app.advance(1);
        give_up(&app, "retention", app.site.id, Some("retention")).await;
        let retried = operator.submit(PAGE, "/admin/queue/kinds/retention", &[("verdict", "retry")]).await;
        assert_eq!(retried.location.as_deref(), Some("/admin/queue?retried=1"));
        assert_eq!(counts(&app).await, [("retention".into(), "dead".into(), 1), ("retention".into(), "ready".into(), 1)]);
        let left = queue::dead_of(&app.app.db, "retention", 10).await.unwrap();
        assert_ne!(left, [first], "the oldest goes first");
        let again = operator.submit(PAGE, &format!("{PAGE}/jobs/{}", left[0]), &[("verdict", "retry")]).await;
        assert_eq!(again.location.as_deref(), Some("/admin/queue?retried=0"));
        assert!(operator.get("/admin/queue?retried=0").await.text(".notice").contains("waits already"));
        // Work of the whole installation is everybody's.
        let mut tx = app.app.db.begin().await.unwrap();
        let (id, lease) = (uuid7(app.now()), uuid7(app.now()));
        jobs::insert(&mut tx, id, "housekeeping", &json!({}), None, app.now() - 1, app.now()).await.unwrap();
        jobs::claim(&mut tx, lease, app.now() - 1, app.now() + MINUTE, 10).await.unwrap();
        assert!(jobs::bury(&mut tx, id, lease, "why", app.now()).await.unwrap());
        tx.commit().await.unwrap();
        operator.submit(PAGE, &format!("{PAGE}/jobs/{id}"), &[("verdict", "retry")]).await;
        assert_eq!(noted(&app, other.id).await[0].2, "housekeeping");
        assert_eq!(noted(&app, app.site.id).await[0].2, "housekeeping");
    }
}
