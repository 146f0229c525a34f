//! One statement, two drivers: a query collects its arguments and hands them to whichever native driver runs it.
//!
//! Statements are `&'static str` behind [`sql!`](crate::sql): no text from outside can become SQL. Each registers itself, and a
//! test prepares them all on both databases.

use std::sync::{Arc, OnceLock};

use sqlx::postgres::{PgArguments, PgConnection, PgPool, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqlitePool, SqliteRow};
use sqlx::types::Json;
use sqlx::{Arguments as _, AssertSqlSafe, FromRow, Postgres, Sqlite};
use uuid::Uuid;

use super::rows::{ROOMS, Rows, Writes};
use super::{Db, Dialect, StoreError, Tx, dialect};

/// A statement of the house dialect; the text for each database is made once.
pub struct Sql {
    pub(super) source: &'static str,
    sqlite: [OnceLock<Arc<str>>; ROOMS.len()],
    postgres: OnceLock<Arc<str>>,
}

impl Sql {
    pub const fn new(source: &'static str) -> Self {
        Self { source, sqlite: [const { OnceLock::new() }; ROOMS.len()], postgres: OnceLock::new() }
    }

    /// The text for a database; of a statement with `{rows:…}` the one for a single row.
    pub fn text(&self, dialect: Dialect) -> Arc<str> {
        match dialect {
            Dialect::Sqlite => self.room(0),
            Dialect::Postgres => self.postgres.get_or_init(|| dialect::expand(self.source, dialect, 1).into()).clone(),
        }
    }

    /// The text for SQLite with room for [`ROOMS`]`[n]` rows.
    pub(super) fn room(&self, n: usize) -> Arc<str> {
        self.sqlite[n].get_or_init(|| dialect::expand(self.source, Dialect::Sqlite, ROOMS[n]).into()).clone()
    }
}

/// A statement as registered by [`sql!`](crate::sql), with the file that holds it.
pub struct Registered(pub &'static Sql, pub &'static str);
inventory::collect!(Registered);

#[macro_export]
macro_rules! sql {
    ($text:expr) => {{
        static SQL: $crate::store::Sql = $crate::store::Sql::new($text);
        inventory::submit! { $crate::store::Registered(&SQL, file!()) }
        &SQL
    }};
}

/// An argument. The `Option` stays typed, so that Postgres knows what kind of NULL it gets.
#[derive(Clone, Debug)]
pub enum Val {
    Bool(Option<bool>),
    Int(Option<i64>),
    Text(Option<String>),
    Uuid(Option<Uuid>),
    Bytes(Option<Vec<u8>>),
    Json(Option<serde_json::Value>),
    /// A set for `{look_up:…}`: in order, each once.
    Uuids(Vec<Uuid>),
}

macro_rules! val_from {
    ($($type:ty => $variant:ident),* $(,)?) => { $(
        impl From<$type> for Val { fn from(v: $type) -> Self { Self::$variant(Some(v.into())) } }
        impl From<Option<$type>> for Val { fn from(v: Option<$type>) -> Self { Self::$variant(v.map(Into::into)) } }
    )* };
}
val_from! { bool => Bool, i64 => Int, i32 => Int, u32 => Int, String => Text, &str => Text, Uuid => Uuid, Vec<u8> => Bytes, serde_json::Value => Json }

macro_rules! val_from_id {
    ($($type:ident),*) => { $(
        impl From<crate::id::$type> for Val { fn from(v: crate::id::$type) -> Self { Self::Int(Some(v.0)) } }
        impl From<Option<crate::id::$type>> for Val { fn from(v: Option<crate::id::$type>) -> Self { Self::Int(v.map(|v| v.0)) } }
    )* };
}
val_from_id! { SiteId, SurveyId, UserId, AuditId, CustomerId, FlowId, ApiKeyId, ImportId, PoolId, EndpointId }

impl From<Vec<Uuid>> for Val {
    fn from(mut v: Vec<Uuid>) -> Self {
        v.sort_unstable();
        v.dedup();
        Self::Uuids(v)
    }
}

/// Decodes from either driver; a plain `#[derive(sqlx::FromRow)]` is enough.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

/// Where a query runs: a pool for reading, or the caller's transaction.
pub enum On<'a> {
    Sqlite(&'a SqlitePool),
    SqliteTx(&'a mut SqliteConnection),
    Postgres(&'a PgPool),
    PostgresTx(&'a mut PgConnection),
}

impl On<'_> {
    /// For functions that read several times.
    pub fn again(&mut self) -> On<'_> {
        match self {
            On::Sqlite(pool) => On::Sqlite(pool),
            On::SqliteTx(tx) => On::SqliteTx(tx),
            On::Postgres(pool) => On::Postgres(pool),
            On::PostgresTx(tx) => On::PostgresTx(tx),
        }
    }
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        match db {
            Db::Sqlite { read, .. } => On::Sqlite(read),
            Db::Postgres(pool) => On::Postgres(pool),
        }
    }
}

