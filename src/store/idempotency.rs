//! First answers of the management interface, kept for a caller that does not know whether it was heard.

use super::{StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::id::{ApiKeyId, SiteId};
use crate::sql;

/// Whose request it is, and what the caller named it.
#[derive(Clone, Debug)]
pub struct Name {
    pub site: SiteId,
    pub api_key: ApiKeyId,
    pub key: String,
}

/// What is known under a name.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Kept {
    /// SHA-256 of the first request.
    pub request: Vec<u8>,
    pub at: Millis,
    /// Of HTTP; `None` while the first request is being worked.
    pub status: Option<i64>,
    /// Sealed.
    pub answer: Option<Vec<u8>>,
}

/// Takes a name for a request; what is kept there if it is taken.
pub async fn claim(tx: &mut Tx, name: &Name, request: &[u8; 32], now: Millis) -> Result<Option<Kept>, StoreError> {
    let query = q(sql!(
        "insert into idempotency_keys (site_id, api_key_id, key, request, at) values ($1, $2, $3, $4, $5)
         on conflict (site_id, api_key_id, key) do nothing"
    ));
    let query = query.bind(name.site).bind(name.api_key).bind(&*name.key).bind(request.to_vec()).bind(now);
    if query.execute(&mut *tx).await? == 1 {
        return Ok(None);
    }
    let query = q(sql!(
        "select request, at, status, answer from idempotency_keys where site_id = $1 and api_key_id = $2 and key = $3
         {for_update:idempotency_keys}"
    ));
    let kept = query.bind(name.site).bind(name.api_key).bind(&*name.key).optional(tx).await?;
    // Swept out in between: the caller's next try finds the name free.
    kept.map(Some).ok_or(StoreError::Overtaken)
}

/// Takes a name over from a request that is too long ago, or whose worker was lost.
pub async fn take_over(tx: &mut Tx, name: &Name, request: &[u8; 32], now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "update idempotency_keys set request = $4, at = $5, status = null, answer = null
         where site_id = $1 and api_key_id = $2 and key = $3"
    ));
    let query = query.bind(name.site).bind(name.api_key).bind(&*name.key).bind(request.to_vec()).bind(now);
    exactly_one(query.execute(tx).await?)
}

/// Keeps the answer of the request that holds the name.
pub async fn keep(tx: &mut Tx, name: &Name, status: u16, answer: Vec<u8>) -> Result<(), StoreError> {
    let query =
        q(sql!("update idempotency_keys set status = $4, answer = $5 where site_id = $1 and api_key_id = $2 and key = $3"));
    query.bind(name.site).bind(name.api_key).bind(&*name.key).bind(i64::from(status)).bind(answer).execute(tx).await?;
    Ok(())
}

/// Gives a name back: the request came to nothing that is worth keeping.
pub async fn release(tx: &mut Tx, name: &Name) -> Result<(), StoreError> {
    let query = q(sql!("delete from idempotency_keys where site_id = $1 and api_key_id = $2 and key = $3"));
    query.bind(name.site).bind(name.api_key).bind(&*name.key).execute(tx).await?;
    Ok(())
}

/// Forgets what was first asked before a moment.
pub async fn purge(tx: &mut Tx, before: Millis) -> Result<u64, StoreError> {
    q(sql!("delete from idempotency_keys {by_index:idempotency_keys_by_time} where at < $1")).bind(before).execute(tx).await
}
