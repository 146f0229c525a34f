//! Forgetting: raw answers, texts of mails and silent people older than a site keeps them. Roll-ups stay.

use uuid::Uuid;

use super::{StoreError, Tx, q};
use crate::clock::Millis;
use crate::id::{CustomerId, SiteId};
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

/// People who never ordered, never said yes or no to mail, and of whom nothing was heard since `before`: neither by the shop nor in
/// any browser of theirs. Up to `limit`.
pub async fn silent_people(tx: &mut Tx, site: SiteId, before: Millis, limit: i64) -> Result<Vec<CustomerId>, StoreError> {
    let query = q(sql!(
        "select id from customers {by_index:customers_by_change}
         where site_id = $1 and updated_at < $2 and orders = 0 and marketing is null
           and not exists (
               select 1 from visitors v {by_index:visitors_by_customer} cross join impressions i {by_index:impressions_by_visitor}
               where v.site_id = $1 and v.customer_id = customers.id and i.site_id = $1 and i.visitor = v.visitor
                 and i.shown_at >= $2)
           and not exists (
               select 1 from carts t where t.site_id = $1 and t.customer_id = customers.id and t.updated_at >= $2)
         order by updated_at limit $3"
    ));
    let rows: Vec<(CustomerId,)> = query.bind(site).bind(before).bind(limit).all(tx).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Empties up to `limit` mails written before a moment; that they were sent stays known. How many it emptied.
pub async fn purge_mail_texts(tx: &mut Tx, site: SiteId, before: Millis, limit: i64) -> Result<u64, StoreError> {
    let query = q(sql!(
        "update messages set raw = null, detail = null where site_id = $1 and id in (
             select id from messages {by_index:messages_by_time}
             where site_id = $1 and created_at < $2 and (raw is not null or detail is not null) limit $3)"
    ));
    query.bind(site).bind(before).bind(limit).execute(tx).await
}

/// Deletes up to `limit` ended ways through flows that began before an id; how many.
pub async fn purge_enrollments(tx: &mut Tx, site: SiteId, before: Uuid, limit: i64) -> Result<u64, StoreError> {
    let query = q(sql!(
        "delete from enrollments where site_id = $1 and id in (
             select id from enrollments where site_id = $1 and id < $2 and status <> 'running' order by id limit $3)"
    ));
    query.bind(site).bind(before).bind(limit).execute(tx).await
}
