//! The only SQL in the crate. Reading functions take a [`Db`] or a [`Tx`], writing functions a `&mut Tx`: the caller holds the
//! unit of work.

mod dialect;
mod error;
mod migrate;
mod query;
mod rows;
mod work;

pub mod alerts;
pub mod api_keys;
pub mod audit;
pub mod carts;
pub mod coupon_claims;
pub mod coupons;
pub mod custom_events;
pub mod customers;
pub mod deliveries;
pub mod endpoints;
pub mod enrollments;
pub mod erasure;
pub mod feedback;
pub mod flow_results;
pub mod flows;
pub mod hook_deliveries;
pub mod idempotency;
pub mod imports;
pub mod impressions;
pub mod jobs;
pub mod listeners;
pub mod mail_secrets;
pub mod messages;
pub mod orders;
pub mod outbound_events;
pub mod privacy_requests;
pub mod queue;
pub mod refunds;
pub mod reports;
pub mod responses;
pub mod retention;
pub mod rollups;
pub mod sessions;
pub mod shops;
pub mod sites;
pub mod streams;
pub mod suppressions;
pub mod surveys;
pub mod templates;
pub mod users;
pub mod weekly_reports;
pub mod widget_errors;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Postgres, Sqlite, Transaction};

pub use error::{StoreError, exactly_one};
pub use migrate::{expected_migrations, migrate};
pub use query::{On, Query, Registered, Row, Sql, Val, q};
pub use rows::{Rows, Writes};
pub use work::{Work, Writer};

/// A connection is a process of Postgres' own: more of them than the work needs only take turns.
fn postgres_connections() -> u32 {
    let cores = std::thread::available_parallelism().map_or(2, |n| n.get());
    u32::try_from(4 * cores).unwrap_or(32).clamp(8, 32)
}

/// Every statement finds its rows by a key, one after the other. Prepared statements keep their plan: one made while a table was
/// small must not walk the table when it is large. What cannot be found by a key then looks so dear that Postgres would compile it
/// first, which takes longer than all of it.
const BY_KEY_ONLY: [(&str, &str); 4] =
    [("enable_seqscan", "off"), ("enable_hashjoin", "off"), ("enable_mergejoin", "off"), ("jit", "off")];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

#[derive(Clone)]
pub enum Db {
    /// One connection writes, several read.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction; rolled back when dropped without [`Tx::commit`].
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(tx) => tx.commit().await?,
            Tx::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub async fn rollback(self) -> Result<(), StoreError> {
        match self {
            Tx::Sqlite(tx) => tx.rollback().await?,
            Tx::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

impl Db {
    /// Connects to `sqlite://…` (created when missing) or `postgres://…`.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options: PgConnectOptions = url.parse()?;
            let pool = PgPoolOptions::new()
                .max_connections(postgres_connections())
                .acquire_timeout(Duration::from_secs(5))
                // A broken connection shows itself; asking first would double every round trip.
                .test_before_acquire(false)
                .connect_with(options.options(BY_KEY_ONLY).statement_cache_capacity(256).disable_statement_logging())
                .await?;
            return Ok(Self::Postgres(pool));
        }
        let options = url
            .parse::<SqliteConnectOptions>()?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: a commit that was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-8000")
            // Checkpoints sync the database's file; every 16 MB of log is often enough.
            .pragma("wal_autocheckpoint", "4000")
            // Erased answers leave no trace in freed pages.
            .pragma("secure_delete", "fast")
            .statement_cache_capacity(256)
            .disable_statement_logging();
        let pool = || {
            SqlitePoolOptions::new()
                .test_before_acquire(false)
                .idle_timeout(None)
                .max_lifetime(None)
                .acquire_timeout(Duration::from_secs(10))
        };
        let write = pool().max_connections(1).min_connections(1).connect_with(options.clone()).await?;
        let read = pool().max_connections(4).connect_with(options.pragma("query_only", "on")).await?;
        Ok(Self::Sqlite { read, write })
    }

    /// A transaction that may change things. On SQLite it takes the write lock at once, so it waits instead of failing midway.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Db::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    pub fn dialect(&self) -> Dialect {
        match self {
            Db::Sqlite { .. } => Dialect::Sqlite,
            Db::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Answers if the database can be read.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let (_one,): (i64,) = q(crate::sql!("select cast(1 as bigint)")).one(self).await?;
        Ok(())
    }

    pub async fn close(&self) {
        match self {
            Db::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

/// The database's own clock, for comparison.
pub async fn clock(db: &Db) -> Result<crate::clock::Millis, StoreError> {
    let (now,): (i64,) = q(crate::sql!("select {now_ms}")).one(db).await?;
    Ok(now)
}
