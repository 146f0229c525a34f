//! One day's figures, in a form that days can be added up in.

use std::collections::BTreeMap;
use std::ops::Add;

/// How many there were, their sum and the sum of their squares: all that a mean and its spread need.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    pub n: u64,
    pub sum: f64,
    pub squares: f64,
}

/// By days since 1970, each a day of the store's calendar.
pub type Series = BTreeMap<i32, Tally>;

impl Tally {
    /// `successes` of `trials`; answers that come late may be more than the shows that are counted.
    pub fn share(successes: i64, trials: i64) -> Self {
        let (trials, successes) = (trials.max(0), successes.clamp(0, trials.max(0)));
        Self { n: trials.unsigned_abs(), sum: successes as f64, squares: successes as f64 }
    }

    /// Of values and how often each was given.
    pub fn of(values: impl IntoIterator<Item = (f64, i64)>) -> Self {
        let one = |(value, n): (f64, i64)| {
            let n = n.max(0);
            Self { n: n.unsigned_abs(), sum: value * n as f64, squares: value * value * n as f64 }
        };
        values.into_iter().map(one).fold(Self::default(), Add::add)
    }

    /// 0 of none.
    pub fn mean(&self) -> f64 {
        if self.n == 0 { 0.0 } else { self.sum / self.n as f64 }
    }

    /// Of a single one.
    pub fn variance(&self) -> f64 {
        // Rounding can leave a tiny negative where all are alike.
        if self.n == 0 { 0.0 } else { (self.squares / self.n as f64 - self.mean().powi(2)).max(0.0) }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { n: self.n + other.n, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_add_up() {
        let scores = Tally::of([(5.0, 2), (1.0, 1)]) + Tally::of([(1.0, 1), (9.0, -3)]);
        assert_eq!((scores.n, scores.mean(), scores.variance()), (4, 3.0, 4.0));
        let shares = Tally::share(1, 4) + Tally::share(3, 4);
        assert_eq!((shares.n, shares.mean(), shares.variance()), (8, 0.5, 0.25));
        assert_eq!(Tally::share(5, 4).mean(), 1.0);
        assert_eq!((Tally::share(1, -1).mean(), Tally::default().variance()), (0.0, 0.0));
    }
}
