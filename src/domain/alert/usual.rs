//! What a figure usually is, and whether a day is beyond that.
//!
//! A control chart for attributes with Laney's correction (D. B. Laney, "Improved Control Charts for Attributes", Quality Engineering 14(4),
//! 2002): the spread that chance alone makes in so many answers, widened by how much more the days before have really
//! varied. Centre and widening are medians (B. Iglewicz, D. C. Hoaglin, "How to Detect and Handle Outliers", 1993), so that
//! one odd day among them changes neither.

use super::{Series, Tally};

/// Weeks that are looked back.
const WEEKS: i32 = 8;
/// Days, where there are not enough weeks yet.
const DAYS: i32 = 14;
/// Fewer weeks than this say nothing of what is usual,
const LEAST_WEEKS: usize = 4;
/// and fewer days.
const LEAST_DAYS: usize = 7;

/// A median of absolute deviations → a standard deviation, of what is normally distributed.
const MAD_TO_SD: f64 = 1.4826;
/// The variance of a median is that of a mean times π/2.
const MEDIAN_COST: f64 = std::f64::consts::FRAC_PI_2;

/// Where a figure usually is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub low: f64,
    pub centre: f64,
    pub high: f64,
}

/// The range in which a figure of `n` answers is expected after these periods; `None` without any. `scale`: the lowest and highest single
/// value; `deviations`: how wide.
pub fn usual(history: &[Tally], n: u64, scale: (f64, f64), deviations: f64) -> Option<Usual> {
    let all = history.iter().fold(Tally::default(), |sum, period| sum + *period);
    let centre = median(history.iter().filter(|period| period.n > 0).map(Tally::mean).collect())?;
    let span = scale.1 - scale.0;
    // Of one answer, within its period. Where all were alike the next one may still differ: once in as many as there were.
    let within = history.iter().map(|period| period.variance() * period.n as f64).sum::<f64>() / all.n as f64;
    let within = within.max(span * span / all.n as f64);
    let z = |period: &Tally| ((period.mean() - centre) / (within / period.n as f64).sqrt()).abs();
    // Of few values the median of deviations is too small (C. Croux, P. J. Rousseeuw, "Time-Efficient Algorithms for Two Highly
    // Robust Estimators of Scale", 1992).
    let few = history.len() as f64 / (history.len() as f64 - 0.8);
    let widening = median(history.iter().filter(|period| period.n > 0).map(z).collect())? * MAD_TO_SD * few;
    let spread = widening.max(1.0) * (within / n.max(1) as f64 + MEDIAN_COST * within / all.n as f64).sqrt();
    Some(Usual { low: (centre - deviations * spread).max(scale.0), centre, high: (centre + deviations * spread).min(scale.1) })
}

/// How many of something rare a day has at most, by the counts of other days: a count spreads by its root at least.
pub fn usual_count(days: &[i64], deviations: f64) -> f64 {
    let days: Vec<f64> = days.iter().map(|n| *n as f64).collect();
    let Some(centre) = median(days.clone()) else { return 0.0 };
    let spread = median(days.iter().map(|n| (n - centre).abs()).collect()).unwrap_or(0.0) * MAD_TO_SD;
    centre + deviations * spread.max(centre.sqrt())
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() % 2 {
        _ if values.is_empty() => None,
        1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// What a figure was held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Against {
    /// A day against so many of the same weekday.
    Weekdays(usize),
    /// A day against so many of the days before it.
    Days(usize),
    /// Seven days against so many weeks before them.
    Weeks(usize),
}

/// A figure and what it usually is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compared {
    pub found: Tally,
    pub against: Against,
    pub usual: Usual,
}

impl Compared {
    /// Whether it is out of its range and far enough from its centre to matter.
    pub fn is_unusual(&self, least_change: f64) -> bool {
        let (mean, usual) = (self.found.mean(), &self.usual);
        (mean < usual.low || mean > usual.high) && (mean - usual.centre).abs() >= least_change
    }

    pub fn fell(&self) -> bool {
        self.found.mean() < self.usual.centre
    }

    /// How far away it is: 1 at the end of the range.
    pub fn distance(&self) -> f64 {
        let end = if self.fell() { self.usual.low } else { self.usual.high };
        (self.found.mean() - self.usual.centre).abs() / (end - self.usual.centre).abs().max(f64::MIN_POSITIVE)
    }
}

