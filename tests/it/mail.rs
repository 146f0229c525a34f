//! Sending, against a mail server that does what it is told.

use std::num::NonZeroU32;
use std::time::Duration;

use exitpoll::keys::Key;
use exitpoll::mail::message::{self, List};
use exitpoll::mail::reply::Enhanced;
use exitpoll::mail::transport::Limits;
use exitpoll::mail::{Data, Draft, Mailbox, Message, Outcome, Transport, ready};
use mail_parser::MessageParser;
use url::Url;

use crate::support::NOON;
use crate::support::smtp::{Act, SmtpPeer, Stage};

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Long enough to get to where the server hangs.
const SHORT: Duration = Duration::from_secs(2);

fn transport(url: &str, connections: usize, timeout: Duration) -> Transport {
    let limits = Limits { per_second: NonZeroU32::new(10_000).unwrap(), connections, timeout };
    Transport::new(Some(url), "polls.example", limits).unwrap()
}

/// A ready-made mail, as step `step` of an enrollment.
fn mail(step: u32) -> Message {
    let (from, to): (Mailbox, Mailbox) = ("Hazelmouse <hello@shop.example>".parse().unwrap(), "mia@example.com".parse().unwrap());
    let bounces = Mailbox::new("b+7@bounce.shop.example").unwrap();
    let texts = ready::templates()[0].render("de", &Data::full()).unwrap();
    let unsubscribe = Url::parse("https://polls.example/u/abc").unwrap();
    let list = List { unsubscribe: &unsubscribe, unsubscribe_by_mail: None, name: "recover.st_demo" };
    let id = message::message_id(&Key::derive(b"secret", "mail"), "enr_1", step, &from);
    let draft = Draft {
        from: &from,
        reply_to: None,
        to: &to,
        bounces_to: Some(&bounces),
        texts: &texts,
        id: &id,
        at: NOON,
        list: Some(&list),
    };
    draft.build(None).unwrap()
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written() {
    let peer = SmtpPeer::start([]).await;
    let message = mail(0);
    assert_eq!(transport(&peer.url(), 1, PATIENCE).send(&message).await, Outcome::Sent);
    let received = peer.seen.received.all();
    assert_eq!(received.len(), 1);
    assert_eq!(
        (received[0].from.as_str(), received[0].to.as_slice()),
        ("b+7@bounce.shop.example", &["mia@example.com".to_owned()][..])
    );
    let mail = MessageParser::default().parse(&received[0].raw).unwrap();
    assert_eq!(mail.message_id(), Some(message.id.as_str()));
    assert_eq!(mail.subject(), Some("Ihr Warenkorb bei Hazelmouse wartet noch"));
    for body in [mail.body_text(0).unwrap(), mail.body_html(0).unwrap()] {
        for words in ["https://polls.example/u/example", "https://polls.example/r/example", "SHIP-7Q2M", "59,90\u{a0}€"] {
            assert!(body.contains(words), "{words} in {body}");
        }
    }
    assert_eq!(peer.seen.lines.all()[0], "EHLO polls.example");
}

#[tokio::test]
async fn every_refusal_is_told_apart() {
    let temporary = |code, text: &str| Outcome::TemporarilyRefused { code, text: text.into() };
    let refused = |code, enhanced, mailbox_gone, text: &str| Outcome::Refused { code, enhanced, mailbox_gone, text: text.into() };
    let code = |subject, detail| Some(Enhanced { class: 5, subject, detail });
    let cases = [
        ((Stage::Mail, Act::Say("451 4.3.0 busy")), temporary(451, "4.3.0 busy")),
        ((Stage::Mail, Act::Say("550 5.1.1 no such sender")), refused(550, code(1, 1), false, "5.1.1 no such sender")),
        ((Stage::Rcpt, Act::Say("450 4.7.1 greylisted")), temporary(450, "4.7.1 greylisted")),
        ((Stage::Rcpt, Act::Say("550 5.1.1 user unknown")), refused(550, code(1, 1), true, "5.1.1 user unknown")),
        ((Stage::Rcpt, Act::Say("550 no such user")), refused(550, None, true, "no such user")),
        ((Stage::Rcpt, Act::Say("550-5.7.1 not from\r\n550 5.7.1 you")), refused(550, code(7, 1), false, "5.7.1 not from you")),
        ((Stage::Rcpt, Act::Say("552 5.2.2 mailbox full")), refused(552, code(2, 2), false, "5.2.2 mailbox full")),
        ((Stage::Data, Act::Say("554 5.7.0 no")), refused(554, code(7, 0), false, "5.7.0 no")),
        ((Stage::End, Act::Say("451 4.7.0 slow down")), temporary(451, "4.7.0 slow down")),
        ((Stage::End, Act::Say("550 5.7.1 spam")), refused(550, code(7, 1), false, "5.7.1 spam")),
        ((Stage::End, Act::SayAndLeave("421 4.3.2 going down")), temporary(421, "4.3.2 going down")),
    ];
    for (script, outcome) in cases {
        let peer = SmtpPeer::start([script]).await;
        assert_eq!(transport(&peer.url(), 1, PATIENCE).send(&mail(0)).await, outcome, "{script:?}");
        assert_eq!(peer.seen.received.all(), [], "{script:?}");
    }
}

/// What is lost before the message begins was not sent; what is lost after may have been.
#[tokio::test]
async fn a_lost_connection_is_certain_before_the_message_and_uncertain_after() {
    let stages = [Stage::Connect, Stage::Ehlo, Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Middle, Stage::End];
    let cases = stages.into_iter().flat_map(|stage| [(stage, Act::Leave), (stage, Act::Hang)]);
    futures::future::join_all(cases.map(|(stage, act)| async move {
        let peer = SmtpPeer::start([(stage, act)]).await;
        let timeout = if matches!(act, Act::Hang) { SHORT } else { PATIENCE };
        let outcome = transport(&peer.url(), 1, timeout).send(&mail(0)).await;
        match stage {
            Stage::Middle | Stage::End => assert!(matches!(outcome, Outcome::Uncertain { .. }), "{stage:?} {act:?}: {outcome:?}"),
            _ => assert!(matches!(outcome, Outcome::NotSent { .. }), "{stage:?} {act:?}: {outcome:?}"),
        }
    }))
    .await;
}

#[tokio::test]
async fn a_server_that_lets_nobody_in_costs_no_address() {
    for script in [(Stage::Connect, Act::Say("554 5.7.1 not you")), (Stage::Ehlo, Act::Say("550 5.1.1 who?"))] {
        let peer = SmtpPeer::start([script]).await;
        assert!(matches!(transport(&peer.url(), 1, PATIENCE).send(&mail(0)).await, Outcome::NotSent { .. }), "{script:?}");
    }
    let peer = SmtpPeer::start([(Stage::Auth, Act::Say("535 5.7.8 wrong password"))]).await;
    let url = peer.url().replace("://", "://shop:p%40ss@");
    let outcome = transport(&url, 1, PATIENCE).send(&mail(0)).await;
    assert!(matches!(&outcome, Outcome::NotSent { why } if why.contains("wrong password")), "{outcome:?}");
    // Nobody listens.
    let free = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap();
    let outcome = transport(&format!("smtp://{free}"), 1, PATIENCE).send(&mail(0)).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_login_is_sent_and_tls_is_not_done_without() {
    let peer = SmtpPeer::start([]).await;
    let url = peer.url().replace("://", "://shop:p%40ss@");
    assert_eq!(transport(&url, 1, PATIENCE).check().await, Ok(()));
    // "\0shop\0p@ss"
    assert!(peer.seen.lines.all().contains(&"AUTH PLAIN AHNob3AAcEBzcw==".to_owned()), "{:?}", peer.seen.lines.all());
    let outcome = transport(&format!("{}?tls=required", peer.url()), 1, PATIENCE).send(&mail(0)).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    let outcome = transport(&format!("{}?tls=opportunistic", peer.url()), 1, PATIENCE).send(&mail(0)).await;
    assert_eq!(outcome, Outcome::Sent);
    assert_eq!(peer.seen.received.all().len(), 1);
}

#[tokio::test]
async fn connections_are_used_again() {
    let peer = SmtpPeer::start([]).await;
    let transport = transport(&peer.url(), 4, PATIENCE);
    for step in 0..3 {
        assert_eq!(transport.send(&mail(step)).await, Outcome::Sent);
    }
    assert_eq!((peer.connections(), peer.seen.received.all().len()), (1, 3));
}

#[tokio::test]
async fn a_connection_goes_on_after_a_refusal() {
    let peer = SmtpPeer::start([(Stage::Rcpt, Act::Say("550 5.1.1 unknown"))]).await;
    let transport = transport(&peer.url(), 4, PATIENCE);
    for step in 0..2 {
        assert!(matches!(transport.send(&mail(step)).await, Outcome::Refused { mailbox_gone: true, .. }));
    }
    assert_eq!(peer.connections(), 1);
    assert_eq!(peer.seen.lines.all().iter().filter(|line| *line == "RSET").count(), 2);
}

#[tokio::test]
async fn a_connection_that_went_stale_is_replaced() {
    let peer = SmtpPeer::start([(Stage::End, Act::SayAndLeave("250 2.0.0 queued"))]).await;
    let transport = transport(&peer.url(), 4, PATIENCE);
    for step in 0..2 {
        assert_eq!(transport.send(&mail(step)).await, Outcome::Sent);
    }
    assert_eq!(peer.connections(), 2);
}

#[tokio::test]
async fn there_are_never_more_connections_than_allowed() {
    let peer = SmtpPeer::start([]).await;
    let transport = transport(&peer.url(), 2, PATIENCE);
    let messages: Vec<_> = (0..8).map(mail).collect();
    let outcomes = futures::future::join_all(messages.iter().map(|message| transport.send(message))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Sent), "{outcomes:?}");
    assert!(peer.most_open() <= 2, "{}", peer.most_open());
    let ids: std::collections::BTreeSet<_> = peer.seen.received.all().into_iter().map(|mail| mail.raw).collect();
    assert_eq!(ids.len(), 8);
}

#[tokio::test]
async fn without_a_server_mail_is_captured() {
    let transport = Transport::new(None, "polls.example", Limits::default()).unwrap();
    assert_eq!(transport.send(&mail(0)).await, Outcome::Captured);
    assert_eq!(transport.check().await, Ok(()));
}
