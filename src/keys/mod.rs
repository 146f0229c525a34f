//! Keys derived from the one master secret, a separate one for each purpose.

mod vault;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

pub use vault::{NotOurs, Vault};

/// A key for one purpose. Prints nothing of itself.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// The key for `purpose`, from the master secret.
    pub fn derive(master: &[u8], purpose: &str) -> Self {
        Self(mac(master, purpose.as_bytes()))
    }

    /// HMAC-SHA256 of a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 32] {
        mac(&self.0, message)
    }

    /// Compares in constant time; `tag` may be a prefix of the signature, of 16 bytes at least.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> bool {
        tag.len() >= 16 && tag.len() <= 32 && bool::from(self.sign(message)[..tag.len()].ct_eq(tag))
    }
}

/// Whether `tag` is the whole HMAC-SHA256 of a message under a secret of others, a shop's for example. In constant time.
pub fn verify_with(secret: &[u8], message: &[u8], tag: &[u8]) -> bool {
    bool::from(mac(secret, message)[..].ct_eq(tag))
}

/// HMAC-SHA256 under a secret of others.
pub fn sign_with(secret: &[u8], message: &[u8]) -> [u8; 32] {
    mac(secret, message)
}

/// The bytes of a hexadecimal text.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    text.len().is_multiple_of(2).then(|| text.as_bytes().chunks(2).map(digit).collect())?
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    // HMAC takes a key of any length.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// SHA-256 of a secret that is random enough to need no salt.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// SHA-256, to know the same bytes again.
pub fn digest_bytes(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_hold_for_their_message_and_key_alone() {
        let (a, b) = (Key::derive(b"master", "offer"), Key::derive(b"master", "csrf"));
        let tag = a.sign(b"hello");
        assert!(a.verify(b"hello", &tag));
        assert!(a.verify(b"hello", &tag[..16]));
        assert!(!a.verify(b"hello", &tag[..8]), "too short to mean anything");
        assert!(!a.verify(b"hellO", &tag));
        assert!(!b.verify(b"hello", &tag));
    }
}
