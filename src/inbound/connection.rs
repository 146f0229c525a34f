//! A connected shop: connecting it, changing its secret, and whether a delivery is signed with it.

use super::System;
use crate::clock::{DAY, Millis};
use crate::id::SiteId;
use crate::keys::{NotOurs, Vault, verify_with};
use crate::store::shops::{self, Shop};
use crate::store::{StoreError, Tx, audit};

/// How long an old secret is accepted beside a new one: shops go on signing with it for an hour, and people take a day. The admin
/// says so in words.
const KEEP_OLD_SECRET: Millis = 2 * DAY;

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

    /// Whether the stored secrets can be read at all.
    pub fn is_readable(vault: &Vault, site: SiteId, system: System, shop: &Shop, now: Millis) -> bool {
        Self::open(vault, site, system, shop.clone(), now).is_ok()
    }

    /// Whether the body is signed with a secret of this shop. In constant time for each.
    pub fn verify(&self, body: &[u8], tag: &[u8]) -> bool {
        self.secrets.iter().fold(false, |good, secret| good | verify_with(secret.as_bytes(), body, tag))
    }
}

/// A secret as shops make them: letters, digits and signs, without blanks.
///
/// # Errors
/// Says in words for the owner what is wrong.
pub fn check_secret(entered: &str) -> Result<&str, BadSecret> {
    let secret = entered.trim();
    match secret.chars().count() {
        0 => Err(BadSecret::Empty),
        1..8 => Err(BadSecret::TooShort),
        201.. => Err(BadSecret::TooLong),
        _ if !secret.chars().all(|c| c.is_ascii_graphic()) => Err(BadSecret::OddLetters),
        _ => Ok(secret),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSecret {
    #[error("Please paste the secret.")]
    Empty,
    #[error("That is too short to be the secret: it needs 8 characters at least.")]
    TooShort,
    #[error("That is too long to be the secret: 200 characters at most are possible.")]
    TooLong,
    #[error("That is not the secret: it has letters, digits and signs only, without blanks.")]
    OddLetters,
}

/// A secret that was checked.
pub struct NewSecret<'a> {
    pub secret: &'a str,
    /// The one before is accepted for [`KEEP_OLD_SECRET`] more.
    pub keep_old: bool,
}

/// Connects a shop, or changes the secret of one that is connected.
pub async fn connect(
    tx: &mut Tx,
    vault: &Vault,
    site: SiteId,
    system: System,
    new: NewSecret<'_>,
    by: &str,
    now: Millis,
) -> Result<(), StoreError> {
    let sealed = vault.seal(new.secret, &place(site, system));
    let source = system.as_str();
    let action = match shops::find(&mut *tx, site, source).await? {
        Some(_) => {
            shops::change_secret(tx, site, source, sealed, new.keep_old.then_some(now + KEEP_OLD_SECRET)).await?;
            "shop.secret"
        }
        None => {
            shops::insert(tx, site, source, sealed, now).await?;
            "shop.connect"
        }
    };
    audit::record(tx, site, by, action, system.name(), now).await
}

/// Forgets the secrets: deliveries are refused from now on. What was told stays.
pub async fn disconnect(tx: &mut Tx, site: SiteId, system: System, by: &str, now: Millis) -> Result<(), StoreError> {
    if shops::delete(tx, site, system.as_str()).await? {
        audit::record(tx, site, by, "shop.disconnect", system.name(), now).await?;
    }
    Ok(())
}

/// Refuses the old secret at once.
pub async fn end_change_over(tx: &mut Tx, site: SiteId, system: System, by: &str, now: Millis) -> Result<(), StoreError> {
    shops::drop_old_secret(tx, site, system.as_str()).await?;
    audit::record(tx, site, by, "shop.old_secret", system.name(), now).await
}

/// The row that a secret belongs to.
fn place(site: SiteId, system: System) -> String {
    format!("shop:{site}:{system}")
}
