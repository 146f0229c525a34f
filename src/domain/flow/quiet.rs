//! The hours of the night in which nobody is written to.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, ToSpan, civil::Time, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A time of day, `21:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay(Time);

impl FromStr for TimeOfDay {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Time::strptime("%H:%M", text).map(Self)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%H:%M"))
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// From when until when, on the wall of whoever is written to; over midnight where `from` is the later. None where both are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QuietHours {
    /// First quiet minute.
    pub from: TimeOfDay,
    /// First minute after.
    pub until: TimeOfDay,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { from: TimeOfDay(jiff::civil::time(21, 0, 0, 0)), until: TimeOfDay(jiff::civil::time(8, 0, 0, 0)) }
    }
}

impl QuietHours {
    /// Mail at any hour.
    pub fn none() -> Self {
        let midnight = TimeOfDay(Time::midnight());
        Self { from: midnight, until: midnight }
    }

    /// Whether a time of day is quiet.
    fn covers(&self, time: Time) -> bool {
        let (from, until) = (self.from.0, self.until.0);
        if from <= until { (from..until).contains(&time) } else { time >= from || time < until }
    }

    /// If `now` is quiet, the first moment that is not, in milliseconds.
    pub fn ends(&self, now: i64, zone: &TimeZone) -> Option<i64> {
        let moment = Timestamp::from_millisecond(now).ok()?;
        let local = zone.to_datetime(moment);
        if !self.covers(local.time()) {
            return None;
        }
        let days = [local.date(), local.date().saturating_add(1.day())];
        // Where clocks go back over the end it comes twice; where they go forward over it, their move is the end.
        let ends = days.into_iter().flat_map(|day| {
            let end = zone.to_ambiguous_timestamp(day.to_datetime(self.until.0));
            [end.earlier(), end.later()].into_iter().flatten()
        });
        let moves = zone.following(moment).take(1).map(|change| change.timestamp());
        let awake = |at: &Timestamp| *at > moment && !self.covers(zone.to_datetime(*at).time());
        ends.chain(moves).filter(awake).min().map(Timestamp::as_millisecond)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::duration::{DAY, MINUTE};
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn ms(utc: &str) -> i64 {
        utc.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn hours(from: &str, until: &str) -> QuietHours {
        QuietHours { from: from.parse().unwrap(), until: until.parse().unwrap() }
    }

    #[test]
    fn the_night_ends_in_the_morning_of_the_zone() {
        let night = QuietHours::default();
        for (name, now, end) in [
            ("UTC", "2026-11-24T20:59:59Z", None),
            ("UTC", "2026-11-24T21:00:00Z", Some("2026-11-25T08:00:00Z")),
            ("UTC", "2026-11-25T00:00:00Z", Some("2026-11-25T08:00:00Z")),
            ("UTC", "2026-11-25T07:59:59.999Z", Some("2026-11-25T08:00:00Z")),
            ("UTC", "2026-11-25T08:00:00Z", None),
            ("Asia/Tokyo", "2026-11-24T17:00:00Z", Some("2026-11-24T23:00:00Z")),
            ("America/New_York", "2026-11-24T23:00:00Z", None),
            ("Asia/Kathmandu", "2026-11-24T15:15:00Z", Some("2026-11-25T02:15:00Z")),
        ] {
            assert_eq!(night.ends(ms(now), &zone(name)), end.map(ms), "{name} {now}");
        }
    }

    #[test]
    fn nights_in_which_clocks_move_end_by_the_clock_on_the_wall() {
        let night = QuietHours::default();
        let berlin = zone("Europe/Berlin");
        // 22:00 of the evening before, an hour less or more than usual to 08:00.
        assert_eq!(night.ends(ms("2027-03-27T21:00:00Z"), &berlin), Some(ms("2027-03-28T06:00:00Z")));
        assert_eq!(night.ends(ms("2027-10-30T20:00:00Z"), &berlin), Some(ms("2027-10-31T07:00:00Z")));
    }

    #[test]
    fn an_end_that_clocks_skip_or_repeat() {
        let berlin = zone("Europe/Berlin");
        let night = hours("21:00", "02:30");
        assert_eq!(
            night.ends(ms("2027-03-28T00:00:00Z"), &berlin),
            Some(ms("2027-03-28T01:00:00Z")),
            "skipped: clocks move to 03:00"
        );
        assert_eq!(night.ends(ms("2027-10-31T00:00:00Z"), &berlin), Some(ms("2027-10-31T00:30:00Z")), "the first 02:30");
        assert_eq!(night.ends(ms("2027-10-31T01:10:00Z"), &berlin), Some(ms("2027-10-31T01:30:00Z")), "02:10 again: the second");
    }

    #[test]
    fn hours_within_a_day_and_none_at_all() {
        assert_eq!(hours("12:00", "14:00").ends(ms("2026-11-24T13:00:00Z"), &TimeZone::UTC), Some(ms("2026-11-24T14:00:00Z")));
        assert_eq!(hours("12:00", "14:00").ends(ms("2026-11-24T15:00:00Z"), &TimeZone::UTC), None);
        assert_eq!(hours("12:00", "12:00").ends(ms("2026-11-24T12:00:00Z"), &TimeZone::UTC), None);
    }

    #[test]
    fn is_written_as_times_of_day() {
        let text = serde_json::to_string(&QuietHours::default()).unwrap();
        assert_eq!(text, r#"{"from":"21:00","until":"08:00"}"#);
        assert_eq!(serde_json::from_str::<QuietHours>(&text).unwrap(), QuietHours::default());
        for bad in ["24:00", "8", "08:60", "08:00:00", ""] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
    }

    const ZONES: &[&str] = &[
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
        "Africa/Casablanca",
    ];

    proptest! {
        #[test]
        fn the_end_is_the_first_moment_that_is_not_quiet(
            minute in 0..3 * 365 * 24 * 60i64, from in 0..24 * 60u32, until in 0..24 * 60u32, name in prop::sample::select(ZONES),
        ) {
            let (zone, now) = (zone(name), ms("2026-01-01T00:00:00Z") + minute * MINUTE);
            let text = |minutes: u32| format!("{:02}:{:02}", minutes / 60, minutes % 60);
            let night = hours(&text(from), &text(until));
            if let Some(end) = night.ends(now, &zone) {
                prop_assert!(end > now && end <= now + 2 * DAY);
                prop_assert_eq!(night.ends(end, &zone), None);
                let minutes = (now..end).step_by(MINUTE as usize);
                prop_assert!(minutes.clone().all(|at| night.ends(at, &zone) == Some(end)));
            }
        }

        #[test]
        fn no_number_panics(now: i64) {
            QuietHours::default().ends(now, &TimeZone::UTC);
        }
    }
}
