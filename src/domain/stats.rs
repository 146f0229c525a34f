//! 95 % confidence intervals for shares, differences of shares, and means.

use serde::Serialize;

/// The normal quantile of a two-sided 95 % interval.
pub const Z: f64 = 1.959_963_984_540_054;

/// From where to where the true value plausibly lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Wilson's interval of a share; `None` without any trial. Unlike the textbook's, it holds for few answers and near 0 and 1.
pub fn wilson(successes: u64, trials: u64) -> Option<Interval> {
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let p = successes.min(trials) as f64 / n;
    let scale = 1.0 + Z * Z / n;
    let centre = (p + Z * Z / (2.0 * n)) / scale;
    let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
}

/// Newcombe's interval of the difference `a - b` of two independent shares, each given as (successes, trials).
pub fn newcombe(a: (u64, u64), b: (u64, u64)) -> Option<Interval> {
    let (wa, wb) = (wilson(a.0, a.1)?, wilson(b.0, b.1)?);
    let share = |(successes, trials): (u64, u64)| successes.min(trials) as f64 / trials as f64;
    Some(difference((share(a), wa), (share(b), wb)))
}

/// The interval of the difference `a - b` of two independent figures, each given with its own interval (Zou and Donner).
pub fn difference(a: (f64, Interval), b: (f64, Interval)) -> Interval {
    let ((va, ia), (vb, ib)) = (a, b);
    let difference = va - vb;
    Interval { low: difference - (va - ia.low).hypot(ib.high - vb), high: difference + (ia.high - va).hypot(vb - ib.low) }
}

/// Mean and its interval from a count, a sum and a sum of squares; `None` below two values, which have no spread.
pub fn mean_interval(count: u64, sum: f64, squares: f64) -> Option<(f64, Interval)> {
    if count < 2 {
        return None;
    }
    let n = count as f64;
    let mean = sum / n;
    // Rounding can leave a tiny negative where all values are alike.
    let variance = ((squares - sum * mean) / (n - 1.0)).max(0.0);
    let half = Z * (variance / n).sqrt();
    Some((mean, Interval { low: mean - half, high: mean + half }))
}

/// Difference `a - b` of the means of two independent groups, each given as for [`mean_interval`], and its interval.
pub fn mean_difference(a: (u64, f64, f64), b: (u64, f64, f64)) -> Option<(f64, Interval)> {
    let (ma, ia) = mean_interval(a.0, a.1, a.2)?;
    let (mb, ib) = mean_interval(b.0, b.1, b.2)?;
    let difference = ma - mb;
    // Standard errors of independent means add up as squares.
    let half = (ia.high - ma).hypot(ib.high - mb);
    Some((difference, Interval { low: difference - half, high: difference + half }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(interval: Option<Interval>, low: f64, high: f64) {
        let found = interval.unwrap();
        assert!((found.low - low).abs() < 5e-6 && (found.high - high).abs() < 5e-6, "{found:?}");
    }

    #[test]
    fn agrees_with_reference_values() {
        close(wilson(45, 200), 0.17262, 0.28774);
        close(wilson(0, 20), 0.0, 0.16113);
        close(newcombe((120, 1000), (90, 1000)), 0.00310, 0.05701);
        assert_eq!(wilson(0, 0), None);
        assert_eq!(newcombe((1, 1), (0, 0)), None);
    }

    #[test]
    fn means() {
        // 1, 2, 3, 4, 5: variance 2.5, standard error 0.70711.
        let (mean, interval) = mean_interval(5, 15.0, 55.0).unwrap();
        assert!((mean - 3.0).abs() < 1e-12);
        close(Some(interval), 3.0 - 1.385_904, 3.0 + 1.385_904);
        assert_eq!(mean_interval(1, 3.0, 9.0), None);
        assert!(!mean_interval(3, 0.3, 0.03).unwrap().1.low.is_nan(), "rounding leaves no negative variance");
    }

    #[test]
    fn differences_of_means() {
        // 1…5 against 2, 2: the second has no spread.
        let (difference, interval) = mean_difference((5, 15.0, 55.0), (2, 4.0, 8.0)).unwrap();
        assert!((difference - 1.0).abs() < 1e-12);
        close(Some(interval), 1.0 - 1.385_904, 1.0 + 1.385_904);
        assert_eq!(mean_difference((5, 15.0, 55.0), (1, 4.0, 16.0)), None);
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_estimate(n in 1..5000u64, part in 0.0..=1.0f64) {
            let x = (n as f64 * part) as u64;
            let interval = wilson(x, n).unwrap();
            let p = x as f64 / n as f64;
            prop_assert!(interval.low <= p + 1e-12 && p <= interval.high + 1e-12);
            prop_assert!(interval.low >= 0.0 && interval.high <= 1.0);
        }

        #[test]
        fn a_difference_turns_round_with_its_sides(a in 1..500u64, b in 1..500u64, x in 0.0..=1.0f64, y in 0.0..=1.0f64) {
            let (a, b) = (((a as f64 * x) as u64, a), ((b as f64 * y) as u64, b));
            let (ab, ba) = (newcombe(a, b).unwrap(), newcombe(b, a).unwrap());
            prop_assert!((ab.low + ba.high).abs() < 1e-9 && (ab.high + ba.low).abs() < 1e-9);
            prop_assert!(-1.0 - 1e-9 <= ab.low && ab.high <= 1.0 + 1e-9);
        }
    }
}
