//! Events on their way to endpoints, and every try. The table is its own queue: a lease says who works on a delivery.

use std::ops::Range;

use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, Rows, StoreError, Tx, Writes, exactly_one, q};
use crate::clock::Millis;
use crate::domain::webhook::{DeliveryState, EventType};
use crate::id::{EndpointId, SiteId};
use crate::sql;

#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub endpoint: EndpointId,
    pub event: Uuid,
    pub kind: EventType,
    pub state: DeliveryState,
    /// When it is tried next.
    pub due_at: Millis,
    /// Since it was last begun: what the schedule counts.
    pub tries: i64,
    /// In all.
    pub attempts: i64,
    /// Why it is dead, or needed no call: a word of [`crate::domain::webhook::Ending`].
    pub reason: Option<String>,
    /// What is kept of the answers to its first calls, where one delivery is several.
    pub progress: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    endpoint_id: EndpointId,
    event_id: Uuid,
    #[sqlx(rename = "type")]
    kind: String,
    state: String,
    due_at: Millis,
    tries: i64,
    attempts: i64,
    reason: Option<String>,
    progress: Json<Vec<String>>,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;
    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let corrupt = |column, cause: &str| StoreError::Corrupt {
            table: "deliveries",
            column,
            row: row.event_id.to_string(),
            cause: cause.to_owned(),
        };
        Ok(Self {
            endpoint: row.endpoint_id,
            event: row.event_id,
            kind: EventType::parse(&row.kind).ok_or_else(|| corrupt("type", &row.kind))?,
            state: DeliveryState::parse(&row.state).ok_or_else(|| corrupt("state", &row.state))?,
            due_at: row.due_at,
            tries: row.tries,
            attempts: row.attempts,
            reason: row.reason,
            progress: row.progress.0,
        })
    }
}

/// Sets events on their way.
pub fn insert(writes: &mut Writes, site: SiteId, to: &[(EndpointId, Uuid, EventType)], due: Millis) {
    let mut rows = Rows::default();
    for (endpoint, event, kind) in to {
        let state = DeliveryState::Waiting.as_str();
        rows.push([
            site.into(),
            (*endpoint).into(),
            (*event).into(),
            kind.as_str().into(),
            state.into(),
            due.into(),
            0i64.into(),
            0i64.into(),
        ]);
    }
    writes.add(
        sql!(
            "insert into deliveries (site_id, endpoint_id, event_id, type, state, due_at, tries, attempts)
             {rows:int int uuid text text int int int}"
        ),
        rows,
    );
}

/// Takes what is due for one endpoint, the longest waiting first, under a lease.
pub async fn claim(
    tx: &mut Tx,
    site: SiteId,
    endpoint: EndpointId,
    lease: Uuid,
    now: Millis,
    until: Millis,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    // A common table expression, because Postgres may run a locking subquery more than once.
    let query = q(sql!(
        "with due as (
             select event_id from deliveries where site_id = $1 and endpoint_id = $2 and state = 'waiting' and due_at <= $4
             order by due_at limit $6 {skip_locked}
         )
         update deliveries set state = 'sending', lease = $3, leased_until = $5
         where site_id = $1 and endpoint_id = $2 and event_id in (select event_id from due)
         returning endpoint_id, event_id, type, state, due_at, tries, attempts, reason, progress"
    ));
    let query = query.bind(site).bind(endpoint).bind(lease).bind(now).bind(until).bind(limit);
    query.all::<DeliveryRow>(tx).await?.into_iter().map(Delivery::try_from).collect()
}

/// Whether a worker died or hangs amid deliveries.
pub async fn any_lost(on: impl Into<On<'_>>, now: Millis) -> Result<bool, StoreError> {
    let query = q(sql!("select exists (select 1 from deliveries where state = 'sending' and leased_until < $1)"));
    let (any,): (bool,) = query.bind(now).one(on).await?;
    Ok(any)
}

/// Hands back deliveries whose worker died or hangs; they may have arrived, and are tried again.
pub async fn expire_leases(tx: &mut Tx, now: Millis) -> Result<u64, StoreError> {
    let query = q(sql!(
        "update deliveries set state = 'waiting', lease = null, leased_until = null, due_at = $1
         where state = 'sending' and leased_until < $1"
    ));
    query.bind(now).execute(tx).await
}

