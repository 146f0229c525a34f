//! Migrations: one folder for both databases, with type marks filled in. Several nodes may start at once; sqlx takes a lock.

use sqlx::migrate::{Migration, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::dialect::expand_ddl;
use super::{Db, StoreError};

static SOURCE: Migrator = sqlx::migrate!("./migrations");

pub async fn migrate(db: &Db) -> Result<(), StoreError> {
    let migrator = Migrator::with_migrations(
        SOURCE
            .iter()
            .map(|m| {
                let sql = AssertSqlSafe(expand_ddl(m.sql.as_str(), db.dialect())).into_sql_str();
                Migration::new(m.version, m.description.clone(), m.migration_type, sql, m.no_tx)
            })
            .collect(),
    );
    match db {
        Db::Sqlite { write, .. } => migrator.run(write).await?,
        Db::Postgres(pool) => migrator.run(pool).await?,
    }
    Ok(())
}

/// How many migrations this build knows: readiness compares it with the database.
pub fn expected_migrations() -> i64 {
    SOURCE.iter().count() as i64
}
