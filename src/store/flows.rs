//! Flows and their immutable revisions.

use serde_json::Value;
use sqlx::types::Json;

pub use super::surveys::Status;
use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::flow::{Flow, Trigger};
use crate::id::{FlowId, SiteId};
use crate::sql;

/// A flow without its document.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: FlowId,
    pub key: String,
    pub name: String,
    pub status: Status,
    /// The newest published revision, 0 before the first.
    pub revision: i64,
    pub updated_at: Millis,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: FlowId,
    key: String,
    name: String,
    status: String,
    revision: i64,
    updated_at: Millis,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;
    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let status = Status::parse(&row.status).ok_or_else(|| StoreError::Corrupt {
            table: "flows",
            column: "status",
            row: row.id.to_string(),
            cause: row.status.clone(),
        })?;
        let EntryRow { id, key, name, revision, updated_at, .. } = row;
        Ok(Self { id, key, name, status, revision, updated_at })
    }
}

/// A document as it was published.
#[derive(Clone, Debug)]
pub struct Revision {
    pub flow: FlowId,
    pub number: i64,
    /// Whether the flow, in whatever revision, is switched on.
    pub live: bool,
    pub document: Flow,
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    flow_id: FlowId,
    number: i64,
    live: bool,
    document: Json<Value>,
}

impl TryFrom<RevisionRow> for Revision {
    type Error = StoreError;
    fn try_from(row: RevisionRow) -> Result<Self, StoreError> {
        let document = Flow::parse(&row.document.0).map_err(|problems| StoreError::Corrupt {
            table: "flow_revisions",
            column: "document",
            row: format!("{} {}", row.flow_id, row.number),
            cause: problems.first().map(|p| format!("{}: {}", p.path, p.message)).unwrap_or_default(),
        })?;
        Ok(Self { flow: row.flow_id, number: row.number, live: row.live, document })
    }
}

/// A new draft. A key that is taken is [`StoreError::Duplicate`].
pub async fn insert(tx: &mut Tx, site: SiteId, id: FlowId, draft: &Flow, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into flows (site_id, id, key, name, status, draft, revision, created_at, updated_at)
         values ($1, $2, $3, $4, 'draft', $5, 0, $6, $6)"
    ));
    let query = query.bind(site).bind(id).bind(&*draft.key).bind(draft.title()).bind(draft.to_value()).bind(now);
    exactly_one(query.execute(tx).await?)
}

pub async fn update_draft(tx: &mut Tx, site: SiteId, id: FlowId, draft: &Flow, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update flows set key = $3, name = $4, draft = $5, updated_at = $6 where site_id = $1 and id = $2"));
    let query = query.bind(site).bind(id).bind(&*draft.key).bind(draft.title()).bind(draft.to_value()).bind(now);
    exactly_one(query.execute(tx).await?)
}

/// Freezes a document as the next revision and makes it live; answers with the revision's number.
pub async fn publish(tx: &mut Tx, site: SiteId, id: FlowId, document: &Flow, by: &str, now: Millis) -> Result<i64, StoreError> {
    let query = q(sql!(
        "update flows set status = 'live', event = $3, revision = revision + 1, updated_at = $4
         where site_id = $1 and id = $2 returning revision"
    ));
    let row: Option<(i64,)> = query.bind(site).bind(id).bind(document.on.as_str()).bind(now).optional(&mut *tx).await?;
    let (number,) = row.ok_or(StoreError::RowCount(0))?;
    let query = q(sql!(
        "insert into flow_revisions (site_id, flow_id, number, document, published_at, published_by)
         values ($1, $2, $3, $4, $5, $6)"
    ));
    let query = query.bind(site).bind(id).bind(number).bind(document.to_value()).bind(now).bind(by);
    exactly_one(query.execute(tx).await?)?;
    Ok(number)
}

/// Pauses a flow, or lets its newest revision run again.
pub async fn set_status(tx: &mut Tx, site: SiteId, id: FlowId, status: Status, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update flows set status = $3, updated_at = $4 where site_id = $1 and id = $2"));
    exactly_one(query.bind(site).bind(id).bind(status.as_str()).bind(now).execute(tx).await?)
}

