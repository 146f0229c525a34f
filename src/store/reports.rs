//! What reports read: roll-ups, so a report costs the same over a thousand and over five million responses.

use uuid::Uuid;

use super::{Db, On, StoreError, q, responses};
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

/// Every counter of a survey, day by day: day, question, item, n.
pub async fn daily(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    from: i32,
    until: i32,
) -> Result<Vec<(i64, String, String, i64)>, StoreError> {
    let query =
        q(sql!("select day, question, item, n from rollups where site_id = $1 and survey_id = $2 and day between $3 and $4"));
    query.bind(site).bind(survey).bind(from).bind(until).all(on).await
}

/// How many have answered a survey, ever, and on one day: for its quota.
pub async fn answered(on: impl Into<On<'_>>, site: SiteId, survey: SurveyId, today: i32) -> Result<(i64, i64), StoreError> {
    let query = q(sql!(
        "select cast(coalesce(sum(n), 0) as bigint), cast(coalesce(sum(case when day = $3 then n else 0 end), 0) as bigint)
         from rollups where site_id = $1 and survey_id = $2 and question = '' and item = 'answered'"
    ));
    query.bind(site).bind(survey).bind(today).one(on).await
}

/// Something that was typed.
#[derive(Debug)]
pub struct Text {
    pub item: String,
    pub body: String,
    pub at: Millis,
    /// The page's address without its query.
    pub page: Option<String>,
}

/// Responses that are looked at in one go for texts.
const PORTION: i64 = 500;

/// What was typed in the newest responses, up to `limit` of them: question and text, response by response.
pub async fn typed(
    db: &Db,
    site: SiteId,
    survey: SurveyId,
    from: Uuid,
    until: Uuid,
    limit: i64,
) -> Result<Vec<Vec<(String, String)>>, StoreError> {
    let given = responses::given(db, site, survey, from, until, limit).await?;
    let said = |response: responses::Given| {
        let items = responses::decode(site, response.id, response.answers.as_deref())?;
        Ok(items.into_iter().filter_map(|item| Some((item.question, item.body?))).collect())
    };
    given.into_iter().map(said).collect()
}

/// What people typed in answer to one question, newest first; `from` and `until` bound the ids.
pub async fn texts(
    db: &Db,
    site: SiteId,
    survey: SurveyId,
    question: &str,
    from: Uuid,
    until: Uuid,
    limit: usize,
) -> Result<Vec<Text>, StoreError> {
    let (mut texts, mut until) = (Vec::new(), until);
    loop {
        let given = responses::given(db, site, survey, from, until, PORTION).await?;
        for response in &given {
            let said = responses::decode(site, response.id, response.answers.as_deref())?;
            let typed = said
                .into_iter()
                .filter(|item| item.question == question)
                .filter_map(|item| Some(Text { item: item.item, body: item.body?, at: item.at, page: response.page.clone() }));
            texts.extend(typed);
        }
        match given.last() {
            Some(last) if texts.len() < limit && given.len() as i64 == PORTION => until = last.id,
            _ => break,
        }
    }
    texts.truncate(limit);
    Ok(texts)
}
