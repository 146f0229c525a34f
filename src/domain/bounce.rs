//! When mail that keeps coming back costs an address: a full mailbox is emptied one day, a forgotten one never.

use super::duration::HOUR;

/// So many times,
const TIMES: usize = 3;
/// spread over so long at least: a night without a mail server is one failure, however often it is tried.
const SPREAD: i64 = 72 * HOUR;

/// Whether an address that mail came back from at these moments gets no more.
pub fn is_worn_out(times: &[i64]) -> bool {
    let (first, last) = (times.iter().min(), times.iter().max());
    times.len() >= TIMES && first.zip(last).is_some_and(|(first, last)| last.saturating_sub(*first) >= SPREAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_times_over_three_days() {
        for (hours, worn_out) in [
            (&[][..], false),
            (&[0], false),
            (&[0, 72], false),
            (&[0, 1, 2], false),
            (&[0, 1, 71], false),
            (&[0, 1, 72], true),
            (&[72, 0, 30, 31], true),
        ] {
            let times: Vec<i64> = hours.iter().map(|hours| hours * HOUR).collect();
            assert_eq!(is_worn_out(&times), worn_out, "{hours:?}");
        }
        assert!(!is_worn_out(&[i64::MIN, i64::MAX]));
    }
}
