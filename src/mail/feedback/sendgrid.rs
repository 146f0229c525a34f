//! SendGrid: many events in one call. One that is strange does not spoil the rest.

use serde_json::Value;

use super::{Feedback, Kind, Unreadable, seconds, some_text, text};

pub(super) fn parse(body: &Value) -> Result<Vec<Feedback>, Unreadable> {
    let events = body.as_array().ok_or(Unreadable::Shape("SendGrid"))?;
    Ok(events.iter().filter_map(event).collect())
}

fn event(event: &Value) -> Option<Feedback> {
    let said = format!("{} {}", text(event, "/status"), text(event, "/reason"));
    let kind = match (text(event, "/event"), text(event, "/type")) {
        ("bounce", "blocked") => Kind::Blocked,
        ("bounce", _) => match Kind::of_refusal(550, &said) {
            // SendGrid has tried for three days, or was told that it need not.
            Kind::SoftBounce if said.trim().is_empty() => Kind::HardBounce,
            kind => kind,
        },
        ("dropped", _) => match text(event, "/reason") {
            "Bounced Address" | "Invalid" => Kind::HardBounce,
            "Spam Reporting Address" => Kind::Complaint,
            "Unsubscribed Address" => Kind::Unsubscribe,
            _ => Kind::Blocked,
        },
        ("spamreport", _) => Kind::Complaint,
        ("unsubscribe" | "group_unsubscribe", _) => Kind::Unsubscribe,
        _ => return None,
    };
    Some(Feedback {
        address: some_text(event, "/email"),
        kind,
        at: seconds(event.get("timestamp")),
        detail: said,
        message_id: some_text(event, "/smtp-id"),
    })
}
