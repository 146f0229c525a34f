//! What was paid back, refund by refund. No person is named here.

use super::{On, StoreError, Tx, q};
use crate::id::SiteId;
use crate::sql;

/// Stores a refund under the shop's id; one that is known keeps the larger amount. `amount` in minor units of `currency`.
pub async fn put(tx: &mut Tx, site: SiteId, order: &str, id: &str, amount: i64, currency: &str) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into refunds (site_id, order_id, id, amount, currency) values ($1, $2, $3, $4, $5)
         on conflict (site_id, order_id, id) do update set amount = excluded.amount where refunds.amount < excluded.amount"
    ));
    query.bind(site).bind(order).bind(id).bind(amount).bind(currency).execute(tx).await.map(drop)
}

/// Minor units of the order's currency paid back so far.
pub async fn total(on: impl Into<On<'_>>, site: SiteId, order: &str, currency: &str) -> Result<i64, StoreError> {
    let query = q(sql!(
        "select cast(coalesce(sum(amount), 0) as bigint) from refunds where site_id = $1 and order_id = $2 and currency = $3"
    ));
    let (total,): (i64,) = query.bind(site).bind(order).bind(currency).one(on).await?;
    Ok(total)
}
