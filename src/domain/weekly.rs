//! When a store's people are told of its week.

use std::ops::Range;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::duration::DAY;
use super::schedule::{day_range, hour_of, local_day};
use super::words::words;

words! {
    /// A day of the week.
    pub enum Weekday {
        Monday = "monday",
        Tuesday = "tuesday",
        Wednesday = "wednesday",
        Thursday = "thursday",
        Friday = "friday",
        Saturday = "saturday",
        Sunday = "sunday",
    }
}

/// What a site decides about its weekly report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WeeklyReport {
    /// Whether it is sent.
    pub on: bool,
    /// The day it is sent on.
    pub weekday: Weekday,
    /// The hour on the site's wall, 0 to 23.
    pub hour: u8,
    /// Addresses it goes to; everybody who looks after the store, when empty.
    pub to: Vec<String>,
}

impl Default for WeeklyReport {
    fn default() -> Self {
        Self { on: true, weekday: Weekday::Monday, hour: 8, to: Vec::new() }
    }
}

/// How long after its moment a report is still sent, in milliseconds: an old one is no news.
pub const LATEST: i64 = DAY;

impl WeeklyReport {
    /// The week to tell of at `now`, and the moment from which it is too late to.
    pub fn due(&self, now: i64, zone: &TimeZone) -> Option<(Week, i64)> {
        let this = Week::at(now, zone);
        // Sunday's report may still be sent on Monday.
        [this, this.earlier(1)].into_iter().find_map(|week| {
            let at = self.moment(week, zone);
            (at..at + LATEST).contains(&now).then(|| (week.earlier(1), at + LATEST))
        })
    }

    /// The first moment after `now` at which there will be a report.
    pub fn next(&self, now: i64, zone: &TimeZone) -> i64 {
        let this = Week::at(now, zone);
        let moments = (-1..=1).map(|weeks| self.moment(this.earlier(-weeks), zone));
        moments.filter(|at| *at > now).min().unwrap_or(now + LATEST)
    }

    /// When the report of the week before is sent in a week.
    fn moment(&self, week: Week, zone: &TimeZone) -> i64 {
        hour_of(week.monday + self.weekday as i32, self.hour, zone)
    }
}

/// A week from Monday to Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Week {
    /// Days since 1970 in the site's zone.
    pub monday: i32,
}

impl Week {
    /// The one that a moment lies in.
    pub fn at(ms: i64, zone: &TimeZone) -> Self {
        let day = local_day(ms, zone);
        // Day 0 was a Thursday.
        Self { monday: day - (day + 3).rem_euclid(7) }
    }

    /// The last one that is over.
    pub fn last(now: i64, zone: &TimeZone) -> Self {
        Self::at(now, zone).earlier(1)
    }

    /// So many weeks before.
    pub const fn earlier(self, weeks: i32) -> Self {
        Self { monday: self.monday - 7 * weeks }
    }

    /// Its last day.
    pub const fn sunday(self) -> i32 {
        self.monday + 6
    }

