//! Making and revoking keys of the management interface.

use super::Refused;
use crate::clock::Millis;
use crate::domain::scope::Scope;
use crate::id::{ApiKeyId, SiteId, secret};
use crate::keys::digest;
use crate::store::api_keys::{self, ApiKey};
use crate::store::{Db, StoreError, Tx, audit};

/// What every key begins with: scanners of repositories find it by that.
const PREFIX: &str = "ep_";
/// Letters of a key that are shown afterwards: enough to tell keys apart, far too few to guess one.
const HINT: usize = 7;
const LONGEST_NAME: usize = 100;

/// A key that nobody has yet. Only its hash is stored.
pub fn new_secret() -> String {
    format!("{PREFIX}{}", secret(32))
}

/// Checks what a key is to be called and to be allowed.
pub fn new_key(site: SiteId, name: &str, scopes: Vec<Scope>, secret: &str, now: Millis) -> Result<ApiKey, Refused> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Refused::invalid("name", format!("needs 1 to {LONGEST_NAME} characters on one line")));
    }
    if scopes.is_empty() {
        return Err(Refused::invalid("scopes", "a key that may do nothing is of no use: name one scope at least"));
    }
    let hint = secret.chars().take(HINT).collect();
    let (id, name) = (ApiKeyId::new(now), name.to_owned());
    Ok(ApiKey { site, id, name, hint, scopes, created_at: now, used_at: None, revoked_at: None })
}

/// Stores a key under the hash of its secret.
pub async fn create(tx: &mut Tx, key: &ApiKey, secret: &str, by: &str, now: Millis) -> Result<(), StoreError> {
    api_keys::insert(tx, key, &digest(secret)).await?;
    audit::record(tx, key.site, by, "api_key.create", &key.name, now).await
}

/// Ends a key at once and for good; the key, unless there is none or it was ended before.
pub async fn revoke(tx: &mut Tx, site: SiteId, id: ApiKeyId, by: &str, now: Millis) -> Result<Option<ApiKey>, StoreError> {
    let known = api_keys::list(&mut *tx, site).await?.into_iter().find(|key| key.id == id);
    let Some(key) = known else { return Ok(None) };
    if !api_keys::revoke(tx, site, id, now).await? {
        return Ok(None);
    }
    audit::record(tx, site, by, "api_key.revoke", &key.name, now).await?;
    Ok(Some(key))
}

/// The key that a caller shows, if it is one.
pub async fn find(db: &Db, shown: &str) -> Result<Option<ApiKey>, StoreError> {
    match shown.starts_with(PREFIX) {
        true => api_keys::by_hash(db, &digest(shown)).await,
        false => Ok(None),
    }
}
