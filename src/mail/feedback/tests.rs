use super::*;
use crate::keys::hex;
use hmac::{Hmac, KeyInit as _, Mac as _};
use proptest::prelude::*;
use serde_json::json;

const ID: &str = "0a1b2c3d@shop.example";
/// 2026-11-24 12:00 UTC.
const NOON: Millis = 1_795_521_600_000;
const ALL: [Source; 5] = [Source::Mail, Source::Ses, Source::Postmark, Source::Mailgun, Source::Sendgrid];

fn read(source: Source, body: &str) -> Vec<Feedback> {
    parse(source, body.as_bytes()).unwrap()
}

/// What kind a body is taken for; it must speak of Mia.
fn kind(source: Source, body: &Value) -> Option<Kind> {
    let found = read(source, &body.to_string());
    assert!(found.iter().all(|feedback| feedback.address.as_deref() == Some("mia@example.com")), "{found:?}");
    found.first().map(|feedback| feedback.kind)
}

fn report(kind: &str, second: &str, third: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.net\r\nTo: b+1@bounce.shop.example\r\nSubject: Undelivered Mail\r\n\
         Date: Tue, 24 Nov 2026 13:00:00 +0100\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type={kind}; boundary=\"bound\"\r\n\r\n\
         --bound\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry.\r\n\r\n\
         --bound\r\nContent-Type: message/{kind}\r\n\r\n{second}\r\n\
         --bound\r\nContent-Type: {third}\r\n\r\nFrom: hello@shop.example\r\nTo: mia@example.com\r\nMessage-ID: <{ID}>\r\nSubject: Hello\r\n\r\n\
         --bound--\r\n"
    )
}

fn bounce(fields: &str) -> String {
    let second =
        format!("Reporting-MTA: dns; mx.example.net\r\nArrival-Date: Tue, 24 Nov 2026 12:59:00 +0100\r\n\r\n{fields}\r\n");
    report("delivery-status", &second, "text/rfc822-headers")
}

#[test]
fn bounces_by_mail() {
    for (fields, kind) in [
        (
            "Final-Recipient: rfc822; mia@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <mia@example.com>... User unknown",
            Kind::HardBounce,
        ),
        (
            "Final-Recipient: RFC822;<mia@example.com>\r\nAction: Failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: smtp;\r\n 550-No such\r\n user here",
            Kind::HardBounce,
        ),
        ("Original-Recipient: rfc822;mia@example.com\r\nAction: failed\r\nStatus: 5.2.2 (mailbox full)", Kind::SoftBounce),
        (
            "Final-Recipient: rfc822; mia@example.com\r\nAction: failed\r\nStatus: 4.4.7\r\nDiagnostic-Code: smtp; 451 4.4.1 no answer",
            Kind::SoftBounce,
        ),
        (
            "Final-Recipient: rfc822; mia@example.com\r\nAction: failed\r\nStatus: 5.7.26\r\nDiagnostic-Code: smtp; 550-5.7.26 unauthenticated",
            Kind::Blocked,
        ),
        ("Final-Recipient: rfc822; mia@example.com\r\nAction: failed\r\nStatus: 5.2.3", Kind::Blocked),
    ] {
        let found = read(Source::Mail, &bounce(fields));
        assert_eq!(found.len(), 1, "{fields}");
        assert_eq!(found[0].kind, kind, "{fields}");
        assert_eq!(found[0].address.as_deref(), Some("mia@example.com"), "{fields}");
        assert_eq!((found[0].at, found[0].message_id.as_deref()), (Some(NOON), Some(ID)), "{fields}");
    }
}

#[test]
fn the_mail_that_bounced_may_come_back_whole() {
    let fields = "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; mia@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    let found = read(Source::Mail, &report("delivery-status", fields, "message/rfc822"));
    assert_eq!(found[0].message_id.as_deref(), Some(ID));
}

#[test]
fn delays_replies_and_letters_are_no_bounces() {
    for fields in [
        "Final-Recipient: rfc822; mia@example.com\r\nAction: delayed\r\nStatus: 4.4.1",
        "Final-Recipient: rfc822; mia@example.com\r\nAction: delivered\r\nStatus: 2.0.0",
        "",
    ] {
        assert_eq!(read(Source::Mail, &bounce(fields)), [], "{fields}");
    }
    let letter = "From: mia@example.com\r\nSubject: Re: Hello\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n";
    assert_eq!(read(Source::Mail, letter), []);
}

