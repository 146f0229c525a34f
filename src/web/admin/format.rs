//! Numbers and dates as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use crate::domain::numbers::{count, percent, percent_range};

/// `24 Nov 2026, 14:17` in the store's time zone.
pub fn moment(ms: i64, zone: &TimeZone) -> String {
    in_zone(ms, zone, "%-d %b %Y, %H:%M")
}

/// `24 Nov 2026` in the store's time zone.
pub fn date(ms: i64, zone: &TimeZone) -> String {
    in_zone(ms, zone, "%-d %b %Y")
}

/// For programs: the `datetime` of a `<time>`.
pub fn machine(ms: i64) -> String {
    in_zone(ms, &TimeZone::UTC, "%Y-%m-%dT%H:%M:%SZ")
}

fn in_zone(ms: i64, zone: &TimeZone, format: &str) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| zone.to_datetime(at).strftime(format).to_string())
}

/// `24 Nov` of `2026-11-24`.
pub fn short_day(iso: &str) -> String {
    iso.parse::<jiff::civil::Date>().map_or_else(|_| iso.to_owned(), |date| date.strftime("%-d %b").to_string())
}

/// `exit_intent` as a store owner says it.
pub fn kind(word: &str) -> &str {
    match word {
        "exit_intent" => "Exit intent",
        "post_purchase" => "Post-purchase",
        "on_site" => "On site",
        "link" => "Link",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_local() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(moment(1_732_400_000_000, &berlin), "23 Nov 2024, 23:13");
        assert_eq!(date(1_732_400_000_000, &TimeZone::get("Asia/Tokyo").unwrap()), "24 Nov 2024");
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(short_day("2026-02-03"), "3 Feb");
    }
}
