//! What comes back after a mail was sent: bounces, complaints, and people who leave. Bodies in, [`Feedback`] out; nothing here
//! knows whether the sender of a body may be believed.
//!
//! | by | how it is known to be genuine |
//! |---|---|
//! | mail (DSN, ARF) | it is not: anyone can write one. Believe it if `message_id` is one of ours, which cannot be guessed |
//! | Mailgun | HMAC-SHA256 over timestamp and token, [`mailgun::verify`] |
//! | SES through SNS | a certificate by Amazon; a secret in the URL does as well |
//! | Postmark | does not sign: a secret in the URL, or basic authentication |
//! | SendGrid | signs with ECDSA when that is switched on, [`sendgrid::verify`]; a secret in the URL does as well |

mod dsn;
pub mod mailgun;
mod postmark;
pub mod sendgrid;
pub mod ses;

use serde_json::Value;

use super::reply::{Enhanced, mailbox_gone};
use crate::clock::Millis;
use crate::domain::words::words;

/// One thing that came back about one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Whom the mail was for. Complaints by mail often hide it.
    pub address: Option<String>,
    /// What it says.
    pub kind: Kind,
    /// When it happened, if it says so.
    pub at: Option<Millis>,
    /// In the words of whoever sent it, at most 500 letters.
    pub detail: String,
    /// Our own id of the mail, without brackets, where it is told.
    pub message_id: Option<String>,
}

words! {
    /// What feedback says of an address.
    pub enum Kind {
        /// The mailbox is gone: suppress.
        HardBounce = "hard_bounce",
        /// Full, switched off, unreachable: suppress when it stays so.
        SoftBounce = "soft_bounce",
        /// Refused for what the sender is or the mail says: the address is not at fault, the owner should know.
        Blocked = "blocked",
        /// Called spam by its reader: suppress.
        Complaint = "complaint",
        /// Does not want more: suppress.
        Unsubscribe = "unsubscribe",
    }
}

words! {
    /// Who sends feedback.
    pub enum Source {
        /// Amazon SES through SNS.
        Ses = "ses",
        /// Postmark.
        Postmark = "postmark",
        /// Mailgun.
        Mailgun = "mailgun",
        /// Twilio SendGrid.
        Sendgrid = "sendgrid",
        /// A mail as it arrived in the bounce mailbox.
        Mail = "dsn",
    }
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ses, Self::Postmark, Self::Mailgun, Self::Sendgrid, Self::Mail];
}

/// A body that is not what its source sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON.
    #[error("the body is not JSON: {0}")]
    Json(String),
    /// JSON of another kind.
    #[error("the body is not of the kind {0} sends")]
    Shape(&'static str),
    /// Not a mail.
    #[error("the body is not a mail")]
    Mail,
}

/// Reads a body. Events that say nothing about an address (deliveries, openings, delays) give nothing.
///
/// # Errors
/// [`Unreadable`], when the body is of another kind altogether.
pub fn parse(source: Source, body: &[u8]) -> Result<Vec<Feedback>, Unreadable> {
    let json = || serde_json::from_slice::<Value>(body).map_err(|error| Unreadable::Json(error.to_string()));
    let mut found = match source {
        Source::Mail => dsn::parse(body)?,
        Source::Ses => ses::parse(&json()?)?,
        Source::Postmark => postmark::parse(&json()?)?,
        Source::Mailgun => mailgun::parse(&json()?)?,
        Source::Sendgrid => sendgrid::parse(&json()?)?,
    };
    for feedback in &mut found {
        feedback.address =
            feedback.address.take().map(|address| address.trim().to_owned()).filter(|address| address.contains('@'));
        feedback.detail = feedback.detail.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(500).collect();
        feedback.message_id = feedback.message_id.take().and_then(|id| bare_id(&id));
    }
    found.retain(|feedback| feedback.address.is_some() || feedback.message_id.is_some());
    Ok(found)
}

impl Kind {
    /// What a mail server's refusal means.
    pub fn of_refusal(code: u16, text: &str) -> Self {
        if mailbox_gone(code, text) {
            return Self::HardBounce;
        }
        match Enhanced::find(text) {
            Some(Enhanced { class: 5, subject: 6 | 7, .. } | Enhanced { class: 5, subject: 2, detail: 3 }) => Self::Blocked,
            Some(Enhanced { class: 5, subject: 3, detail: 4 } | Enhanced { class: 5, subject: 1, detail: 7 | 8 }) => {
                Self::Blocked
            }
            _ => Self::SoftBounce,
        }
    }
}

/// `<id@host>` → `id@host`.
fn bare_id(text: &str) -> Option<String> {
    let id = text.trim().trim_matches(['<', '>']);
    (!id.is_empty() && id.len() <= 500).then(|| id.to_owned())
}

/// A text at a path, or an empty one.
fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// A text at a path, if it is there and not empty.
fn some_text(value: &Value, pointer: &str) -> Option<String> {
    Some(text(value, pointer)).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// `2026-11-24T13:00:00Z`, with any offset.
fn timestamp(text: &str) -> Option<Millis> {
    text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond())
}

/// Seconds since 1970, as a number with or without a fraction.
fn seconds(value: Option<&Value>) -> Option<Millis> {
    let seconds = value?.as_f64().filter(|seconds| (0.0..1e11).contains(seconds))?;
    Some((seconds * 1000.0).round() as Millis)
}

#[cfg(test)]
mod tests;
