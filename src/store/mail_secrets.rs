//! Keys of a store's mail, sealed.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::words::words;
use crate::id::SiteId;
use crate::sql;

words! {
    /// What a key is for.
    pub enum MailSecret {
        /// Signs the store's mail.
        Dkim = "dkim",
        /// Proves that a call is Mailgun's.
        Mailgun = "mailgun",
        /// Proves that a call is SendGrid's. Public, but whoever could change it could forge calls.
        Sendgrid = "sendgrid",
    }
}

impl MailSecret {
    /// What it is sealed for.
    pub fn place(self, site: SiteId) -> String {
        format!("mail:{site}:{self}")
    }
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, name: MailSecret) -> Result<Option<Vec<u8>>, StoreError> {
    let query = q(sql!("select sealed from mail_secrets where site_id = $1 and name = $2")).bind(site).bind(name.as_str());
    let row: Option<(Vec<u8>,)> = query.optional(on).await?;
    Ok(row.map(|(sealed,)| sealed))
}

pub async fn put(tx: &mut Tx, site: SiteId, name: MailSecret, sealed: Vec<u8>, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into mail_secrets (site_id, name, sealed, updated_at) values ($1, $2, $3, $4)
         on conflict (site_id, name) do update set sealed = excluded.sealed, updated_at = excluded.updated_at"
    ));
    exactly_one(query.bind(site).bind(name.as_str()).bind(sealed).bind(now).execute(tx).await?)
}

/// Nothing happens if there is none.
pub async fn delete(tx: &mut Tx, site: SiteId, name: MailSecret) -> Result<(), StoreError> {
    q(sql!("delete from mail_secrets where site_id = $1 and name = $2")).bind(site).bind(name.as_str()).execute(tx).await?;
    Ok(())
}
