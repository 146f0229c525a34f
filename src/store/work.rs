//! A unit of work that seldom has to look before it writes.

use sqlx::pool::PoolConnection;
use sqlx::postgres::Postgres;

use super::rows::Writes;
use super::{Db, StoreError, Tx};

/// Who commits over and over. On Postgres it keeps its connection, whose process then has at hand what it needs; SQLite's is
/// everybody's.
pub struct Writer {
    db: Db,
    kept: Option<PoolConnection<Postgres>>,
}

impl Writer {
    pub fn new(db: Db) -> Self {
        Self { db, kept: None }
    }

    async fn commit(&mut self, writes: Writes) -> Result<(), StoreError> {
        let pool = match &self.db {
            Db::Sqlite { write, .. } => return writes.commit_on_sqlite(write).await,
            Db::Postgres(pool) => pool,
        };
        // Put back only when all went well: a broken one is not tried again.
        let mut connection = match self.kept.take() {
            Some(kept) => kept,
            None => pool.acquire().await?,
        };
        writes.run_on_postgres(&mut connection).await?;
        self.kept = Some(connection);
        Ok(())
    }
}

/// Collects what is to be written; it goes to the database at one go, at the end. Who must see or write something before then gets
/// a transaction, which holds the rest as well.
pub struct Work<'a> {
    writer: &'a mut Writer,
    tx: Option<Tx>,
    /// Written at the end.
    pub writes: Writes,
}

impl<'a> Work<'a> {
    pub fn new(writer: &'a mut Writer) -> Self {
        Self { writer, tx: None, writes: Writes::default() }
    }

    /// The transaction, begun when it is first asked for.
    pub async fn tx(&mut self) -> Result<&mut Tx, StoreError> {
        let tx = match self.tx.take() {
            Some(begun) => begun,
            None => self.writer.db.begin().await?,
        };
        Ok(self.tx.insert(tx))
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        let Some(mut tx) = self.tx else { return self.writer.commit(self.writes).await };
        self.writes.run(&mut tx).await?;
        tx.commit().await
    }
}
