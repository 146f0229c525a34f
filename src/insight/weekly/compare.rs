//! Whether a figure has moved since the week before, or only seems to.

use crate::domain::score::ENOUGH;
use crate::domain::stats::{self, Interval, Z};
use crate::insight::summary::{ScoreResult, Share};

/// How much wider than its 95 % interval a difference must keep away from nothing where many are looked at and the largest are
/// told: one that is chance alone is taken for more once in a thousand times.
pub const OF_MANY: f64 = 3.29 / Z;
/// Earlier weeks that say what is usual, where there are at least so many.
const HISTORY: usize = 4;

/// A figure with its 95 % interval, and how many it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    pub value: f64,
    pub interval: Interval,
    pub n: i64,
}

impl From<Share> for Measured {
    fn from(share: Share) -> Self {
        Self { value: share.value, interval: share.interval, n: share.of }
    }
}

impl Measured {
    /// `None` where nothing can be said of how sure it is.
    pub fn score(score: &ScoreResult) -> Option<Self> {
        Some(Self { value: score.value, interval: score.interval?, n: i64::try_from(score.n).ok()? })
    }
}

/// A figure against the week before's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Change {
    /// There was none the week before.
    New,
    /// Too few, in one of the weeks, to say anything.
    Few,
    /// What there is of a difference may be chance.
    Unclear,
    /// The figure less the one before: more than chance.
    Clear(f64),
}

/// `width`: how many times as wide as its 95 % interval the difference's interval is taken; 1 or [`OF_MANY`].
pub fn change(now: Measured, before: Option<Measured>, width: f64) -> Change {
    let Some(before) = before else { return Change::New };
    if now.n.min(before.n) < ENOUGH.cast_signed() {
        return Change::Few;
    }
    let moved = now.value - before.value;
    let interval = stats::difference((now.value, now.interval), (before.value, before.interval));
    let (below, above) = (width * (moved - interval.low), width * (interval.high - moved));
    if moved > below || -moved > above { Change::Clear(moved) } else { Change::Unclear }
}

impl Change {
    /// In words; `amount` writes a difference without its sign.
    pub fn words(self, amount: impl Fn(f64) -> String) -> String {
        match self {
            Self::New => "nothing to compare with the week before".into(),
            Self::Few => "too few to compare with the week before".into(),
            Self::Unclear => "no clear change".into(),
            Self::Clear(moved) => {
                format!("{} {}, more than chance", if moved > 0.0 { "up" } else { "down" }, amount(moved.abs()))
            }
        }
    }
}

/// `3 points`; less than one keeps a digit.
pub fn points(n: f64) -> String {
    let text = if n < 0.95 { format!("{n:.1}") } else { format!("{n:.0}") };
    if text == "1" { "1 point".into() } else { format!("{text} points") }
}

/// From the lowest to the highest share of earlier weeks, each given as (n, of); `None` where history does not say. Weeks with few
/// people swing by chance and are left out.
pub fn usual(weeks: impl IntoIterator<Item = (i64, i64)>) -> Option<Interval> {
    let enough = weeks.into_iter().filter(|(_, of)| *of >= ENOUGH.cast_signed());
    let shares: Vec<f64> = enough.map(|(n, of)| n as f64 / of as f64).collect();
    let none = Interval { low: f64::INFINITY, high: f64::NEG_INFINITY };
    let range = shares.iter().fold(none, |range, share| Interval { low: range.low.min(*share), high: range.high.max(*share) });
    (shares.len() >= HISTORY).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn share(n: i64, of: i64) -> Measured {
        Share::new(n, of).unwrap().into()
    }

    #[test]
    fn a_change_is_told_where_it_is_more_than_chance() {
        for (now, before, one, many) in [
            ((72, 400), (60, 400), "no clear change", "no clear change"),
            ((96, 400), (60, 400), "up 9 points, more than chance", "no clear change"),
            ((60, 400), (96, 400), "down 9 points, more than chance", "no clear change"),
            ((160, 400), (60, 400), "up 25 points, more than chance", "up 25 points, more than chance"),
            ((5_400, 100_000), (5_000, 100_000), "up 0.4 points, more than chance", "up 0.4 points, more than chance"),
            ((0, 400), (400, 400), "down 100 points, more than chance", "down 100 points, more than chance"),
            ((29, 29), (0, 400), "too few to compare with the week before", "too few to compare with the week before"),
            ((400, 400), (0, 29), "too few to compare with the week before", "too few to compare with the week before"),
        ] {
            let words =
                |width| change(share(now.0, now.1), Some(share(before.0, before.1)), width).words(|share| points(share * 100.0));
            assert_eq!((&*words(1.0), &*words(OF_MANY)), (one, many), "{now:?} after {before:?}");
        }
        assert_eq!(change(share(9, 99), None, 1.0).words(points), "nothing to compare with the week before");
    }

    #[test]
    fn scores_are_compared_by_their_intervals() {
        let score = |value: f64, half, n| Measured { value, interval: Interval { low: value - half, high: value + half }, n };
        assert_eq!(change(score(40.0, 10.0, 99), Some(score(20.0, 10.0, 99)), 1.0), Change::Clear(20.0));
        assert_eq!(change(score(40.0, 10.0, 99), Some(score(30.0, 10.0, 99)), 1.0), Change::Unclear);
        assert_eq!(change(score(7.0, 0.0, 99), Some(score(7.0, 0.0, 99)), 1.0), Change::Unclear, "all alike, and as before");
        assert_eq!(Change::Clear(-0.31).words(|n| format!("{n:.1}")), "down 0.3, more than chance");
    }

    #[test]
    fn points_are_counted_right() {
        assert_eq!([0.4, 0.96, 1.4, 2.0, 31.5].map(points), ["0.4 points", "1 point", "1 point", "2 points", "32 points"]);
    }

    #[test]
    fn what_is_usual_needs_weeks_with_people() {
        assert_eq!(usual([(10, 100), (20, 100), (15, 100), (12, 100)]), Some(Interval { low: 0.1, high: 0.2 }));
        assert_eq!(usual([(10, 100), (20, 100), (15, 100), (29, 29)]), None, "three weeks, and one with few");
        assert_eq!(usual([]), None);
    }

    proptest! {
        #[test]
        fn a_week_like_the_last_has_not_changed(n in 0..5_000i64, more in 0..5_000i64) {
            let of = n + more + 30;
            prop_assert_eq!(change(share(n, of), Some(share(n, of)), 1.0), Change::Unclear);
        }

        #[test]
        fn what_is_clear_among_many_is_clear_alone(a in 0..400i64, b in 0..400i64) {
            let (now, before) = (share(a, 400), Some(share(b, 400)));
            let clear = |width| matches!(change(now, before, width), Change::Clear(_));
            prop_assert!(clear(1.0) || !clear(OF_MANY));
        }
    }
}
