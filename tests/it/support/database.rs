//! A database of its own for each test.

use exitpoll::id::secret;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

pub struct Database {
    pub url: String,
    /// Holds the SQLite file.
    _dir: Option<tempfile::TempDir>,
}

impl Database {
    pub async fn create(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let dir = tempfile::tempdir().unwrap();
                Self { url: format!("sqlite://{}", dir.path().join("test.db").display()), _dir: Some(dir) }
            }
            Backend::Postgres => {
                let server = std::env::var("TEST_POSTGRES_URL").expect(
                    "TEST_POSTGRES_URL is needed, such as postgres://postgres@127.0.0.1:5432/postgres; scripts/test sets it",
                );
                let name = format!("t_{}", secret(12).replace('-', "_").to_lowercase());
                let mut connection = PgConnection::connect(&server).await.unwrap();
                sqlx::query(AssertSqlSafe(format!("create database {name}"))).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
                let (front, _) = server.rsplit_once('/').unwrap();
                Self { url: format!("{front}/{name}"), _dir: None }
            }
        }
    }
}
