//! What people were asked by one survey, and what they said: what a question stream remembers.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{On, StoreError, q};
use crate::clock::Millis;
use crate::domain::stream::Past;
use crate::id::{SiteId, SurveyId};
use crate::sql;

#[derive(sqlx::FromRow)]
struct PastRow {
    id: Uuid,
    shown_at: Millis,
    asked: Option<String>,
    question: Option<String>,
    at: Option<Millis>,
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
        "select i.id, i.shown_at, i.question as asked, a.question, a.at
         from impressions i {by_index:impressions_by_visitor}
         left join answers a on a.site_id = i.site_id and a.response_id = i.id and a.item <> ''
         where i.site_id = $1 and i.visitor {in:2} and i.survey_id = $3 and not i.withheld
         limit $4"
    ));
    let rows: Vec<PastRow> = query.bind(site).bind(visitors).bind(survey).bind(limit as i64).all(on).await?;
    let mut shows: BTreeMap<Uuid, Past> = BTreeMap::new();
    for row in rows {
        let show = shows.entry(row.id).or_insert(Past { shown_at: row.shown_at, asked: row.asked, answered: Vec::new() });
        show.answered.extend(row.question.zip(row.at));
    }
    Ok(shows.into_values().collect())
}
