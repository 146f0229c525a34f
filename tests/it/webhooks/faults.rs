//! Receivers that misbehave, and addresses that must not be called.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use exitpoll::clock::{DAY, HOUR, MINUTE, SECOND};
use exitpoll::domain::webhook::{DeliveryState, EndpointStatus, EventType};
use exitpoll::outbound::{Client, Guard, Limits};
use exitpoll::store::{audit, messages};
use tokio::net::TcpListener;

use super::{endpoint, identify, impatient, listen, sent, start, tries};
use crate::support::receiver::{Receiver, Reply};
use crate::support::{Database, TestApp};

const ALL: &[EventType] = &EventType::CHOICE;

crate::on_both_empty! {
    async fn answers_decide_what_follows(database: Database) {
        let app = start(database).await;
        let inside = Receiver::always(Reply::Status(200)).await;
        let long = "ü".repeat(5000);
        let cases = [
            (Reply::Status(200), DeliveryState::Delivered),
            (Reply::Status(202), DeliveryState::Delivered),
            (Reply::Says(200, long), DeliveryState::Delivered),
            (Reply::Endless, DeliveryState::Delivered),
            (Reply::With(302, "location", inside.url()), DeliveryState::Waiting),
            (Reply::With(307, "location", inside.url()), DeliveryState::Waiting),
            (Reply::Status(404), DeliveryState::Waiting),
            (Reply::Says(500, "nul \0 byte".into()), DeliveryState::Waiting),
            (Reply::Reset, DeliveryState::Waiting),
        ];
        let mut all = Vec::new();
        for (at, (reply, state)) in cases.into_iter().enumerate() {
            let receiver = Receiver::always(reply.clone()).await;
            let (endpoint, _) = listen(&app, &format!("Case {at}"), &receiver.url(), ALL).await;
            all.push((receiver, endpoint, reply, state));
        }
        identify(&app, "anna").await;
        app.run_jobs().await;
        for (receiver, endpoint, reply, state) in &all {
            let (delivery, last) = (sent(&app, endpoint).await.remove(0), tries(&app, endpoint).await.remove(0));
            assert_eq!((delivery.state, receiver.calls().len()), (*state, 1), "{reply:?}");
            assert!(last.answer.as_ref().is_none_or(|answer| answer.len() <= 4096 + 2), "{reply:?}");
            match reply {
                Reply::Reset => assert_eq!((last.status, last.error.as_deref()), (None, Some("closed"))),
                _ => assert!(last.status.is_some() && last.error.is_none(), "{reply:?}: {last:?}"),
            }
            if *state == DeliveryState::Waiting {
                let pause = delivery.due_at - app.now();
                assert!((4 * SECOND..=6 * SECOND).contains(&pause), "{reply:?}: {pause}");
            }
        }
        assert_eq!(inside.calls().len(), 0, "redirects are not followed");
    }
}

crate::on_both_empty! {
    async fn receivers_that_hang_are_left(database: Database) {
        let app = TestApp::calling(database, impatient()).await;
        // A port that nobody listens on any more, and one behind which nobody ever accepts.
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let silent = Receiver::always(Reply::SlowHeaders).await;
        let slow = Receiver::always(Reply::SlowBody).await;
        let tls = Receiver::with_tls().await;
        for (name, url, state, status, error) in [
            ("Closed", format!("http://{closed}"), DeliveryState::Waiting, None, Some("connect")),
            ("Silent", silent.url(), DeliveryState::Waiting, None, Some("timeout")),
            ("Slow body", slow.url(), DeliveryState::Delivered, Some(200), None),
            ("Unknown certificate", format!("https://{}", tls.address), DeliveryState::Waiting, None, Some("tls")),
        ] {
            let (endpoint, _) = listen(&app, name, &url, ALL).await;
            identify(&app, name.split(' ').next().unwrap()).await;
            app.run_jobs().await;
            let (delivery, last) = (sent(&app, &endpoint).await.remove(0), tries(&app, &endpoint).await.remove(0));
            assert_eq!((delivery.state, last.status, last.error.as_deref()), (state, status, error), "{name}");
            app.advance(SECOND);
        }
        assert_eq!(tls.calls().len(), 0);
    }
}

