//! The table behind the queue. A lease, not a lock, says who works on a job: it is claimed, committed, then worked.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, Rows, StoreError, Tx, Writes, q};
use crate::clock::Millis;
use crate::sql;

#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: Uuid,
    pub kind: String,
    pub payload: Value,
    /// 1 at the first try.
    pub attempt: i64,
}

/// Adds a job. One with the unique key of a waiting or running job changes nothing and answers `false`.
pub async fn insert(
    tx: &mut Tx,
    id: Uuid,
    kind: &str,
    payload: &Value,
    unique_key: Option<&str>,
    run_at: Millis,
    now: Millis,
) -> Result<bool, StoreError> {
    let query = q(sql!(
        "insert into jobs (id, kind, payload, state, run_at, attempt, unique_key, created_at)
         values ($1, $2, $3, 'ready', $4, 0, $5, $6)
         on conflict (unique_key) where unique_key is not null and state in ('ready', 'running') do nothing"
    ));
    let query = query.bind(id).bind(kind).bind(payload.clone()).bind(run_at).bind(unique_key).bind(now);
    Ok(query.execute(tx).await? == 1)
}

/// Adds jobs of one kind that are due at once; of the same one there may be several.
pub fn insert_all(writes: &mut Writes, kind: &str, jobs: impl IntoIterator<Item = (Uuid, Value)>, now: Millis) {
    let mut rows = Rows::default();
    for (id, payload) in jobs {
        rows.push([id.into(), kind.into(), payload.into(), "ready".into(), now.into(), 0.into(), now.into()]);
    }
    writes.add(
        sql!(
            "insert into jobs (id, kind, payload, state, run_at, attempt, created_at)
             {rows:uuid text json text int int int}"
        ),
        rows,
    );
}

/// Takes up to `limit` due jobs of known kinds under one lease.
pub async fn claim(tx: &mut Tx, lease: Uuid, now: Millis, until: Millis, limit: i64) -> Result<Vec<Claimed>, StoreError> {
    // A common table expression, because Postgres may run a locking subquery more than once.
    let query = q(sql!(
        "with due as (
             select id from jobs where state = 'ready' and run_at <= $2 order by run_at, id limit $4 {skip_locked}
         )
         update jobs set state = 'running', attempt = attempt + 1, lease = $1, leased_until = $3
         where id in (select id from due)
         returning id, kind, payload, attempt"
    ));
    let rows: Vec<(Uuid, String, Json<Value>, i64)> = query.bind(lease).bind(now).bind(until).bind(limit).all(tx).await?;
    let mut jobs: Vec<_> =
        rows.into_iter().map(|(id, kind, payload, attempt)| Claimed { id, kind, payload: payload.0, attempt }).collect();
    // `returning` promises no order; ids are in order of time.
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

/// Records success. `false`: the lease was lost, somebody else has the job.
pub async fn finish(tx: &mut Tx, id: Uuid, lease: Uuid, now: Millis) -> Result<bool, StoreError> {
    let query = q(sql!(
        "update jobs set state = 'done', lease = null, leased_until = null, finished_at = $3, last_error = null
         where id = $1 and lease = $2"
    ));
    Ok(query.bind(id).bind(lease).bind(now).execute(tx).await? == 1)
}

/// Puts the job back for `run_at`, with the payload it has reached by now.
pub async fn again(
    tx: &mut Tx,
    id: Uuid,
    lease: Uuid,
    payload: &Value,
    run_at: Millis,
    error: Option<&str>,
) -> Result<bool, StoreError> {
    let query = q(sql!(
        "update jobs set state = 'ready', lease = null, leased_until = null, payload = $3, run_at = $4, last_error = $5,
                         attempt = case when cast($5 as text) is null then 0 else attempt end
         where id = $1 and lease = $2"
    ));
    Ok(query.bind(id).bind(lease).bind(payload.clone()).bind(run_at).bind(error).execute(tx).await? == 1)
}

/// Gives the job up; it stays in the table for whoever looks.
pub async fn bury(tx: &mut Tx, id: Uuid, lease: Uuid, error: &str, now: Millis) -> Result<bool, StoreError> {
    let query = q(sql!(
        "update jobs set state = 'dead', lease = null, leased_until = null, finished_at = $3, last_error = $4
         where id = $1 and lease = $2"
    ));
    Ok(query.bind(id).bind(lease).bind(now).bind(error).execute(tx).await? == 1)
}

/// Hands back jobs whose worker died or hangs.
pub async fn expire_leases(tx: &mut Tx, now: Millis) -> Result<u64, StoreError> {
    let query = q(sql!(
        "update jobs set state = 'ready', lease = null, leased_until = null, run_at = $1, last_error = 'the worker was lost'
         where state = 'running' and leased_until < $1"
    ));
    query.bind(now).execute(tx).await
}

/// Removes finished jobs; dead ones are kept longer, for somebody should look.
pub async fn purge(tx: &mut Tx, done_before: Millis, dead_before: Millis) -> Result<u64, StoreError> {
    let query = q(sql!(
        "delete from jobs where finished_at is not null
           and ((state = 'done' and finished_at < $1) or (state = 'dead' and finished_at < $2))"
    ));
    query.bind(done_before).bind(dead_before).execute(tx).await
}

/// When the oldest due job should have run, if one waits.
pub async fn oldest_due(on: impl Into<On<'_>>, now: Millis) -> Result<Option<Millis>, StoreError> {
    let query = q(sql!("select run_at from jobs where state = 'ready' and run_at <= $1 order by run_at limit 1"));
    let row: Option<(i64,)> = query.bind(now).optional(on).await?;
    Ok(row.map(|(at,)| at))
}

/// Jobs that should have run before a moment and wait, the oldest first: since when, and what they are about.
pub async fn overdue(on: impl Into<On<'_>>, before: Millis, limit: i64) -> Result<Vec<(Millis, Value)>, StoreError> {
    let query = q(sql!("select run_at, payload from jobs where state = 'ready' and run_at <= $1 order by run_at, id limit $2"));
    let rows: Vec<(Millis, Json<Value>)> = query.bind(before).bind(limit).all(on).await?;
    Ok(rows.into_iter().map(|(at, payload)| (at, payload.0)).collect())
}

/// Jobs by kind and state.
pub async fn counts(on: impl Into<On<'_>>) -> Result<Vec<(String, String, i64)>, StoreError> {
    q(sql!("select kind, state, count(*) from jobs group by kind, state order by kind, state")).all(on).await
}
