//! A store's keys of mail, sealed on their way in and opened on their way out.

use crate::clock::Millis;
use crate::id::SiteId;
use crate::keys::{NotOurs, Vault};
use crate::store::mail_secrets::{self, MailSecret};
use crate::store::{On, StoreError, Tx};

/// A key in the clear, if the store has it; the inner error if it was sealed with another master key.
pub async fn open(
    on: impl Into<On<'_>>,
    vault: &Vault,
    site: SiteId,
    name: MailSecret,
) -> Result<Option<Result<String, NotOurs>>, StoreError> {
    let sealed = mail_secrets::find(on, site, name).await?;
    Ok(sealed.map(|sealed| vault.open(&sealed, &name.place(site))))
}

pub async fn put(
    tx: &mut Tx,
    vault: &Vault,
    site: SiteId,
    name: MailSecret,
    secret: &str,
    now: Millis,
) -> Result<(), StoreError> {
    mail_secrets::put(tx, site, name, vault.seal(secret, &name.place(site)), now).await
}
