//! DKIM: the sender's domain vouches for a message. Needed where the mail server does not sign by itself.
//!
//! Always relaxed/relaxed, and never over `Content-Type` or `Content-Transfer-Encoding`: the library writes those two with the body,
//! after the headers it signed, and verifiers refuse such a signature.

use lettre::message::dkim::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey};
use lettre::message::header::HeaderName;

/// Signed where they are present. RFC 8058 demands the two of `List-Unsubscribe`.
const SIGNED: &[&str] = &[
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Id",
    "Auto-Submitted",
    "Feedback-ID",
];

/// A key to sign with. Prints nothing of it.
pub struct Dkim(DkimConfig);

/// A key that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the DKIM key is neither an RSA key in PKCS#1 (BEGIN RSA PRIVATE KEY; openssl rsa -traditional makes one) nor the 32 bytes of an Ed25519 key in base64: {0}"
)]
pub struct BadKey(String);

impl std::fmt::Debug for Dkim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dkim(…)")
    }
}

impl Dkim {
    /// Signs for `domain` with the key published at `selector._domainkey.domain`.
    ///
    /// # Errors
    /// [`BadKey`] if the key is of another form.
    pub fn new(selector: &str, domain: &str, key: &str) -> Result<Self, BadKey> {
        let algorithm = match key.contains("-----BEGIN") {
            true => DkimSigningAlgorithm::Rsa,
            false => DkimSigningAlgorithm::Ed25519,
        };
        let key = DkimSigningKey::new(key.trim(), algorithm).map_err(|error| BadKey(error.to_string()))?;
        let headers = SIGNED.iter().map(|name| HeaderName::new_from_ascii_str(name)).collect();
        let relaxed = || DkimCanonicalizationType::Relaxed;
        let canonicalization = DkimCanonicalization { header: relaxed(), body: relaxed() };
        Ok(Self(DkimConfig::new(selector.to_owned(), domain.to_owned(), key, headers, canonicalization)))
    }

    pub(super) fn sign(&self, message: &mut lettre::Message) {
        message.sign(&self.0);
    }
}
