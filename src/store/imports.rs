//! Files of orders and people that are brought in, and how far each has come.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::words::words;
use crate::id::{ImportId, SiteId};
use crate::sql;

words! {
    /// What a file holds.
    #[derive(clap::ValueEnum)]
    pub enum Kind {
        Orders = "orders",
        Customers = "customers",
    }
}

words! {
    pub enum ImportStatus {
        /// Uploaded; its owner has not said yes.
        Waiting = "waiting",
        Running = "running",
        Finished = "finished",
    }
}

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flaw {
    pub line: u64,
    /// Empty where the row as a whole cannot be read.
    pub field: String,
    pub reason: String,
}

/// How many refused rows are kept with an import; a file with more of them has one mistake many times.
pub const FLAWS: usize = 100;

#[derive(Clone, Debug)]
pub struct Import {
    pub site: SiteId,
    pub id: ImportId,
    pub kind: Kind,
    /// Of the file.
    pub name: String,
    /// SHA-256 of what the owner mapped and of the content.
    pub digest: Vec<u8>,
    /// Field and column, where the owner said so.
    pub columns: Vec<(String, String)>,
    pub status: ImportStatus,
    /// Rows, where they were counted.
    pub total: Option<i64>,
    /// Rows dealt with.
    pub done: i64,
    /// Of these, rows refused.
    pub failed: i64,
    /// The first [`FLAWS`] of them.
    pub flaws: Vec<Flaw>,
    /// An e-mail address, or `cli`.
    pub created_by: String,
    pub created_at: Millis,
    pub updated_at: Millis,
}

#[derive(sqlx::FromRow)]
struct ImportRow {
    site_id: SiteId,
    id: ImportId,
    kind: String,
    name: String,
    digest: Vec<u8>,
    columns: Json<Vec<(String, String)>>,
    status: String,
    total: Option<i64>,
    done: i64,
    failed: i64,
    flaws: Json<Vec<Flaw>>,
    created_by: String,
    created_at: Millis,
    updated_at: Millis,
}

impl TryFrom<ImportRow> for Import {
    type Error = StoreError;
    fn try_from(row: ImportRow) -> Result<Self, StoreError> {
        let corrupt =
            |column, cause: &str| StoreError::Corrupt { table: "imports", column, row: row.id.to_string(), cause: cause.into() };
        let kind = Kind::parse(&row.kind).ok_or_else(|| corrupt("kind", &row.kind))?;
        let status = ImportStatus::parse(&row.status).ok_or_else(|| corrupt("status", &row.status))?;
        Ok(Self {
            site: row.site_id,
            id: row.id,
            kind,
            name: row.name,
            digest: row.digest,
            columns: row.columns.0,
            status,
            total: row.total,
            done: row.done,
            failed: row.failed,
            flaws: row.flaws.0,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, id, kind, name, digest, columns, status, total, done, failed, flaws, created_by, created_at, updated_at
             from imports ",
            $rest
        )))
    };
}

/// A new import. The same file of the same name is [`StoreError::Duplicate`].
pub async fn insert(tx: &mut Tx, import: &Import, content: Option<Vec<u8>>) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into imports (site_id, id, kind, name, digest, columns, status, total, done, failed, flaws, content, created_by,
                              created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
    ));
    let rows = query
        .bind(import.site)
        .bind(import.id)
        .bind(import.kind.as_str())
        .bind(&*import.name)
        .bind(import.digest.clone())
        .bind(serde_json::json!(import.columns))
        .bind(import.status.as_str())
        .bind(import.total)
        .bind(import.done)
        .bind(import.failed)
        .bind(serde_json::json!(import.flaws))
        .bind(content)
        .bind(&*import.created_by)
        .bind(import.created_at)
        .bind(import.updated_at)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// Stores how far an import has come.
pub async fn update(tx: &mut Tx, import: &Import) -> Result<(), StoreError> {
    let query = q(sql!(
        "update imports set status = $3, total = $4, done = $5, failed = $6, flaws = $7, updated_at = $8 where site_id = $1 and id = $2"
    ));
    let rows = query
        .bind(import.site)
        .bind(import.id)
        .bind(import.status.as_str())
        .bind(import.total)
        .bind(import.done)
        .bind(import.failed)
        .bind(serde_json::json!(import.flaws))
        .bind(import.updated_at)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, id: ImportId) -> Result<Option<Import>, StoreError> {
    let query = select!("where site_id = $1 and id = $2").bind(site).bind(id);
    query.optional::<ImportRow>(on).await?.map(Import::try_from).transpose()
}

/// The same file, if it was begun before.
pub async fn of_file(
    on: impl Into<On<'_>>,
    site: SiteId,
    kind: Kind,
    name: &str,
    digest: &[u8],
) -> Result<Option<Import>, StoreError> {
    let query = select!("where site_id = $1 and kind = $2 and name = $3 and digest = $4");
    let query = query.bind(site).bind(kind.as_str()).bind(name).bind(digest.to_vec());
    query.optional::<ImportRow>(on).await?.map(Import::try_from).transpose()
}

/// Newest first.
pub async fn recent(on: impl Into<On<'_>>, site: SiteId, limit: i64) -> Result<Vec<Import>, StoreError> {
    let query = select!("where site_id = $1 order by id desc limit $2").bind(site).bind(limit);
    query.all::<ImportRow>(on).await?.into_iter().map(Import::try_from).collect()
}

/// An uploaded file, while it is kept.
pub async fn content(on: impl Into<On<'_>>, site: SiteId, id: ImportId) -> Result<Option<Vec<u8>>, StoreError> {
    let query = q(sql!("select content from imports where site_id = $1 and id = $2"));
    let row: Option<(Option<Vec<u8>>,)> = query.bind(site).bind(id).optional(on).await?;
    Ok(row.and_then(|(content,)| content))
}

/// Forgets an uploaded file; what is known of its import stays.
pub async fn drop_content(tx: &mut Tx, site: SiteId, id: ImportId) -> Result<(), StoreError> {
    let query = q(sql!("update imports set content = null where site_id = $1 and id = $2"));
    exactly_one(query.bind(site).bind(id).execute(tx).await?)
}

pub async fn delete(tx: &mut Tx, site: SiteId, id: ImportId) -> Result<(), StoreError> {
    q(sql!("delete from imports where site_id = $1 and id = $2")).bind(site).bind(id).execute(tx).await?;
    Ok(())
}

/// Forgets uploads that nobody said yes to, once they are older than `before`.
pub async fn purge_waiting(tx: &mut Tx, before: Millis) -> Result<u64, StoreError> {
    q(sql!("delete from imports where status = 'waiting' and content is not null and updated_at < $1"))
        .bind(before)
        .execute(tx)
        .await
}
