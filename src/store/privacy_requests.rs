//! People who asked a shop what is held about them. Who they are is looked up when it is shown, never copied here.

use uuid::Uuid;

use super::{On, StoreError, Tx, q};
use crate::clock::Millis;
use crate::id::{CustomerId, SiteId};
use crate::sql;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Request {
    pub id: Uuid,
    /// The shop that passed it on.
    pub source: String,
    /// The shop's own number of the request.
    pub reference: Option<String>,
    /// Whom it is about, if they are known here.
    pub customer_id: Option<CustomerId>,
    /// The shop's own id of them.
    pub external_id: Option<String>,
    pub asked_at: Millis,
    pub due_at: Millis,
    pub done_at: Option<Millis>,
    pub done_by: Option<String>,
}

pub async fn insert(tx: &mut Tx, site: SiteId, request: &Request) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into privacy_requests (site_id, id, source, reference, customer_id, external_id, asked_at, due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)"
    ));
    query
        .bind(site)
        .bind(request.id)
        .bind(&*request.source)
        .bind(request.reference.as_deref())
        .bind(request.customer_id)
        .bind(request.external_id.as_deref())
        .bind(request.asked_at)
        .bind(request.due_at)
        .execute(tx)
        .await
        .map(drop)
}

pub async fn by_id(on: impl Into<On<'_>>, site: SiteId, id: Uuid) -> Result<Option<Request>, StoreError> {
    let query = q(sql!(
        "select id, source, reference, customer_id, external_id, asked_at, due_at, done_at, done_by from privacy_requests
         where site_id = $1 and id = $2"
    ));
    query.bind(site).bind(id).optional(on).await
}

/// Newest first.
pub async fn recent(on: impl Into<On<'_>>, site: SiteId, limit: i64) -> Result<Vec<Request>, StoreError> {
    let query = q(sql!(
        "select id, source, reference, customer_id, external_id, asked_at, due_at, done_at, done_by from privacy_requests
         where site_id = $1 order by id desc limit $2"
    ));
    query.bind(site).bind(limit).all(on).await
}

/// How many wait for an answer, and when the first is due.
pub async fn open(on: impl Into<On<'_>>, site: SiteId) -> Result<(i64, Option<Millis>), StoreError> {
    let query = q(sql!("select count(*), min(due_at) from privacy_requests where site_id = $1 and done_at is null"));
    query.bind(site).one(on).await
}

/// `false` if it was answered before.
pub async fn finish(tx: &mut Tx, site: SiteId, id: Uuid, by: &str, now: Millis) -> Result<bool, StoreError> {
    let query =
        q(sql!("update privacy_requests set done_at = $4, done_by = $3 where site_id = $1 and id = $2 and done_at is null"));
    Ok(query.bind(site).bind(id).bind(by).bind(now).execute(tx).await? == 1)
}

/// The person is forgotten: their requests stay as numbers, and those that were open have nothing left to answer.
pub async fn forget(tx: &mut Tx, site: SiteId, customer: CustomerId, by: &str, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "update privacy_requests set customer_id = null, external_id = null, reference = null, done_at = coalesce(done_at, $4),
                done_by = coalesce(done_by, $3)
         where site_id = $1 and customer_id = $2"
    ));
    query.bind(site).bind(customer).bind(by).bind(now).execute(tx).await.map(drop)
}

/// The same for somebody who was never known here but by the shop's own id.
pub async fn forget_named(tx: &mut Tx, site: SiteId, external_id: &str, by: &str, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "update privacy_requests set external_id = null, reference = null, done_at = coalesce(done_at, $4),
                done_by = coalesce(done_by, $3)
         where site_id = $1 and external_id = $2"
    ));
    query.bind(site).bind(external_id).bind(by).bind(now).execute(tx).await.map(drop)
}
