//! Retries, replay, and who keeps whom waiting.

use std::collections::{BTreeMap, BTreeSet};

use exitpoll::clock::{DAY, HOUR, MINUTE, Millis, SECOND};
use exitpoll::domain::webhook::{DeliveryState, EndpointStatus, EventType};
use exitpoll::id::uuid7;
use exitpoll::manage::endpoints::{Replay, Wanted, replay, replay_one, rotate, set_status};
use exitpoll::store::endpoints::Endpoint;
use exitpoll::store::{Db, deliveries};

use super::{assert_signed, endpoint, identify, listen, listen_as, sent, start};
use crate::support::binary::Server;
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Database, TestApp};

const KNOWN: &[EventType] = &[EventType::CustomerIdentified];

async fn wait(app: &TestApp, by: Millis) {
    app.advance(by);
    app.run_jobs().await;
}

async fn send_again(app: &TestApp, from: &Endpoint, wanted: Replay) -> u64 {
    let mut tx = app.app.db.begin().await.unwrap();
    let n = replay(&mut tx, from, &wanted, "test", app.now()).await.unwrap();
    tx.commit().await.unwrap();
    n
}

crate::on_both_empty! {
    async fn ten_tries_then_given_up_and_replayed(database: Database) {
        let app = start(database).await;
        let receiver = Receiver::start(|n, _| Reply::Status(if n < 10 { 503 } else { 200 })).await;
        let (crm, secret) = listen(&app, "CRM", &receiver.url(), KNOWN).await;
        identify(&app, "anna").await;
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 1, "the first try is at once");
        let pauses = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
        for (n, pause) in pauses.into_iter().enumerate() {
            let delivery = sent(&app, &crm).await.remove(0);
            assert_eq!((delivery.state, delivery.tries), (DeliveryState::Waiting, n as i64 + 1));
            let planned = delivery.due_at - app.now();
            assert!((pause * 8 / 10..=pause * 12 / 10).contains(&planned), "try {n}: {planned} for {pause}");
            wait(&app, planned - 1).await;
            assert_eq!(receiver.calls().len(), n + 1, "not a moment too early");
            wait(&app, 1).await;
            assert_eq!(receiver.calls().len(), n + 2);
        }
        wait(&app, DAY).await;
        let dead = sent(&app, &crm).await.remove(0);
        assert_eq!((dead.state, dead.reason.as_deref(), dead.attempts), (DeliveryState::Dead, Some("exhausted"), 10));
        assert_eq!(endpoint(&app, &crm).await.status, EndpointStatus::Active);

        let mut tx = app.app.db.begin().await.unwrap();
        assert!(replay_one(&mut tx, &crm, dead.event, "test", app.now()).await.unwrap());
        tx.commit().await.unwrap();
        app.run_jobs().await;
        let done = sent(&app, &crm).await.remove(0);
        assert_eq!((done.state, done.attempts, done.tries), (DeliveryState::Delivered, 11, 1));
        assert_eq!(endpoint(&app, &crm).await.failing_since, None);
        let calls = receiver.calls();
        let ids: BTreeSet<_> = calls.iter().map(|call| call.header("webhook-id").to_owned()).collect();
        let bodies: BTreeSet<_> = calls.iter().map(|call| call.body.clone()).collect();
        let times: BTreeSet<_> = calls.iter().map(|call| call.header("webhook-timestamp").to_owned()).collect();
        assert_eq!((calls.len(), ids.len(), bodies.len(), times.len()), (11, 1, 1, 11));
        calls.iter().for_each(|call| assert_signed(call, &secret));
    }
}

crate::on_both_empty! {
    async fn a_third_failing_loses_nothing_and_delays_nobody(database: Database) {
        const EVENTS: usize = 40;
        let app = start(database).await;
        // Three of ten calls fail, each in its own way.
        let flaky = Receiver::start(|n, _| match n % 10 { 0 => Reply::Status(500), 3 => Reply::Reset, 6 => Reply::Status(429), _ => Reply::Status(200) }).await;
        let healthy = Receiver::always(Reply::Status(200)).await;
        let (bad, _) = listen(&app, "Flaky", &flaky.url(), KNOWN).await;
        let (good, _) = listen(&app, "Healthy", &healthy.url(), KNOWN).await;
        for n in 0..EVENTS {
            identify(&app, &format!("v{n}")).await;
        }
        app.run_jobs().await;
        assert_eq!(healthy.calls().len(), EVENTS, "at once");
        assert!(sent(&app, &good).await.iter().all(|d| d.state == DeliveryState::Delivered && d.attempts == 1));
        for _ in 0..12 {
            wait(&app, 2 * HOUR).await;
        }
        let all = sent(&app, &bad).await;
        assert_eq!(all.len(), EVENTS);
        assert!(all.iter().all(|d| d.state == DeliveryState::Delivered), "{all:?}");
        let mut told: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for call in flaky.calls() {
            told.entry(call.header("webhook-id").to_owned()).or_default().insert(call.body);
        }
        assert_eq!(told.len(), EVENTS);
        assert!(told.values().all(|bodies| bodies.len() == 1), "a retry says the same under the same id");
        assert!(flaky.calls().len() > EVENTS);
    }
}

