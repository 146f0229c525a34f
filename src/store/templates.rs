//! A store's own mail templates, each one document.

use serde_json::Value;
use sqlx::types::Json;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::id::SiteId;
use crate::sql;

#[derive(sqlx::FromRow)]
struct Row {
    document: Json<Value>,
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, key: &str) -> Result<Option<Value>, StoreError> {
    let query = q(sql!("select document from templates where site_id = $1 and key = $2")).bind(site).bind(key);
    Ok(query.optional::<Row>(on).await?.map(|row| row.document.0))
}

/// By key.
pub async fn all(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Value>, StoreError> {
    let rows: Vec<Row> = q(sql!("select document from templates where site_id = $1 order by key")).bind(site).all(on).await?;
    Ok(rows.into_iter().map(|row| row.document.0).collect())
}

/// Stores a template, or what is new of it.
pub async fn put(tx: &mut Tx, site: SiteId, key: &str, document: &Value, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into templates (site_id, key, document, created_at, updated_at) values ($1, $2, $3, $4, $4)
         on conflict (site_id, key) do update set document = excluded.document, updated_at = excluded.updated_at"
    ));
    exactly_one(query.bind(site).bind(key).bind(document.clone()).bind(now).execute(tx).await?)
}

/// Whether there was one.
pub async fn delete(tx: &mut Tx, site: SiteId, key: &str) -> Result<bool, StoreError> {
    let query = q(sql!("delete from templates where site_id = $1 and key = $2"));
    Ok(query.bind(site).bind(key).execute(tx).await? == 1)
}
