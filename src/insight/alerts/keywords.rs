//! Words that a store listens for. Only how often they were written leaves this file, never what was written.

use super::counts::Counts;
use super::{Found, words, zone_of};
use crate::clock::{DAY, Millis};
use crate::domain::alert::{Heard, level, mentions, spike};
use crate::domain::schedule::{day_range, local_day};
use crate::domain::survey::QuestionType;
use crate::outbound::alert::Alert;
use crate::store::rollups::first_id_at;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, reports};

pub const CAUSE: &str = "answer.keyword";

/// Responses of today that are read of each survey, the newest,
const TODAY: i64 = 500;
/// and of the seven days before.
const BEFORE: i64 = 1000;

pub async fn look(db: &Db, site: &Site, surveys: &[Counts], now: Millis) -> Result<Vec<Found>, StoreError> {
    let rules = &site.settings.alerts;
    if rules.keywords.is_empty() || rules.is_off(CAUSE) {
        return Ok(Vec::new());
    }
    let zone = zone_of(site);
    let midnight = day_range(local_day(now, &zone), &zone).start;
    let moments = [midnight - 7 * DAY, midnight, now + DAY].map(first_id_at);
    let (mut today, mut before) = (Vec::new(), Vec::new());
    for survey in surveys {
        let read = |from, until, limit| reports::typed(db, site.id, survey.id, from, until, limit);
        today.extend(texts(survey, read(moments[1], moments[2], TODAY).await?).into_iter().map(|text| (survey, text)));
        before.extend(texts(survey, read(moments[0], moments[1], BEFORE).await?));
    }
    let mut found = Vec::new();
    for keyword in &rules.keywords {
        let hits: Vec<&Counts> = today.iter().filter(|(_, text)| mentions(text, keyword)).map(|(survey, _)| *survey).collect();
        let heard = |hits: usize, texts: usize| Heard { hits: hits as u32, texts: texts as u32 };
        let past = heard(before.iter().filter(|text| mentions(text, keyword)).count(), before.len());
        let present = heard(hits.len(), today.len());
        let expected = spike(present, past, rules.least_mentions, rules.sensitivity.deviations());
        if let Some((expected, survey)) = expected.zip(hits.first()) {
            found.push(Found {
                alert: Alert {
                    cause: CAUSE,
                    subject: keyword.clone(),
                    title: format!("Shoppers write of “{keyword}”"),
                    detail: format!(
                        "Today it is in {} of {} texts ({}), most lately in “{}”. By the seven days before, {expected:.1} were to be expected.",
                        present.hits,
                        present.texts,
                        words::percent(f64::from(present.hits) / f64::from(present.texts.max(1))),
                        survey.name()
                    ),
                    path: survey.path(),
                },
                level: level(present.hits.into(), rules.least_mentions.max(1).into()),
            });
        }
    }
    Ok(found)
}

/// What was written in each response, leaving out addresses.
fn texts(survey: &Counts, typed: Vec<Vec<(String, String)>>) -> Vec<String> {
    let is_text = |key: &str| survey.survey.question(key).is_some_and(|question| question.kind != QuestionType::Email);
    let joined = |response: Vec<(String, String)>| {
        let texts: Vec<String> = response.into_iter().filter(|(question, _)| is_text(question)).map(|(_, text)| text).collect();
        texts.join("\n")
    };
    typed.into_iter().map(joined).filter(|text| !text.is_empty()).collect()
}
