//! When a call that failed is tried again.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::domain::duration::{DAY, HOUR, MINUTE, SECOND};

/// Pauses after the first failed try, the second, …: the example of Standard Webhooks 1.0.0.
const PAUSES: [i64; 9] = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// Tries in all.
pub const MAX_TRIES: i64 = PAUSES.len() as i64 + 1;

/// An endpoint that only fails for so long is switched off, in milliseconds.
pub const GIVE_UP_AFTER: i64 = 5 * DAY;

/// The longest that a receiver can put us off, in milliseconds.
const LONGEST: i64 = DAY;

/// Share of a pause that chance takes away or adds, so that what failed together is not tried together.
const JITTER: f64 = 0.2;

/// How many milliseconds after its failed try, counted from 1, a call is tried again; `None` after the last.
///
/// `chance`: 0 to 1. `wanted`: what the receiver asked for, from [`retry_after`]; it lengthens a pause and never shortens it.
pub fn next_try(tries: i64, chance: f64, wanted: Option<i64>) -> Option<i64> {
    let pause = *PAUSES.get(usize::try_from(tries - 1).ok()?)?;
    let jittered = pause as f64 * (1.0 - JITTER + 2.0 * JITTER * chance.clamp(0.0, 1.0));
    Some((jittered as i64).max(wanted.unwrap_or(0).min(LONGEST)))
}

/// A `Retry-After` header, in seconds or as a date (RFC 9110), as milliseconds from `now`. `None` if it is neither.
pub fn retry_after(value: &str, now: i64) -> Option<i64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return Some(value.parse::<i64>().unwrap_or(i64::MAX).saturating_mul(SECOND));
    }
    // `GMT` is a zone that RFC 2822 knows by its old name.
    let at: Timestamp = rfc2822::parse(value).ok()?.timestamp();
    Some(at.as_millisecond().saturating_sub(now).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_schedule_is_the_standards() {
        let all: Vec<i64> = (1..).map_while(|tries| next_try(tries, 0.5, None)).collect();
        assert_eq!(all, PAUSES);
        assert_eq!((all.len() as i64 + 1, all.iter().sum::<i64>()), (MAX_TRIES, 75 * HOUR + 35 * MINUTE + 5 * SECOND));
        assert_eq!((next_try(0, 0.5, None), next_try(MAX_TRIES, 0.5, Some(1))), (None, None));
        assert_eq!((next_try(1, 0.0, None), next_try(1, 1.0, None)), (Some(4 * SECOND), Some(6 * SECOND)));
    }

    #[test]
    fn a_receiver_may_put_us_off() {
        assert_eq!(next_try(1, 0.5, Some(2 * MINUTE)), Some(2 * MINUTE));
        assert_eq!(next_try(2, 0.5, Some(SECOND)), Some(5 * MINUTE), "it cannot hurry us");
        assert_eq!(next_try(1, 0.5, Some(i64::MAX)), Some(DAY), "nor put us off for ever");
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        // 2026-11-24 12:00 UTC.
        let now = 1_795_521_600_000;
        for (value, wanted) in [
            ("120", Some(2 * MINUTE)),
            (" 0 ", Some(0)),
            ("99999999999999999999", Some(i64::MAX)),
            ("Tue, 24 Nov 2026 12:02:00 GMT", Some(2 * MINUTE)),
            ("Tue, 24 Nov 2026 11:00:00 GMT", Some(0)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(value, now), wanted, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_header_is_survived(value in ".{0,40}", now in 0i64..4_000_000_000_000) {
            let wanted = retry_after(&value, now);
            prop_assert!(wanted.is_none_or(|ms| ms >= 0));
            prop_assert!((1..MAX_TRIES).all(|tries| next_try(tries, 0.5, wanted).is_some_and(|ms| ms <= DAY)));
        }
    }
}
