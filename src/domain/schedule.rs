//! A survey's time window and calendar days in the site's time zone.

use std::{fmt, ops::Range, str::FromStr};

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A date and time on the wall, `2027-04-01T00:00`, without a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime(DateTime);

impl LocalTime {
    /// The moment it stands for. Where clocks go forward over it, the same time after the gap; where they go back, the first of the two.
    pub fn ms(self, zone: &TimeZone) -> i64 {
        // Only the outermost hours of the year 9999 have no timestamp; they mean "never".
        zone.to_timestamp(self.0).map_or(i64::MAX, Timestamp::as_millisecond)
    }
}

impl FromStr for LocalTime {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%S"))
    }
}

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LocalTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// A time window in the site's own time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// First moment inside; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<LocalTime>,
    /// First moment after the window; open when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<LocalTime>,
}

/// Where a moment lies relative to a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Before it; it opens then.
    Opens(i64),
    /// Inside.
    Open,
    /// After it.
    Over,
}

impl Schedule {
    /// Where `now` lies.
    pub fn at(&self, now: i64, zone: &TimeZone) -> Window {
        if self.until.is_some_and(|until| now >= until.ms(zone)) {
            return Window::Over;
        }
        match self.from.map(|from| from.ms(zone)) {
            Some(from) if now < from => Window::Opens(from),
            _ => Window::Open,
        }
    }
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The site's calendar day of a moment, as days since 1970-01-01.
pub fn local_day(ms: i64, zone: &TimeZone) -> i32 {
    let date = zone.to_datetime(timestamp(ms)).date();
    date.duration_since(EPOCH).as_hours().div_euclid(24) as i32
}

/// The moments of a calendar day: 23, 24 or 25 hours.
pub fn day_range(day: i32, zone: &TimeZone) -> Range<i64> {
    hour_of(day, 0, zone)..hour_of(day.saturating_add(1), 0, zone)
}

/// The moment of a whole hour, 0 to 23, of a calendar day.
pub fn hour_of(day: i32, hour: u8, zone: &TimeZone) -> i64 {
    let date = EPOCH.saturating_add(i64::from(day).clamp(-3_000_000, 3_000_000).days());
    LocalTime(date.at(hour.min(23).cast_signed(), 0, 0, 0)).ms(zone)
}

/// Moments outside the calendar's years -9999 to 9999 count as its ends.
fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::duration::{DAY, HOUR};
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn ms(utc: &str) -> i64 {
        utc.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_window_is_half_open_and_local() {
        let schedule = Schedule { from: "2027-04-01T00:00".parse().ok(), until: "2027-04-02T00:00".parse().ok() };
        let berlin = zone("Europe/Berlin");
        let opens = ms("2027-03-31T22:00:00Z");
        assert_eq!(schedule.at(opens - 1, &berlin), Window::Opens(opens));
        assert_eq!(schedule.at(opens, &berlin), Window::Open);
        assert_eq!(schedule.at(ms("2027-04-01T21:59:59.999Z"), &berlin), Window::Open);
        assert_eq!(schedule.at(ms("2027-04-01T22:00:00Z"), &berlin), Window::Over);
        assert_eq!(Schedule::default().at(0, &berlin), Window::Open);
    }

    #[test]
    fn times_that_clocks_skip_or_repeat() {
        let berlin = zone("Europe/Berlin");
        let at = |text: &str| text.parse::<LocalTime>().unwrap().ms(&berlin);
        assert_eq!(at("2027-03-28T02:30"), ms("2027-03-28T01:30:00Z"), "skipped: 03:30 summer time");
        assert_eq!(at("2027-10-31T02:30"), ms("2027-10-31T00:30:00Z"), "repeated: the first");
    }

    #[test]
    fn days_have_23_24_or_25_hours() {
        let berlin = zone("Europe/Berlin");
        let hours = |utc: &str| {
            let range = day_range(local_day(ms(utc), &berlin), &berlin);
            (range.end - range.start) / HOUR
        };
        assert_eq!(hours("2027-03-28T12:00:00Z"), 23);
        assert_eq!(hours("2027-06-01T12:00:00Z"), 24);
        assert_eq!(hours("2027-10-31T12:00:00Z"), 25);
        assert_eq!(local_day(0, &TimeZone::UTC), 0);
        assert_eq!(local_day(-1, &TimeZone::UTC), -1);
        assert_eq!(local_day(0, &zone("America/New_York")), -1);
        assert_eq!(local_day(DAY - 1, &zone("Pacific/Auckland")), 1);
    }

    proptest! {
        #[test]
        fn a_moment_lies_within_its_day(ms in -2_000_000_000_000i64..8_000_000_000_000, name in prop::sample::select(vec!["UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Cairo"])) {
            let zone = zone(name);
            prop_assert!(day_range(local_day(ms, &zone), &zone).contains(&ms));
        }

        #[test]
        fn no_number_panics(ms: i64, day: i32) {
            local_day(ms, &TimeZone::UTC);
            day_range(day, &TimeZone::UTC);
        }
    }
}