/// A figure in two windows: the day itself, and the seven days up to it, which show a small change that a day's chance hides. Periods of fewer
/// than `least` answers do not count; a window is left out as long as there is nothing to say of it.
pub fn compare(
    series: &Series,
    day: i32,
    least: u64,
    scale: (f64, f64),
    deviations: f64,
) -> impl Iterator<Item = Compared> + use<> {
    let held = |found: Tally, periods: Vec<Tally>, wanted: usize, against: fn(usize) -> Against| {
        let history: Vec<Tally> = periods.into_iter().filter(|period| period.n >= least.max(1)).collect();
        let enough = found.n >= least.max(1) && history.len() >= wanted;
        enough.then(|| usual(&history, found.n, scale, deviations)).flatten().map(|usual| Compared {
            found,
            against: against(history.len()),
            usual,
        })
    };
    let of = |day: i32| series.get(&day).copied().unwrap_or_default();
    let week = |last: i32| (last - 6..=last).map(of).fold(Tally::default(), |sum, day| sum + day);
    let weekdays = (1..=WEEKS).map(|back| of(day - 7 * back)).collect();
    let days = (1..=DAYS).map(|back| of(day - back)).collect();
    let weeks = (1..=WEEKS).map(|back| week(day - 7 * back)).collect();
    let by_day =
        held(of(day), weekdays, LEAST_WEEKS, Against::Weekdays).or_else(|| held(of(day), days, LEAST_DAYS, Against::Days));
    [by_day, held(week(day), weeks, LEAST_WEEKS, Against::Weeks)].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    const SHARE: (f64, f64) = (0.0, 1.0);

    #[test]
    fn the_range_is_of_chance_and_of_what_varied() {
        // Four days of 20 % of 400: chance alone makes 2 points, the median of 1600 a little more.
        let steady = [Tally::share(80, 400); 4];
        let found = usual(&steady, 400, SHARE, 4.0).unwrap();
        let spread = (0.16f64 / 400.0 * (1.0 + MEDIAN_COST / 4.0)).sqrt();
        assert!(
            (found.high - (0.2 + 4.0 * spread)).abs() < 1e-12 && (found.low - (0.2 - 4.0 * spread)).abs() < 1e-12,
            "{found:?}"
        );
        // Days that vary more than chance make it wider; one odd day among steady ones does not.
        let lively: Vec<_> = [40, 60, 80, 100, 120].map(|n| Tally::share(n, 400)).into();
        assert!(usual(&lively, 400, SHARE, 4.0).unwrap().low < found.low - 0.05);
        let odd: Vec<_> = steady.into_iter().chain([Tally::share(300, 400)]).collect();
        let odd = usual(&odd, 400, SHARE, 4.0).unwrap();
        assert!((odd.centre - 0.2).abs() < 1e-12 && (odd.low - found.low).abs() < 0.02, "{odd:?}");
        // Nobody ever answered: a first answer is no news yet.
        let never = usual(&[Tally::share(0, 100); 8], 100, SHARE, 4.0).unwrap();
        assert!(never.centre == 0.0 && never.low == 0.0 && (0.01..0.2).contains(&never.high), "{never:?}");
        assert_eq!(usual(&[], 400, SHARE, 4.0), None);
        assert_eq!(usual(&[Tally::default()], 400, SHARE, 4.0), None);
    }

    #[test]
    fn a_day_is_held_against_its_own_weekday() {
        // Weekends answer twice as often: a weekday's rate on a Saturday is a fall, and usual on a Monday.
        let weekend = |day: i32| day.rem_euclid(7) >= 5;
        let series = |day: i32, last: i64| -> Series {
            let mut all: Series = (0..day).map(|d| (d, Tally::share(if weekend(d) { 400 } else { 200 }, 1000))).collect();
            all.insert(day, Tally::share(last, 1000));
            all
        };
        let verdict = |day, last| compare(&series(day, last), day, 100, SHARE, 4.0).next().unwrap();
        let (saturday, monday) = (verdict(75, 200), verdict(70, 200));
        assert_eq!((saturday.against, monday.against), (Against::Weekdays(8), Against::Weekdays(8)));
        assert!(saturday.is_unusual(0.02) && saturday.fell() && saturday.distance() > 1.0, "{saturday:?}");
        assert!(!monday.is_unusual(0.02) && monday.distance() < 1.0, "{monday:?}");
        assert!(verdict(70, 320).is_unusual(0.02) && !verdict(70, 320).is_unusual(0.2), "a change too small to matter");
    }

    #[test]
    fn a_short_history_and_a_small_shop() {
        let steady = |days: i32, n: i64| -> Series { (0..=days).map(|day| (day, Tally::share(n / 5, n))).collect() };
        for (days, n, wanted) in [
            (60, 500, Some(Against::Weekdays(8))),
            (30, 500, Some(Against::Weekdays(4))),
            (20, 500, Some(Against::Days(14))),
            (7, 500, Some(Against::Days(7))),
            (6, 500, None),
            (60, 50, Some(Against::Weeks(8))),
            (60, 10, None),
        ] {
            let found: Vec<_> = compare(&steady(days, n), days, 100, SHARE, 4.0).collect();
            assert_eq!(found.first().map(|found| found.against), wanted, "{days} days of {n}");
            assert!(found.iter().all(|found| !found.is_unusual(0.0)));
        }
    }

    #[test]
    fn a_week_shows_what_a_day_hides() {
        // From 17 % to 9 % of 200 a day is within a day's chance.
        let series: Series = (0..=70).map(|day| (day, Tally::share(if day > 63 { 18 } else { 34 }, 200))).collect();
        let found: Vec<_> = compare(&series, 70, 100, SHARE, 4.0).collect();
        let unusual = |found: &Compared| (found.against, found.is_unusual(0.03));
        assert_eq!(found.iter().map(unusual).collect::<Vec<_>>(), [(Against::Weekdays(8), false), (Against::Weeks(8), true)]);
    }

    #[test]
    fn scores_are_means_on_their_scale() {
        // An NPS: promoters 100, passives 0, detractors -100.
        let day = |up: i64, flat: i64, down: i64| Tally::of([(100.0, up), (0.0, flat), (-100.0, down)]);
        let mut series: Series = (0..70).map(|d| (d, day(60, 25, 15))).collect();
        for (last, unusual) in [(day(60, 25, 15), false), (day(50, 30, 20), false), (day(20, 30, 50), true)] {
            series.insert(70, last);
            let found = compare(&series, 70, 30, (-100.0, 100.0), 4.0).next().unwrap();
            assert_eq!(found.is_unusual(10.0), unusual, "{found:?}");
            assert_eq!(found.usual.centre, 45.0);
        }
    }

    #[test]
    fn counts_have_an_upper_end() {
        for (days, wanted) in [(&[][..], 0.0), (&[0, 0, 0], 0.0), (&[9, 9, 9, 900], 21.0), (&[10, 20, 30], 20.0 + 4.0 * 14.826)] {
            assert!((usual_count(days, 4.0) - wanted).abs() < 1e-9, "{days:?}");
        }
    }

    fn shown(random: &mut StdRng, n: u32, rate: f64) -> Tally {
        Tally::share((0..n).filter(|_| random.random_bool(rate)).count() as i64, n.into())
    }

    /// How many of a thousand last days are found unusual, where days vary by `lively` of their rate beyond chance.
    fn alarms(rate: f64, last: f64, n: u32, lively: f64) -> usize {
        let mut random = StdRng::seed_from_u64(11);
        let mut found = 0;
        for _ in 0..1000 {
            let mut day = |rate: f64| {
                let rate = rate * (1.0 + lively * random.random_range(-1.0..1.0));
                shown(&mut random, n, rate.clamp(0.0, 1.0))
            };
            let mut series: Series = (1..=8).map(|week| (-7 * week, day(rate))).collect();
            series.insert(0, day(last));
            let unusual = |found: Compared| found.is_unusual(0.2 * found.usual.centre);
            found += usize::from(compare(&series, 0, 100, SHARE, 4.0).any(unusual));
        }
        found
    }

    #[test]
    fn noise_raises_nothing_and_a_halved_rate_is_found() {
        for (rate, n) in [(0.05, 120), (0.17, 120), (0.17, 400), (0.5, 150), (0.8, 300)] {
            let found = alarms(rate, rate, n, 0.0);
            assert!(found <= 2, "steady at {rate} of {n}: {found} in 1000");
            let found = alarms(rate, rate, n, 0.15);
            assert!(found <= 12, "lively at {rate} of {n}: {found} in 1000");
        }
        for (rate, n, least) in [(0.17, 2000, 990), (0.17, 800, 750), (0.17, 400, 300), (0.5, 150, 700), (0.8, 120, 950)] {
            let found = alarms(rate, rate / 2.0, n, 0.0);
            assert!(found >= least, "halved from {rate} of {n}: {found} in 1000");
        }
    }

    proptest! {
        #[test]
        fn the_range_holds_its_centre_and_stays_on_the_scale(
            days in prop::collection::vec((1..5000i64, 0.0..=1.0f64), 1..20), n in 1..10_000u64, deviations in 0.5..6.0f64,
        ) {
            let days: Vec<_> = days.into_iter().map(|(n, rate)| Tally::share((n as f64 * rate) as i64, n)).collect();
            let found = usual(&days, n, SHARE, deviations).unwrap();
            prop_assert!(0.0 <= found.low && found.low <= found.centre && found.centre <= found.high && found.high <= 1.0);
            let wider = usual(&days, n, SHARE, deviations + 1.0).unwrap();
            prop_assert!(wider.low <= found.low && found.high <= wider.high);
            let surer = usual(&days, 10 * n, SHARE, deviations).unwrap();
            prop_assert!(found.low <= surer.low && surer.high <= found.high, "more answers, less chance");
        }

        #[test]
        fn a_shift_of_days_changes_nothing(shift in -100_000..100_000i32, rate in 0.01..0.99f64) {
            let series = |shift: i32| -> Series {
                (0..70).map(|day| (day + shift, Tally::share((500.0 * rate) as i64 + i64::from(day % 3), 500))).collect()
            };
            let found = |shift: i32| compare(&series(shift), 69 + shift, 100, SHARE, 4.0).collect::<Vec<_>>();
            prop_assert_eq!(found(0).len(), 2);
            prop_assert_eq!(found(0), found(shift));
        }
    }
}
