//! Mailgun: one event for each call, its signature inside the body.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::{Feedback, Kind, Unreadable, seconds, some_text, text};
use crate::clock::{MINUTE, Millis};
use crate::keys::hex;

/// A call older than this may be a replay. Mailgun signs each try anew.
const FRESH: Millis = 15 * MINUTE;

/// Why a call is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// There is no signature in it.
    #[error("the call carries no signature")]
    Unsigned,
    /// It is signed with another key.
    #[error("the signature does not fit the signing key")]
    Signature,
    /// It was signed long ago, or the clocks differ.
    #[error("the signature is more than 15 minutes old")]
    Stale,
}

/// Checks the signature with the domain's "HTTP webhook signing key". It covers the time and a token, not the event: the token
/// comes back, and must not be accepted a second time.
///
/// # Errors
/// [`Forged`] says why the call is not believed.
pub fn verify(body: &[u8], signing_key: &str, now: Millis) -> Result<String, Forged> {
    let body: Value = serde_json::from_slice(body).map_err(|_| Forged::Unsigned)?;
    let part = |name: &str| some_text(&body, &format!("/signature/{name}")).ok_or(Forged::Unsigned);
    let (timestamp, token, signature) = (part("timestamp")?, part("token")?, part("signature")?);
    let mut mac = Hmac::<Sha256>::new_from_slice(signing_key.as_bytes()).expect("any length");
    mac.update(timestamp.as_bytes());
    mac.update(token.as_bytes());
    let expected = hex(&mac.finalize().into_bytes());
    if !bool::from(expected.as_bytes().ct_eq(signature.to_ascii_lowercase().as_bytes())) {
        return Err(Forged::Signature);
    }
    let signed_at = timestamp.parse::<Millis>().ok().and_then(|seconds| seconds.checked_mul(1000)).ok_or(Forged::Stale)?;
    match now.saturating_sub(signed_at).abs() <= FRESH {
        true => Ok(token),
        false => Err(Forged::Stale),
    }
}

pub(super) fn parse(body: &Value) -> Result<Vec<Feedback>, Unreadable> {
    let event = body.get("event-data").ok_or(Unreadable::Shape("Mailgun"))?;
    let status = |name: &str| text(event, &format!("/delivery-status/{name}"));
    let said = format!("{} {} {}", status("enhanced-code"), status("message"), status("description"));
    let code = event.pointer("/delivery-status/code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let kind = match (text(event, "/event"), text(event, "/severity")) {
        ("failed", "permanent") => match text(event, "/reason") {
            "suppress-bounce" => Kind::HardBounce,
            "suppress-complaint" => Kind::Complaint,
            "suppress-unsubscribe" => Kind::Unsubscribe,
            _ => Kind::of_refusal(code.unwrap_or(550), &said),
        },
        ("failed", _) => Kind::SoftBounce,
        ("complained", _) => Kind::Complaint,
        ("unsubscribed", _) => Kind::Unsubscribe,
        _ => return Ok(Vec::new()),
    };
    Ok(vec![Feedback {
        address: some_text(event, "/recipient"),
        kind,
        at: seconds(event.get("timestamp")),
        detail: format!("{} {} {said}", text(event, "/reason"), code.map(|code| code.to_string()).unwrap_or_default()),
        message_id: some_text(event, "/message/headers/message-id"),
    }])
}
