//! Surveys and their immutable revisions.

use sqlx::types::Json;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::survey::Survey;
use crate::id::{SiteId, SurveyId};
use crate::sql;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Draft,
    Live,
    Paused,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
            Self::Paused => "paused",
        }
    }

    pub(super) fn parse(s: &str) -> Option<Self> {
        [Self::Draft, Self::Live, Self::Paused].into_iter().find(|status| status.as_str() == s)
    }
}

/// A survey without its document.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: SurveyId,
    pub key: String,
    pub name: String,
    pub kind: String,
    pub status: Status,
    /// The newest published revision, 0 before the first.
    pub revision: i64,
    pub updated_at: Millis,
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: SurveyId,
    key: String,
    name: String,
    kind: String,
    status: String,
    revision: i64,
    updated_at: Millis,
}

impl TryFrom<EntryRow> for Entry {
    type Error = StoreError;
    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let status = Status::parse(&row.status).ok_or_else(|| StoreError::Corrupt {
            table: "surveys",
            column: "status",
            row: row.id.to_string(),
            cause: row.status.clone(),
        })?;
        let EntryRow { id, key, name, kind, revision, updated_at, .. } = row;
        Ok(Self { id, key, name, kind, status, revision, updated_at })
    }
}

/// A document as it was published.
#[derive(Clone, Debug)]
pub struct Revision {
    pub survey: SurveyId,
    pub number: i64,
    pub document: Survey,
}

#[derive(sqlx::FromRow)]
struct RevisionRow {
    survey_id: SurveyId,
    number: i64,
    document: Json<serde_json::Value>,
}

impl TryFrom<RevisionRow> for Revision {
    type Error = StoreError;
    fn try_from(row: RevisionRow) -> Result<Self, StoreError> {
        let document = Survey::parse(&row.document.0).map_err(|problems| StoreError::Corrupt {
            table: "revisions",
            column: "document",
            row: format!("{} {}", row.survey_id, row.number),
            cause: problems.first().map(|p| format!("{}: {}", p.path, p.message)).unwrap_or_default(),
        })?;
        Ok(Self { survey: row.survey_id, number: row.number, document })
    }
}

/// A new draft. A key that is taken is [`StoreError::Duplicate`].
pub async fn insert(tx: &mut Tx, site: SiteId, id: SurveyId, draft: &Survey, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!(
        "insert into surveys (site_id, id, key, name, kind, status, draft, revision, created_at, updated_at)
         values ($1, $2, $3, $4, $5, 'draft', $6, 0, $7, $7)"
    ));
    let rows = query
        .bind(site)
        .bind(id)
        .bind(&*draft.key)
        .bind(&*draft.name)
        .bind(draft.kind.as_str())
        .bind(draft.to_value())
        .bind(now)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

pub async fn update_draft(tx: &mut Tx, site: SiteId, id: SurveyId, draft: &Survey, now: Millis) -> Result<(), StoreError> {
    let query =
        q(sql!("update surveys set key = $3, name = $4, kind = $5, draft = $6, updated_at = $7 where site_id = $1 and id = $2"));
    let rows = query
        .bind(site)
        .bind(id)
        .bind(&*draft.key)
        .bind(&*draft.name)
        .bind(draft.kind.as_str())
        .bind(draft.to_value())
        .bind(now)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

/// Freezes a document as the next revision and makes it live; answers with the revision's number.
pub async fn publish(
    tx: &mut Tx,
    site: SiteId,
    id: SurveyId,
    document: &Survey,
    by: &str,
    now: Millis,
) -> Result<i64, StoreError> {
    let query = q(sql!(
        "update surveys set status = 'live', revision = revision + 1, updated_at = $3
         where site_id = $1 and id = $2 returning revision"
    ));
    let row: Option<(i64,)> = query.bind(site).bind(id).bind(now).optional(&mut *tx).await?;
    let (number,) = row.ok_or(StoreError::RowCount(0))?;
    let query = q(sql!(
        "insert into revisions (site_id, survey_id, number, document, published_at, published_by)
         values ($1, $2, $3, $4, $5, $6)"
    ));
    let query = query.bind(site).bind(id).bind(number).bind(document.to_value()).bind(now).bind(by);
    exactly_one(query.execute(tx).await?)?;
    Ok(number)
}

/// Pauses a survey, or lets its newest revision run again.
pub async fn set_status(tx: &mut Tx, site: SiteId, id: SurveyId, status: Status, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("update surveys set status = $3, updated_at = $4 where site_id = $1 and id = $2"));
    exactly_one(query.bind(site).bind(id).bind(status.as_str()).bind(now).execute(tx).await?)
}

pub async fn list(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Entry>, StoreError> {
    let query =
        q(sql!("select id, key, name, kind, status, revision, updated_at from surveys where site_id = $1 order by id desc"));
    query.bind(site).all::<EntryRow>(on).await?.into_iter().map(Entry::try_from).collect()
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, id: SurveyId) -> Result<Option<Entry>, StoreError> {
    let query = q(sql!("select id, key, name, kind, status, revision, updated_at from surveys where site_id = $1 and id = $2"));
    query.bind(site).bind(id).optional::<EntryRow>(on).await?.map(Entry::try_from).transpose()
}

pub async fn by_key(on: impl Into<On<'_>>, site: SiteId, key: &str) -> Result<Option<Entry>, StoreError> {
    let query = q(sql!("select id, key, name, kind, status, revision, updated_at from surveys where site_id = $1 and key = $2"));
    query.bind(site).bind(key).optional::<EntryRow>(on).await?.map(Entry::try_from).transpose()
}

/// The document as last saved.
pub async fn draft(on: impl Into<On<'_>>, site: SiteId, id: SurveyId) -> Result<Option<serde_json::Value>, StoreError> {
    let query = q(sql!("select draft from surveys where site_id = $1 and id = $2"));
    let row: Option<(Json<serde_json::Value>,)> = query.bind(site).bind(id).optional(on).await?;
    Ok(row.map(|(draft,)| draft.0))
}

/// A survey's documents as they are stored: to look through them all.
#[derive(Debug, sqlx::FromRow)]
pub struct Stored {
    pub id: SurveyId,
    pub name: String,
    /// As last saved.
    pub draft: Json<serde_json::Value>,
    /// The newest revision's, if there is one.
    pub published: Option<Json<serde_json::Value>>,
}

/// The documents of all surveys, by name.
pub async fn documents(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Stored>, StoreError> {
    let query = q(sql!(
        "select s.id, s.name, s.draft, r.document as published
         from surveys s left join revisions r on r.site_id = s.site_id and r.survey_id = s.id and r.number = s.revision
         where s.site_id = $1 order by s.name, s.id"
    ));
    query.bind(site).all(on).await
}

/// The revisions that pages may see now.
pub async fn live(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Revision>, StoreError> {
    let query = q(sql!(
        "select r.survey_id, r.number, r.document
         from surveys s join revisions r on r.site_id = s.site_id and r.survey_id = s.id and r.number = s.revision
         where s.site_id = $1 and s.status = 'live'
         order by s.id"
    ));
    query.bind(site).all::<RevisionRow>(on).await?.into_iter().map(Revision::try_from).collect()
}

pub async fn revision(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    number: i64,
) -> Result<Option<Revision>, StoreError> {
    let query =
        q(sql!("select survey_id, number, document from revisions where site_id = $1 and survey_id = $2 and number = $3"));
    query.bind(site).bind(survey).bind(number).optional::<RevisionRow>(on).await?.map(Revision::try_from).transpose()
}
