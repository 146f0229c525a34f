//! Many rows at once: statements with `{rows:…}`, and several of them in one round trip.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use sqlx::postgres::{PgArguments, PgConnection};
use sqlx::sqlite::{SqliteArguments, SqlitePool};
use sqlx::types::Json;
use sqlx::{Arguments as _, AssertSqlSafe, Executor as _, Row as _};

use super::query::add_sqlite_args;
use super::{Sql, StoreError, Tx, Val, dialect};

/// How many rows one SQLite statement of `{rows:…}` has room for. Few sizes, so that each stays prepared; what is left over is
/// filled with NULLs, which the statement skips: a statement more would cost a switch of threads.
pub(super) const ROOMS: [usize; 6] = [1, 4, 16, 32, 64, 256];

/// Rows to be stored, for `{rows:…}`; every row has the mark's columns.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    cells: Vec<Val>,
    width: usize,
}

impl Rows {
    pub fn push<const N: usize>(&mut self, row: [Val; N]) {
        self.width = N;
        self.cells.extend(row);
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub fn len(&self) -> usize {
        self.cells.len().checked_div(self.width).unwrap_or(0)
    }
}

/// Statements with `{rows:…}` and their rows. They run in the order in which they were added, all or none: on Postgres as one
/// statement, on SQLite, in a transaction of their own, as one text for its thread.
#[derive(Default)]
pub struct Writes(Vec<(&'static Sql, Rows)>);

impl Writes {
    pub fn add(&mut self, sql: &'static Sql, rows: Rows) {
        if !rows.is_empty() {
            self.0.push((sql, rows));
        }
    }

    /// In the caller's transaction; how many rows were changed in all.
    pub async fn run(self, tx: &mut Tx) -> Result<u64, StoreError> {
        let tx = match tx {
            Tx::Postgres(tx) => return self.run_on_postgres(tx).await,
            Tx::Sqlite(tx) => tx,
        };
        // One after the other: of all together there would be too many texts to keep prepared.
        let mut changed = 0;
        for (sql, rows) in self.0 {
            for (text, cells) in portions(sql, rows) {
                let mut args = SqliteArguments::default();
                add_sqlite_args(&mut args, cells)?;
                changed += sqlx::query_with(AssertSqlSafe(text), args).execute(&mut **tx).await?.rows_affected();
            }
        }
        Ok(changed)
    }

    /// On Postgres a statement is a transaction.
    pub(super) async fn run_on_postgres(self, on: &mut PgConnection) -> Result<u64, StoreError> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let statements: Vec<_> = self.0.iter().map(|(sql, rows)| (*sql, rows.width)).collect();
        let mut args = PgArguments::default();
        for (_, rows) in self.0 {
            add_columns(&mut args, rows)?;
        }
        let row = on.fetch_one(sqlx::query_with(AssertSqlSafe(together(&statements)), args)).await?;
        Ok(row.try_get::<i64, _>(0)?.cast_unsigned())
    }

    /// In a transaction of their own. To be awaited to its end: left halfway it may leave the connection amidst one.
    pub(super) async fn commit_on_sqlite(self, write: &SqlitePool) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let (mut text, mut args) = ("begin immediate;".to_owned(), SqliteArguments::default());
        for (sql, rows) in self.0 {
            for (portion, cells) in portions(sql, rows) {
                text.push_str(&portion);
                text.push(';');
                add_sqlite_args(&mut args, cells)?;
            }
        }
        text.push_str("commit");
        let mut on = write.acquire().await?;
        if let Err(e) = on.execute(sqlx::query_with(AssertSqlSafe(text), args)).await {
            // Fails where the beginning did.
            let _ended = on.execute("rollback").await;
            return Err(e.into());
        }
        Ok(())
    }
}

/// The texts for SQLite that have room for these rows, each with the cells that fill it.
fn portions(sql: &'static Sql, rows: Rows) -> Vec<(Arc<str>, Vec<Val>)> {
    let (mut left, width) = (rows.len(), rows.width);
    let (mut portions, mut cells) = (Vec::new(), rows.cells.into_iter());
    while left > 0 {
        let n = ROOMS.iter().position(|room| *room >= left).unwrap_or(ROOMS.len() - 1);
        let taken = left.min(ROOMS[n]);
        left -= taken;
        let mut filled: Vec<Val> = cells.by_ref().take(taken * width).collect();
        filled.resize(ROOMS[n] * width, Val::Int(None));
        portions.push((sql.room(n), filled));
    }
    portions
}

/// Statements as one of Postgres', made once: a program writes few things together.
fn together(statements: &[(&'static Sql, usize)]) -> Arc<str> {
    static TEXTS: LazyLock<RwLock<HashMap<Vec<usize>, Arc<str>>>> = LazyLock::new(RwLock::default);
    // Each is a static of its own, known by where it stands.
    let key: Vec<usize> = statements.iter().map(|(sql, _)| std::ptr::from_ref(*sql).addr()).collect();
    // A text is added whole: a panic elsewhere cannot have left the table half changed.
    if let Some(text) = TEXTS.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return text.clone();
    }
    let sources: Vec<_> = statements.iter().map(|(sql, width)| (sql.source, *width)).collect();
    let text: Arc<str> = dialect::together(&sources).into();
    TEXTS.write().unwrap_or_else(PoisonError::into_inner).insert(key, text.clone());
    text
}

/// Rows as the arrays that `unnest` takes, one for each column.
fn add_columns(args: &mut PgArguments, rows: Rows) -> Result<(), StoreError> {
    let (width, height) = (rows.width, rows.len());
    let mut columns: Vec<Vec<Val>> = (0..width).map(|_| Vec::with_capacity(height)).collect();
    for (at, cell) in rows.cells.into_iter().enumerate() {
        columns[at % width].push(cell);
    }
    for column in columns {
        macro_rules! array {
            ($variant:ident) => {
                args.add(column.into_iter().map(|v| if let Val::$variant(v) = v { v } else { None }).collect::<Vec<_>>())
            };
        }
        match column.first() {
            Some(Val::Int(_)) => array!(Int),
            Some(Val::Text(_)) => array!(Text),
            Some(Val::Uuid(_)) => array!(Uuid),
            Some(Val::Bool(_)) => array!(Bool),
            Some(Val::Json(_)) => {
                args.add(column.into_iter().map(|v| if let Val::Json(v) = v { v.map(Json) } else { None }).collect::<Vec<_>>())
            }
            other => return Err(StoreError::Other(sqlx::Error::Protocol(format!("no array of {other:?}")))),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}