crate::on_both_empty! {
    async fn a_receiver_that_is_gone_is_called_no_more(database: Database) {
        let app = start(database).await;
        let (gone, watcher) = (Receiver::always(Reply::Status(410)).await, Receiver::always(Reply::Status(200)).await);
        let (crm, _) = listen(&app, "CRM", &gone.url(), ALL).await;
        listen(&app, "Alarm", &watcher.url(), &[EventType::AlertRaised]).await;
        identify(&app, "anna").await;
        app.run_jobs().await;
        let now = endpoint(&app, &crm).await;
        assert_eq!((now.status, now.reason.as_deref()), (EndpointStatus::Disabled, Some("gone")));
        let dead = sent(&app, &crm).await;
        assert!(dead.len() == 1 && dead[0].state == DeliveryState::Dead && dead[0].reason.as_deref() == Some("gone"), "{dead:?}");
        identify(&app, "ben").await;
        app.run_jobs().await;
        assert_eq!((gone.calls().len(), sent(&app, &crm).await.len()), (1, 1), "nothing is kept for it");
        let alert = watcher.calls()[0].json();
        assert_eq!(alert["data"]["alert"]["code"], "endpoint.disabled", "{alert}");
        let log = audit::recent(&app.app.db, app.site.id, 10).await.unwrap();
        assert!(log.iter().any(|line| line.actor == "exitpoll" && line.action == "webhook.switch_off" && line.subject.contains("410")));
    }
}

crate::on_both_empty! {
    async fn the_owner_is_told_by_mail_after_five_days_of_failing(database: Database) {
        let app = start(database).await;
        let owner = exitpoll::manage::users::new_user("owner@example.com", "Owner", "correct horse battery", true, app.now()).await.unwrap().unwrap();
        let mut tx = app.app.db.begin().await.unwrap();
        exitpoll::store::users::insert(&mut tx, &owner, app.now()).await.unwrap();
        tx.commit().await.unwrap();
        let receiver = Receiver::always(Reply::Status(500)).await;
        let (crm, _) = listen(&app, "CRM", &receiver.url(), ALL).await;
        for (visitor, pause) in [("anna", 5 * DAY - MINUTE), ("ben", 2 * MINUTE)] {
            identify(&app, visitor).await;
            app.run_jobs().await;
            assert_eq!(endpoint(&app, &crm).await.status, EndpointStatus::Active);
            app.advance(pause);
        }
        identify(&app, "zoe").await;
        app.run_jobs().await;
        let now = endpoint(&app, &crm).await;
        assert_eq!((now.status, now.reason.as_deref()), (EndpointStatus::Disabled, Some("failing")));
        assert!(sent(&app, &crm).await.iter().all(|d| d.state == DeliveryState::Dead), "nothing waits unseen");
        let mails = messages::recent(&app.app.db, app.site.id, 10).await.unwrap();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].recipient, "owner@example.com");
        let raw = mails[0].raw.as_ref().unwrap();
        let mail = mail_parser::MessageParser::default().parse(raw).unwrap();
        assert!(mail.subject().unwrap().contains("CRM"), "{:?}", mail.subject());
        assert!(mail.body_text(0).unwrap().contains(&format!("/connections/webhooks/{}", crm.id)));
    }
}

crate::on_both_empty! {
    async fn a_receiver_may_put_us_off(database: Database) {
        let app = start(database).await;
        let until = jiff::Timestamp::from_millisecond(app.now() + 2 * HOUR).unwrap().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let cases = [("120".to_owned(), 2 * MINUTE), (until, 2 * HOUR), ("1".to_owned(), 5 * SECOND), ("9999999".to_owned(), DAY), ("soon".to_owned(), 5 * SECOND)];
        let mut all = Vec::new();
        for (at, (value, pause)) in cases.into_iter().enumerate() {
            let receiver = Receiver::always(Reply::With(429, "retry-after", value.clone())).await;
            let (endpoint, _) = listen(&app, &format!("Case {at}"), &receiver.url(), ALL).await;
            all.push((receiver, endpoint, value, pause));
        }
        identify(&app, "anna").await;
        app.run_jobs().await;
        for (_receiver, endpoint, value, pause) in &all {
            let found = sent(&app, endpoint).await[0].due_at - app.now();
            assert!((found - pause).abs() <= SECOND, "{value}: {found}");
        }
    }
}

