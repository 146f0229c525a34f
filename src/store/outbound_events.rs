//! What happened, as other services are told of it.

use uuid::Uuid;

use super::{On, Rows, StoreError, Tx, Writes, exactly_one, q};
use crate::clock::Millis;
use crate::domain::webhook::EventType;
use crate::id::{CustomerId, SiteId};
use crate::sql;

#[derive(Clone, Debug, PartialEq)]
pub struct OutboundEvent {
    pub site: SiteId,
    pub id: Uuid,
    pub kind: EventType,
    pub at: Millis,
    /// What it is about, as JSON.
    pub subject: String,
    /// Whose it is: forgotten with the person.
    pub customer: Option<CustomerId>,
    pub visitor: Option<Uuid>,
    /// What is sent; made at the first try.
    pub body: Option<String>,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    site_id: SiteId,
    id: Uuid,
    #[sqlx(rename = "type")]
    kind: String,
    at: Millis,
    subject: String,
    customer_id: Option<CustomerId>,
    visitor: Option<Uuid>,
    body: Option<String>,
}

impl TryFrom<EventRow> for OutboundEvent {
    type Error = StoreError;
    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let kind = EventType::parse(&row.kind).ok_or_else(|| StoreError::Corrupt {
            table: "outbound_events",
            column: "type",
            row: row.id.to_string(),
            cause: row.kind.clone(),
        })?;
        Ok(Self {
            site: row.site_id,
            id: row.id,
            kind,
            at: row.at,
            subject: row.subject,
            customer: row.customer_id,
            visitor: row.visitor,
            body: row.body,
        })
    }
}

/// Stores events that nobody has been told of yet.
pub fn insert(writes: &mut Writes, events: &[OutboundEvent]) {
    let mut rows = Rows::default();
    for e in events {
        rows.push([
            e.site.into(),
            e.id.into(),
            e.kind.as_str().into(),
            e.at.into(),
            e.subject.as_str().into(),
            e.customer.into(),
            e.visitor.into(),
        ]);
    }
    writes.add(
        sql!(
            "insert into outbound_events (site_id, id, type, at, subject, customer_id, visitor) {rows:int uuid text int text int uuid}"
        ),
        rows,
    );
}

pub async fn by_id(on: impl Into<On<'_>>, site: SiteId, id: Uuid) -> Result<Option<OutboundEvent>, StoreError> {
    let query = q(sql!(
        "select site_id, id, type, at, subject, customer_id, visitor, body from outbound_events where site_id = $1 and id = $2"
    ));
    query.bind(site).bind(id).optional::<EventRow>(on).await?.map(OutboundEvent::try_from).transpose()
}

/// The same, kept away from other writers until the transaction ends.
pub async fn lock(tx: &mut Tx, site: SiteId, id: Uuid) -> Result<Option<OutboundEvent>, StoreError> {
    let query = q(sql!(
        "select site_id, id, type, at, subject, customer_id, visitor, body from outbound_events where site_id = $1 and id = $2
         {for_update:outbound_events}"
    ));
    query.bind(site).bind(id).optional::<EventRow>(tx).await?.map(OutboundEvent::try_from).transpose()
}

/// Keeps what is sent, so that it is the same at every try.
pub async fn set_body(tx: &mut Tx, site: SiteId, id: Uuid, body: &str) -> Result<(), StoreError> {
    let query = q(sql!("update outbound_events set body = $3 where site_id = $1 and id = $2"));
    exactly_one(query.bind(site).bind(id).bind(body).execute(tx).await?)
}

/// Removes events older than an id, the oldest first, with their deliveries; how many there were.
pub async fn purge(tx: &mut Tx, site: SiteId, before: Uuid, limit: i64) -> Result<u64, StoreError> {
    let query = q(sql!(
        "delete from outbound_events where site_id = $1 and id in (
             select id from outbound_events where site_id = $1 and id < $2 order by id limit $3)"
    ));
    query.bind(site).bind(before).bind(limit).execute(tx).await
}
