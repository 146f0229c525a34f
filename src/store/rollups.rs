//! Counts for reports. They are written in the transaction of what they count, so they are never behind it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::responses::{self, Given};
use super::{Rows, StoreError, Tx, Writes, q};
use crate::id::{SiteId, SurveyId};
use crate::sql;

/// What is counted. Ordered, so that concurrent writers lock rows in the same order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counter {
    pub site: SiteId,
    pub survey: SurveyId,
    /// Days since 1970 in the site's zone, of the moment the offer was made.
    pub day: i32,
    /// Empty for the survey itself.
    pub question: String,
    pub item: String,
}

/// By how much counters change: the fields of a [`Counter`], in its order.
pub type Changes<'a> = HashMap<(SiteId, SurveyId, i32, &'a str, &'a str), i64>;

#[derive(Debug, sqlx::FromRow)]
struct CounterRow {
    survey_id: SurveyId,
    day: i64,
    question: String,
    item: String,
    n: i64,
}

/// Adds to counters; one row for each, however many events a batch held.
pub fn add(writes: &mut Writes, changes: Changes) {
    let mut rows = Rows::default();
    let mut changes: Vec<_> = changes.into_iter().filter(|(_, n)| *n != 0).collect();
    changes.sort_unstable();
    for ((site, survey, day, question, item), n) in changes {
        rows.push([site.into(), survey.into(), day.into(), question.into(), item.into(), n.into()]);
    }
    writes.add(
        sql!(
            "insert into rollups (site_id, survey_id, day, question, item, n)
             {rows:int int int text text int}
             on conflict (site_id, survey_id, day, question, item) do update set n = rollups.n + excluded.n"
        ),
        rows,
    );
}

/// Puts counters right.
pub async fn set(tx: &mut Tx, counters: &BTreeMap<Counter, i64>) -> Result<(), StoreError> {
    let mut rows = Rows::default();
    for (c, n) in counters {
        rows.push([c.site.into(), c.survey.into(), c.day.into(), (&*c.question).into(), (&*c.item).into(), (*n).into()]);
    }
    let query = q(sql!(
        "insert into rollups (site_id, survey_id, day, question, item, n)
         {rows:int int int text text int}
         on conflict (site_id, survey_id, day, question, item) do update set n = excluded.n"
    ));
    query.execute_rows(tx, rows).await?;
    Ok(())
}

/// One day of one site, as it was counted. On Postgres writers to these counters wait until the transaction ends.
pub async fn counted(tx: &mut Tx, site: SiteId, day: i32) -> Result<BTreeMap<Counter, i64>, StoreError> {
    let query = q(sql!(
        "select survey_id, day, question, item, n from rollups
         where site_id = $1 and survey_id in (select id from surveys where site_id = $1) and day = $2 and n <> 0
         order by survey_id, question, item {for_update:rollups}"
    ));
    let rows: Vec<CounterRow> = query.bind(site).bind(day).all(tx).await?;
    Ok(counters(site, rows))
}

/// One day of one site, counted again from the rows themselves. `from` and `until` are the day's first id and the next day's.
pub async fn recount(tx: &mut Tx, site: SiteId, day: i32, from: Uuid, until: Uuid) -> Result<BTreeMap<Counter, i64>, StoreError> {
    let funnel = q(sql!(
        "select survey_id, $2 as day, '' as question, s.item as item, count(*) as n
         from impressions i
         join (select 'shown' as item union all select 'withheld' union all select 'answered'
               union all select 'completed' union all select 'dismissed' union all select 'link' union all select 'mail'
               union all select 'link_answered' union all select 'mail_answered') s
           on case s.item when 'shown' then not withheld when 'withheld' then withheld
                          when 'answered' then answered_at is not null when 'completed' then completed_at is not null
                          when 'link' then fired_by = 'link' when 'link_answered' then fired_by = 'link' and answered_at is not null
                          when 'mail' then fired_by = 'mail' when 'mail_answered' then fired_by = 'mail' and answered_at is not null
                          else dismissed_at is not null and completed_at is null end
         where site_id = $1 and id >= $3 and id < $4
         group by survey_id, s.item"
    ));
    let rows: Vec<CounterRow> = funnel.bind(site).bind(day).bind(from).bind(until).all(&mut *tx).await?;
    let mut counted = counters(site, rows);
    let mut from = from;
    loop {
        let portion = answered(&mut *tx, site, from, until).await?;
        for response in &portion {
            let mut questions = BTreeSet::new();
            for said in responses::decode(site, response.id, response.answers.as_deref())? {
                // An answer taken back.
                if said.item.is_empty() {
                    continue;
                }
                let counter = |item: &str| Counter {
                    site,
                    survey: response.survey_id,
                    day,
                    question: said.question.clone(),
                    item: item.to_owned(),
                };
                *counted.entry(counter(&said.item)).or_default() += 1;
                if questions.insert(said.question.clone()) {
                    *counted.entry(counter("")).or_default() += 1;
                }
            }
        }
        match portion.last() {
            Some(last) if portion.len() as i64 == PORTION => from = Uuid::from_u128(last.id.as_u128() + 1),
            _ => return Ok(counted),
        }
    }
}

/// Responses that are counted in one go.
const PORTION: i64 = 2_000;

async fn answered(tx: &mut Tx, site: SiteId, from: Uuid, until: Uuid) -> Result<Vec<Given>, StoreError> {
    let query = q(sql!(
        "select id, survey_id, page, answers from impressions
         where site_id = $1 and id >= $2 and id < $3 and answers is not null order by id limit $4"
    ));
    query.bind(site).bind(from).bind(until).bind(PORTION).all(tx).await
}

fn counters(site: SiteId, rows: Vec<CounterRow>) -> BTreeMap<Counter, i64> {
    rows.into_iter()
        .map(|r| {
            let day = i32::try_from(r.day).unwrap_or(i32::MAX);
            (Counter { site, survey: r.survey_id, day, question: r.question, item: r.item }, r.n)
        })
        .collect()
}

/// The smallest UUIDv7 of a moment: ids from then on are not below it.
pub fn first_id_at(at: crate::clock::Millis) -> Uuid {
    Uuid::from_u128((at.max(0) as u128) << 80)
}
