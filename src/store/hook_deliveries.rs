//! Deliveries of a shop's webhooks: to know one that comes again, and to show what came of it.

use super::{On, StoreError, Tx, q};
use crate::clock::Millis;
use crate::domain::words::words;
use crate::id::SiteId;
use crate::sql;

words! {
    /// What came of a delivery.
    pub enum Outcome {
        Taken = "taken",
        /// It asks for nothing.
        Ignored = "ignored",
        /// It could not be read. One that comes again is looked at again.
        Refused = "refused",
    }
}

#[derive(Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The shop's id of it, the same on every try.
    pub id: String,
    pub topic: String,
    pub at: Millis,
    pub outcome: Outcome,
    /// Why it was ignored or refused.
    pub detail: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    delivery_id: String,
    topic: String,
    at: Millis,
    outcome: String,
    detail: Option<String>,
}

/// Notes a delivery; `false` if it was noted before with another outcome than refused. A second writer of the same id waits here
/// for the first.
pub async fn claim(tx: &mut Tx, site: SiteId, source: &str, delivery: &Delivery) -> Result<bool, StoreError> {
    let query = q(sql!(
        "insert into hook_deliveries (site_id, source, delivery_id, topic, at, outcome, detail) values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (site_id, source, delivery_id) do update
            set topic = excluded.topic, at = excluded.at, outcome = excluded.outcome, detail = excluded.detail
            where hook_deliveries.outcome = 'refused'"
    ));
    let query = query.bind(site).bind(source).bind(&*delivery.id).bind(&*delivery.topic).bind(delivery.at);
    Ok(query.bind(delivery.outcome.as_str()).bind(delivery.detail.as_deref()).execute(tx).await? == 1)
}

/// Newest first.
pub async fn recent(on: impl Into<On<'_>>, site: SiteId, source: &str, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    let query = q(sql!(
        "select delivery_id, topic, at, outcome, detail from hook_deliveries
         where site_id = $1 and source = $2 order by at desc, delivery_id limit $3"
    ));
    let rows: Vec<Row> = query.bind(site).bind(source).bind(limit).all(on).await?;
    rows.into_iter()
        .map(|row| {
            let corrupt = || StoreError::Corrupt {
                table: "hook_deliveries",
                column: "outcome",
                row: row.delivery_id.clone(),
                cause: row.outcome.clone(),
            };
            let outcome = Outcome::parse(&row.outcome).ok_or_else(corrupt)?;
            Ok(Delivery { outcome, id: row.delivery_id, topic: row.topic, at: row.at, detail: row.detail })
        })
        .collect()
}

/// Forgets those before a moment.
pub async fn purge(tx: &mut Tx, site: SiteId, before: Millis) -> Result<u64, StoreError> {
    let query = q(sql!("delete from hook_deliveries where site_id = $1 and at < $2"));
    query.bind(site).bind(before).execute(tx).await
}