crate::on_both_empty! {
    async fn endpoints_that_hang_keep_only_themselves_waiting(database: Database) {
        let app = start(database).await;
        let hanging = Receiver::always(Reply::SlowHeaders).await;
        let mut bad = Vec::new();
        // More of them than a shared pool of any likely size has places.
        for n in 0..12 {
            bad.push(listen(&app, &format!("Hanging {n}"), &hanging.url(), KNOWN).await.0);
        }
        let healthy = Receiver::always(Reply::Status(200)).await;
        let (good, _) = listen(&app, "Healthy", &healthy.url(), KNOWN).await;
        for n in 0..6 {
            identify(&app, &format!("v{n}")).await;
        }
        let dispatcher = app.app.dispatcher.clone();
        let working = tokio::spawn(async move { dispatcher.run_due().await.unwrap() });
        healthy.reached(6).await;
        while !sent(&app, &good).await.iter().all(|d| d.state == DeliveryState::Delivered && d.attempts == 1) {}
        hanging.reached(12 * 4).await;
        // Each of the others has its four calls out, and none of them has come to an end.
        for endpoint in &bad {
            let all = sent(&app, endpoint).await;
            assert_eq!(all.iter().filter(|d| d.state == DeliveryState::Sending).count(), 4);
            assert!(all.iter().all(|d| d.attempts == 0), "{all:?}");
        }
        assert_eq!(hanging.calls().len(), 12 * 4);
        working.abort();
    }
}

crate::on_both_empty! {
    async fn what_a_lost_worker_had_is_sent_again(database: Database) {
        let app = start(database).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        let (crm, _) = listen(&app, "CRM", &receiver.url(), KNOWN).await;
        identify(&app, "anna").await;
        let mut tx = app.app.db.begin().await.unwrap();
        let lost = uuid7(app.now());
        let taken = deliveries::claim(&mut tx, app.site.id, crm.id, lost, app.now(), app.now() + MINUTE, 10).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(taken.len(), 1);
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 0, "somebody has it");
        wait(&app, MINUTE + 1).await;
        assert_eq!(receiver.calls().len(), 1);
        // The lost worker comes back and finds that its word no longer counts.
        let mut tx = app.app.db.begin().await.unwrap();
        assert!(!deliveries::settle(&mut tx, app.site.id, &taken[0], lost).await.unwrap());
        tx.rollback().await.unwrap();
        assert_eq!(sent(&app, &crm).await[0].state, DeliveryState::Delivered);
    }
}

crate::on_both_empty! {
    async fn a_pause_keeps_what_happens_and_a_switch_does_not(database: Database) {
        let app = start(database).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        let (crm, _) = listen(&app, "CRM", &receiver.url(), KNOWN).await;
        let set = async |status| {
            let mut tx = app.app.db.begin().await.unwrap();
            set_status(&mut tx, &endpoint(&app, &crm).await, status, "test", app.now()).await.unwrap();
            tx.commit().await.unwrap();
        };
        set(EndpointStatus::Paused).await;
        identify(&app, "anna").await;
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 0);
        set(EndpointStatus::Active).await;
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 1);
        set(EndpointStatus::Paused).await;
        app.advance(SECOND);
        identify(&app, "ben").await;
        set(EndpointStatus::Disabled).await;
        identify(&app, "zoe").await;
        set(EndpointStatus::Active).await;
        app.run_jobs().await;
        assert_eq!(receiver.calls().len(), 1);
        let all = sent(&app, &crm).await;
        assert_eq!(all.iter().map(|d| d.state).collect::<Vec<_>>(), [DeliveryState::Dead, DeliveryState::Delivered]);
        assert_eq!(all[0].reason.as_deref(), Some("disabled"));
    }
}