    /// Its moments.
    pub fn range(self, zone: &TimeZone) -> Range<i64> {
        day_range(self.monday, zone).start..day_range(self.sunday(), zone).end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::duration::HOUR;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn ms(utc: &str) -> i64 {
        utc.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn on(weekday: Weekday, hour: u8) -> WeeklyReport {
        WeeklyReport { weekday, hour, ..WeeklyReport::default() }
    }

    /// Monday, 16 November 2026.
    fn november() -> Week {
        Week::at(ms("2026-11-18T12:00:00Z"), &TimeZone::UTC)
    }

    #[test]
    fn weeks_begin_on_monday_in_the_zone() {
        assert_eq!(Week::at(0, &TimeZone::UTC).monday, -3);
        for (name, moment, week) in [
            ("UTC", "2026-11-16T00:00:00Z", november()),
            ("UTC", "2026-11-22T23:59:59Z", november()),
            ("UTC", "2026-11-23T00:00:00Z", november().earlier(-1)),
            ("Asia/Tokyo", "2026-11-22T15:00:00Z", november().earlier(-1)),
            ("America/New_York", "2026-11-23T04:59:59Z", november()),
        ] {
            assert_eq!(Week::at(ms(moment), &zone(name)), week, "{name} {moment}");
        }
        // The week in which clocks go back has an hour more.
        let berlin = zone("Europe/Berlin");
        let october = Week::at(ms("2027-10-28T12:00:00Z"), &berlin).range(&berlin);
        assert_eq!((october.end - october.start) / HOUR, 7 * 24 + 1);
    }

    #[test]
    fn a_report_is_due_for_a_day_from_its_hour_on() {
        let (monday, sunday) = (on(Weekday::Monday, 8), on(Weekday::Sunday, 23));
        let last = Some(november());
        for (report, name, now, week) in [
            (&monday, "UTC", "2026-11-23T07:59:59.999Z", None),
            (&monday, "UTC", "2026-11-23T08:00:00Z", last),
            (&monday, "UTC", "2026-11-24T07:59:59.999Z", last),
            (&monday, "UTC", "2026-11-24T08:00:00Z", None),
            (&monday, "Europe/Berlin", "2026-11-23T07:00:00Z", last),
            (&monday, "Pacific/Auckland", "2026-11-22T19:00:00Z", last),
            (&monday, "America/Los_Angeles", "2026-11-23T15:59:59Z", None),
            (&sunday, "UTC", "2026-11-22T23:00:00Z", Some(november().earlier(1))),
            (&sunday, "UTC", "2026-11-23T22:59:59Z", Some(november().earlier(1))),
            (&sunday, "UTC", "2026-11-23T23:00:00Z", None),
        ] {
            assert_eq!(report.due(ms(now), &zone(name)).map(|(week, _)| week), week, "{name} {now}");
        }
    }

    #[test]
    fn the_hour_is_the_one_on_the_wall() {
        let berlin = zone("Europe/Berlin");
        for (report, after, next) in [
            (on(Weekday::Monday, 8), "2027-03-22T12:00:00Z", "2027-03-29T06:00:00Z"),
            (on(Weekday::Monday, 8), "2027-10-25T12:00:00Z", "2027-11-01T07:00:00Z"),
            // Skipped and repeated hours: the one after the gap, and the first.
            (on(Weekday::Sunday, 2), "2027-03-22T12:00:00Z", "2027-03-28T01:00:00Z"),
            (on(Weekday::Sunday, 2), "2027-10-25T12:00:00Z", "2027-10-31T00:00:00Z"),
            (on(Weekday::Sunday, 23), "2027-01-03T22:00:00Z", "2027-01-10T22:00:00Z"),
        ] {
            assert_eq!(report.next(ms(after), &berlin), ms(next), "{report:?} {after}");
        }
    }

    #[test]
    fn settings_are_words() {
        let text = r#"{"on":true,"weekday":"monday","hour":8,"to":[]}"#;
        assert_eq!(serde_json::to_string(&WeeklyReport::default()).unwrap(), text);
        assert_eq!(serde_json::from_str::<WeeklyReport>("{}").unwrap(), WeeklyReport::default());
    }

    proptest! {
        #[test]
        fn what_comes_next_is_due_once_it_comes(
            now in 0..4_000_000_000_000i64, hour in 0..24u8, day in 0..7usize,
            name in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo"]),
        ) {
            let (zone, report) = (zone(name), on(Weekday::parse(Weekday::WORDS[day]).unwrap(), hour));
            let next = report.next(now, &zone);
            prop_assert!(next > now && next <= now + 8 * DAY);
            let (week, until) = report.due(next, &zone).unwrap();
            prop_assert_eq!(until, next + DAY);
            prop_assert!(week.range(&zone).end <= next, "a week is told of when it is over");
            // A week is told of by one report only.
            let later = report.next(next, &zone);
            prop_assert!(report.due(later, &zone).unwrap().0 > week);
        }
    }
}
