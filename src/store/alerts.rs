//! What a store's people were told of, and what they still should know.

use uuid::Uuid;

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::domain::alert::Severity;
use crate::id::SiteId;
use crate::sql;

#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub site: SiteId,
    /// A UUIDv7 of when it was raised.
    pub id: Uuid,
    /// A stable code.
    pub cause: String,
    /// What it is about.
    pub subject: String,
    pub severity: Severity,
    /// How bad it was at worst since somebody was told.
    pub level: i64,
    pub title: String,
    pub detail: String,
    /// After `/admin/{site}/`.
    pub path: String,
    pub raised_at: Millis,
    pub last_seen_at: Millis,
    pub resolved_at: Option<Millis>,
    pub told_at: Option<Millis>,
    pub times: i64,
    pub muted_until: Option<Millis>,
    /// How it is mailed, or was last.
    pub mail: Option<Severity>,
    /// It waits to be mailed.
    pub mail_due: Option<Millis>,
    pub mailed_at: Option<Millis>,
}

#[derive(sqlx::FromRow)]
struct AlertRow {
    site_id: SiteId,
    id: Uuid,
    cause: String,
    subject: String,
    severity: String,
    level: i64,
    title: String,
    detail: String,
    path: String,
    raised_at: Millis,
    last_seen_at: Millis,
    resolved_at: Option<Millis>,
    told_at: Option<Millis>,
    times: i64,
    muted_until: Option<Millis>,
    mail: Option<String>,
    mail_due: Option<Millis>,
    mailed_at: Option<Millis>,
}

impl TryFrom<AlertRow> for Alert {
    type Error = StoreError;
    fn try_from(row: AlertRow) -> Result<Self, StoreError> {
        let severity = |column, word: &str| {
            Severity::parse(word).ok_or_else(|| StoreError::Corrupt {
                table: "alerts",
                column,
                row: row.id.to_string(),
                cause: word.to_owned(),
            })
        };
        Ok(Self {
            severity: severity("severity", &row.severity)?,
            mail: row.mail.as_deref().map(|word| severity("mail", word)).transpose()?,
            site: row.site_id,
            id: row.id,
            cause: row.cause,
            subject: row.subject,
            level: row.level,
            title: row.title,
            detail: row.detail,
            path: row.path,
            raised_at: row.raised_at,
            last_seen_at: row.last_seen_at,
            resolved_at: row.resolved_at,
            told_at: row.told_at,
            times: row.times,
            muted_until: row.muted_until,
            mail_due: row.mail_due,
            mailed_at: row.mailed_at,
        })
    }
}

impl Alert {
    pub fn is_muted(&self, now: Millis) -> bool {
        self.muted_until.is_some_and(|until| until > now)
    }
}

/// A new one. `false`: another node raised it in between.
pub async fn insert(tx: &mut Tx, a: &Alert) -> Result<bool, StoreError> {
    let query = q(sql!(
        "insert into alerts (site_id, id, cause, subject, severity, level, title, detail, path, last_seen_at, resolved_at,
                             told_at, times, muted_until, mail, mail_due, mailed_at, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
         on conflict (site_id, cause, subject) where resolved_at is null do nothing"
    ));
    let query = query.bind(a.site).bind(a.id).bind(&*a.cause).bind(&*a.subject);
    Ok(state(query, a).bind(a.raised_at).execute(tx).await? == 1)
}

/// Stores how it stands now. It may have been over, and is not any more.
pub async fn update(tx: &mut Tx, a: &Alert) -> Result<(), StoreError> {
    let query = q(sql!(
        "update alerts set severity = $3, level = $4, title = $5, detail = $6, path = $7, last_seen_at = $8, resolved_at = $9,
                told_at = $10, times = $11, muted_until = $12, mail = $13, mail_due = $14, mailed_at = $15
         where site_id = $1 and id = $2"
    ));
    exactly_one(state(query.bind(a.site).bind(a.id), a).execute(tx).await?)
}

