use super::*;
use mail_parser::{HeaderValue as Parsed, MessageParser};
use proptest::prelude::*;

/// 2026-11-24 12:00 UTC.
const NOON: Millis = 1_795_521_600_000;
const SEED: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn texts() -> Rendered {
    Rendered { locale: "en".into(), subject: "Hello".into(), html: "<p>Hello</p>".into(), text: "Hello\n".into() }
}

fn mailbox(text: &str) -> Mailbox {
    text.parse().unwrap()
}

/// Builds a mail of a flow.
fn build(from: &str, to: &str, texts: &Rendered, dkim: Option<&Dkim>) -> Message {
    let (from, to, bounces) = (mailbox(from), mailbox(to), mailbox("b+1@bounce.shop.example"));
    let url = Url::parse("https://polls.example/u/abc.def").unwrap();
    let list = List { unsubscribe: &url, unsubscribe_by_mail: Some(&bounces), name: "recover.st_demo" };
    let id = message_id(&Key::derive(b"secret", "mail"), "enr_1", 0, &from);
    let draft = Draft {
        from: &from,
        reply_to: Some(&from),
        to: &to,
        bounces_to: Some(&bounces),
        texts,
        id: &id,
        at: NOON,
        list: Some(&list),
    };
    draft.build(dkim).unwrap()
}

fn header(raw: &[u8], name: &str) -> String {
    let mail = MessageParser::default().parse(raw).unwrap();
    mail.header_raw(name).map(|value| value.trim().replace("\r\n", "")).unwrap_or_default()
}

#[test]
fn it_carries_what_mailbox_providers_ask_for() {
    let message = build("Hazelmouse <hello@shop.example>", "mia@example.com", &texts(), None);
    for (name, value) in [
        ("From", "Hazelmouse <hello@shop.example>"),
        ("To", "mia@example.com"),
        ("Reply-To", "Hazelmouse <hello@shop.example>"),
        ("Date", "Tue, 24 Nov 2026 12:00:00 +0000"),
        ("MIME-Version", "1.0"),
        ("List-Unsubscribe", "<https://polls.example/u/abc.def>, <mailto:b+1@bounce.shop.example?subject=unsubscribe>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", "<recover.st_demo.shop.example>"),
        ("Auto-Submitted", "auto-generated"),
        ("Feedback-ID", "recover.st_demo:flow:exitpoll"),
    ] {
        assert_eq!(header(&message.raw, name), value);
    }
    assert_eq!(header(&message.raw, "Message-ID"), format!("<{}>", message.id));
    assert!(message.id.ends_with("@shop.example") && message.id.len() == 32 + "@shop.example".len());
    assert_eq!(message.envelope.from().unwrap().to_string(), "b+1@bounce.shop.example");
    assert_eq!(message.to().collect::<Vec<_>>(), ["mia@example.com"]);
}

#[test]
fn the_same_step_makes_the_same_bytes_and_another_does_not() {
    let one = build("hello@shop.example", "mia@example.com", &texts(), None);
    assert_eq!(one.raw, build("hello@shop.example", "mia@example.com", &texts(), None).raw);
    let from = mailbox("hello@shop.example");
    let id = |secret: &[u8], enrollment, step| message_id(&Key::derive(secret, "mail"), enrollment, step, &from);
    let ids = [id(b"secret", "enr_1", 0), id(b"secret", "enr_1", 1), id(b"secret", "enr_11", 0), id(b"other", "enr_1", 0)];
    assert_eq!(one.id, ids[0]);
    assert!((1..4).all(|n| !ids[..n].contains(&ids[n])), "{ids:?}");
}

#[test]
fn both_parts_say_what_they_were_given() {
    let long = Rendered {
        subject: "Ihr Warenkorb wartet – schönes Wochenende für Sie & Ihre drei Lieblingsfiguren aus Holz 🧸".into(),
        html: format!("<p>Grüße</p>{}<p>.</p>\n.\n", "x".repeat(3_000)),
        text: format!("Grüße\n.\nFrom here\n{}\n", "https://polls.example/".repeat(60)),
        ..texts()
    };
    let message = build("Hölzl & Söhne <hello@bücher.example>", "mia@example.com", &long, None);
    assert!(message.raw.is_ascii(), "no server needs 8BITMIME or SMTPUTF8");
    assert!(message.raw.split(|&b| b == b'\n').all(|line| line.len() <= 999), "lines fit");
    let mail = MessageParser::default().parse(&message.raw).unwrap();
    assert_eq!(mail.subject(), Some(long.subject.as_str()));
    assert_eq!(mail.from().unwrap().first().unwrap().name(), Some("Hölzl & Söhne"));
    assert_eq!(mail.from().unwrap().first().unwrap().address(), Some("hello@xn--bcher-kva.example"));
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), long.text);
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n"), long.html);
    assert_eq!((mail.text_body_count(), mail.html_body_count(), mail.attachment_count()), (1, 1, 0));
}