/// Records where a delivery stands after a try. `false`: the lease was lost, somebody else has it.
pub async fn settle(tx: &mut Tx, site: SiteId, d: &Delivery, lease: Uuid) -> Result<bool, StoreError> {
    let query = q(sql!(
        "update deliveries set state = $5, due_at = $6, tries = $7, attempts = $8, reason = $9, progress = $10,
                               lease = null, leased_until = null
         where site_id = $1 and endpoint_id = $2 and event_id = $3 and lease = $4"
    ));
    let query = query.bind(site).bind(d.endpoint).bind(d.event).bind(lease);
    let query = query.bind(d.state.as_str()).bind(d.due_at).bind(d.tries).bind(d.attempts).bind(d.reason.as_deref());
    let query = query.bind(json!(d.progress));
    Ok(query.execute(tx).await? == 1)
}

pub async fn find(
    on: impl Into<On<'_>>,
    site: SiteId,
    endpoint: EndpointId,
    event: Uuid,
) -> Result<Option<Delivery>, StoreError> {
    let query = q(sql!(
        "select endpoint_id, event_id, type, state, due_at, tries, attempts, reason, progress from deliveries
         where site_id = $1 and endpoint_id = $2 and event_id = $3"
    ));
    query.bind(site).bind(endpoint).bind(event).optional::<DeliveryRow>(on).await?.map(Delivery::try_from).transpose()
}

/// An endpoint's, from the newest event to the oldest, those of events before `before` only.
pub async fn page(
    on: impl Into<On<'_>>,
    site: SiteId,
    endpoint: EndpointId,
    state: Option<DeliveryState>,
    kind: Option<EventType>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let query = match state {
        Some(_) => q(sql!(
            "select endpoint_id, event_id, type, state, due_at, tries, attempts, reason, progress from deliveries {by_index:deliveries_by_state}
             where site_id = $1 and endpoint_id = $2 and event_id < $3 and ($4 = '' or type = $4) and state = $6
             order by event_id desc limit $5"
        )),
        None => q(sql!(
            "select endpoint_id, event_id, type, state, due_at, tries, attempts, reason, progress from deliveries
             where site_id = $1 and endpoint_id = $2 and event_id < $3 and ($4 = '' or type = $4)
             order by event_id desc limit $5"
        )),
    };
    let query = query.bind(site).bind(endpoint).bind(before.unwrap_or(Uuid::max()));
    let query = query.bind(kind.map_or("", EventType::as_str)).bind(limit);
    let query = if let Some(state) = state { query.bind(state.as_str()) } else { query };
    query.all::<DeliveryRow>(on).await?.into_iter().map(Delivery::try_from).collect()
}

/// How many deliveries of an endpoint are in a state, counted up to `most`.
pub async fn count(
    on: impl Into<On<'_>>,
    site: SiteId,
    endpoint: EndpointId,
    state: DeliveryState,
    most: i64,
) -> Result<i64, StoreError> {
    let query = q(sql!(
        "select count(*) from (select 1 from deliveries where site_id = $1 and endpoint_id = $2 and state = $3 limit $4) counted"
    ));
    let (n,): (i64,) = query.bind(site).bind(endpoint).bind(state.as_str()).bind(most).one(on).await?;
    Ok(n)
}

/// Begins a delivery anew, or does now what waits. `false`: it is on its way, or there is none.
pub async fn replay(tx: &mut Tx, site: SiteId, endpoint: EndpointId, event: Uuid, now: Millis) -> Result<bool, StoreError> {
    let query = q(sql!(
        "update deliveries set state = 'waiting', due_at = $4, tries = 0, reason = null, progress = '[]'
         where site_id = $1 and endpoint_id = $2 and event_id = $3 and state <> 'sending'"
    ));
    Ok(query.bind(site).bind(endpoint).bind(event).bind(now).execute(tx).await? == 1)
}

/// Begins those anew that are of events in a range of ids, dead ones or delivered ones, too; how many.
pub async fn replay_range(
    tx: &mut Tx,
    site: SiteId,
    endpoint: EndpointId,
    events: Range<Uuid>,
    delivered: bool,
    now: Millis,
) -> Result<u64, StoreError> {
    let query = q(sql!(
        "update deliveries set state = 'waiting', due_at = $6, tries = 0, reason = null, progress = '[]'
         where site_id = $1 and endpoint_id = $2 and event_id >= $3 and event_id < $4
           and (state = 'dead' or (state = 'delivered' and $5))"
    ));
    let query = query.bind(site).bind(endpoint).bind(events.start).bind(events.end).bind(delivered).bind(now);
    query.execute(tx).await
}

