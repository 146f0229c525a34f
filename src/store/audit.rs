//! Who did what to a store.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::id::{AuditId, SiteId};
use crate::sql;

#[derive(Debug, sqlx::FromRow)]
pub struct Entry {
    pub at: Millis,
    /// An e-mail address, or `cli`.
    pub actor: String,
    /// `survey.publish` and the like.
    pub action: String,
    pub subject: String,
}

pub async fn record(tx: &mut Tx, site: SiteId, actor: &str, action: &str, subject: &str, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("insert into audit (site_id, id, at, actor, action, subject) values ($1, $2, $3, $4, $5, $6)"));
    let query = query.bind(site).bind(AuditId::new(now)).bind(now).bind(actor).bind(action).bind(subject);
    exactly_one(query.execute(tx).await?)
}

/// Newest first.
pub async fn recent(on: impl Into<On<'_>>, site: SiteId, limit: i64) -> Result<Vec<Entry>, StoreError> {
    q(sql!("select at, actor, action, subject from audit where site_id = $1 order by id desc limit $2"))
        .bind(site)
        .bind(limit)
        .all(on)
        .await
}
