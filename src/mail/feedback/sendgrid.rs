//! SendGrid: many events in one call. One that is strange does not spoil the rest.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::SignatureScheme;
use rustls::crypto::ring;
use serde_json::Value;

use super::{Feedback, Kind, Unreadable, seconds, some_text, text};

/// What stands before the point of a P-256 key in DER (RFC 5480).
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
    0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A verification key that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a verification key as SendGrid shows it: a long text that begins with MFkw")]
pub struct BadKey;

/// Reads the verification key that SendGrid shows under "Signed Event Webhook Requests".
///
/// # Errors
/// [`BadKey`] if it is something else.
pub fn point(key: &str) -> Result<Vec<u8>, BadKey> {
    let der = BASE64_STANDARD.decode(key.trim()).map_err(|_| BadKey)?;
    // An uncompressed point of 65 bytes.
    let point = der.strip_prefix(&P256).filter(|point| point.len() == 65 && point[0] == 4).ok_or(BadKey)?;
    Ok(point.to_vec())
}

/// Whether a call is signed with the key: over the time in its header and the body, as they came.
pub fn verify(body: &[u8], timestamp: &str, signature: &str, key: &str) -> bool {
    let (Ok(point), Ok(signature)) = (point(key), BASE64_STANDARD.decode(signature.trim())) else { return false };
    let message = [timestamp.as_bytes(), body].concat();
    let known = ring::default_provider().signature_verification_algorithms.mapping;
    let ways = known.iter().filter(|(scheme, _)| *scheme == SignatureScheme::ECDSA_NISTP256_SHA256).flat_map(|(_, ways)| *ways);
    ways.into_iter().any(|way| way.verify_signature(&point, &message, &signature).is_ok())
}

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

#[cfg(test)]
mod tests {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

    use super::*;

    #[test]
    fn a_signature_holds_for_its_time_body_and_key() {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let signer = ring::sign::any_ecdsa_type(&PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.serialize_der()))).unwrap();
        let sign = |text: &[u8]| {
            let signature = signer.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]).unwrap().sign(text).unwrap();
            BASE64_STANDARD.encode(signature)
        };
        let key = BASE64_STANDARD.encode(signer.public_key().unwrap());
        let signature = sign(b"1795521600[{}]");
        assert!(verify(b"[{}]", "1795521600", &signature, &key));
        assert!(!verify(b"[{} ]", "1795521600", &signature, &key));
        assert!(!verify(b"[{}]", "1795521601", &signature, &key));
        assert!(!verify(b"[{}]", "1795521600", "", &key) && !verify(b"[{}]", "1795521600", "AAAA", &key));
        assert!(!verify(b"[{}]", "1795521600", &signature, "MFkw") && point("MFkw") == Err(BadKey));
    }
}
