//! Whether and when somebody is told: not twice of the same thing, not at night, and not of everything at once.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use super::{AlertRules, Severity};
use crate::domain::duration::DAY;

/// How things stood when the same cause was last found with the same subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Not over yet.
    pub open: bool,
    /// How bad it was, at its worst since somebody was told.
    pub level: i64,
    /// When somebody was last told, and how often before; never, while it was muted.
    pub told_at: Option<i64>,
    pub times: i64,
}

/// What is done about something that is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A new alert.
    New,
    /// The same as before, and somebody is told once more.
    Again,
    /// The same as before, and nobody needs to hear of it. If it seemed over, it was not.
    Known,
}

/// The pause doubles so often: to sixteen cool-downs.
const DOUBLINGS: i64 = 4;

/// `level`: how bad it is now; `cool_down` in milliseconds. What stays is told again after the cool-down, then after twice as
/// long, and so on: a lasting trouble is not a daily mail.
pub fn verdict(past: Option<&Past>, level: i64, cool_down: i64, now: i64) -> Verdict {
    let Some(past) = past else { return Verdict::New };
    let Some(told_at) = past.told_at else { return if past.open { Verdict::Again } else { Verdict::New } };
    let pauses = 1 << (past.times - 1).clamp(0, DOUBLINGS);
    let rested = now >= told_at.saturating_add(cool_down.saturating_mul(pauses));
    match (past.open, rested) {
        (false, true) => Verdict::New,
        (true, true) => Verdict::Again,
        _ if level > past.level => Verdict::Again,
        _ => Verdict::Known,
    }
}

/// How bad a value beyond its limit is: 1, and one more for each time it is four times as much.
pub fn level(value: f64, limit: f64) -> i64 {
    let times = value / limit.max(f64::MIN_POSITIVE);
    if times.is_nan() { 1 } else { 1 + times.max(1.0).log(4.0).min(20.0) as i64 }
}

/// When a mail goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailAt {
    Now,
    /// The night is over then.
    Later(i64),
    /// With others, then.
    Digest(i64),
}

/// `sent`: urgent mails of the last hour.
pub fn mail_at(severity: Severity, rules: &AlertRules, sent: i64, now: i64, zone: &TimeZone) -> MailAt {
    match (severity, rules.quiet.ends(now, zone)) {
        (Severity::Urgent, Some(morning)) => MailAt::Later(morning),
        (Severity::Urgent, None) if sent < i64::from(rules.urgent_per_hour) => MailAt::Now,
        _ => MailAt::Digest(next_digest(rules.digest_hour, now, zone)),
    }
}

/// The next time the clock on the store's wall says this hour, in milliseconds.
pub fn next_digest(hour: u32, now: i64, zone: &TimeZone) -> i64 {
    // Moments beyond the calendar come after any mail.
    let Ok(moment) = Timestamp::from_millisecond(now) else { return now.saturating_add(DAY) };
    let today = zone.to_datetime(moment).date();
    let at = |date: jiff::civil::Date| zone.to_timestamp(date.at(hour.min(23) as i8, 0, 0, 0)).ok();
    let days = [today, today.saturating_add(1.day()), today.saturating_add(2.day())];
    days.into_iter().filter_map(at).find(|at| *at > moment).map_or(now.saturating_add(DAY), Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::duration::{HOUR, MINUTE};
    use proptest::prelude::*;

    fn ms(utc: &str) -> i64 {
        utc.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn the_same_thing_is_told_once_in_a_while() {
        let past = |open, level, hours: i64, times| Past { open, level, told_at: Some(-hours * HOUR), times };
        for (what, past, level, wanted) in [
            ("goes on", past(true, 1, 1, 1), 1, Verdict::Known),
            ("got worse", past(true, 1, 1, 1), 2, Verdict::Again),
            ("was worse", past(true, 3, 1, 1), 2, Verdict::Known),
            ("the cool-down is over", past(true, 1, 24, 1), 1, Verdict::Again),
            ("told twice: two days", past(true, 1, 47, 2), 1, Verdict::Known),
            ("told twice: two days", past(true, 1, 48, 2), 1, Verdict::Again),
            ("told often: sixteen days at most", past(true, 1, 16 * 24, 99), 1, Verdict::Again),
            ("comes and goes", past(false, 1, 2, 1), 1, Verdict::Known),
            ("comes back worse", past(false, 1, 2, 1), 2, Verdict::Again),
            ("comes back much later", past(false, 1, 24, 1), 1, Verdict::New),
            ("the mute is over", Past { told_at: None, ..past(true, 1, 0, 0) }, 1, Verdict::Again),
            ("was over under a mute", Past { told_at: None, ..past(false, 1, 0, 0) }, 1, Verdict::New),
        ] {
            assert_eq!(verdict(Some(&past), level, DAY, 0), wanted, "{what}: {past:?}");
        }
        assert_eq!(verdict(None, 1, DAY, 0), Verdict::New);
    }

    #[test]
    fn levels_are_powers_of_four() {
        for (value, limit, wanted) in
            [(5.0, 5.0, 1), (19.9, 5.0, 1), (20.0, 5.0, 2), (80.0, 5.0, 3), (1.0, 5.0, 1), (1.0, 0.0, 21)]
        {
            assert_eq!(level(value, limit), wanted, "{value} of {limit}");
        }
        assert_eq!(level(f64::NAN, 1.0), 1);
    }

    #[test]
    fn mails_wait_for_the_morning_and_for_one_another() {
        let rules = AlertRules::default();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let (noon, night) = (ms("2026-11-24T12:00:00Z"), ms("2026-11-24T22:00:00Z"));
        let morning = ms("2026-11-25T07:00:00Z");
        for (severity, sent, now, wanted) in [
            (Severity::Urgent, 0, noon, MailAt::Now),
            (Severity::Urgent, 5, noon, MailAt::Digest(morning)),
            (Severity::Urgent, 0, night, MailAt::Later(morning)),
            (Severity::Digest, 0, noon, MailAt::Digest(morning)),
            (Severity::Digest, 0, morning, MailAt::Digest(morning + DAY)),
        ] {
            assert_eq!(mail_at(severity, &rules, sent, now, &berlin), wanted, "{severity} {sent} {now}");
        }
        // The clock goes forward over the hour: the same hour after the gap.
        assert_eq!(next_digest(2, ms("2027-03-28T00:30:00Z"), &berlin), ms("2027-03-28T01:00:00Z"));
    }

    proptest! {
        #[test]
        fn there_is_a_digest_every_day(minute in 0..3 * 365 * 24 * 60i64, hour in 0..24u32, name in prop::sample::select(vec!["UTC", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia"])) {
            let (zone, now) = (TimeZone::get(name).unwrap(), ms("2026-01-01T00:00:00Z") + minute * MINUTE);
            let at = next_digest(hour, now, &zone);
            prop_assert!(now < at && at <= now + 26 * HOUR);
        }

        #[test]
        fn no_number_panics(now: i64, told: i64, times: i64, value: f64, limit: f64) {
            next_digest(99, now, &TimeZone::UTC);
            verdict(Some(&Past { open: true, level: 1, told_at: Some(told), times: times.saturating_abs().max(1) }), 1, DAY, now);
            level(value, limit);
        }
    }
}
