//! Surveys that used to be shown and are not any more.

use std::ops::Range;

use super::counts::Counts;
use super::{Found, words, zone_of};
use crate::clock::Millis;
use crate::domain::alert::{level, missed, per_day};
use crate::domain::gates::Answered;
use crate::domain::schedule::{Schedule, Window, day_range, local_day};
use crate::domain::survey::Kind;
use crate::id::uuid7_millis;
use crate::outbound::alert::Alert;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, impressions, reports};

pub const CAUSE: &str = "survey.silent";

/// Full days before the last show that say what is usual.
const DAYS: i32 = 14;

pub async fn look(db: &Db, site: &Site, surveys: &[Counts], now: Millis) -> Result<Vec<Found>, StoreError> {
    if let Some(found) = whole_site(db, site, surveys, now).await? {
        return Ok(vec![found]);
    }
    let mut all = Vec::new();
    for survey in surveys {
        if let Some((gap, missed)) = silence(site, survey, now)
            && may_be_shown(db, site, survey, &gap, now).await?
        {
            all.push(found(site, survey, &gap, missed));
        }
    }
    Ok(all)
}

/// On the store's pages: shows by links and mails need no tag.
fn shown(counts: &Counts, day: i32) -> i64 {
    let of = |item| counts.on("", item, day);
    (of("shown") + of("withheld") - of("link") - of("mail")).max(0)
}

/// No survey at all: the moment of the last one is known exactly, so that a lost tag is found within hours.
async fn whole_site(db: &Db, site: &Site, surveys: &[Counts], now: Millis) -> Result<Option<Found>, StoreError> {
    let zone = zone_of(site);
    let Some(last) = impressions::newest(db, site.id).await?.and_then(uuid7_millis) else { return Ok(None) };
    let changed = surveys.iter().map(|survey| survey.changed_at).max().unwrap_or(now);
    let day = local_day(last, &zone);
    let first = surveys.iter().filter_map(|survey| survey.first("", "shown")).min().unwrap_or(day);
    let days: Vec<i64> = (first.max(day - DAYS)..day).map(|day| surveys.iter().map(|survey| shown(survey, day)).sum()).collect();
    let limit = f64::from(site.settings.alerts.missed_shows.max(1));
    let missed = per_day(&days).map_or(0.0, |per_day| missed(per_day, last.max(changed)..now, &zone));
    Ok((missed >= limit).then(|| Found {
        alert: Alert {
            cause: CAUSE,
            subject: "site".to_owned(),
            title: "No survey is shown any more".to_owned(),
            detail: format!(
                "The last one was shown on {}; by the days before, at least {missed:.0} more were to be expected until now. Mostly the \
                 tag is gone from the pages, for instance since the theme was changed: see “Install”.",
                words::moment(last, &zone)
            ),
            path: "install".to_owned(),
        },
        level: level(missed, limit),
    }))
}

/// Since when a survey is not shown, and how many shows are missing, if so many are.
fn silence(site: &Site, survey: &Counts, now: Millis) -> Option<(Range<Millis>, f64)> {
    let zone = zone_of(site);
    let today = local_day(now, &zone);
    let last = (today - super::counts::DAYS..=today).rev().find(|day| shown(survey, *day) > 0).filter(|day| *day < today)?;
    let first = survey.first("", "shown")?;
    let days: Vec<i64> = (first.max(last - DAYS)..last).map(|day| shown(survey, day)).collect();
    let gap = day_range(last, &zone).end.max(survey.changed_at)..now;
    let missed = missed(per_day(&days)?, gap.clone(), &zone);
    (missed >= f64::from(site.settings.alerts.missed_shows.max(1))).then_some((gap, missed))
}

/// Nobody sees one that is over, full, or only behind a link, and that is as it should be.
async fn may_be_shown(db: &Db, site: &Site, counts: &Counts, gap: &Range<Millis>, now: Millis) -> Result<bool, StoreError> {
    let (zone, survey) = (zone_of(site), &counts.survey);
    let is_open = |schedule: &Schedule| [gap.start, now].into_iter().all(|at| schedule.at(at, &zone) == Window::Open);
    if survey.kind == Kind::Link || survey.sample <= 0.0 || !survey.schedule.as_ref().is_none_or(is_open) {
        return Ok(false);
    }
    let Some(quota) = &survey.quota else { return Ok(true) };
    let (all, today) = reports::answered(db, site.id, counts.id, local_day(now, &zone)).await?;
    Ok(!quota.is_full(Answered { all, today }))
}

fn found(site: &Site, survey: &Counts, gap: &Range<Millis>, missed: f64) -> Found {
    Found {
        alert: Alert {
            cause: CAUSE,
            subject: survey.survey.key.clone(),
            title: format!("“{}” is not shown any more", survey.name()),
            detail: format!(
                "Nobody has seen it since {}; by the days before, at least {missed:.0} would have. Others are shown, so the tag works: look \
                 at its trigger and its rules, and at what the pages look like on which it opens.",
                words::moment(gap.start, &zone_of(site))
            ),
            path: survey.path(),
        },
        level: level(missed, f64::from(site.settings.alerts.missed_shows.max(1))),
    }
}
