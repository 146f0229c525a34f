//! Events of the shop's own.

use serde_json::Value;
use uuid::Uuid;

use super::{StoreError, Tx, q};
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
