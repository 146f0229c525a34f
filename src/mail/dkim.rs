//! DKIM: the sender's domain vouches for a message. Needed where the mail server does not sign by itself.
//!
//! Always relaxed/relaxed, and never over `Content-Type` or `Content-Transfer-Encoding`: the library writes those two with the body,
//! after the headers it signed, and verifiers refuse such a signature.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::message::dkim::{DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey};
use lettre::message::header::HeaderName;
use rustls::crypto::ring::sign;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

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

/// What an owner pastes that is not a key to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPaste {
    /// No key at all, or a public one.
    #[error("this is not a private key: it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----")]
    NoKey,
    /// Of a kind that DKIM does not know, or damaged.
    #[error("this key cannot be used: DKIM signs with RSA keys of 2048 bits or more, or with Ed25519 keys")]
    Unfit,
}

/// A private key as `openssl` writes it → as [`Dkim::new`] reads it.
///
/// # Errors
/// [`BadPaste`] says what it is instead.
pub fn read_key(pasted: &str) -> Result<String, BadPaste> {
    let key = PrivateKeyDer::from_pem_slice(pasted.trim().as_bytes()).map_err(|_| BadPaste::NoKey)?;
    let own = match &key {
        PrivateKeyDer::Pkcs1(rsa) => pem(rsa.secret_pkcs1_der()),
        PrivateKeyDer::Pkcs8(wrapped) => {
            let inner = unwrap(wrapped.secret_pkcs8_der()).ok_or(BadPaste::Unfit)?;
            // The seed of an Ed25519 key is wrapped once more.
            match inner.strip_prefix(&[0x04, 0x20]).filter(|seed| seed.len() == 32) {
                Some(seed) => BASE64_STANDARD.encode(seed),
                None => pem(inner),
            }
        }
        _ => return Err(BadPaste::Unfit),
    };
    // Both must take it: the one that makes its record, and the one that signs.
    match record(&own).is_some() && Dkim::new("s", "shop.example", &own).is_ok() {
        true => Ok(own),
        false => Err(BadPaste::Unfit),
    }
}

/// What is to be published for a key that [`read_key`] gave: the text of a TXT record.
pub fn record(key: &str) -> Option<String> {
    let (kind, public) = match PrivateKeyDer::from_pem_slice(key.as_bytes()) {
        Ok(rsa) => ("rsa", sign::any_supported_type(&rsa).ok()?.public_key()?.to_vec()),
        Err(_) => {
            let seed = BASE64_STANDARD.decode(key).ok()?;
            let pair = sign::any_eddsa_type(&PrivatePkcs8KeyDer::from([&ED25519[..], &seed].concat())).ok()?;
            // RFC 8463 wants the bare key: the last 32 bytes.
            let public = pair.public_key()?.to_vec();
            ("ed25519", public.get(public.len().checked_sub(32)?..)?.to_vec())
        }
    };
    Some(format!("v=DKIM1; k={kind}; p={}", BASE64_STANDARD.encode(public)))
}

/// What stands before the seed of an Ed25519 key in PKCS#8 (RFC 8410).
const ED25519: [u8; 16] = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// An RSA key in PKCS#1, as the library wants it.
fn pem(der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    // Base64 is ASCII.
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n", lines.join("\n"))
}

/// The key within PKCS#8: a sequence of version, algorithm, and the key as an octet string.
fn unwrap(der: &[u8]) -> Option<&[u8]> {
    let (_, sequence, _) = element(der).filter(|(tag, ..)| *tag == 0x30)?;
    let (_, _, rest) = element(sequence).filter(|(tag, ..)| *tag == 0x02)?;
    let (_, _, rest) = element(rest).filter(|(tag, ..)| *tag == 0x30)?;
    element(rest).filter(|(tag, ..)| *tag == 0x04).map(|(_, key, _)| key)
}

/// The first element of DER: its tag, what it holds, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, length], rest) = der.split_first_chunk::<2>()?;
    let (length, rest) = match length {
        short @ ..0x80 => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let whole = digits.len() <= 4;
            (whole.then(|| digits.iter().fold(0usize, |n, digit| n << 8 | usize::from(*digit)))?, rest)
        }
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((tag, value, rest))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for this test, and used nowhere else.
    const RSA: &str = include_str!("../../tests/it/keys/dkim_rsa.pem");
    const RSA_PUBLIC: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyQxXtiIoJL9i06mPH8dn7IZ9viwYJUUqt6p22/T2yURHbcmeF8kkuN+PBol/P+ftzZVqhcy0DddtjZk+YPlRJ0hHQWquWZMV8r4sSS5kO+W7dQMkRA6JmVRuao3ZXMaO9fEVkt2B6Jis9coRa3abpNlHQqWlLs+eaFQr3mUea3hfLMLqsftzw83j42Wy1paAKFY4IEQNd9rEdi80Oti1rNnKqulnTOdB/6UCuvMizug8LOtCMvg/3fOGn1FWrjK6HERgDPYASGPisJlVHodSCMnFhqNuJ5Q+45C9/+Rv25bq5m/OHQ6KiOj0mIgJIKqnnybpIIvyVdmTwYUrLWsnBwIDAQAB";
    const ED25519: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAP4pxiXfaPBvOO2ntkyITiA5IY50pkYM+bgY6tpTcc4\n-----END PRIVATE KEY-----";
    const ED25519_PUBLIC: &str = "W0QUCwY8elQ+/tWKW2LBJ++i6s3o5sA0sm9p5rjlkdM=";

    #[test]
    fn keys_are_read_as_openssl_writes_them() {
        let rsa = read_key(RSA).unwrap();
        assert!(rsa.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
        assert_eq!(read_key(&rsa).as_ref(), Ok(&rsa), "the older form, too");
        assert_eq!(record(&rsa), Some(format!("v=DKIM1; k=rsa; p={RSA_PUBLIC}")));
        assert_eq!(record(&read_key(ED25519).unwrap()), Some(format!("v=DKIM1; k=ed25519; p={ED25519_PUBLIC}")));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let public = format!("-----BEGIN PUBLIC KEY-----\n{RSA_PUBLIC}\n-----END PUBLIC KEY-----");
        for pasted in ["", "hello", &public, &RSA[..200], RSA_PUBLIC] {
            assert_eq!(read_key(pasted), Err(BadPaste::NoKey), "{pasted}");
        }
        let damaged = RSA.replace("MIIE", "AAAA");
        assert_eq!(read_key(&damaged), Err(BadPaste::Unfit));
    }
}
