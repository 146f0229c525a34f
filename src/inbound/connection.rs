//! A connected shop: whether a delivery is signed with its secret.

use super::System;
use crate::clock::{DAY, Millis};
use crate::id::SiteId;
use crate::keys::{NotOurs, Vault, verify_with};
use crate::store::shops::Shop;

/// How long an old secret is accepted beside a new one: shops go on signing with it for an hour, and people take a day.
pub const KEEP_OLD_SECRET: Millis = 2 * DAY;

/// Secrets are opened for one delivery and printed nowhere.
pub struct Connection {
    secrets: Vec<String>,
    /// The shop's own name of itself, once it has said it.
    pub domain: Option<String>,
    pub refused_at: Option<Millis>,
}

impl Connection {
    /// # Errors
    /// [`NotOurs`]: the secret was sealed under another master key and has to be entered again.
    pub fn open(vault: &Vault, site: SiteId, system: System, shop: Shop, now: Millis) -> Result<Self, NotOurs> {
        let place = place(site, system);
        let old = shop.old_secret.filter(|_| shop.old_until.is_some_and(|until| now < until));
        let secrets = [Some(shop.secret), old].into_iter().flatten().map(|sealed| vault.open(&sealed, &place));
        Ok(Self { secrets: secrets.collect::<Result<_, _>>()?, domain: shop.domain, refused_at: shop.refused_at })
    }

    /// Whether the body is signed with a secret of this shop. In constant time for each.
    pub fn verify(&self, body: &[u8], tag: &[u8]) -> bool {
        self.secrets.iter().fold(false, |good, secret| good | verify_with(secret.as_bytes(), body, tag))
    }
}

/// A secret as it is stored.
pub fn seal(vault: &Vault, site: SiteId, system: System, secret: &str) -> Vec<u8> {
    vault.seal(secret, &place(site, system))
}

/// The row that a secret belongs to.
fn place(site: SiteId, system: System) -> String {
    format!("shop:{site}:{system}")
}