crate::on_both_empty! {
    async fn the_own_network_is_not_called(database: Database) {
        // The rule as it is for everybody: nothing was lifted.
        let app = TestApp::calling(database, Client::new(Guard::new(false), Limits::default())).await;
        let inside = Receiver::always(Reply::Status(200)).await;
        let port = inside.address.port();
        for (at, host) in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"].into_iter().enumerate() {
            // As if it had been stored before the rule was.
            let (endpoint, _) = listen(&app, &format!("Case {at}"), &format!("http://{host}:{port}/"), ALL).await;
            identify(&app, &format!("v{at}")).await;
            app.run_jobs().await;
            assert_eq!(tries(&app, &endpoint).await[0].error.as_deref(), Some("forbidden_target"), "{host}");
            app.advance(SECOND);
        }
        assert_eq!(inside.calls().len(), 0);
    }
}

crate::on_both_empty! {
    async fn a_name_that_changes_its_mind_gains_nothing(database: Database) {
        let outside = Receiver::at("127.0.0.2", Reply::Status(500)).await;
        let inside = Receiver::at("127.0.0.1", Reply::Status(200)).await;
        let asked = Arc::new(AtomicUsize::new(0));
        let count = asked.clone();
        // The first answer is a good address, each later one leads inside; both at once is the first and a half.
        let lookup = move |_: String| -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>> {
            let n = count.fetch_add(1, Ordering::SeqCst);
            let found: &[&str] = match n {
                0 => &["127.0.0.2"],
                1 => &["127.0.0.1", "127.0.0.2"],
                _ => &["127.0.0.1"],
            };
            let found = found.iter().map(|ip| ip.parse().unwrap()).collect();
            Box::pin(async move { Ok(found) })
        };
        // To this guard, 127.0.0.2 is the whole Internet.
        let guard = Guard::with(|ip| ip == IpAddr::from([127, 0, 0, 2]), Arc::new(lookup));
        let app = TestApp::calling(database, Client::new(guard, Limits { connect: Duration::from_secs(5), total: Duration::from_secs(5), paced: false })).await;
        let url = format!("http://rebind.example:{}/", outside.address.port());
        let (endpoint, _) = listen(&app, "CRM", &url, ALL).await;
        identify(&app, "anna").await;
        for calls in [1, 2, 2, 2] {
            app.run_jobs().await;
            assert_eq!((outside.calls().len(), inside.calls().len()), (calls, 0));
            app.advance(HOUR);
        }
        assert_eq!(asked.load(Ordering::SeqCst), 4, "each try asks once, and connects to what was checked");
        let errors: Vec<_> = tries(&app, &endpoint).await.into_iter().rev().map(|try_| (try_.status, try_.error)).collect();
        let forbidden = (None, Some("forbidden_target".to_owned()));
        assert_eq!(errors, [(Some(500), None), (Some(500), None), forbidden.clone(), forbidden]);
    }
}

crate::on_both_empty! {
    async fn a_name_without_an_address_is_a_failure_like_others(database: Database) {
        let lookup = |_: String| -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>> {
            Box::pin(async { Err(std::io::Error::other("no such name")) })
        };
        let app = TestApp::calling(database, Client::new(Guard::with(|_| true, Arc::new(lookup)), Limits::default())).await;
        let (endpoint, _) = listen(&app, "CRM", "https://nobody.example/hooks", ALL).await;
        identify(&app, "anna").await;
        app.run_jobs().await;
        assert_eq!(tries(&app, &endpoint).await[0].error.as_deref(), Some("dns"));
        assert_eq!(sent(&app, &endpoint).await[0].state, DeliveryState::Waiting);
    }
}
