//! What reports read: roll-ups, so a report costs the same over a thousand and over five million responses.

use super::{On, StoreError, q};
use crate::clock::Millis;
use crate::id::{SiteId, SurveyId};
use crate::sql;

#[derive(Debug, sqlx::FromRow)]
pub struct Count {
    /// Empty for the survey itself.
    pub question: String,
    pub item: String,
    pub n: i64,
}

/// Every counter of a survey, added up over days `from..=until`.
pub async fn totals(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    from: i32,
    until: i32,
) -> Result<Vec<Count>, StoreError> {
    let query = q(sql!(
        "select question, item, cast(sum(n) as bigint) as n from rollups
         where site_id = $1 and survey_id = $2 and day between $3 and $4
         group by question, item having sum(n) <> 0"
    ));
    query.bind(site).bind(survey).bind(from).bind(until).all(on).await
}

/// The survey's own counters by day: day, item, n.
pub async fn by_day(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    from: i32,
    until: i32,
) -> Result<Vec<(i64, String, i64)>, StoreError> {
    let query = q(sql!(
        "select day, item, n from rollups
         where site_id = $1 and survey_id = $2 and day between $3 and $4 and question = ''
         order by day"
    ));
    query.bind(site).bind(survey).bind(from).bind(until).all(on).await
}

/// The survey's own counters for every survey of a site: survey, item, n.
pub async fn by_survey(
    on: impl Into<On<'_>>,
    site: SiteId,
    from: i32,
    until: i32,
) -> Result<Vec<(SurveyId, String, i64)>, StoreError> {
    let query = q(sql!(
        "select survey_id, item, cast(sum(n) as bigint) from rollups
         where site_id = $1 and survey_id in (select id from surveys where site_id = $1)
           and day between $2 and $3 and question = ''
         group by survey_id, item"
    ));
    query.bind(site).bind(from).bind(until).all(on).await
}

/// How many have answered a survey, ever, and on one day: for its quota.
pub async fn answered(on: impl Into<On<'_>>, site: SiteId, survey: SurveyId, today: i32) -> Result<(i64, i64), StoreError> {
    let query = q(sql!(
        "select cast(coalesce(sum(n), 0) as bigint), cast(coalesce(sum(case when day = $3 then n else 0 end), 0) as bigint)
         from rollups where site_id = $1 and survey_id = $2 and question = '' and item = 'answered'"
    ));
    query.bind(site).bind(survey).bind(today).one(on).await
}

#[derive(Debug, sqlx::FromRow)]
pub struct Text {
    pub item: String,
    pub body: String,
    pub at: Millis,
    pub page: Option<String>,
}

/// What people typed in answer to one question, newest first; `from` and `until` bound the ids.
pub async fn texts(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    question: &str,
    from: uuid::Uuid,
    until: uuid::Uuid,
    limit: i64,
) -> Result<Vec<Text>, StoreError> {
    let query = q(sql!(
        "select a.item, a.body, a.at, r.page
         from responses r {by_index:responses_by_survey}
         join answers a on a.site_id = r.site_id and a.response_id = r.id
         where r.site_id = $1 and r.survey_id = $2 and r.id >= $4 and r.id < $5
           and a.question = $3 and a.body is not null
         order by r.id desc limit $6"
    ));
    query.bind(site).bind(survey).bind(question).bind(from).bind(until).bind(limit).all(on).await
}
