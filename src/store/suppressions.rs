//! Addresses that get nothing more, found by a hash that outlives an erasure.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::consent::Suppressed;
use crate::domain::suppression::Listed;
use crate::id::SiteId;
use crate::sql;

/// What stands against writing to an address.
pub async fn find(on: impl Into<On<'_>>, site: SiteId, hash: &[u8; 32]) -> Result<Option<Suppressed>, StoreError> {
    let query = q(sql!("select reason, at from suppressions where site_id = $1 and hash = $2"));
    let row: Option<(String, Millis)> = query.bind(site).bind(hash.to_vec()).optional(on).await?;
    row.map(|(word, at)| {
        let corrupt =
            || StoreError::Corrupt { table: "suppressions", column: "reason", row: site.to_string(), cause: word.clone() };
        Ok(Suppressed { reason: Listed::parse(&word).ok_or_else(corrupt)?.suppression(), at })
    })
    .transpose()
}

/// Suppresses an address. Of two reasons the graver is kept, of the same one the later. `source`: who said so.
pub async fn put(
    tx: &mut Tx,
    site: SiteId,
    hash: &[u8; 32],
    email: Option<&str>,
    suppressed: Suppressed,
    source: &str,
) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into suppressions (site_id, hash, email, reason, source, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (site_id, hash) do nothing"
    ));
    let (word, at) = (suppressed.reason.as_str(), suppressed.at);
    let query = query.bind(site).bind(hash.to_vec()).bind(email).bind(word).bind(source).bind(at);
    if query.execute(&mut *tx).await? == 1 || find(&mut *tx, site, hash).await? >= Some(suppressed) {
        return Ok(());
    }
    let query = q(sql!("update suppressions set reason = $3, source = $4, at = $5 where site_id = $1 and hash = $2"));
    exactly_one(query.bind(site).bind(hash.to_vec()).bind(word).bind(source).bind(at).execute(tx).await?)
}

/// An address on the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub hash: [u8; 32],
    /// Forgotten once the person is.
    pub email: Option<String>,
    pub reason: Listed,
    /// Who said so: `link`, `smtp`, an owner's address, ….
    pub source: String,
    pub at: Millis,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    hash: Vec<u8>,
    email: Option<String>,
    reason: String,
    source: String,
    at: Millis,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;
    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let corrupt =
            |column, cause: String| StoreError::Corrupt { table: "suppressions", column, row: row.at.to_string(), cause };
        let reason = Listed::parse(&row.reason).ok_or_else(|| corrupt("reason", row.reason.clone()))?;
        let length = row.hash.len();
        let hash = row.hash.try_into().map_err(|_| corrupt("hash", format!("{length} bytes")))?;
        Ok(Self { hash, email: row.email, reason, source: row.source, at: row.at })
    }
}

/// How an address came onto the list.
pub async fn entry(on: impl Into<On<'_>>, site: SiteId, hash: &[u8; 32]) -> Result<Option<Entry>, StoreError> {
    let query = q(sql!("select hash, email, reason, source, at from suppressions where site_id = $1 and hash = $2"));
    query.bind(site).bind(hash.to_vec()).optional::<EntryRow>(on).await?.map(Entry::try_from).transpose()
}

/// The list from the newest to the oldest, what comes after the entry `after` (moment and hash) only.
pub async fn page(
    on: impl Into<On<'_>>,
    site: SiteId,
    after: Option<(Millis, [u8; 32])>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let (at, hash) = after.unwrap_or((Millis::MAX, [0; 32]));
    let query = q(sql!(
        "select hash, email, reason, source, at from suppressions {by_index:suppressions_by_time}
         where site_id = $1 and (at, hash) < ($2, $3) order by at desc, hash desc limit $4"
    ));
    let rows: Vec<EntryRow> = query.bind(site).bind(at).bind(hash.to_vec()).bind(limit).all(on).await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Puts an address on the list, unless it is there already; `false` then.
pub async fn insert(tx: &mut Tx, site: SiteId, entry: &Entry) -> Result<bool, StoreError> {
    let query = q(sql!(
        "insert into suppressions (site_id, hash, email, reason, source, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (site_id, hash) do nothing"
    ));
    let query = query.bind(site).bind(entry.hash.to_vec()).bind(entry.email.as_deref()).bind(entry.reason.as_str());
    Ok(query.bind(&*entry.source).bind(entry.at).execute(tx).await? == 1)
}

/// Takes an address off the list; `false` if it was not on it.
pub async fn delete(tx: &mut Tx, site: SiteId, hash: &[u8; 32]) -> Result<bool, StoreError> {
    let query = q(sql!("delete from suppressions where site_id = $1 and hash = $2"));
    Ok(query.bind(site).bind(hash.to_vec()).execute(tx).await? == 1)
}

/// Suppresses an address for good and forgets it: only its hash stays.
pub async fn erase(tx: &mut Tx, site: SiteId, hash: &[u8; 32], source: &str, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into suppressions (site_id, hash, reason, source, at) values ($1, $2, 'erased', $3, $4)
         on conflict (site_id, hash) do update set email = null, reason = 'erased', source = excluded.source, at = excluded.at"
    ));
    exactly_one(query.bind(site).bind(hash.to_vec()).bind(source).bind(now).execute(tx).await?)
}
