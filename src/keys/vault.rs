//! Secrets of others that must be read again, such as a shop's webhook secret: sealed before they reach the database.
//!
//! XChaCha20-Poly1305 under a key of the master secret. A random nonce of 24 bytes stands in front of the sealed text. The place a
//! secret is kept is authenticated with it, so that one row's secret cannot be moved to another.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

use super::Key;
use crate::id;

const NONCE: usize = 24;

/// What seals and opens.
#[derive(Clone, Debug)]
pub struct Vault(Key);

/// The secret was sealed with another master key or for another place, or it is damaged.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a stored secret cannot be opened: it was sealed with another EXITPOLL_SECRET, or it is damaged")]
pub struct NotOurs;

impl Vault {
    pub fn new(master: &[u8]) -> Self {
        Self(Key::derive(master, "vault"))
    }

    /// `place` names the row and the field: `shop:sit_…:shopify`.
    pub fn seal(&self, secret: &str, place: &str) -> Vec<u8> {
        let nonce: [u8; NONCE] = id::random();
        let payload = Payload { msg: secret.as_bytes(), aad: place.as_bytes() };
        // Fails for texts of more than 256 GB only.
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).expect("a short text");
        [&nonce[..], &sealed].concat()
    }

    pub fn open(&self, sealed: &[u8], place: &str) -> Result<String, NotOurs> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(NotOurs)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let opened = self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| NotOurs)?;
        String::from_utf8(opened).map_err(|_| NotOurs)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.0.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_what_it_sealed_and_nothing_else() {
        let vault = Vault::new(b"master");
        let sealed = vault.seal("shpss_1", "shop:sit_1:shopify");
        assert_eq!(vault.open(&sealed, "shop:sit_1:shopify").as_deref(), Ok("shpss_1"));
        assert_ne!(sealed, vault.seal("shpss_1", "shop:sit_1:shopify"), "the same secret twice is not seen to be the same");
        assert_eq!(vault.open(&sealed, "shop:sit_2:shopify"), Err(NotOurs));
        assert_eq!(Vault::new(b"other").open(&sealed, "shop:sit_1:shopify"), Err(NotOurs));
        let mut damaged = sealed.clone();
        damaged[30] ^= 1;
        assert_eq!(vault.open(&damaged, "shop:sit_1:shopify"), Err(NotOurs));
        assert_eq!(vault.open(&sealed[..20], "shop:sit_1:shopify"), Err(NotOurs));
    }
}
