//! The queue, and what it does at night.

use exitpoll::clock::{DAY, HOUR};
use exitpoll::jobs::ensure_nightly;
use exitpoll::store::{self, jobs, sites};
use serde_json::json;

use crate::support::{TestApp, event, survey};

crate::on_both! {
    async fn nightly_work_is_queued_once_and_comes_again(app: TestApp) {
        let db = &app.app.db;
        ensure_nightly(db, app.now()).await.unwrap();
        ensure_nightly(db, app.now()).await.unwrap();
        assert_eq!(app.run_jobs().await, 3);
        assert_eq!(app.run_jobs().await, 0);
        app.advance(DAY);
        assert_eq!(app.run_jobs().await, 3);
        assert_eq!(jobs::counts(db).await.unwrap().iter().map(|(_, state, n)| (state.as_str(), *n)).collect::<Vec<_>>(),
            [("ready", 1), ("ready", 1), ("ready", 1)]);
    }
}

crate::on_both! {
    async fn a_job_of_a_lost_worker_is_taken_by_another(app: TestApp) {
        let db = &app.app.db;
        ensure_nightly(db, app.now()).await.unwrap();
        let lost = exitpoll::id::uuid7(app.now());
        let mut tx = db.begin().await.unwrap();
        let taken = jobs::claim(&mut tx, lost, app.now(), app.now() + HOUR, 10).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(taken.len(), 3);
        assert_eq!(app.run_jobs().await, 0, "all are leased");
        app.advance(HOUR + 1);
        assert_eq!(app.run_jobs().await, 3);
        // The lost worker comes back and finds that its word no longer counts.
        let mut tx = db.begin().await.unwrap();
        assert!(!jobs::finish(&mut tx, taken[0].id, lost, app.now()).await.unwrap());
    }
}

crate::on_both! {
    async fn a_job_that_nobody_knows_is_buried_with_its_reason(app: TestApp) {
        let db = &app.app.db;
        let mut tx = db.begin().await.unwrap();
        jobs::insert(&mut tx, exitpoll::id::uuid7(app.now()), "from_the_future", &json!({}), None, app.now(), app.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!(jobs::counts(db).await.unwrap(), [("from_the_future".to_owned(), "dead".to_owned(), 1)]);
    }
}

crate::on_both! {
    async fn answers_are_forgotten_when_their_time_is_over_and_counts_stay(app: TestApp) {
        let id = app.publish(survey("s")).await;
        let token = app.offer("anna", "s").await;
        app.send("anna", json!([event(app.now(), "survey.answered", json!({"offer": token, "answers": {"more": {"text": "hello"}}}))])).await;
        let db = &app.app.db;
        let mut site = app.site.clone();
        site.settings.retention_days = Some(30);
        let mut tx = db.begin().await.unwrap();
        sites::update(&mut tx, &site).await.unwrap();
        tx.commit().await.unwrap();

        app.advance(29 * DAY);
        ensure_nightly(db, app.now()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(store::responses::page(db, site.id, id, None, 10).await.unwrap().len(), 1);
        app.advance(2 * DAY);
        app.run_jobs().await;
        assert!(store::responses::page(db, site.id, id, None, 10).await.unwrap().is_empty());
        let (answered, _) = store::reports::answered(db, site.id, id, 0).await.unwrap();
        assert_eq!(answered, 1);
    }
}

crate::on_both! {
    async fn roll_ups_that_differ_are_put_right(app: TestApp) {
        let id = app.publish(survey("s")).await;
        for visitor in ["anna", "ben"] {
            let token = app.offer(visitor, "s").await;
            app.send(visitor, json!([
                event(app.now(), "survey.answered", json!({"offer": token, "answers": {"reason": {"choice": "price"}, "score": {"number": 3}}})),
                event(app.now(), "survey.completed", json!({"offer": token})),
            ])).await;
        }
        let db = &app.app.db;
        let day = exitpoll::domain::schedule::local_day(app.now(), &jiff::tz::TimeZone::get("Europe/Berlin").unwrap());
        let totals = async || {
            let mut all: Vec<_> = store::reports::totals(db, app.site.id, id, day, day).await.unwrap().into_iter().map(|c| (c.question, c.item, c.n)).collect();
            all.sort();
            all
        };
        let right = totals().await;
        assert!(right.contains(&("reason".into(), "price".into(), 2)), "{right:?}");
        let mut tx = db.begin().await.unwrap();
        let mut counters = store::rollups::counted(&mut tx, app.site.id, day).await.unwrap();
        for n in counters.values_mut() {
            *n += 7;
        }
        let extra = store::rollups::Counter { item: "never".into(), ..counters.keys().next().unwrap().clone() };
        counters.insert(extra, 5);
        store::rollups::set(&mut tx, &counters).await.unwrap();
        tx.commit().await.unwrap();
        assert_ne!(totals().await, right);

        app.advance(DAY);
        ensure_nightly(db, app.now()).await.unwrap();
        app.run_jobs().await;
        assert_eq!(totals().await, right);
    }
}
