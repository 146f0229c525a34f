//! Amazon SES, whose notifications come through SNS: as JSON in a text field of JSON, or bare with "raw message delivery".

use serde_json::Value;
use url::Url;

use super::{Feedback, Kind, Unreadable, some_text, text, timestamp};

pub(super) fn parse(body: &Value) -> Result<Vec<Feedback>, Unreadable> {
    let unwrapped;
    let notice = match body["Message"].as_str() {
        // A topic's other messages, such as the one that confirms the subscription, are no JSON.
        Some(message) => match serde_json::from_str::<Value>(message) {
            Ok(inner) => {
                unwrapped = inner;
                &unwrapped
            }
            Err(_) => return Ok(Vec::new()),
        },
        None => body,
    };
    // Event publishing calls the same field by another name.
    let kind = some_text(notice, "/notificationType").or_else(|| some_text(notice, "/eventType"));
    match kind.ok_or(Unreadable::Shape("SES"))?.as_str() {
        "Bounce" => Ok(recipients(notice, "/bounce/bouncedRecipients").map(|one| bounce(notice, one)).collect()),
        "Complaint" if text(notice, "/complaint/complaintFeedbackType") == "not-spam" => Ok(Vec::new()),
        "Complaint" => Ok(recipients(notice, "/complaint/complainedRecipients").map(|one| complaint(notice, one)).collect()),
        _ => Ok(Vec::new()),
    }
}

/// Where a new subscription is confirmed, if that is what the body asks for. Only an address of SNS itself is given back: the body
/// comes from anyone.
pub fn confirmation(body: &[u8]) -> Option<Url> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let url = Url::parse(text(&body, "/SubscribeURL")).ok()?;
    let labels: Vec<&str> = url.host_str()?.split('.').collect();
    let amazon = matches!(labels.as_slice(), ["sns", _, "amazonaws", "com"] | ["sns", _, "amazonaws", "com", "cn"]);
    (text(&body, "/Type") == "SubscriptionConfirmation" && url.scheme() == "https" && url.port().is_none() && amazon)
        .then_some(url)
}

fn recipients<'a>(notice: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    notice.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn bounce(notice: &Value, recipient: &Value) -> Feedback {
    let said = format!("{} {}", text(recipient, "/status"), text(recipient, "/diagnosticCode"));
    let (class, subject) = (text(notice, "/bounce/bounceType"), text(notice, "/bounce/bounceSubType"));
    let kind = match (class, subject) {
        (_, "MessageTooLarge" | "ContentRejected" | "AttachmentRejected") => Kind::Blocked,
        // SES calls a policy's "no" permanent as well.
        ("Permanent", _) if Kind::of_refusal(550, &said) == Kind::Blocked => Kind::Blocked,
        ("Permanent", _) => Kind::HardBounce,
        _ => Kind::SoftBounce,
    };
    Feedback {
        address: some_text(recipient, "/emailAddress"),
        kind,
        at: timestamp(text(notice, "/bounce/timestamp")),
        detail: format!("{class} {subject} {said}"),
        message_id: message_id(notice),
    }
}

fn complaint(notice: &Value, recipient: &Value) -> Feedback {
    Feedback {
        address: some_text(recipient, "/emailAddress"),
        kind: Kind::Complaint,
        at: timestamp(text(notice, "/complaint/timestamp")),
        detail: text(notice, "/complaint/complaintFeedbackType").to_owned(),
        message_id: message_id(notice),
    }
}

/// `mail.messageId` is Amazon's own; ours is among the headers, where those are included.
fn message_id(notice: &Value) -> Option<String> {
    let headers = notice.pointer("/mail/headers").and_then(Value::as_array).into_iter().flatten();
    headers
        .filter(|header| text(header, "/name").eq_ignore_ascii_case("Message-ID"))
        .find_map(|header| some_text(header, "/value"))
        .or_else(|| some_text(notice, "/mail/commonHeaders/messageId"))
}
