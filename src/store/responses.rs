//! Responses and their answers: read from the impressions they were given in, with which they share a row.

use uuid::Uuid;

use super::{On, StoreError, q};
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// An [`AnswerItem`] as its row keeps it: question, item, body and time.
pub type Said<'a> = (&'a str, &'a str, Option<&'a str>, Millis);

/// What was said in one response, as its row keeps it: `[["reason","shipping",null,1732400000000],…]`.
pub fn encode<'a>(said: impl Iterator<Item = Said<'a>>) -> String {
    serde_json::to_string(&said.collect::<Vec<_>>()).expect("texts and numbers")
}

fn said(item: &AnswerItem) -> Said<'_> {
    (&item.question, &item.item, item.body.as_deref(), item.at)
}

/// The same read again, in the order of questions and items.
pub fn decode(site: SiteId, response: Uuid, stored: Option<&str>) -> Result<Vec<AnswerItem>, StoreError> {
    let Some(stored) = stored else { return Ok(Vec::new()) };
    let stored: Vec<(String, String, Option<String>, Millis)> = serde_json::from_str(stored).map_err(|e| {
        StoreError::Corrupt { table: "impressions", column: "answers", row: response.to_string(), cause: e.to_string() }
    })?;
    let item = |(question, item, body, at)| AnswerItem { site_id: site, response_id: response, question, item, body, at };
    let mut items: Vec<AnswerItem> = stored.into_iter().map(item).collect();
    items.sort_unstable_by(|a, b| (&a.question, &a.item).cmp(&(&b.question, &b.item)));
    Ok(items)
}

/// What was said, without what was typed; `None` if nothing was.
pub(super) fn without_texts(site: SiteId, response: Uuid, stored: Option<&str>) -> Result<Option<String>, StoreError> {
    let mut items = decode(site, response, stored)?;
    let mut typed = false;
    for item in &mut items {
        typed |= item.body.take().is_some();
    }
    Ok(typed.then(|| encode(items.iter().map(said))))
}

/// Responses by id, in no order; those that do not exist are left out.
pub async fn by_ids(on: impl Into<On<'_>>, site: SiteId, ids: Vec<Uuid>) -> Result<Vec<Response>, StoreError> {
    let query = q(sql!(
        "select i.site_id, i.id, i.survey_id, i.revision, i.variant, i.started_at, i.completed_at, i.page, i.device, i.locale, i.order_id
         from {look_up:impressions id 2} i where i.site_id = $1 and i.id = sought.id and i.started_at is not null"
    ));
    query.bind(site).bind(ids).all(on).await
}

/// Everything said so far in these responses, withdrawn answers included, in the order of response, question and item.
pub async fn answers(on: impl Into<On<'_>>, site: SiteId, ids: Vec<Uuid>) -> Result<Vec<AnswerItem>, StoreError> {
    let query = q(sql!(
        "select i.id, i.answers from {look_up:impressions id 2} i where i.site_id = $1 and i.id = sought.id and i.answers is not null"
    ));
    let mut rows: Vec<(Uuid, Option<String>)> = query.bind(site).bind(ids).all(on).await?;
    rows.sort_unstable_by_key(|(id, _)| *id);
    let mut items = Vec::new();
    for (id, stored) in rows {
        items.extend(decode(site, id, stored.as_deref())?);
    }
    Ok(items)
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
         from impressions {by_index:impressions_answered}
         where site_id = $1 and survey_id = $2 and id < $3 and started_at is not null
         order by id desc limit $4"
    ));
    query.bind(site).bind(survey).bind(before.unwrap_or(Uuid::max())).bind(limit).all(on).await
}

/// A survey's responses from the oldest to the newest, those after one id and before another.
pub async fn after(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    after: Uuid,
    before: Uuid,
    limit: i64,
) -> Result<Vec<Response>, StoreError> {
    let query = q(sql!(
        "select site_id, id, survey_id, revision, variant, started_at, completed_at, page, device, locale, order_id
         from impressions {by_index:impressions_answered}
         where site_id = $1 and survey_id = $2 and id > $3 and id < $4 and started_at is not null
         order by id limit $5"
    ));
    query.bind(site).bind(survey).bind(after).bind(before).bind(limit).all(on).await
}