#[test]
fn complaints_by_mail() {
    let complaint = |fields: &str| read(Source::Mail, &report("feedback-report", fields, "message/rfc822"));
    let found =
        complaint("Feedback-Type: abuse\r\nUser-Agent: Loop/1.0\r\nVersion: 1\r\nOriginal-Rcpt-To: <mia@example.com>\r\n");
    assert_eq!((found[0].kind, found[0].address.as_deref()), (Kind::Complaint, Some("mia@example.com")));
    let hidden = complaint("Feedback-Type: abuse\r\nVersion: 1\r\n");
    assert_eq!((hidden[0].address.as_deref(), hidden[0].message_id.as_deref()), (None, Some(ID)));
    assert_eq!(complaint("Feedback-Type: not-spam\r\nVersion: 1\r\n"), []);
}

fn ses(kind: &str, inner: Value) -> Value {
    let headers = json!([{"name": "From", "value": "hello@shop.example"}, {"name": "Message-ID", "value": format!("<{ID}>")}]);
    let mut notice = json!({"notificationType": kind, "mail": {"messageId": "0100018f-amazon", "headers": headers}});
    notice[kind.to_ascii_lowercase()] = inner;
    json!({"Type": "Notification", "MessageId": "sns-1", "TopicArn": "arn:aws:sns:eu-central-1:123456789012:mail", "Message": notice.to_string()})
}

fn ses_bounce(class: &str, subject: &str, status: &str, said: &str) -> Value {
    let recipient = json!({"emailAddress": "mia@example.com", "action": "failed", "status": status, "diagnosticCode": said});
    ses(
        "Bounce",
        json!({"bounceType": class, "bounceSubType": subject, "timestamp": "2026-11-24T12:00:00.000Z", "bouncedRecipients": [recipient]}),
    )
}

