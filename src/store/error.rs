//! What can go wrong with the database. "Not found" is an `Option`, never an error.

use std::fmt;

#[derive(thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or has no room: the caller may try again.
    #[error("database unavailable: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// A unique key exists already.
    #[error("already exists")]
    Duplicate,
    /// A value the database refuses: a constraint, or text it cannot hold.
    #[error("refused by the database: {0}")]
    Refused(#[source] sqlx::Error),
    /// A stored value that can no longer be read: broken data, not a broken request.
    #[error("unreadable {column} in {table}, row {row}: {cause}")]
    Corrupt { table: &'static str, column: &'static str, row: String, cause: String },
    /// Another node stored the same thing in between, or both waited for each other: begin again.
    #[error("overtaken by another node")]
    Overtaken,
    /// An update that should have met one row met another number.
    #[error("expected one row, {0} changed")]
    RowCount(u64),
    #[error("migration failed: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error(transparent)]
    Other(sqlx::Error),
}

impl fmt::Debug for StoreError {
    /// Without the details in which Postgres repeats a row: it may be somebody's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, error) = match self {
            Self::Unavailable(error) => ("Unavailable", error),
            Self::Refused(error) => ("Refused", error),
            Self::Other(error) => ("Other", error),
            _ => return fmt::Display::fmt(self, f),
        };
        match error.as_database_error() {
            Some(said) => f
                .debug_struct(name)
                .field("message", &said.message())
                .field("code", &said.code())
                .field("table", &said.table())
                .field("constraint", &said.constraint())
                .finish(),
            None => f.debug_tuple(name).field(error).finish(),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(e: sqlx::Error) -> Self {
        use sqlx::Error as E;
        use sqlx::error::ErrorKind as K;
        match &e {
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => Self::Unavailable(e),
            E::Database(d) => match (d.kind(), d.code().as_deref()) {
                (K::UniqueViolation, _) => Self::Duplicate,
                // 1811: SQLite's code for RESTRICT, which sqlx does not class as a foreign key violation.
                (K::ForeignKeyViolation | K::NotNullViolation | K::CheckViolation, _) | (_, Some("1811")) => Self::Refused(e),
                // Postgres: 40 deadlock or serialization.
                (_, Some(c)) if c.len() == 5 && c.starts_with("40") => Self::Overtaken,
                // Postgres: 08 connection, 53 no room or too many connections, 57P0x shutting down.
                (_, Some(c)) if ["08", "53", "57P"].iter().any(|p| c.len() == 5 && c.starts_with(p)) => Self::Unavailable(e),
                // SQLite: 5 busy, 6 locked, 10 I/O, 13 full; the low byte is the primary code.
                (_, Some(c)) if c.parse::<i32>().is_ok_and(|c| c < 10_000 && matches!(c & 0xff, 5 | 6 | 10 | 13)) => {
                    Self::Unavailable(e)
                }
                // Postgres: 22 data exception, for example text with U+0000.
                (_, Some(c)) if c.len() == 5 && c.starts_with("22") => Self::Refused(e),
                _ => Self::Other(e),
            },
            _ => Self::Other(e),
        }
    }
}

/// Demands that an update by key met its one row.
pub fn exactly_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::RowCount(rows)) }
}
