//! `/api/v1/reports`: what the answers say, as the admin's results page has it.

use std::sync::Arc;

use axum::extract::State;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::Json;
use super::caller::Caller;
use super::extract::Query;
use super::surveys::entry;
use crate::boot::App;
use crate::domain::schedule::local_day;
use crate::domain::scope::Scope;
use crate::domain::stats::Interval;
use crate::domain::survey::Survey;
use crate::insight::results::{Period, QuestionResult, results};
use crate::insight::summary::{self as insight, Summary as Found};
use crate::store::surveys;
use crate::web::error::Problem;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Key of the survey.
    survey: String,
    /// First day in the store's time zone, `2026-11-01`; 30 days ago, when absent.
    from: Option<String>,
    /// Last day; today, when absent. At most a year after the first.
    until: Option<String>,
}

/// A survey's results over some days. Everything counts for the day on which the survey was offered.
#[derive(Serialize, ToSchema)]
pub struct Summary {
    /// Key of the survey.
    survey: String,
    /// First day.
    #[schema(format = Date)]
    from: String,
    /// Last day.
    #[schema(format = Date)]
    until: String,
    shown: i64,
    /// Kept from the holdout.
    withheld: i64,
    answered: i64,
    completed: i64,
    dismissed: i64,
    /// Who answered, of those who saw it.
    answer_rate: Option<Share>,
    /// Who completed it, of those who began.
    completion_rate: Option<Share>,
    days: Vec<Day>,
    questions: Vec<Question>,
}

#[derive(Serialize, ToSchema)]
pub struct Day {
    #[schema(format = Date)]
    date: String,
    shown: i64,
    answered: i64,
}

/// `n` of `of`, with Wilson's 95 % interval.
#[derive(Serialize, ToSchema)]
pub struct Share {
    n: i64,
    of: i64,
    /// 0 to 1.
    value: f64,
    low: f64,
    high: f64,
}

/// What the answers to one question come to. What is empty does not fit its type.
#[derive(Serialize, ToSchema)]
pub struct Question {
    key: String,
    prompt: String,
    /// Its type: `single_choice`, `nps`, …
    #[serde(rename = "type")]
    kind: &'static str,
    /// How many answered it.
    answered: i64,
    score: Option<Score>,
    /// Choices, points of a scale, or who agreed to marketing mail.
    shares: Vec<Bar>,
    /// Detractors, passives and promoters of an NPS.
    groups: Vec<Bar>,
    /// Of a ranking, the best first.
    ranking: Vec<Place>,
    /// Of a matrix: each row's columns.
    rows: Vec<Row>,
}

#[derive(Serialize, ToSchema)]
pub struct Score {
    /// `NPS`, `CSAT`, `CES` or `Mean`.
    name: &'static str,
    value: f64,
    /// Ends of the 95 % interval.
    low: Option<f64>,
    high: Option<f64>,
    n: u64,
    /// Below 30 answers a score says little.
    enough: bool,
}

#[derive(Serialize, ToSchema)]
pub struct Bar {
    label: String,
    n: i64,
    /// Of those who answered the question.
    share: Option<Share>,
}

#[derive(Serialize, ToSchema)]
pub struct Place {
    label: String,
    /// 1 is the best.
    mean: Option<f64>,
    /// Who gave it a place.
    n: u64,
    /// Who put it first.
    first: Option<Share>,
}

#[derive(Serialize, ToSchema)]
pub struct Row {
    label: String,
    answered: i64,
    columns: Vec<Bar>,
}

impl From<insight::Share> for Share {
    fn from(share: insight::Share) -> Self {
        let Interval { low, high } = share.interval;
        Self { n: share.n, of: share.of, value: share.value, low, high }
    }
}

impl From<insight::Bar> for Bar {
    fn from(bar: insight::Bar) -> Self {
        Self { label: bar.label, n: bar.n, share: bar.share.map(Share::from) }
    }
}

fn bars(bars: Vec<insight::Bar>) -> Vec<Bar> {
    bars.into_iter().map(Bar::from).collect()
}

