//! Spans of time as documents write them: a whole number and a unit, `30s`, `15m`, `4h`, `7d`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds in a second.
pub const SECOND: i64 = 1000;
/// Milliseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// Long enough for any rule, short enough that sums of a few spans never overflow.
const LONGEST: i64 = 3660 * DAY;

const UNITS: [(i64, char, &str); 4] = [(DAY, 'd', "day"), (HOUR, 'h', "hour"), (MINUTE, 'm', "minute"), (SECOND, 's', "second")];

/// Text that is not a span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration: write a whole number and a unit, such as 30s, 15m, 4h or 7d (at most ten years)")]
pub struct BadDuration(String);

/// Reads `30s`, `15m`, `4h` or `7d` as milliseconds.
pub fn parse_ms(text: &str) -> Result<i64, BadDuration> {
    let bad = || BadDuration(text.to_owned());
    let (number, unit) = text.char_indices().last().map(|(at, unit)| (&text[..at], unit)).ok_or_else(bad)?;
    let &(size, ..) = UNITS.iter().find(|(_, letter, _)| *letter == unit).ok_or_else(bad)?;
    // `parse` alone would also take a sign.
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    let ms = number.parse::<i64>().ok().and_then(|n| n.checked_mul(size)).ok_or_else(bad)?;
    if ms > LONGEST { Err(bad()) } else { Ok(ms) }
}

/// Milliseconds in words, rounded down to a unit in which they are at least two, or exactly one: `36 hours`, `7 days`.
pub fn humanize(ms: i64) -> String {
    let ms = ms.max(0);
    let (size, _, name) = UNITS.into_iter().find(|(size, ..)| ms >= 2 * size || ms == *size).unwrap_or((SECOND, 's', "second"));
    let count = ms / size;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
}

/// A span of time that a document writes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

impl Span {
    /// A span of whole days.
    pub const fn days(days: i64) -> Self {
        Self(days * DAY)
    }

    /// Its length in milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (size, letter, _) = UNITS.into_iter().find(|(size, ..)| self.0 % size == 0).unwrap_or(UNITS[3]);
        write!(f, "{}{letter}", self.0 / size)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_ms(&text).map(Span).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_each_unit() {
        assert_eq!(parse_ms("30s"), Ok(30_000));
        assert_eq!(parse_ms("15m"), Ok(900_000));
        assert_eq!(parse_ms("4h"), Ok(14_400_000));
        assert_eq!(parse_ms("7d"), Ok(604_800_000));
        assert_eq!(parse_ms("0s"), Ok(0));
    }

    #[test]
    fn refuses_everything_else() {
        for text in
            ["", "d", "7", "7 d", "+7d", "-7d", "1.5h", "7w", "7D", "7dd", "７d", "9999999999999999999d", "4000d", "d7", "7é"]
        {
            assert!(parse_ms(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn speaks_in_units_that_read_well() {
        for (ms, words) in [
            (7 * DAY, "7 days"),
            (DAY, "1 day"),
            (36 * HOUR, "36 hours"),
            (HOUR, "1 hour"),
            (90 * MINUTE, "90 minutes"),
            (1500, "1 second"),
            (0, "0 seconds"),
            (-5, "0 seconds"),
        ] {
            assert_eq!(humanize(ms), words);
        }
    }

    proptest! {
        #[test]
        fn a_span_survives_its_own_text(seconds in 0..3660i64 * 86_400) {
            let span = Span(seconds * SECOND);
            prop_assert_eq!(parse_ms(&span.to_string()), Ok(span.ms()));
        }

        #[test]
        fn never_panics(text in ".{0,12}") {
            let _ = parse_ms(&text);
        }
    }
}
