//! NPS, CSAT and CES with their 95 % intervals.

use serde::Serialize;

use super::stats::{Interval, Z, mean_interval, wilson};

/// Below this many answers a score says little, and whoever shows it must say so.
pub const ENOUGH: u64 = 30;

/// A score, never without its uncertainty and the number of answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Score {
    /// The score itself.
    pub value: f64,
    /// Where it plausibly lies; absent where nothing can be said.
    pub interval: Option<Interval>,
    /// Answers it rests on.
    pub n: u64,
}

impl Score {
    /// Whether there are enough answers to show the score without a warning.
    pub const fn is_enough(&self) -> bool {
        self.n >= ENOUGH
    }
}

/// Net promoter score, -100 to 100, from counts of the answers 0 to 10; `None` without answers.
pub fn nps(counts: &[(i64, u64)]) -> Option<Score> {
    let (promoters, detractors) = (within(counts, 9, 10), within(counts, 0, 6));
    let n = within(counts, 0, 10);
    let value = (n > 0).then(|| 100.0 * (promoters as f64 - detractors as f64) / n as f64)?;
    // With few answers the plain formula is far too sure of itself: three pseudo-answers widen it
    // (an adjusted Wald interval, three quarters to each extreme and the rest between).
    let (extra, total) = if n < ENOUGH { (0.75, n as f64 + 3.0) } else { (0.0, n as f64) };
    let (p, d) = ((promoters as f64 + extra) / total, (detractors as f64 + extra) / total);
    let centre = p - d;
    let half = Z * ((p + d - centre * centre).max(0.0) / total).sqrt();
    let interval = Interval { low: 100.0 * (centre - half).max(-1.0), high: 100.0 * (centre + half).min(1.0) };
    Some(Score { value, interval: Some(interval), n })
}

/// Customer satisfaction: the share of 4 and 5 among 1 to 5, in per cent; `None` without answers.
pub fn csat(counts: &[(i64, u64)]) -> Option<Score> {
    let (satisfied, n) = (within(counts, 4, 5), within(counts, 1, 5));
    let Interval { low, high } = wilson(satisfied, n)?;
    Some(Score {
        value: 100.0 * satisfied as f64 / n as f64,
        interval: Some(Interval { low: 100.0 * low, high: 100.0 * high }),
        n,
    })
}

/// Customer effort: the mean of 1 to 7, where 7 is the least effort; `None` without answers.
pub fn ces(counts: &[(i64, u64)]) -> Option<Score> {
    mean(counts, 1, 7)
}

/// Mean of a scale from `low` to `high`; `None` without answers.
pub fn mean(counts: &[(i64, u64)], low: i64, high: i64) -> Option<Score> {
    let n = within(counts, low, high);
    let inside =
        || counts.iter().filter(|(value, _)| (low..=high).contains(value)).map(|(value, count)| (*value as f64, *count as f64));
    let sum: f64 = inside().map(|(value, count)| value * count).sum();
    let squares: f64 = inside().map(|(value, count)| value * value * count).sum();
    let value = (n > 0).then(|| sum / n as f64)?;
    let interval = mean_interval(n, sum, squares)
        .map(|(_, interval)| Interval { low: interval.low.max(low as f64), high: interval.high.min(high as f64) });
    Some(Score { value, interval, n })
}

fn within(counts: &[(i64, u64)], low: i64, high: i64) -> u64 {
    counts.iter().filter(|(value, _)| (low..=high).contains(value)).map(|(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nps_agrees_with_reference_values() {
        let score = nps(&[(10, 40), (9, 20), (8, 25), (6, 5), (0, 10)]).unwrap();
        let interval = score.interval.unwrap();
        assert_eq!((score.value, score.n), (45.0, 100));
        assert!(((interval.high - interval.low) / 2.0 - 14.50).abs() < 0.005, "{interval:?}");
    }

    #[test]
    fn csat_and_ces() {
        let score = csat(&[(1, 2), (4, 5), (5, 3)]).unwrap();
        assert_eq!((score.value, score.n, score.is_enough()), (80.0, 10, false));
        let score = ces(&[(7, 30), (5, 30)]).unwrap();
        assert_eq!((score.value, score.n, score.is_enough()), (6.0, 60, true));
    }

    #[test]
    fn nothing_comes_of_nothing_and_stray_values_do_not_count() {
        assert_eq!(nps(&[]), None);
        assert_eq!(csat(&[(0, 5), (6, 5)]), None);
        assert_eq!(ces(&[(7, 0)]), None);
        assert_eq!(ces(&[(7, 1)]).unwrap().interval, None);
    }

    #[test]
    fn a_single_answer_is_not_certain() {
        let interval = nps(&[(10, 1)]).unwrap().interval.unwrap();
        assert!(interval.high - interval.low > 50.0);
    }

    proptest! {
        #[test]
        fn scores_stay_on_their_scales(counts in prop::collection::vec((-1..12i64, 0..1000u64), 0..12)) {
            for (score, low, high) in [(nps(&counts), -100.0, 100.0), (csat(&counts), 0.0, 100.0), (ces(&counts), 1.0, 7.0)] {
                let Some(score) = score else { continue };
                prop_assert!((low - 1e-9..=high + 1e-9).contains(&score.value));
                if let Some(interval) = score.interval {
                    prop_assert!(low - 1e-9 <= interval.low && interval.low <= interval.high && interval.high <= high + 1e-9);
                }
            }
        }
    }
}
