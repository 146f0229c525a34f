//! How the queue stands, for whoever runs the server, and what they do with jobs that were given up.

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{On, StoreError, Tx, q};
use crate::clock::{DAY, HOUR, Millis};
use crate::sql;

/// One kind of job. Each number is counted up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Standing {
    pub due: i64,
    /// For later.
    pub scheduled: i64,
    pub running: i64,
    pub dead: i64,
    /// When the longest waiting one should have run.
    pub oldest_due: Option<Millis>,
    /// Tries that failed within the last day, to the hour.
    pub failures: i64,
}

/// `most`: how far is counted.
pub async fn standing(on: impl Into<On<'_>>, kind: &str, now: Millis, most: i64) -> Result<Standing, StoreError> {
    let query = q(sql!(
        "select
             (select count(*) from (select 1 from jobs where state = 'ready' and kind = $1 and run_at <= $2 limit $3) counted) as due,
             (select count(*) from (select 1 from jobs where state = 'ready' and kind = $1 and run_at > $2 limit $3) counted) as scheduled,
             (select count(*) from (select 1 from jobs {by_index:jobs_leased}
                                    where state = 'running' and kind = $1 and leased_until > 0 limit $3) counted) as running,
             (select count(*) from (select 1 from jobs where state = 'dead' and kind = $1 limit $3) counted) as dead,
             (select min(run_at) from jobs where state = 'ready' and kind = $1 and run_at <= $2) as oldest_due,
             (select cast(coalesce(sum(tries), 0) as bigint) from job_failures where kind = $1 and hour > $4) as failures"
    ));
    query.bind(kind).bind(now).bind(most).bind((now - DAY) / HOUR).one(on).await
}

/// Notes a failed try.
pub async fn failed(tx: &mut Tx, kind: &str, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into job_failures (kind, hour, tries) values ($1, $2, 1)
         on conflict (kind, hour) do update set tries = job_failures.tries + 1"
    ));
    query.bind(kind).bind(now / HOUR).execute(tx).await?;
    Ok(())
}

/// Forgets failures.
pub async fn purge_failures(tx: &mut Tx, before: Millis) -> Result<u64, StoreError> {
    q(sql!("delete from job_failures where hour < $1")).bind(before / HOUR).execute(tx).await
}

/// A job that was given up. What it is about stays unread: it may name people.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Dead {
    pub id: Uuid,
    pub kind: String,
    #[sqlx(rename = "attempt")]
    pub tries: i64,
    #[sqlx(rename = "last_error")]
    pub error: Option<String>,
    #[sqlx(rename = "finished_at")]
    pub at: Millis,
}

/// Where a page of dead jobs begins: after this moment and id.
pub type Place = (Millis, Uuid);

/// Before the newest.
pub const TOP: Place = (Millis::MAX, Uuid::max());

/// The newest first; of one kind only, if it is given.
pub async fn dead(on: impl Into<On<'_>>, kind: Option<&str>, before: Place, limit: i64) -> Result<Vec<Dead>, StoreError> {
    let query = match kind {
        None => q(sql!(
            "select id, kind, attempt, last_error, finished_at from jobs
             where state = 'dead' and (finished_at, id) < ($1, $2) order by finished_at desc, id desc limit $3"
        )),
        Some(_) => q(sql!(
            "select id, kind, attempt, last_error, finished_at from jobs
             where state = 'dead' and kind = $4 and (finished_at, id) < ($1, $2) order by finished_at desc, id desc limit $3"
        )),
    };
    let query = query.bind(before.0).bind(before.1).bind(limit);
    if let Some(kind) = kind { query.bind(kind) } else { query }.all(on).await
}

/// The kinds that have dead jobs, among them such as this version does not know.
pub async fn dead_kinds(on: impl Into<On<'_>>) -> Result<Vec<String>, StoreError> {
    let mut on = on.into();
    let mut kinds: Vec<String> = Vec::new();
    loop {
        // From one kind to the next by the index, however many jobs there are of each.
        let query = q(sql!("select kind from jobs where state = 'dead' and kind > $1 order by kind limit 1"));
        let last = kinds.last().map_or("", String::as_str);
        match query.bind(last).optional::<(String,)>(on.again()).await? {
            Some((kind,)) => kinds.push(kind),
            None => return Ok(kinds),
        }
    }
}

/// Dead jobs of a kind, the oldest first.
pub async fn dead_of(on: impl Into<On<'_>>, kind: &str, limit: i64) -> Result<Vec<Uuid>, StoreError> {
    let query = q(sql!("select id from jobs where state = 'dead' and kind = $1 order by finished_at, id limit $2"));
    let rows: Vec<(Uuid,)> = query.bind(kind).bind(limit).all(on).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What was done with a dead job.
#[derive(Clone, Debug)]
pub struct Settled {
    pub kind: String,
    /// To find the store it belongs to.
    pub payload: Value,
}

impl From<(String, Json<Value>)> for Settled {
    fn from((kind, payload): (String, Json<Value>)) -> Self {
        Self { kind, payload: payload.0 }
    }
}

/// Puts a dead job back, with all its tries. `None`: it is not dead any more, or another one of its key waits already.
pub async fn revive(tx: &mut Tx, id: Uuid, now: Millis) -> Result<Option<Settled>, StoreError> {
    let query = q(sql!(
        "update jobs set state = 'ready', run_at = $2, attempt = 0, finished_at = null
         where id = $1 and state = 'dead'
           and not exists (select 1 from jobs o where o.unique_key = jobs.unique_key and o.unique_key is not null
                                                  and o.state in ('ready', 'running'))
         returning kind, payload"
    ));
    Ok(query.bind(id).bind(now).optional::<(String, Json<Value>)>(tx).await?.map(Settled::from))
}

/// Removes a dead job. `None`: it is not dead any more.
pub async fn discard(tx: &mut Tx, id: Uuid) -> Result<Option<Settled>, StoreError> {
    let query = q(sql!("delete from jobs where id = $1 and state = 'dead' returning kind, payload"));
    Ok(query.bind(id).optional::<(String, Json<Value>)>(tx).await?.map(Settled::from))
}
