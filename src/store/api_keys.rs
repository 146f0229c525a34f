//! Keys of the management interface. The table holds their hashes: a stolen database opens no door.

use serde_json::{Value, json};
use sqlx::types::Json;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::{MINUTE, Millis};
use crate::domain::scope::Scope;
use crate::id::{ApiKeyId, SiteId};
use crate::sql;

#[derive(Clone, Debug)]
pub struct ApiKey {
    pub site: SiteId,
    pub id: ApiKeyId,
    pub name: String,
    /// Its first letters.
    pub hint: String,
    pub scopes: Vec<Scope>,
    pub created_at: Millis,
    /// To the minute.
    pub used_at: Option<Millis>,
    pub revoked_at: Option<Millis>,
}

impl ApiKey {
    /// Who is noted in the log.
    pub fn actor(&self) -> String {
        format!("API key “{}”", self.name)
    }
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    site_id: SiteId,
    id: ApiKeyId,
    name: String,
    hint: String,
    scopes: Json<Value>,
    created_at: Millis,
    used_at: Option<Millis>,
    revoked_at: Option<Millis>,
}

impl From<KeyRow> for ApiKey {
    fn from(row: KeyRow) -> Self {
        let KeyRow { site_id: site, id, name, hint, scopes, created_at, used_at, revoked_at } = row;
        // A word that a later version wrote allows nothing here.
        let scopes = scopes.0.as_array().into_iter().flatten().filter_map(|word| Scope::parse(word.as_str()?)).collect();
        Self { site, id, name, hint, scopes, created_at, used_at, revoked_at }
    }
}

/// A new key. `hash`: SHA-256 of the key itself.
pub async fn insert(tx: &mut Tx, key: &ApiKey, hash: &[u8; 32]) -> Result<(), StoreError> {
    let query =
        q(sql!("insert into api_keys (site_id, id, name, hash, hint, scopes, created_at) values ($1, $2, $3, $4, $5, $6, $7)"));
    let rows = query
        .bind(key.site)
        .bind(key.id)
        .bind(&*key.name)
        .bind(hash.to_vec())
        .bind(&*key.hint)
        .bind(json!(key.scopes))
        .bind(key.created_at)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// The key with this hash, of whichever site: what it may reach begins with the site it names. Revoked ones are not found.
pub async fn by_hash(on: impl Into<On<'_>>, hash: &[u8; 32]) -> Result<Option<ApiKey>, StoreError> {
    let query = q(sql!(
        "select site_id, id, name, hint, scopes, created_at, used_at, revoked_at from api_keys {by_index:api_keys_by_hash}
         where hash = $1 and revoked_at is null"
    ));
    Ok(query.bind(hash.to_vec()).optional::<KeyRow>(on).await?.map(ApiKey::from))
}

/// A site's keys, revoked ones too, the newest first.
pub async fn list(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<ApiKey>, StoreError> {
    let query = q(sql!(
        "select site_id, id, name, hint, scopes, created_at, used_at, revoked_at from api_keys where site_id = $1 order by id desc"
    ));
    Ok(query.bind(site).all::<KeyRow>(on).await?.into_iter().map(ApiKey::from).collect())
}

/// How long ago a use must be noted for another to be.
pub const USED_EVERY: Millis = MINUTE;

/// Notes that a key is used, unless that was noted within the last minute: by another node, for example.
pub async fn touch(tx: &mut Tx, key: &ApiKey, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update api_keys set used_at = $3 where site_id = $1 and id = $2 and (used_at is null or used_at <= $4)"));
    query.bind(key.site).bind(key.id).bind(now).bind(now - USED_EVERY).execute(tx).await?;
    Ok(())
}

/// Ends a key for good; whether there was one that was not ended before.
pub async fn revoke(tx: &mut Tx, site: SiteId, id: ApiKeyId, now: Millis) -> Result<bool, StoreError> {
    let query = q(sql!("update api_keys set revoked_at = $3 where site_id = $1 and id = $2 and revoked_at is null"));
    Ok(query.bind(site).bind(id).bind(now).execute(tx).await? == 1)
}
