//! A survey's results over some days: who was asked, who answered, and what.
//!
//! All counts belong to the day an offer was made, so a rate never mixes one day's questions with another day's answers.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::summary::{Share, Summary, summarize};
use crate::domain::schedule::day_range;
use crate::domain::survey::{Question, QuestionType, Survey};
use crate::store::reports::{self, Text};
use crate::store::rollups::first_id_at;
use crate::store::sites::Site;
use crate::store::surveys::Entry;
use crate::store::{Db, StoreError};

/// Texts shown for one question; the export has them all.
const TEXTS: usize = 50;
/// The longest period: a day is a bar, and nobody reads a thousand.
const LONGEST: i32 = 366;

/// Local days since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: i32,
    pub until: i32,
}

impl Period {
    /// The last `days` days, `today` included.
    pub fn last(days: i32, today: i32) -> Self {
        Self { from: today - days.max(1) + 1, until: today }
    }

    /// From ISO dates; what is missing or unreadable is filled in: 30 days, until today. At most a year.
    pub fn parse(from: Option<&str>, until: Option<&str>, today: i32) -> Self {
        let until = until.and_then(day_of).unwrap_or(today).min(today);
        let from = from.and_then(day_of).unwrap_or(until - 29).min(until);
        Self { from: from.max(until - LONGEST + 1), until }
    }

    pub fn days(self) -> i32 {
        self.until - self.from + 1
    }

    pub fn first(self) -> String {
        iso(self.from)
    }

    pub fn last_day(self) -> String {
        iso(self.until)
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

fn day_of(text: &str) -> Option<i32> {
    let date: Date = text.parse().ok()?;
    Some(EPOCH.until(date).ok()?.get_days())
}

fn iso(day: i32) -> String {
    let date = EPOCH.checked_add(jiff::Span::new().days(day.clamp(-4_000_000, 2_900_000)));
    date.map_or_else(|_| String::new(), |date| date.to_string())
}

pub struct Results {
    pub period: Period,
    pub shown: i64,
    pub withheld: i64,
    pub answered: i64,
    pub completed: i64,
    pub dismissed: i64,
    /// Of those who saw it.
    pub answer_rate: Option<Share>,
    /// Of those who began to answer.
    pub completion_rate: Option<Share>,
    pub days: Vec<Day>,
    pub questions: Vec<QuestionResult>,
}

pub struct Day {
    /// ISO.
    pub date: String,
    pub shown: i64,
    pub answered: i64,
}

pub struct QuestionResult {
    pub key: String,
    pub prompt: String,
    pub kind: QuestionType,
    /// Who answered this question.
    pub answered: i64,
    pub summary: Summary,
    /// What was written, newest first.
    pub texts: Vec<Text>,
}

pub async fn results(db: &Db, site: &Site, survey: &Entry, document: &Survey, period: Period) -> Result<Results, StoreError> {
    let mut totals: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for count in reports::totals(db, site.id, survey.id, period.from, period.until).await? {
        totals.entry(count.question).or_default().insert(count.item, count.n);
    }
    let funnel = totals.remove("").unwrap_or_default();
    let of = |item: &str| funnel.get(item).copied().unwrap_or(0);
    let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
    let ids = (first_id_at(day_range(period.from, &zone).start), first_id_at(day_range(period.until, &zone).end));
    let mut questions = Vec::new();
    for question in document.questions.iter().filter(|q| q.kind != QuestionType::Statement) {
        let items = totals.remove(&question.key).unwrap_or_default();
        questions.push(question_result(db, site, survey, (question, &document.locale), items, ids).await?);
    }
    let days = reports::by_day(db, site.id, survey.id, period.from, period.until).await?;
    Ok(Results {
        period,
        shown: of("shown"),
        withheld: of("withheld"),
        answered: of("answered"),
        completed: of("completed"),
        dismissed: of("dismissed"),
        answer_rate: Share::new(of("answered"), of("shown")),
        completion_rate: Share::new(of("completed"), of("answered")),
        days: by_day(period, &days),
        questions,
    })
}

fn by_day(period: Period, counts: &[(i64, String, i64)]) -> Vec<Day> {
    let of = |day: i32, wanted: &str| {
        counts.iter().filter(|(d, item, _)| *d == i64::from(day) && item == wanted).map(|(_, _, n)| n).sum()
    };
    let day = |day| Day { date: iso(day), shown: of(day, "shown"), answered: of(day, "answered") };
    (period.from..=period.until).map(day).collect()
}

async fn question_result(
    db: &Db,
    site: &Site,
    survey: &Entry,
    (question, locale): (&Question, &str),
    mut items: BTreeMap<String, i64>,
    ids: (Uuid, Uuid),
) -> Result<QuestionResult, StoreError> {
    let answered = items.remove("").unwrap_or(0);
    let typed = question.other || matches!(question.kind, QuestionType::ShortText | QuestionType::LongText);
    let texts = match typed {
        true => reports::texts(db, site.id, survey.id, &question.key, ids.0, ids.1, TEXTS).await?,
        false => Vec::new(),
    };
    Ok(QuestionResult {
        key: question.key.clone(),
        prompt: question.prompt.clone(),
        kind: question.kind,
        answered,
        summary: summarize(question, locale, items, answered),
        texts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_from_dates() {
        let today = 20_000;
        let of = |from, until| Period::parse(from, until, today);
        assert_eq!(of(None, None), Period::last(30, today));
        assert_eq!(of(Some("1970-01-02"), Some("1970-01-03")), Period { from: 1, until: 2 });
        assert_eq!(of(Some("1970-01-05"), Some("1970-01-03")), Period { from: 2, until: 2 }, "turned around: one day");
        assert_eq!(of(Some("1970-01-01"), None).days(), LONGEST);
        assert_eq!(of(Some("nonsense"), Some("2999-01-01")), Period::last(30, today), "the future has no answers");
        assert_eq!(Period { from: 0, until: 59 }.last_day(), "1970-03-01");
    }
}