/// By name.
pub async fn list(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Entry>, StoreError> {
    let query = q(sql!("select id, key, name, status, revision, updated_at from flows where site_id = $1 order by name, id"));
    query.bind(site).all::<EntryRow>(on).await?.into_iter().map(Entry::try_from).collect()
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, id: FlowId) -> Result<Option<Entry>, StoreError> {
    let query = q(sql!("select id, key, name, status, revision, updated_at from flows where site_id = $1 and id = $2"));
    query.bind(site).bind(id).optional::<EntryRow>(on).await?.map(Entry::try_from).transpose()
}

/// The same, kept away from other writers until the transaction ends.
pub async fn lock(tx: &mut Tx, site: SiteId, id: FlowId) -> Result<Option<Entry>, StoreError> {
    let query = q(sql!(
        "select id, key, name, status, revision, updated_at from flows where site_id = $1 and id = $2 {for_update:flows}"
    ));
    query.bind(site).bind(id).optional::<EntryRow>(tx).await?.map(Entry::try_from).transpose()
}

/// The document as last saved.
pub async fn draft(on: impl Into<On<'_>>, site: SiteId, id: FlowId) -> Result<Option<Value>, StoreError> {
    let query = q(sql!("select draft from flows where site_id = $1 and id = $2"));
    let row: Option<(Json<Value>,)> = query.bind(site).bind(id).optional(on).await?;
    Ok(row.map(|(draft,)| draft.0))
}

pub async fn by_key(on: impl Into<On<'_>>, site: SiteId, key: &str) -> Result<Option<Entry>, StoreError> {
    let query = q(sql!("select id, key, name, status, revision, updated_at from flows where site_id = $1 and key = $2"));
    query.bind(site).bind(key).optional::<EntryRow>(on).await?.map(Entry::try_from).transpose()
}

/// Whether anything would follow from either of two events; asked in the midst of storing it, so no more than a look into an index.
pub async fn any_live(on: impl Into<On<'_>>, site: SiteId, events: [Trigger; 2]) -> Result<bool, StoreError> {
    let query = q(sql!(
        "select id from flows {by_index:flows_live} where site_id = $1 and event in ($2, $3) and status = 'live' limit 1"
    ));
    let row: Option<(FlowId,)> = query.bind(site).bind(events[0].as_str()).bind(events[1].as_str()).optional(on).await?;
    Ok(row.is_some())
}

/// What begins with an event, as it is now.
pub async fn live(on: impl Into<On<'_>>, site: SiteId, event: Trigger) -> Result<Vec<Revision>, StoreError> {
    let query = q(sql!(
        "select r.flow_id, r.number, f.status = 'live' as live, r.document
         from flows f {by_index:flows_live} join flow_revisions r on r.site_id = f.site_id and r.flow_id = f.id and r.number = f.revision
         where f.site_id = $1 and f.event = $2 and f.status = 'live'
         order by f.id"
    ));
    query.bind(site).bind(event.as_str()).all::<RevisionRow>(on).await?.into_iter().map(Revision::try_from).collect()
}

pub async fn revision(on: impl Into<On<'_>>, site: SiteId, flow: FlowId, number: i64) -> Result<Option<Revision>, StoreError> {
    let query = q(sql!(
        "select r.flow_id, r.number, f.status = 'live' as live, r.document
         from flow_revisions r join flows f on f.site_id = r.site_id and f.id = r.flow_id
         where r.site_id = $1 and r.flow_id = $2 and r.number = $3"
    ));
    query.bind(site).bind(flow).bind(number).optional::<RevisionRow>(on).await?.map(Revision::try_from).transpose()
}

/// Every revision of a flow, oldest first.
pub async fn revisions(on: impl Into<On<'_>>, site: SiteId, flow: FlowId) -> Result<Vec<Revision>, StoreError> {
    let query = q(sql!(
        "select r.flow_id, r.number, f.status = 'live' as live, r.document
         from flow_revisions r join flows f on f.site_id = r.site_id and f.id = r.flow_id
         where r.site_id = $1 and r.flow_id = $2 order by r.number"
    ));
    query.bind(site).bind(flow).all::<RevisionRow>(on).await?.into_iter().map(Revision::try_from).collect()
}
