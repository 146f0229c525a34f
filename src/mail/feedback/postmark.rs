//! Postmark: one event for each call. It gives mails ids of its own, and hands back what a header of ours told it
//! (`X-PM-Metadata-mail`).

use serde_json::Value;

use super::{Feedback, Kind, Unreadable, some_text, text, timestamp};

pub(super) fn parse(body: &Value) -> Result<Vec<Feedback>, Unreadable> {
    let (kind, address, at) = match text(body, "/RecordType") {
        "Bounce" => (of_bounce(text(body, "/Type")), "/Email", "/BouncedAt"),
        "SpamComplaint" => (Some(Kind::Complaint), "/Email", "/BouncedAt"),
        "SubscriptionChange" => (of_change(body), "/Recipient", "/ChangedAt"),
        "" => return Err(Unreadable::Shape("Postmark")),
        _ => return Ok(Vec::new()),
    };
    let words = ["/Type", "/SuppressionReason", "/Description", "/Details"].map(|pointer| text(body, pointer));
    let feedback = |kind| Feedback {
        address: some_text(body, address),
        kind,
        at: timestamp(text(body, at)),
        detail: words.join(" "),
        message_id: some_text(body, "/Metadata/mail"),
    };
    Ok(kind.map(feedback).into_iter().collect())
}

fn of_bounce(kind: &str) -> Option<Kind> {
    match kind {
        "HardBounce" | "BadEmailAddress" => Some(Kind::HardBounce),
        "SpamComplaint" => Some(Kind::Complaint),
        "Unsubscribe" => Some(Kind::Unsubscribe),
        "SoftBounce" | "Transient" | "DnsError" | "Unknown" => Some(Kind::SoftBounce),
        "Blocked" | "SpamNotification" | "DMARCPolicy" | "VirusNotification" | "ChallengeVerification" | "SMTPApiError" => {
            Some(Kind::Blocked)
        }
        // Replies by machines, test calls, and what concerns mail that came in.
        _ => None,
    }
}

/// Someone was put on Postmark's own list, or taken off it.
fn of_change(body: &Value) -> Option<Kind> {
    if body["SuppressSending"] != Value::Bool(true) {
        return None;
    }
    match text(body, "/SuppressionReason") {
        "HardBounce" => Some(Kind::HardBounce),
        "SpamComplaint" => Some(Kind::Complaint),
        _ => Some(Kind::Unsubscribe),
    }
}
