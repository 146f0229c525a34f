//! Services that are told what happens. Their secrets are sealed before they come here.

use serde_json::{Value, json};
use sqlx::types::Json;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::connector::{Kind, Mapped, Trouble};
use crate::domain::webhook::{EndpointStatus, EventType};
use crate::id::{EndpointId, SiteId};
use crate::sql;

#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    pub site: SiteId,
    pub id: EndpointId,
    pub kind: Kind,
    /// Follow-ups name it.
    pub key: String,
    pub name: String,
    /// Where it is called; of a service, where its interface is.
    pub url: String,
    /// What an owner entered for a service and is not secret, by field.
    pub settings: Value,
    /// Which answer goes to which property of a service's.
    pub mapping: Vec<Mapped>,
    /// What it is told.
    pub events: Vec<EventType>,
    pub status: EndpointStatus,
    /// Why it was switched off for the owner: a word of [`crate::domain::webhook::Ending`].
    pub reason: Option<String>,
    /// Why we paused it ourselves.
    pub trouble: Option<Trouble>,
    /// What calls are signed with; of a service, its credentials. Sealed.
    pub secret: Vec<u8>,
    /// Signs as well until a moment. Sealed.
    pub old_secret: Option<(Vec<u8>, Millis)>,
    /// Headers of the owner's own, one a line. Sealed.
    pub headers: Option<Vec<u8>>,
    /// The first failed try since the last that worked.
    pub failing_since: Option<Millis>,
    pub delivered_at: Option<Millis>,
    pub failed_at: Option<Millis>,
    /// It asked us to wait with everything until then.
    pub held_until: Millis,
    pub created_at: Millis,
    pub updated_at: Millis,
}

#[derive(sqlx::FromRow)]
struct EndpointRow {
    site_id: SiteId,
    id: EndpointId,
    kind: String,
    key: String,
    name: String,
    url: String,
    settings: Json<Value>,
    mapping: Json<Vec<Mapped>>,
    events: Json<Vec<String>>,
    status: String,
    reason: Option<String>,
    trouble: Option<String>,
    secret: Vec<u8>,
    old_secret: Option<Vec<u8>>,
    old_secret_until: Option<Millis>,
    headers: Option<Vec<u8>>,
    failing_since: Option<Millis>,
    delivered_at: Option<Millis>,
    failed_at: Option<Millis>,
    held_until: Millis,
    created_at: Millis,
    updated_at: Millis,
}

impl TryFrom<EndpointRow> for Endpoint {
    type Error = StoreError;
    fn try_from(row: EndpointRow) -> Result<Self, StoreError> {
        let corrupt = |column, cause: &str| StoreError::Corrupt {
            table: "endpoints",
            column,
            row: row.id.to_string(),
            cause: cause.to_owned(),
        };
        Ok(Self {
            site: row.site_id,
            id: row.id,
            kind: Kind::parse(&row.kind).ok_or_else(|| corrupt("kind", &row.kind))?,
            key: row.key,
            name: row.name,
            url: row.url,
            // A type that a newer version knows is nothing that this one could send.
            events: row.events.0.iter().filter_map(|word| EventType::parse(word)).collect(),
            status: EndpointStatus::parse(&row.status).ok_or_else(|| corrupt("status", &row.status))?,
            settings: row.settings.0,
            mapping: row.mapping.0,
            reason: row.reason,
            trouble: row.trouble.as_deref().and_then(Trouble::parse),
            secret: row.secret,
            old_secret: row.old_secret.zip(row.old_secret_until),
            headers: row.headers,
            failing_since: row.failing_since,
            delivered_at: row.delivered_at,
            failed_at: row.failed_at,
            held_until: row.held_until,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A new endpoint. A key that is taken is [`StoreError::Duplicate`].
pub async fn insert(tx: &mut Tx, e: &Endpoint) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into endpoints (site_id, id, key, name, url, events, status, reason, secret, old_secret, old_secret_until, headers,
                                updated_at, settings, mapping, trouble, kind, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
    ));
    exactly_one(bound(query, e).bind(e.kind.as_str()).bind(e.created_at).execute(tx).await?)
}

/// Stores what an owner can change. A key that is taken is [`StoreError::Duplicate`].
pub async fn update(tx: &mut Tx, e: &Endpoint) -> Result<(), StoreError> {
    let query = q(sql!(
        "update endpoints set key = $3, name = $4, url = $5, events = $6, status = $7, reason = $8, secret = $9, old_secret = $10,
                old_secret_until = $11, headers = $12, updated_at = $13, settings = $14, mapping = $15, trouble = $16
         where site_id = $1 and id = $2"
    ));
    exactly_one(bound(query, e).execute(tx).await?)
}

fn bound(query: super::Query, e: &Endpoint) -> super::Query {
    query
        .bind(e.site)
        .bind(e.id)
        .bind(&*e.key)
        .bind(&*e.name)
        .bind(&*e.url)
        .bind(json!(e.events))
        .bind(e.status.as_str())
        .bind(e.reason.as_deref())
        .bind(e.secret.clone())
        .bind(e.old_secret.as_ref().map(|(sealed, _)| sealed.clone()))
        .bind(e.old_secret.as_ref().map(|(_, until)| *until))
        .bind(e.headers.clone())
        .bind(e.updated_at)
        .bind(e.settings.clone())
        .bind(json!(e.mapping))
        .bind(e.trouble.map(Trouble::as_str))
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, id, kind, key, name, url, settings, mapping, events, status, reason, trouble, secret, old_secret,
                    old_secret_until, headers, failing_since, delivered_at, failed_at, held_until, created_at, updated_at
             from endpoints ",
            $rest
        )))
    };
}

