//! Numbers and dates as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::stats::Interval;

/// `12,345`.
pub fn count(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if n < 0 { format!("−{grouped}") } else { grouped }
}

/// `42%` of a share between 0 and 1; small ones keep a digit.
pub fn percent(share: f64) -> String {
    let per_cent = share * 100.0;
    if per_cent > 0.0 && per_cent < 9.95 { format!("{per_cent:.1}%") } else { format!("{per_cent:.0}%") }
}

/// `38–46%`.
pub fn percent_range(interval: Interval) -> String {
    let (low, high) = (interval.low * 100.0, interval.high * 100.0);
    if high < 9.95 { format!("{low:.1}–{high:.1}%") } else { format!("{low:.0}–{high:.0}%") }
}

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
    fn numbers() {
        assert_eq!([0, 999, 1000, 1_234_567, -12_345].map(count), ["0", "999", "1,000", "1,234,567", "−12,345"]);
        assert_eq!([0.0, 0.004, 0.0994, 0.0996, 0.425, 1.0].map(percent), ["0%", "0.4%", "9.9%", "10%", "42%", "100%"]);
        assert_eq!(percent_range(Interval { low: 0.384, high: 0.461 }), "38–46%");
        assert_eq!(percent_range(Interval { low: 0.004, high: 0.021 }), "0.4–2.1%");
    }

    #[test]
    fn moments_are_local() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(moment(1_732_400_000_000, &berlin), "23 Nov 2024, 23:13");
        assert_eq!(date(1_732_400_000_000, &TimeZone::get("Asia/Tokyo").unwrap()), "24 Nov 2024");
        assert_eq!(machine(0), "1970-01-01T00:00:00Z");
        assert_eq!(short_day("2026-02-03"), "3 Feb");
    }
}
