//! Surveys that nobody sees any more: mostly a tag that went missing when a theme was changed.

use std::ops::Range;

use jiff::tz::TimeZone;

use crate::domain::duration::HOUR;
use crate::domain::schedule::{day_range, local_day};

/// Hours in which a day's shows happen. Few are at night, and a quiet night is no news.
const AWAKE: Range<i64> = 8 * HOUR..24 * HOUR;
/// Fewer days than this say nothing of what is usual.
const LEAST_DAYS: usize = 7;
/// The longest gap that is looked at, in days.
const LONGEST: i32 = 60;

/// Shows that a day has at least, by full days before: their lower quartile, so that a weak weekday is no news. `None` where days are
/// too few, or shows.
pub fn per_day(days: &[i64]) -> Option<f64> {
    let mut days = days.to_vec();
    days.sort_unstable();
    let quartile = *days.get(days.len() / 4)?;
    (days.len() >= LEAST_DAYS && quartile > 0).then_some(quartile as f64)
}

/// Shows that there should have been between two moments.
pub fn missed(per_day: f64, gap: Range<i64>, zone: &TimeZone) -> f64 {
    let (first, last) = (local_day(gap.start, zone), local_day(gap.end, zone));
    let awake = |day: i32| {
        let start = day_range(day, zone).start;
        let (from, until) = (gap.start.max(start + AWAKE.start), gap.end.min(start + AWAKE.end));
        (until - from).max(0)
    };
    let first = first.max(last.saturating_sub(LONGEST));
    let waited: i64 = (first..=last).map(awake).sum();
    per_day * waited as f64 / (AWAKE.end - AWAKE.start) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::duration::DAY;

    #[test]
    fn a_weak_day_is_no_news() {
        assert_eq!(per_day(&[40, 44, 48, 50, 47, 12, 9]), Some(12.0));
        assert_eq!(per_day(&[50; 6]), None, "too few days");
        assert_eq!(per_day(&[0, 0, 0, 0, 50, 50, 50]), None, "shown now and then");
        assert_eq!(per_day(&[]), None);
    }

    #[test]
    fn nights_do_not_count() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let midnight = day_range(20_000, &zone).start;
        for (from, until, wanted) in
            [(0, 8, 0.0), (0, 12, 8.0), (0, 24, 32.0), (12, 16, 8.0), (20, 24 + 8, 8.0), (0, 48, 64.0), (9, 9, 0.0), (12, 9, 0.0)]
        {
            let found = missed(32.0, midnight + from * HOUR..midnight + until * HOUR, &zone);
            assert!((found - wanted).abs() < 1e-9, "{from} to {until}: {found}");
        }
        assert!(missed(1.0, 0..1000 * DAY, &zone) < 62.0, "no gap is counted for ever");
        assert!(missed(1.0, i64::MIN..i64::MAX, &TimeZone::UTC).is_finite());
    }
}