#[test]
fn amazon() {
    for (body, expected) in [
        (ses_bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"), Some(Kind::HardBounce)),
        (ses_bounce("Permanent", "OnAccountSuppressionList", "", ""), Some(Kind::HardBounce)),
        (ses_bounce("Permanent", "General", "5.7.1", "smtp; 550 5.7.1 rejected by policy"), Some(Kind::Blocked)),
        (ses_bounce("Transient", "MailboxFull", "4.2.2", "full"), Some(Kind::SoftBounce)),
        (ses_bounce("Transient", "ContentRejected", "5.6.1", ""), Some(Kind::Blocked)),
        (ses_bounce("Undetermined", "Undetermined", "", ""), Some(Kind::SoftBounce)),
        (
            ses(
                "Complaint",
                json!({"complainedRecipients": [{"emailAddress": "mia@example.com"}], "complaintFeedbackType": "abuse"}),
            ),
            Some(Kind::Complaint),
        ),
        (
            ses(
                "Complaint",
                json!({"complainedRecipients": [{"emailAddress": "mia@example.com"}], "complaintFeedbackType": "not-spam"}),
            ),
            None,
        ),
        (ses("Delivery", json!({"recipients": ["mia@example.com"]})), None),
        (json!({"eventType": "Open", "mail": {}}), None),
        (json!({"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe to the topic …"}), None),
    ] {
        assert_eq!(kind(Source::Ses, &body), expected, "{body}");
    }
    let found = &read(Source::Ses, &ses_bounce("Permanent", "General", "5.1.1", "gone").to_string())[0];
    assert_eq!((found.at, found.message_id.as_deref()), (Some(NOON), Some(ID)));
    // Raw message delivery: without the envelope of SNS.
    let wrapped = ses_bounce("Permanent", "General", "5.1.1", "gone");
    assert_eq!(read(Source::Ses, wrapped["Message"].as_str().unwrap()).first(), Some(found));
}

#[test]
fn a_subscription_is_confirmed_at_amazon_alone() {
    let ask =
        |url: &str| ses::confirmation(json!({"Type": "SubscriptionConfirmation", "SubscribeURL": url}).to_string().as_bytes());
    assert!(ask("https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=1").is_some());
    for url in [
        "http://sns.eu-central-1.amazonaws.com/",
        "https://sns.eu-central-1.amazonaws.com.evil.example/",
        "https://evil.example/sns.eu-central-1.amazonaws.com",
        "https://sns.eu-central-1.amazonaws.com:8443/",
        "https://user@evil.example/?sns.eu-central-1.amazonaws.com",
        "https://169.254.169.254/",
        "file:///etc/passwd",
        "",
    ] {
        assert_eq!(ask(url), None, "{url}");
    }
}

#[test]
fn postmark() {
    let bounce = |kind: &str| {
        json!({"RecordType": "Bounce", "Type": kind, "TypeCode": 1, "Email": "mia@example.com", "BouncedAt": "2026-11-24T07:00:00-05:00",
        "Description": "The server was unable to deliver your message", "Details": "smtp;550 5.1.1", "Inactive": true})
    };
    let change = |reason: &str, suppress: bool| {
        json!({"RecordType": "SubscriptionChange", "Recipient": "mia@example.com", "SuppressSending": suppress,
        "SuppressionReason": reason, "Origin": "Recipient", "ChangedAt": "2026-11-24T12:00:00Z"})
    };
    for (body, expected) in [
        (bounce("HardBounce"), Some(Kind::HardBounce)),
        (bounce("BadEmailAddress"), Some(Kind::HardBounce)),
        (bounce("SoftBounce"), Some(Kind::SoftBounce)),
        (bounce("SpamNotification"), Some(Kind::Blocked)),
        (bounce("SpamComplaint"), Some(Kind::Complaint)),
        (bounce("AutoResponder"), None),
        (json!({"RecordType": "SpamComplaint", "Type": "SpamComplaint", "Email": "mia@example.com"}), Some(Kind::Complaint)),
        (change("ManualSuppression", true), Some(Kind::Unsubscribe)),
        (change("HardBounce", true), Some(Kind::HardBounce)),
        (change("ManualSuppression", false), None),
        (json!({"RecordType": "Delivery", "Recipient": "mia@example.com"}), None),
    ] {
        assert_eq!(kind(Source::Postmark, &body), expected, "{body}");
    }
    assert_eq!(read(Source::Postmark, &bounce("HardBounce").to_string())[0].at, Some(NOON));
}

fn mailgun_event(event: &str, severity: &str, reason: &str, code: u16, said: &str) -> Value {
    json!({"signature": {}, "event-data": {"event": event, "severity": severity, "reason": reason, "recipient": "mia@example.com", "timestamp": 1_795_521_600.25,
        "delivery-status": {"code": code, "message": said, "description": ""}, "message": {"headers": {"message-id": ID, "to": "mia@example.com"}}}})
}

#[test]
fn mailgun_events() {
    for (body, expected) in [
        (mailgun_event("failed", "permanent", "bounce", 550, "5.1.1 The email account does not exist"), Some(Kind::HardBounce)),
        (
            mailgun_event("failed", "permanent", "suppress-bounce", 605, "Not delivering to previously bounced address"),
            Some(Kind::HardBounce),
        ),
        (mailgun_event("failed", "permanent", "suppress-unsubscribe", 606, ""), Some(Kind::Unsubscribe)),
        (mailgun_event("failed", "permanent", "generic", 550, "5.7.1 blocked for spam"), Some(Kind::Blocked)),
        (mailgun_event("failed", "temporary", "generic", 452, "4.2.2 full"), Some(Kind::SoftBounce)),
        (mailgun_event("complained", "", "", 0, ""), Some(Kind::Complaint)),
        (mailgun_event("unsubscribed", "", "", 0, ""), Some(Kind::Unsubscribe)),
        (mailgun_event("delivered", "", "", 250, "OK"), None),
    ] {
        assert_eq!(kind(Source::Mailgun, &body), expected, "{body}");
    }
    let found = read(Source::Mailgun, &mailgun_event("complained", "", "", 0, "").to_string());
    assert_eq!((found[0].at, found[0].message_id.as_deref()), (Some(NOON + 250), Some(ID)));
}

#[test]
fn mailgun_signs_with_a_time_and_a_token() {
    let signed = |key: &str, timestamp: &str, token: &str| {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(format!("{timestamp}{token}").as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        json!({"signature": {"timestamp": timestamp, "token": token, "signature": signature}}).to_string()
    };
    let now = (NOON / 1000).to_string();
    let verify = |body: &str, now| mailgun::verify(body.as_bytes(), "key-1", now);
    assert_eq!(verify(&signed("key-1", &now, "tok"), NOON), Ok("tok".into()));
    assert_eq!(verify(&signed("key-1", &now, "tok").replace("\"tok\"", "\"tik\""), NOON), Err(mailgun::Forged::Signature));
    assert_eq!(verify(&signed("key-2", &now, "tok"), NOON), Err(mailgun::Forged::Signature));
    for drift in [-16, 16] {
        assert_eq!(verify(&signed("key-1", &now, "tok"), NOON + drift * 60_000), Err(mailgun::Forged::Stale));
    }
    assert_eq!(verify(&signed("key-1", "99999999999999999999", "tok"), NOON), Err(mailgun::Forged::Stale));
    for body in ["", "{}", "[]", r#"{"signature": {"timestamp": "1", "token": "", "signature": ""}}"#] {
        assert_eq!(verify(body, NOON), Err(mailgun::Forged::Unsigned), "{body}");
    }
}

#[test]
fn sendgrid() {
    let event = |event: &str, more: Value| {
        let mut body = json!({"email": "mia@example.com", "timestamp": NOON / 1000, "smtp-id": format!("<{ID}>"), "sg_event_id": "1", "event": event});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (one, expected) in [
        (event("bounce", json!({"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown"})), Some(Kind::HardBounce)),
        (event("bounce", json!({"type": "bounce"})), Some(Kind::HardBounce)),
        (event("bounce", json!({"type": "bounce", "status": "5.2.2", "reason": "552 5.2.2 full"})), Some(Kind::SoftBounce)),
        (event("bounce", json!({"type": "blocked", "status": "5.7.1", "reason": "550 5.7.1 spam"})), Some(Kind::Blocked)),
        (event("dropped", json!({"reason": "Bounced Address"})), Some(Kind::HardBounce)),
        (event("dropped", json!({"reason": "Unsubscribed Address"})), Some(Kind::Unsubscribe)),
        (event("dropped", json!({"reason": "Spam Reporting Address"})), Some(Kind::Complaint)),
        (event("dropped", json!({"reason": "Spam Content"})), Some(Kind::Blocked)),
        (event("spamreport", json!({})), Some(Kind::Complaint)),
        (event("group_unsubscribe", json!({"asm_group_id": 1})), Some(Kind::Unsubscribe)),
        (event("deferred", json!({"response": "451 4.7.1 later"})), None),
        (event("delivered", json!({})), None),
    ] {
        assert_eq!(kind(Source::Sendgrid, &json!([one])), expected, "{one}");
    }
    let batch = json!([1, {"event": "bounce"}, event("spamreport", json!({})), event("open", json!({})), {"event": null}]);
    let found = read(Source::Sendgrid, &batch.to_string());
    assert_eq!(found.len(), 1, "what is strange does not spoil the rest");
    assert_eq!((found[0].at, found[0].message_id.as_deref()), (Some(NOON), Some(ID)));
}

#[test]
fn bodies_of_another_kind_are_refused() {
    for source in [Source::Ses, Source::Postmark, Source::Mailgun, Source::Sendgrid] {
        assert!(matches!(parse(source, b"{"), Err(Unreadable::Json(_))), "{source:?}");
        assert!(matches!(parse(source, b"{}"), Err(Unreadable::Shape(_))), "{source:?}");
    }
    assert!(parse(Source::Mail, b"").is_err());
}

#[test]
fn long_words_are_cut() {
    let body = json!([{"email": "mia@example.com", "event": "bounce", "type": "blocked", "reason": "é\n".repeat(5_000)}]);
    assert!(read(Source::Sendgrid, &body.to_string())[0].detail.chars().count() <= 500);
}

proptest! {
    #[test]
    fn no_body_panics(body in ".{0,200}", cut in 0usize..900) {
        for source in ALL {
            let _ = parse(source, body.as_bytes());
        }
        let whole = bounce("Final-Recipient: rfc822; mia@example.com\r\nAction: failed\r\nStatus: 5.1.1");
        let _ = parse(Source::Mail, &whole.as_bytes()[..cut.min(whole.len())]);
    }
}