impl<'a> From<&'a mut Tx> for On<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        match tx {
            Tx::Sqlite(tx) => On::SqliteTx(tx),
            Tx::Postgres(tx) => On::PostgresTx(tx),
        }
    }
}

pub struct Query {
    sql: &'static Sql,
    args: Vec<Val>,
}

pub fn q(sql: &'static Sql) -> Query {
    Query { sql, args: Vec::new() }
}

macro_rules! run {
    ($query:expr, $on:expr, $build:ident, $method:ident) => {{
        let Query { sql, args } = $query;
        match $on.into() {
            On::Sqlite(c) => $build!(Sqlite, sql.text(Dialect::Sqlite), sqlite_args(args)?).$method(c).await?.into(),
            On::SqliteTx(c) => $build!(Sqlite, sql.text(Dialect::Sqlite), sqlite_args(args)?).$method(c).await?.into(),
            On::Postgres(c) => $build!(Postgres, sql.text(Dialect::Postgres), postgres_args(args)?).$method(c).await?.into(),
            On::PostgresTx(c) => $build!(Postgres, sql.text(Dialect::Postgres), postgres_args(args)?).$method(c).await?.into(),
        }
    }};
}
macro_rules! rows {
    ($db:ty, $text:expr, $args:expr) => {
        sqlx::query_as_with::<$db, T, _>(AssertSqlSafe($text), $args)
    };
}
macro_rules! plain {
    ($db:ty, $text:expr, $args:expr) => {
        sqlx::query_with::<$db, _>(AssertSqlSafe($text), $args)
    };
}

/// How many rows a statement changed, whichever driver ran it.
struct Affected(u64);
impl From<sqlx::sqlite::SqliteQueryResult> for Affected {
    fn from(r: sqlx::sqlite::SqliteQueryResult) -> Self {
        Self(r.rows_affected())
    }
}
impl From<sqlx::postgres::PgQueryResult> for Affected {
    fn from(r: sqlx::postgres::PgQueryResult) -> Self {
        Self(r.rows_affected())
    }
}

impl Query {
    pub fn bind(mut self, value: impl Into<Val>) -> Self {
        self.args.push(value.into());
        self
    }

    pub async fn all<'a, T: Row>(self, on: impl Into<On<'a>>) -> Result<Vec<T>, StoreError> {
        Ok(run!(self, on, rows, fetch_all))
    }

    pub async fn optional<'a, T: Row>(self, on: impl Into<On<'a>>) -> Result<Option<T>, StoreError> {
        Ok(run!(self, on, rows, fetch_optional))
    }

    /// For statements that always answer with a row, such as counts.
    pub async fn one<'a, T: Row>(self, on: impl Into<On<'a>>) -> Result<T, StoreError> {
        self.optional(on).await?.ok_or(StoreError::Other(sqlx::Error::RowNotFound))
    }

    /// The number of rows changed.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, StoreError> {
        let Affected(rows) = run!(self, tx, plain, execute);
        Ok(rows)
    }

    /// Runs a statement with `{rows:…}` for all rows; the number of rows changed.
    pub async fn execute_rows(self, tx: &mut Tx, rows: Rows) -> Result<u64, StoreError> {
        let mut writes = Writes::default();
        writes.add(self.sql, rows);
        writes.run(tx).await
    }
}

fn sqlite_args(values: impl IntoIterator<Item = Val>) -> Result<SqliteArguments, StoreError> {
    let mut args = SqliteArguments::default();
    add_sqlite_args(&mut args, values)?;
    Ok(args)
}

pub(super) fn add_sqlite_args(args: &mut SqliteArguments, values: impl IntoIterator<Item = Val>) -> Result<(), StoreError> {
    for value in values {
        match value {
            Val::Bool(v) => args.add(v),
            Val::Int(v) => args.add(v),
            Val::Text(v) => args.add(v),
            Val::Uuid(v) => args.add(v),
            Val::Bytes(v) => args.add(v),
            Val::Json(v) => args.add(v.map(Json)),
            Val::Uuids(ids) => args.add(Json(ids.into_iter().map(|id| id.as_simple().to_string()).collect::<Vec<_>>())),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}

fn postgres_args(values: Vec<Val>) -> Result<PgArguments, StoreError> {
    let mut args = PgArguments::default();
    for value in values {
        match value {
            Val::Bool(v) => args.add(v),
            Val::Int(v) => args.add(v),
            Val::Text(v) => args.add(v),
            Val::Uuid(v) => args.add(v),
            Val::Bytes(v) => args.add(v),
            Val::Json(v) => args.add(v.map(Json)),
            Val::Uuids(ids) => args.add(ids),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(args)
}