crate::on_both_empty! {
    async fn a_range_is_sent_again_or_to_somebody_else(database: Database) {
        let app = start(database).await;
        let (old, new) = (Receiver::start(|n, _| Reply::Status(if n == 1 { 410 } else { 200 })).await, Receiver::always(Reply::Status(200)).await);
        let (first, _) = listen(&app, "Old", &old.url(), KNOWN).await;
        let begin = app.now();
        for visitor in ["anna", "ben"] {
            identify(&app, visitor).await;
            app.run_jobs().await;
            app.advance(MINUTE);
        }
        let (second, secret) = listen(&app, "New", &new.url(), KNOWN).await;
        let of = |when: std::ops::Range<Millis>, delivered, to| Replay { when, delivered, to };
        assert_eq!(send_again(&app, &first, of(begin..begin + MINUTE, false, None)).await, 0, "Anna's was delivered");
        assert_eq!(send_again(&app, &first, of(begin..app.now(), true, Some(second.id))).await, 2);
        assert_eq!(send_again(&app, &first, of(begin..app.now(), true, Some(second.id))).await, 0, "it was told of them already");
        app.run_jobs().await;
        let ids = |receiver: &Receiver| receiver.calls().iter().map(|call| call.header("webhook-id").to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(ids(&old), ids(&new), "an event keeps its id, whoever is told");
        new.calls().iter().for_each(|call| assert_signed(call, &secret));

        let mut tx = app.app.db.begin().await.unwrap();
        set_status(&mut tx, &endpoint(&app, &first).await, EndpointStatus::Active, "test", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(send_again(&app, &first, of(begin..app.now(), false, None)).await, 1, "Ben's");
        app.run_jobs().await;
        assert!(sent(&app, &first).await.iter().all(|d| d.state == DeliveryState::Delivered));
        assert_eq!(old.calls().len(), 3);
    }
}

crate::on_both_empty! {
    async fn both_secrets_sign_for_a_day(database: Database) {
        let app = start(database).await;
        let receiver = Receiver::always(Reply::Status(200)).await;
        let headers = "Authorization: Bearer top-secret\nX-Shop: mugs";
        let wanted = Wanted { name: "CRM", key: "", url: &receiver.url(), events: KNOWN.to_vec(), headers: Some(headers) };
        let (crm, old) = listen_as(&app, &wanted).await;
        let mut tx = app.app.db.begin().await.unwrap();
        let new = rotate(&mut tx, &app.app.keys.vault, &crm, "test", app.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_ne!(old, new);
        identify(&app, "anna").await;
        wait(&app, DAY - 1).await;
        identify(&app, "ben").await;
        wait(&app, 1).await;
        let calls = receiver.calls();
        assert_eq!(calls.len(), 2);
        assert_signed(&calls[0], &new);
        assert_signed(&calls[0], &old);
        assert_signed(&calls[1], &new);
        assert_eq!(calls[1].header("webhook-signature").split(' ').count(), 1, "the old one's day is over");
        assert_eq!((calls[0].header("authorization"), calls[0].header("x-shop")), ("Bearer top-secret", "mugs"));
        let stored = endpoint(&app, &crm).await;
        for sealed in [Some(stored.secret), stored.old_secret.map(|(sealed, _)| sealed), stored.headers].into_iter().flatten() {
            let text = String::from_utf8_lossy(&sealed).into_owned();
            assert!(!text.contains("whsec_") && !text.contains("top-secret"), "{text}");
        }
    }
}

crate::on_both_empty! {
    async fn a_kill_amid_deliveries_loses_none(database: Database) {
        const EVENTS: usize = 12;
        // Calls are answered only until the server is killed: some were taken and not recorded, some never begun.
        let receiver = Receiver::start(|n, _| if n < 5 { Reply::Status(200) } else { Reply::SlowHeaders }).await;
        let app = start(database).await;
        let (crm, _) = listen(&app, "CRM", &receiver.url(), KNOWN).await;
        for n in 0..EVENTS {
            identify(&app, &format!("v{n}")).await;
        }
        // The server's clock is the machine's; what the test's clock says is due must be so for it, too.
        let url = app.database.url.clone();
        let db = Db::open(&url).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for delivery in sent(&app, &crm).await {
            deliveries::replay(&mut tx, app.site.id, crm.id, delivery.event, 0).await.unwrap();
        }
        tx.commit().await.unwrap();
        db.close().await;
        let server = Server::serve(&url, &["--allow-private-targets"]);
        receiver.reached(7).await;
        server.kill();
        let before: BTreeSet<_> = receiver.calls().iter().map(|call| call.header("webhook-id").to_owned()).collect();
        assert!(before.len() < EVENTS);

        let calm = Receiver::always(Reply::Status(200)).await;
        let mut tx = app.app.db.begin().await.unwrap();
        let moved = Endpoint { url: calm.url(), ..endpoint(&app, &crm).await };
        exitpoll::store::endpoints::update(&mut tx, &moved).await.unwrap();
        tx.commit().await.unwrap();
        // Long after every lease.
        app.advance(exitpoll::clock::Clock::system().now() - app.now() + HOUR);
        app.run_jobs().await;
        let all = sent(&app, &crm).await;
        assert!(all.len() == EVENTS && all.iter().all(|d| d.state == DeliveryState::Delivered), "{all:?}");
        let after = calm.calls().iter().map(|call| call.header("webhook-id").to_owned()).collect();
        let told: BTreeSet<_> = before.union(&after).cloned().collect();
        assert_eq!(told.len(), EVENTS);
    }
}