/// The same, of every survey.
pub async fn all_after(
    on: impl Into<On<'_>>,
    site: SiteId,
    after: Uuid,
    before: Uuid,
    limit: i64,
) -> Result<Vec<Response>, StoreError> {
    let query = q(sql!(
        "select site_id, id, survey_id, revision, variant, started_at, completed_at, page, device, locale, order_id
         from impressions where site_id = $1 and id > $2 and id < $3 and started_at is not null order by id limit $4"
    ));
    query.bind(site).bind(after).bind(before).bind(limit).all(on).await
}

/// Which responses are asked for. Moments are those at which the survey was offered, as ids have them.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of one survey; of any, when absent.
    pub survey: Option<SurveyId>,
    /// The first id.
    pub from: Uuid,
    /// Ids below this one.
    pub before: Uuid,
    /// Only those that were completed, or only those that were not.
    pub completed: Option<bool>,
}

/// A site's responses from newest to oldest.
pub async fn list(on: impl Into<On<'_>>, site: SiteId, wanted: &Wanted, limit: i64) -> Result<Vec<Response>, StoreError> {
    let query = match wanted.survey {
        Some(_) => q(sql!(
            "select site_id, id, survey_id, revision, variant, started_at, completed_at, page, device, locale, order_id
             from impressions {by_index:impressions_answered}
             where site_id = $1 and survey_id = $6 and id >= $2 and id < $3 and started_at is not null
               and (cast($4 as boolean) is null or (completed_at is not null) = $4)
             order by id desc limit $5"
        )),
        None => q(sql!(
            "select site_id, id, survey_id, revision, variant, started_at, completed_at, page, device, locale, order_id
             from impressions
             where site_id = $1 and id >= $2 and id < $3 and started_at is not null
               and (cast($4 as boolean) is null or (completed_at is not null) = $4)
             order by id desc limit $5"
        )),
    };
    let query = query.bind(site).bind(wanted.from).bind(wanted.before).bind(wanted.completed).bind(limit);
    match wanted.survey {
        Some(survey) => query.bind(survey).all(on).await,
        None => query.all(on).await,
    }
}

/// What one response holds, with the page it was given on.
#[derive(sqlx::FromRow)]
pub(super) struct Given {
    pub id: Uuid,
    pub survey_id: SurveyId,
    pub page: Option<String>,
    pub answers: Option<String>,
}

/// A survey's responses with ids in `from..until`, from newest to oldest, as they are stored.
pub(super) async fn given(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    from: Uuid,
    until: Uuid,
    limit: i64,
) -> Result<Vec<Given>, StoreError> {
    let query = q(sql!(
        "select id, survey_id, page, answers from impressions {by_index:impressions_answered}
         where site_id = $1 and survey_id = $2 and id >= $3 and id < $4 and started_at is not null
         order by id desc limit $5"
    ));
    query.bind(site).bind(survey).bind(from).bind(until).bind(limit).all(on).await
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_said_is_read_as_it_was_written(said in prop::collection::vec((".{0,9}", ".{0,9}", prop::option::of(".{0,30}"), 0..i64::MAX), 0..9)) {
            let (site, response_id) = (SiteId(7), Uuid::from_u128(9));
            let item = |(question, item, body, at)| AnswerItem { site_id: site, response_id, question, item, body, at };
            let mut items: Vec<AnswerItem> = said.into_iter().map(item).collect();
            let read = decode(site, response_id, Some(&encode(items.iter().map(super::said)))).unwrap();
            items.sort_by(|a, b| (&a.question, &a.item).cmp(&(&b.question, &b.item)));
            prop_assert_eq!(read.len(), items.len());
            prop_assert!(read.iter().all(|item| items.contains(item)));
        }
    }

    #[test]
    fn damage_is_told() {
        assert!(matches!(decode(SiteId(7), Uuid::nil(), Some("[1]")), Err(StoreError::Corrupt { column: "answers", .. })));
        assert_eq!(decode(SiteId(7), Uuid::nil(), None).unwrap(), []);
    }
}