fn state(query: super::Query, a: &Alert) -> super::Query {
    query
        .bind(a.severity.as_str())
        .bind(a.level)
        .bind(&*a.title)
        .bind(&*a.detail)
        .bind(&*a.path)
        .bind(a.last_seen_at)
        .bind(a.resolved_at)
        .bind(a.told_at)
        .bind(a.times)
        .bind(a.muted_until)
        .bind(a.mail.map(Severity::as_str))
        .bind(a.mail_due)
        .bind(a.mailed_at)
}

macro_rules! select {
    ($rest:literal) => {
        q(sql!(concat!(
            "select site_id, id, cause, subject, severity, level, title, detail, path, raised_at, last_seen_at, resolved_at, told_at,
                    times, muted_until, mail, mail_due, mailed_at
             from alerts ",
            $rest
        )))
    };
}

async fn all(query: super::Query, on: impl Into<On<'_>>) -> Result<Vec<Alert>, StoreError> {
    query.all::<AlertRow>(on).await?.into_iter().map(Alert::try_from).collect()
}

/// The last one of a cause and a subject, over or not, kept away from other writers.
pub async fn last(tx: &mut Tx, site: SiteId, cause: &str, subject: &str) -> Result<Option<Alert>, StoreError> {
    let query = select!(
        "{by_index:alerts_by_cause} where site_id = $1 and cause = $2 and subject = $3 order by id desc limit 1 {for_update:alerts}"
    );
    query.bind(site).bind(cause).bind(subject).optional::<AlertRow>(tx).await?.map(Alert::try_from).transpose()
}

pub async fn find(on: impl Into<On<'_>>, site: SiteId, id: Uuid) -> Result<Option<Alert>, StoreError> {
    let query = select!("where site_id = $1 and id = $2").bind(site).bind(id);
    query.optional::<AlertRow>(on).await?.map(Alert::try_from).transpose()
}

/// Those that are not over, the newest first.
pub async fn open(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<Alert>, StoreError> {
    let query = select!("{by_index:alerts_open} where site_id = $1 and resolved_at is null order by id desc");
    all(query.bind(site), on).await
}

/// How many are not over, of those that are not muted.
pub async fn count_open(on: impl Into<On<'_>>, site: SiteId, now: Millis) -> Result<i64, StoreError> {
    let query = q(sql!(
        "select count(*) from alerts {by_index:alerts_open}
         where site_id = $1 and resolved_at is null and (muted_until is null or muted_until <= $2)"
    ));
    let (n,): (i64,) = query.bind(site).bind(now).one(on).await?;
    Ok(n)
}

/// Those that are over, from the newest to the oldest, behind `before` only.
pub async fn past(on: impl Into<On<'_>>, site: SiteId, before: Option<Uuid>, limit: i64) -> Result<Vec<Alert>, StoreError> {
    let query = select!("where site_id = $1 and id < $2 and resolved_at is not null order by id desc limit $3");
    all(query.bind(site).bind(before.unwrap_or(Uuid::max())).bind(limit), on).await
}

/// Those whose mail is due, the longest waiting first, kept away from other writers.
pub async fn to_mail(tx: &mut Tx, site: SiteId, now: Millis) -> Result<Vec<Alert>, StoreError> {
    let query = select!(
        "{by_index:alerts_to_mail} where site_id = $1 and mail_due is not null and mail_due <= $2 order by mail_due, id {for_update:alerts}"
    );
    all(query.bind(site).bind(now), tx).await
}

/// Urgent mails since a moment.
pub async fn mailed(on: impl Into<On<'_>>, site: SiteId, since: Millis) -> Result<i64, StoreError> {
    let query = q(sql!(
        "select count(*) from alerts {by_index:alerts_mailed}
         where site_id = $1 and mailed_at is not null and mailed_at > $2 and mail = 'urgent'"
    ));
    let (n,): (i64,) = query.bind(site).bind(since).one(on).await?;
    Ok(n)
}

/// Forgets those that were raised before an id and are over.
pub async fn purge(tx: &mut Tx, site: SiteId, before: Uuid) -> Result<u64, StoreError> {
    let query = q(sql!("delete from alerts where site_id = $1 and id < $2 and resolved_at is not null"));
    query.bind(site).bind(before).execute(tx).await
}