impl From<QuestionResult> for Question {
    fn from(found: QuestionResult) -> Self {
        let mut question = Self {
            key: found.key,
            prompt: found.prompt,
            kind: found.kind.as_str(),
            answered: found.answered,
            score: None,
            shares: Vec::new(),
            groups: Vec::new(),
            ranking: Vec::new(),
            rows: Vec::new(),
        };
        match found.summary {
            Found::Choices { bars: found, .. } => question.shares = bars(found),
            Found::Scale(scale) => {
                question.score = scale.score.map(|score| Score {
                    name: score.name,
                    value: score.value,
                    low: score.interval.map(|interval| interval.low),
                    high: score.interval.map(|interval| interval.high),
                    n: score.n,
                    enough: score.enough,
                });
                question.shares = bars(scale.points);
                question.groups = bars(scale.groups);
            }
            Found::Ranking(places) => {
                let place = |place: insight::Place| Place {
                    label: place.label,
                    mean: place.mean,
                    n: place.n,
                    first: place.first.map(Share::from),
                };
                question.ranking = places.into_iter().map(place).collect();
            }
            Found::Matrix { columns, rows } => {
                let row = |row: insight::Row| {
                    let cells = row.cells.into_iter().zip(&columns);
                    let bar = |(share, label): (Option<insight::Share>, &String)| Bar {
                        label: label.clone(),
                        n: share.map_or(0, |share| share.n),
                        share: share.map(Share::from),
                    };
                    Row { label: row.label, answered: row.answered, columns: cells.map(bar).collect() }
                };
                question.rows = rows.into_iter().map(row).collect();
            }
            Found::Texts => {}
            Found::Addresses { agreed } => {
                let bar = |share: insight::Share| Bar {
                    label: "Agreed to marketing mail".into(),
                    n: share.n,
                    share: Some(share.into()),
                };
                question.shares.extend(agreed.map(bar));
            }
        }
        question
    }
}

/// Results of a survey
///
/// Counts with their uncertainty. What was typed is among the responses.
#[utoipa::path(
    get, path = "/api/v1/reports/summary", tag = "Reports", security(("key" = ["read:reports"])), params(Wanted),
    responses((status = 200, description = "The results", body = Summary))
)]
pub async fn summary(
    State(app): State<Arc<App>>,
    caller: Caller,
    wanted: Result<Query<Wanted>, Problem>,
) -> Result<Json<Summary>, Problem> {
    caller.demand(Scope::ReadReports)?;
    let Query(wanted) = wanted?;
    let day = |name: &str, text: &Option<String>| match text {
        Some(text) if text.parse::<Date>().is_err() => {
            Err(Problem::bad_request("bad_query", format!("{name}: {text:?} is no day such as 2026-11-01")))
        }
        _ => Ok(()),
    };
    day("from", &wanted.from)?;
    day("until", &wanted.until)?;
    let (db, site) = (&app.db, &caller.site);
    let entry = entry(db, &caller, &wanted.survey).await?;
    let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
    let today = local_day(app.clock.now(), &zone);
    let period = Period::parse(wanted.from.as_deref(), wanted.until.as_deref(), today);
    let published = surveys::revision(db, site.id, entry.id, entry.revision).await?.map(|revision| revision.document);
    let document = match published {
        Some(document) => document,
        None => {
            let draft = surveys::draft(db, site.id, entry.id).await?.unwrap_or_default();
            Survey::parse(&draft).map_err(Problem::invalid)?
        }
    };
    let found = results(db, site, &entry, &document, period).await?;
    Ok(Json(Summary {
        survey: entry.key,
        from: period.first(),
        until: period.last_day(),
        shown: found.shown,
        withheld: found.withheld,
        answered: found.answered,
        completed: found.completed,
        dismissed: found.dismissed,
        answer_rate: found.answer_rate.map(Share::from),
        completion_rate: found.completion_rate.map(Share::from),
        days: found.days.into_iter().map(|day| Day { date: day.date, shown: day.shown, answered: day.answered }).collect(),
        questions: found.questions.into_iter().map(Question::from).collect(),
    }))
}
