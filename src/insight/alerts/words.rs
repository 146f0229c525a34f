//! Figures as alerts say them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::{DAY, HOUR, MINUTE, Millis};
use crate::domain::alert::{Against, Compared};

/// `4.2 %`, `17 %`.
pub fn percent(share: f64) -> String {
    let per_cent = share * 100.0;
    if per_cent > 0.0 && per_cent < 9.95 { format!("{per_cent:.1} %") } else { format!("{per_cent:.0} %") }
}

/// `12 minutes`, `3 hours`, `2 days`.
pub fn span(ms: Millis) -> String {
    let (n, unit) = match ms {
        DAY.. => (ms / DAY, "day"),
        HOUR.. => (ms / HOUR, "hour"),
        _ => ((ms / MINUTE).max(1), "minute"),
    };
    format!("{n} {unit}{}", if n == 1 { "" } else { "s" })
}

/// `24 Nov 2026, 14:17` in the store's time zone.
pub fn moment(ms: Millis, zone: &TimeZone) -> String {
    let at = Timestamp::from_millisecond(ms);
    at.map_or_else(|_| String::new(), |at| zone.to_datetime(at).strftime("%-d %b %Y, %H:%M").to_string())
}

/// When the figure is of: `Yesterday`, `In the last seven days`.
pub fn period(compared: &Compared, day: &'static str) -> &'static str {
    if matches!(compared.against, Against::Weeks(_)) { "In the last seven days" } else { day }
}

/// `By the last 8 Tuesdays it is usually 12 to 19 %.`
pub fn usually(compared: &Compared, day: i32, show: impl Fn(f64) -> String) -> String {
    let days = match compared.against {
        Against::Weekdays(n) => format!("the last {n} {}s", weekday(day)),
        Against::Days(n) => format!("the last {n} days"),
        Against::Weeks(n) => format!("the last {n} weeks"),
    };
    let usual = &compared.usual;
    format!("By {days} before it is usually between {} and {}.", show(usual.low), show(usual.high))
}

fn weekday(day: i32) -> &'static str {
    // Day 0 was a Thursday.
    ["Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"][day.rem_euclid(7) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::alert::{Tally, Usual};
    use crate::domain::schedule::local_day;

    #[test]
    fn figures_are_written_as_people_read_them() {
        assert_eq!([0.0, 0.042, 0.0996, 0.171, 1.0].map(percent), ["0 %", "4.2 %", "10 %", "17 %", "100 %"]);
        let spans = [30_000, 61_000, 59 * MINUTE, 61 * MINUTE, 3 * HOUR, DAY, 50 * HOUR].map(span);
        assert_eq!(spans, ["1 minute", "1 minute", "59 minutes", "1 hour", "3 hours", "1 day", "2 days"]);
        // 24 November 2026 was a Tuesday.
        let tuesday = local_day(1_795_521_600_000, &TimeZone::UTC);
        let usual = Usual { low: 0.12, centre: 0.15, high: 0.19 };
        let compared = |against| Compared { found: Tally::share(4, 100), against, usual };
        let weekdays = compared(Against::Weekdays(8));
        assert_eq!(usually(&weekdays, tuesday, percent), "By the last 8 Tuesdays before it is usually between 12 % and 19 %.");
        assert_eq!(period(&weekdays, "Yesterday"), "Yesterday");
        assert_eq!(period(&compared(Against::Weeks(4)), "Yesterday"), "In the last seven days");
    }
}
