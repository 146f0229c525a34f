//! Signatures as Standard Webhooks 1.0.0 has them: `v1`, HMAC-SHA256 of `{id}.{timestamp}.{body}`.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

use crate::keys::{sign_with, verify_with};

const PREFIX: &str = "whsec_";
/// Bytes of a secret; the standard allows 24 to 64.
pub const SECRET_BYTES: usize = 32;

/// Seconds that a receiver's clock may differ.
const TOLERANCE: u64 = 300;

/// What an endpoint's calls are signed with, `whsec_…`. Prints nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// Of random bytes.
    pub fn new(random: [u8; SECRET_BYTES]) -> Self {
        Self(random.to_vec())
    }

    /// Reads what [`Secret::reveal`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// As the receiver's library takes it.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(&self.0))
    }

    fn sign(&self, content: &[u8]) -> String {
        format!("v1,{}", BASE64_STANDARD.encode(sign_with(&self.0, content)))
    }

    /// Whether one of the signatures is this secret's, and of no other time than `now` allows: what a receiver asks.
    pub fn verifies(&self, signatures: &str, id: &str, at: i64, body: &str, now: i64) -> bool {
        let content = format!("{id}.{at}.{body}");
        let fits = |tag: &str| BASE64_STANDARD.decode(tag).is_ok_and(|tag| verify_with(&self.0, content.as_bytes(), &tag));
        now.abs_diff(at) <= TOLERANCE && signatures.split(' ').filter_map(|item| item.strip_prefix("v1,")).any(fits)
    }

    /// The value of `webhook-signature`: one signature for each secret, the newest first. `at`: seconds since 1970.
    pub fn signatures(secrets: &[Self], id: &str, at: i64, body: &str) -> String {
        let content = format!("{id}.{at}.{body}");
        secrets.iter().map(|secret| secret.sign(content.as_bytes())).collect::<Vec<_>>().join(" ")
    }
}

/// The value of `webhook-id`: names the event, whoever is told of it and however often.
pub fn message_id(event: Uuid) -> String {
    format!("evt_{}", event.simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_examples_come_out() {
        let cases = [
            (
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1_614_265_330,
                r#"{"test": 2432232314}"#,
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
            (
                "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
                "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
                1_649_367_553,
                r#"{"email":"test@example.com","username":"test_user"}"#,
                "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
            ),
        ];
        for (secret, id, at, body, signature) in cases {
            assert_eq!(Secret::signatures(&[Secret::parse(secret).unwrap()], id, at, body), signature);
        }
    }

    #[test]
    fn a_secret_survives_being_written_and_is_not_printed() {
        let secret = Secret::new([7; SECRET_BYTES]);
        assert_eq!(Secret::parse(&secret.reveal()), Some(secret.clone()));
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        for bad in ["", "whsec_", "whsec_!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA"] {
            assert_eq!(Secret::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_receiver_refuses_what_was_changed_or_kept() {
        let (secret, other) = (Secret::new([1; SECRET_BYTES]), Secret::new([2; SECRET_BYTES]));
        let signed = Secret::signatures(&[other.clone(), secret.clone()], "evt_1", 1000, "{}");
        assert!(secret.verifies(&signed, "evt_1", 1000, "{}", 1000) && secret.verifies(&signed, "evt_1", 1000, "{}", 1300));
        assert!(!secret.verifies(&signed, "evt_1", 1000, "{}", 1301) && !secret.verifies(&signed, "evt_1", 1000, "{}", 699));
        assert!(!secret.verifies(&signed, "evt_2", 1000, "{}", 1000) && !secret.verifies(&signed, "evt_1", 1001, "{}", 1000));
        assert!(!secret.verifies(&signed, "evt_1", 1000, "{ }", 1000) && !secret.verifies("v1,", "evt_1", 1000, "{}", 1000));
        let alone = Secret::signatures(&[other], "evt_1", 1000, "{}");
        assert!(!secret.verifies(&alone, "evt_1", 1000, "{}", 1000));
    }

    #[test]
    fn both_secrets_sign_while_one_follows_the_other() {
        let (new, old) = (Secret::new([1; SECRET_BYTES]), Secret::new([2; SECRET_BYTES]));
        let both = Secret::signatures(&[new.clone(), old.clone()], "evt_1", 1, "{}");
        let each = [new, old].map(|secret| Secret::signatures(&[secret], "evt_1", 1, "{}"));
        assert_eq!(both, each.join(" "));
    }
}
