//! Events of the shop's own.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, StoreError, Tx, q};
use crate::clock::Millis;
use crate::id::SiteId;
use crate::sql;

/// Stores an event; `id` keeps it single.
pub async fn put(
    tx: &mut Tx,
    site: SiteId,
    id: Uuid,
    visitor: Uuid,
    name: &str,
    properties: &Value,
    at: Millis,
) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into custom_events (site_id, id, visitor, name, properties, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (site_id, id) do nothing"
    ));
    query.bind(site).bind(id).bind(visitor).bind(name).bind(properties.clone()).bind(at).execute(tx).await?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
pub struct CustomEvent {
    pub name: String,
    pub properties: Json<Value>,
    pub at: Millis,
}

/// All of a browser's, oldest first.
pub async fn of_visitor(on: impl Into<On<'_>>, site: SiteId, visitor: Uuid) -> Result<Vec<CustomEvent>, StoreError> {
    let query = q(sql!("select name, properties, at from custom_events where site_id = $1 and visitor = $2 order by at, id"));
    query.bind(site).bind(visitor).all(on).await
}
