//! What people were asked by one survey, and what they said: what a question stream remembers.

use uuid::Uuid;

use super::{On, StoreError, q, responses};
use crate::clock::Millis;
use crate::domain::stream::Past;
use crate::id::{SiteId, SurveyId};
use crate::sql;

#[derive(sqlx::FromRow)]
struct PastRow {
    id: Uuid,
    shown_at: Millis,
    question: Option<String>,
    answers: Option<String>,
}

/// Everything that these visitors saw of a survey, oldest first. Answers taken back are left out.
pub async fn past(
    on: impl Into<On<'_>>,
    site: SiteId,
    survey: SurveyId,
    visitors: Vec<Uuid>,
    limit: usize,
) -> Result<Vec<Past>, StoreError> {
    let query = q(sql!(
        "select i.id, i.shown_at, i.question, i.answers
         from {look_up:impressions visitor 2} i {by_index:impressions_by_visitor}
         where i.site_id = $1 and i.visitor = sought.visitor and i.survey_id = $3 and not i.withheld limit $4"
    ));
    let mut rows: Vec<PastRow> = query.bind(site).bind(visitors).bind(survey).bind(limit as i64).all(on).await?;
    rows.sort_unstable_by_key(|row| row.id);
    let past = |row: PastRow| {
        let said = responses::decode(site, row.id, row.answers.as_deref())?.into_iter().filter(|item| !item.item.is_empty());
        Ok(Past { shown_at: row.shown_at, asked: row.question, answered: said.map(|item| (item.question, item.at)).collect() })
    };
    rows.into_iter().map(past).collect()
}