#[test]
fn one_click_is_offered_over_https_or_where_nobody_can_listen() {
    let from = mailbox("hello@shop.example");
    let headers = |url: &str| {
        let url = Url::parse(url).unwrap();
        List { unsubscribe: &url, unsubscribe_by_mail: None, name: "recover" }.headers(&from).unwrap()
    };
    let offered = |url: &str| headers(url).iter().any(|(name, _)| *name == "List-Unsubscribe-Post");
    for good in ["https://polls.example/u/1", "http://localhost:8080/u/1", "http://127.0.0.1/u/1", "http://[::1]/u/1"] {
        assert!(offered(good), "{good}");
    }
    for bad in ["http://polls.example/u/1", "http://localhost.example/u/1", "http://192.168.0.1/u/1"] {
        assert!(!offered(bad), "{bad}");
    }
}

#[test]
fn what_would_break_a_header_is_refused() {
    let (from, to, texts) = (mailbox("hello@shop.example"), mailbox("mia@example.com"), texts());
    let url = Url::parse("https://polls.example/u/1").unwrap();
    let list = |url, name| List { unsubscribe: url, unsubscribe_by_mail: None, name };
    let draft = |id: &str, list: Option<List>| {
        Draft { from: &from, reply_to: None, to: &to, bounces_to: None, texts: &texts, id, at: 0, list: list.as_ref() }
            .build(None)
    };
    for id in ["", "a", "a@b\r\nBcc: c", "a b@c", "<a@b>", "ä@b"] {
        assert_eq!(draft(id, None).unwrap_err(), BadMessage::Header("the message's id"), "{id:?}");
    }
    let endless = "a".repeat(101);
    for name in ["", "a b", "a\r\nBcc: c", "ä", &endless] {
        assert_eq!(draft("a@b", Some(list(&url, name))).unwrap_err(), BadMessage::Header("the list's name"), "{name:?}");
    }
    let long = Url::parse(&format!("https://polls.example/u/{}", "x".repeat(1_000))).unwrap();
    assert_eq!(draft("a@b", Some(list(&long, "a"))).unwrap_err(), BadMessage::Header("the link to unsubscribe"));
}

#[test]
fn a_signature_covers_what_it_must_and_no_more() {
    let dkim = Dkim::new("mail", "shop.example", SEED).unwrap();
    let message = build("hello@shop.example", "mia@example.com", &texts(), Some(&dkim));
    let signature = header(&message.raw, "DKIM-Signature").replace([' ', '\t'], "").to_ascii_lowercase();
    let tag = |name: &str| signature.split(';').find_map(|tag| tag.strip_prefix(&format!("{name}="))).unwrap_or_default();
    assert_eq!((tag("a"), tag("c"), tag("d"), tag("s")), ("ed25519-sha256", "relaxed/relaxed", "shop.example", "mail"));
    let signed: Vec<&str> = tag("h").split(':').collect();
    for name in ["from", "to", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"] {
        assert!(signed.contains(&name), "{name} in {signed:?}");
    }
    assert!(!signed.iter().any(|name| name.starts_with("content-")), "{signed:?}");
    assert!(!tag("b").is_empty() && !tag("bh").is_empty());
    assert_eq!(format!("{dkim:?}"), "Dkim(…)");
}

#[test]
fn a_key_of_another_form_is_explained() {
    for key in ["", "abc", "-----BEGIN PRIVATE KEY-----\nMIIEvQ==\n-----END PRIVATE KEY-----"] {
        assert!(Dkim::new("mail", "shop.example", key).unwrap_err().to_string().contains("openssl rsa -traditional"), "{key}");
    }
}

proptest! {
    /// Whatever names and subjects hold, no header is added and none is lost.
    #[test]
    fn nothing_gets_into_the_headers(name in ".{0,40}", subject in ".{0,120}", more in "(\r\n|\n)[A-Z][a-z]{2}: x") {
        let from = mailbox("hello@shop.example").named(&format!("{name}{more}"));
        let to = mailbox("mia@example.com").named(&name);
        let texts = Rendered { subject: format!("{subject}{more}"), ..texts() };
        let draft = Draft { from: &from, reply_to: None, to: &to, bounces_to: None, texts: &texts, id: "a@shop.example", at: NOON, list: None };
        let message = draft.build(None).unwrap();
        prop_assert!(message.raw.is_ascii());
        let mail = MessageParser::default().parse(&message.raw).unwrap();
        let names: Vec<&str> = mail.headers().iter().map(|header| header.name()).collect();
        prop_assert_eq!(names, ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]);
        prop_assert_eq!(mail.subject().unwrap_or_default(), one_line(&texts.subject));
        prop_assert!(matches!(mail.header("To"), Some(Parsed::Address(to)) if to.first().and_then(|a| a.address()) == Some("mia@example.com")));
    }
}