/// Tells another endpoint what one was told, or should have been; events that it was told of already are left out. How many.
pub async fn copy_range(
    tx: &mut Tx,
    site: SiteId,
    endpoints: (EndpointId, EndpointId),
    events: Range<Uuid>,
    delivered: bool,
    now: Millis,
) -> Result<u64, StoreError> {
    let query = q(sql!(
        "insert into deliveries (site_id, endpoint_id, event_id, type, state, due_at, tries, attempts)
         select site_id, $3, event_id, type, 'waiting', $7, 0, 0 from deliveries
         where site_id = $1 and endpoint_id = $2 and event_id >= $4 and event_id < $5
           and (state = 'dead' or (state = 'delivered' and $6))
         on conflict (site_id, endpoint_id, event_id) do nothing"
    ));
    let query = query.bind(site).bind(endpoints.0).bind(endpoints.1).bind(events.start).bind(events.end);
    query.bind(delivered).bind(now).execute(tx).await
}

/// Gives up everything that waits for an endpoint; how many.
pub async fn give_up(tx: &mut Tx, site: SiteId, endpoint: EndpointId, reason: &str) -> Result<u64, StoreError> {
    let query = q(sql!(
        "update deliveries set state = 'dead', reason = $3 where site_id = $1 and endpoint_id = $2 and state = 'waiting'"
    ));
    query.bind(site).bind(endpoint).bind(reason).execute(tx).await
}

/// When the oldest delivery that is due should have been tried, if one waits for an endpoint that takes any.
pub async fn oldest_due(on: impl Into<On<'_>>, now: Millis) -> Result<Option<Millis>, StoreError> {
    let query = q(sql!(
        "select min((select min(d.due_at) from deliveries d
                     where d.site_id = e.site_id and d.endpoint_id = e.id and d.state = 'waiting' and d.due_at <= $1))
         from endpoints e where e.status = 'active'"
    ));
    let (at,): (Option<Millis>,) = query.bind(now).one(on).await?;
    Ok(at)
}

/// How many deliveries wait, for endpoints that take any: those due, and those for later. Counted up to `most` for each endpoint.
pub async fn waiting(on: impl Into<On<'_>>, now: Millis, most: i64) -> Result<(i64, i64), StoreError> {
    let query = q(sql!(
        "select cast(coalesce(sum((select count(*) from (
                    select 1 from deliveries d
                    where d.site_id = e.site_id and d.endpoint_id = e.id and d.state = 'waiting' and d.due_at <= $1 limit $2) counted)), 0) as bigint),
                cast(coalesce(sum((select count(*) from (
                    select 1 from deliveries d
                    where d.site_id = e.site_id and d.endpoint_id = e.id and d.state = 'waiting' and d.due_at > $1 limit $2) counted)), 0) as bigint)
         from endpoints e where e.status = 'active'"
    ));
    query.bind(now).bind(most).one(on).await
}

/// The same of one endpoint.
pub async fn oldest_due_of(
    on: impl Into<On<'_>>,
    site: SiteId,
    endpoint: EndpointId,
    now: Millis,
) -> Result<Option<Millis>, StoreError> {
    let query = q(sql!(
        "select min(due_at) from deliveries where site_id = $1 and endpoint_id = $2 and state = 'waiting' and due_at <= $3"
    ));
    let (at,): (Option<Millis>,) = query.bind(site).bind(endpoint).bind(now).one(on).await?;
    Ok(at)
}

/// One try.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Attempt {
    /// From 1.
    pub number: i64,
    /// Which call, where a delivery is several.
    pub call: Option<String>,
    pub at: Millis,
    /// Until the answer, or until it was given up.
    pub ms: i64,
    /// Of HTTP.
    pub status: Option<i64>,
    /// A word of [`crate::domain::webhook::Failure`], where there was no answer.
    pub error: Option<String>,
    /// The first 4 KB of it.
    pub answer: Option<String>,
}

pub async fn add_attempt(
    tx: &mut Tx,
    site: SiteId,
    endpoint: EndpointId,
    event: Uuid,
    attempt: &Attempt,
) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into attempts (site_id, endpoint_id, event_id, number, at, ms, status, error, answer, call)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    ));
    let query = query.bind(site).bind(endpoint).bind(event).bind(attempt.number).bind(attempt.at).bind(attempt.ms);
    let query =
        query.bind(attempt.status).bind(attempt.error.as_deref()).bind(attempt.answer.as_deref()).bind(attempt.call.as_deref());
    exactly_one(query.execute(tx).await?)
}

/// Newest first.
pub async fn attempts(
    on: impl Into<On<'_>>,
    site: SiteId,
    endpoint: EndpointId,
    event: Uuid,
) -> Result<Vec<Attempt>, StoreError> {
    let query = q(sql!(
        "select number, call, at, ms, status, error, answer from attempts
         where site_id = $1 and endpoint_id = $2 and event_id = $3 order by number desc limit 100"
    ));
    query.bind(site).bind(endpoint).bind(event).all(on).await
}
