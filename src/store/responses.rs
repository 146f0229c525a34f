//! Responses and their answers.

use uuid::Uuid;

use super::{On, Rows, StoreError, Tx, q};
use crate::clock::Millis;
use crate::id::{SiteId, SurveyId};
use crate::sql;

/// What a shopper gave for one impression; it shares the impression's id.
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Response {
    pub site_id: SiteId,
    pub id: Uuid,
    pub survey_id: SurveyId,
    pub revision: i64,
    pub variant: Option<String>,
    pub started_at: Millis,
    pub completed_at: Option<Millis>,
    /// The page's address without its query.
    pub page: Option<String>,
    pub device: Option<String>,
    pub locale: Option<String>,
    pub order_id: Option<String>,
}

/// One thing said: an answer to a multiple choice has several.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AnswerItem {
    pub site_id: SiteId,
    pub response_id: Uuid,
    pub question: String,
    /// A choice's key, a number, `~text`, …; empty for an answer taken back.
    pub item: String,
    /// What was typed.
    pub body: Option<String>,
    /// The sender's clock.
    pub at: Millis,
}

/// Stores responses; of those that exist the beginning moves back and the completion is added.
pub async fn upsert(tx: &mut Tx, responses: &[Response]) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    for r in responses {
        rows.push([
            r.site_id.into(),
            r.id.into(),
            r.survey_id.into(),
            r.revision.into(),
            r.variant.as_deref().into(),
            r.started_at.into(),
            r.completed_at.into(),
            r.page.as_deref().into(),
            r.device.as_deref().into(),
            r.locale.as_deref().into(),
            r.order_id.as_deref().into(),
        ]);
    }
    let query = q(sql!(
        "insert into responses (site_id, id, survey_id, revision, variant, started_at, completed_at, page, device, locale, order_id)
         {rows:int uuid int int text int int text text text text}
         on conflict (site_id, id) do update set
             started_at = case when excluded.started_at < responses.started_at then excluded.started_at else responses.started_at end,
             completed_at = coalesce(excluded.completed_at, responses.completed_at),
             page = coalesce(responses.page, excluded.page),
             device = coalesce(responses.device, excluded.device),
             locale = coalesce(responses.locale, excluded.locale),
             order_id = coalesce(responses.order_id, excluded.order_id)"
    ));
    query.execute_rows(tx, rows).await?;
    Ok(())
}

/// Responses by id, in no order; those that do not exist are left out.
pub async fn by_ids(on: impl Into<On<'_>>, site: SiteId, ids: Vec<Uuid>) -> Result<Vec<Response>, StoreError> {
    let query = q(sql!(
        "select site_id, id, survey_id, revision, variant, started_at, completed_at, page, device, locale, order_id
         from responses where site_id = $1 and id {in:2}"
    ));
    query.bind(site).bind(ids).all(on).await
}

/// Everything said so far in these responses, withdrawn answers included, in the order of their keys.
pub async fn answers(on: impl Into<On<'_>>, site: SiteId, ids: Vec<Uuid>) -> Result<Vec<AnswerItem>, StoreError> {
    let query = q(sql!(
        "select site_id, response_id, question, item, body, at from answers
         where site_id = $1 and response_id {in:2}"
    ));
    let mut items: Vec<AnswerItem> = query.bind(site).bind(ids).all(on).await?;
    // Not asked of Postgres, which would then walk the site in that order rather than look up each id.
    items.sort_unstable_by(|a, b| (a.response_id, &a.question, &a.item).cmp(&(b.response_id, &b.question, &b.item)));
    Ok(items)
}

/// Forgets the answer to a question, to make room for a newer one.
pub async fn delete_answer(tx: &mut Tx, site: SiteId, response: Uuid, question: &str) -> Result<(), StoreError> {
    let query = q(sql!("delete from answers where site_id = $1 and response_id = $2 and question = $3"));
    query.bind(site).bind(response).bind(question).execute(tx).await?;
    Ok(())
}

pub async fn insert_answers(tx: &mut Tx, items: &[AnswerItem]) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    for a in items {
        rows.push([
            a.site_id.into(),
            a.response_id.into(),
            (&*a.question).into(),
            (&*a.item).into(),
            a.body.as_deref().into(),
            a.at.into(),
        ]);
    }
    let query = q(sql!(
        "insert into answers (site_id, response_id, question, item, body, at)
         {rows:int uuid text text text int}
         on conflict (site_id, response_id, question, item) do update set body = excluded.body, at = excluded.at"
    ));
    query.execute_rows(tx, rows).await?;
    Ok(())
}

/// A survey's responses from newest to oldest, those before `before` (an id) only.
pub async fn page(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Response>, StoreError> {
    let query = q(sql!(
        "select site_id, id, survey_id, revision, variant, started_at, completed_at, page, device, locale, order_id
         from responses {by_index:responses_by_survey} where site_id = $1 and survey_id = $2 and id < $3
         order by id desc limit $4"
    ));
    query.bind(site).bind(survey).bind(before.unwrap_or(Uuid::max())).bind(limit).all(on).await
}
