//! Forgetting: raw answers older than a site keeps them. Roll-ups stay.

use uuid::Uuid;

use super::{StoreError, Tx, q};
use crate::clock::Millis;
use crate::id::SiteId;
use crate::sql;

/// Deletes up to `limit` impressions with ids below `before`, with what was answered in them; returns with how many it found.
pub async fn purge_impressions(tx: &mut Tx, site: SiteId, before: Uuid, limit: i64) -> Result<u64, StoreError> {
    let query = q(sql!("select id from impressions where site_id = $1 and id < $2 order by id limit $3"));
    let ids: Vec<(Uuid,)> = query.bind(site).bind(before).bind(limit).all(&mut *tx).await?;
    let Some(&(last,)) = ids.last() else { return Ok(0) };
    q(sql!("delete from impressions where site_id = $1 and id <= $2")).bind(site).bind(last).execute(tx).await?;
    Ok(ids.len() as u64)
}

/// Deletes what pages reported of carts and events before a moment. Orders are the store's books and stay.
pub async fn purge_reports_of_pages(tx: &mut Tx, site: SiteId, before: Millis) -> Result<u64, StoreError> {
    let carts = q(sql!("delete from carts where site_id = $1 and updated_at < $2")).bind(site).bind(before);
    let custom = q(sql!("delete from custom_events where site_id = $1 and at < $2")).bind(site).bind(before);
    Ok(carts.execute(tx).await? + custom.execute(tx).await?)
}
