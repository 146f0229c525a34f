//! A live survey's roll-ups of the last weeks, day by day.

use std::collections::BTreeMap;

use crate::clock::Millis;
use crate::domain::alert::{Series, Tally};
use crate::domain::survey::Survey;
use crate::id::SurveyId;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, reports, surveys};

/// Eight weeks before the last seven days.
pub const DAYS: i32 = 63;

pub struct Counts {
    pub id: SurveyId,
    pub survey: Survey,
    /// When it was last published, paused or resumed, or its draft saved.
    pub changed_at: Millis,
    /// By question, item and day; the survey's own under an empty question.
    counts: BTreeMap<(String, String), BTreeMap<i32, i64>>,
}

/// Of every survey that shoppers may see.
pub async fn of_live(db: &Db, site: &Site, today: i32) -> Result<Vec<Counts>, StoreError> {
    let entries = surveys::list(db, site.id).await?;
    let mut all = Vec::new();
    for live in surveys::live(db, site.id).await? {
        let mut counts: BTreeMap<_, BTreeMap<i32, i64>> = BTreeMap::new();
        for (day, question, item, n) in reports::daily(db, site.id, live.survey, today - DAYS, today).await? {
            counts.entry((question, item)).or_default().insert(i32::try_from(day).unwrap_or(i32::MAX), n);
        }
        let changed_at = entries.iter().find(|entry| entry.id == live.survey).map_or(0, |entry| entry.updated_at);
        all.push(Counts { id: live.survey, survey: live.document, changed_at, counts });
    }
    Ok(all)
}

impl Counts {
    /// The survey's name, or its key where it has none.
    pub fn name(&self) -> &str {
        if self.survey.name.is_empty() { &self.survey.key } else { &self.survey.name }
    }

    pub fn path(&self) -> String {
        format!("surveys/{}", self.id)
    }

    pub fn on(&self, question: &str, item: &str, day: i32) -> i64 {
        self.counts.get(&(question.to_owned(), item.to_owned())).and_then(|days| days.get(&day)).copied().unwrap_or(0)
    }

    /// The first day on which it was counted.
    pub fn first(&self, question: &str, item: &str) -> Option<i32> {
        let days = self.counts.get(&(question.to_owned(), item.to_owned()))?;
        days.iter().find(|(_, n)| **n > 0).map(|(day, _)| *day)
    }

    /// One of the survey's counters as a share of another, from a day on.
    pub fn shares(&self, question: &str, (part, whole): (&str, &str), from: i32) -> Series {
        let days = self.counts.get(&(question.to_owned(), whole.to_owned()));
        let tally = |(day, n): (&i32, &i64)| (*day, Tally::share(self.on(question, part, *day), *n));
        days.into_iter().flatten().filter(|(day, _)| **day >= from).map(tally).collect()
    }

    /// A scale's answers, each standing for a value.
    pub fn values(&self, question: &str, value: impl Fn(i64) -> f64) -> Series {
        let mut series = Series::new();
        for ((of, item), days) in &self.counts {
            let Ok(number) = item.parse::<i64>() else { continue };
            if of == question {
                for (day, n) in days {
                    let tally = series.entry(*day).or_default();
                    *tally = *tally + Tally::of([(value(number), *n)]);
                }
            }
        }
        series
    }
}