/// By name.
pub async fn list(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Endpoint>, StoreError> {
    let rows = select!("where site_id = $1 order by name, id").bind(site).all::<EndpointRow>(on).await?;
    rows.into_iter().map(Endpoint::try_from).collect()
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
    let query = select!("where site_id = $1 and id = $2").bind(site).bind(id);
    query.optional::<EndpointRow>(on).await?.map(Endpoint::try_from).transpose()
}

pub async fn by_key(on: impl Into<On<'_>>, site: SiteId, key: &str) -> Result<Option<Endpoint>, StoreError> {
    let query = select!("where site_id = $1 and key = $2").bind(site).bind(key);
    query.optional::<EndpointRow>(on).await?.map(Endpoint::try_from).transpose()
}

/// The same as [`find`], kept away from other writers until the transaction ends.
pub async fn lock(tx: &mut Tx, site: SiteId, id: EndpointId) -> Result<Option<Endpoint>, StoreError> {
    let query = select!("where site_id = $1 and id = $2 {for_update:endpoints}").bind(site).bind(id);
    query.optional::<EndpointRow>(tx).await?.map(Endpoint::try_from).transpose()
}

pub async fn delete(tx: &mut Tx, site: SiteId, id: EndpointId) -> Result<(), StoreError> {
    exactly_one(q(sql!("delete from endpoints where site_id = $1 and id = $2")).bind(site).bind(id).execute(tx).await?)
}

/// Whom a site tells what; asked in the midst of storing it, so no more than a look at a few short rows.
pub async fn listening(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<(EndpointId, Vec<EventType>)>, StoreError> {
    let query = q(sql!("select id, events from endpoints where site_id = $1 and status <> 'disabled'"));
    let rows: Vec<(EndpointId, Json<Vec<String>>)> = query.bind(site).all(on).await?;
    let events = |words: Json<Vec<String>>| words.0.iter().filter_map(|word| EventType::parse(word)).collect();
    Ok(rows.into_iter().map(|(id, words)| (id, events(words))).collect())
}

/// Endpoints of all sites for which something is due, and whether they have been failing.
pub async fn due(on: impl Into<On<'_>>, now: Millis) -> Result<Vec<(SiteId, EndpointId, bool)>, StoreError> {
    let query = q(sql!(
        "select site_id, id, failing_since is not null from endpoints where status = 'active' and held_until <= $1 and exists (
             select 1 from deliveries d
             where d.site_id = endpoints.site_id and d.endpoint_id = endpoints.id and d.state = 'waiting' and d.due_at <= $1)
         order by site_id, id"
    ));
    query.bind(now).all(on).await
}

/// A try worked. Written once a minute at most, as long as nothing else changes.
pub async fn worked(tx: &mut Tx, site: SiteId, id: EndpointId, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "update endpoints set failing_since = null, delivered_at = $3
         where site_id = $1 and id = $2 and (failing_since is not null or delivered_at is null or delivered_at <= $3 - 60000)"
    ));
    query.bind(site).bind(id).bind(now).execute(tx).await?;
    Ok(())
}

/// A try failed; since when nothing else happened, and what the owner wants of it. `None`: it is gone.
pub async fn failed(
    tx: &mut Tx,
    site: SiteId,
    id: EndpointId,
    now: Millis,
) -> Result<Option<(Millis, EndpointStatus)>, StoreError> {
    let query = q(sql!(
        "update endpoints set failing_since = coalesce(failing_since, $3), failed_at = $3 where site_id = $1 and id = $2
         returning failing_since, status"
    ));
    let row: Option<(Millis, String)> = query.bind(site).bind(id).bind(now).optional(tx).await?;
    Ok(row.and_then(|(since, status)| Some((since, EndpointStatus::parse(&status)?))))
}

/// Calls it no more until a moment: it asked for that.
pub async fn hold(tx: &mut Tx, site: SiteId, id: EndpointId, until: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update endpoints set held_until = $3 where site_id = $1 and id = $2 and held_until < $3"));
    query.bind(site).bind(id).bind(until).execute(tx).await?;
    Ok(())
}

/// Begins counting anew how long it has failed.
pub async fn forgive(tx: &mut Tx, site: SiteId, id: EndpointId) -> Result<(), StoreError> {
    let query = q(sql!("update endpoints set failing_since = null, held_until = 0 where site_id = $1 and id = $2"));
    query.bind(site).bind(id).execute(tx).await?;
    Ok(())
}
