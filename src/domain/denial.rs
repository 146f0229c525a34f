//! Why a survey may not be shown: a stable code for machines, a sentence for the store's owner.

use serde::{Deserialize, Serialize};

use super::{duration::humanize, words::words};

words! {
    /// The rule that said no; the same words in code, API and the admin.
    pub enum Reason {
        NotLive = "not_live",
        OutOfSchedule = "out_of_schedule",
        QuotaReached = "quota_reached",
        Privacy = "privacy",
        Bot = "bot",
        NotTargeted = "not_targeted",
        NotSampled = "not_sampled",
        SessionLimit = "session_limit",
        VisitorGap = "visitor_gap",
        AlreadyShown = "already_shown",
        MaxShows = "max_shows",
        RecentlyAnswered = "recently_answered",
        RecentlyDismissed = "recently_dismissed",
        AttentionBudget = "attention_budget",
        OrderAsked = "order_asked",
        Outranked = "outranked",
        /// A question stream's answers are all known.
        NothingToAsk = "nothing_to_ask",
    }
}

impl Reason {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        self.as_str()
    }
}

/// A "no".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    /// The rule that said it.
    pub reason: Reason,
    /// First moment at which it would say yes, all else equal; `None` if waiting does not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// The moment from which the rule counts, for explanations.
    #[serde(skip)]
    pub since: Option<i64>,
}

impl From<Reason> for Denial {
    /// Without an end.
    fn from(reason: Reason) -> Self {
        Self { reason, until: None, since: None }
    }
}

impl Denial {
    /// A rest of `wait` after `since`.
    pub const fn rest(reason: Reason, since: i64, wait: i64) -> Self {
        Self { reason, until: Some(since.saturating_add(wait)), since: Some(since) }
    }
}

/// The denial in a store owner's words: `answered 12 days ago, waits 90 days`.
pub fn explain(denial: &Denial, now: i64) -> String {
    let text = match denial.reason {
        Reason::NotLive => "the survey is not live",
        Reason::OutOfSchedule => match denial.until {
            Some(until) => return format!("the survey starts in {}", humanize(until.saturating_sub(now))),
            None => "the survey's schedule is over",
        },
        Reason::QuotaReached => match denial.until {
            Some(until) => return format!("today's responses are all in, goes on in {}", humanize(until.saturating_sub(now))),
            None => "all the responses that were wanted are in",
        },
        Reason::Privacy => "the visitor's privacy choice does not allow it",
        Reason::Bot => "the visitor is a crawler",
        Reason::NotTargeted => "the targeting does not fit",
        Reason::NotSampled => "the visitor is not in the sample",
        Reason::SessionLimit => "a survey was already shown during this visit",
        Reason::VisitorGap => "last asked by any survey",
        Reason::AlreadyShown if denial.until.is_none() => "already shown, and it is shown only once",
        Reason::AlreadyShown => "shown",
        Reason::MaxShows => "shown as many times as allowed",
        Reason::RecentlyAnswered => "answered",
        Reason::RecentlyDismissed => "dismissed",
        Reason::AttentionBudget => "contacted as often as allowed for a while",
        Reason::OrderAsked => "this order was already asked about",
        Reason::Outranked => "another survey came first",
        Reason::NothingToAsk => "every question was answered, or the order says it",
    };
    match (denial.since, denial.until) {
        (Some(since), Some(until)) if denial.reason != Reason::AttentionBudget => {
            format!("{text} {} ago, waits {}", humanize(now.saturating_sub(since)), humanize(until.saturating_sub(since)))
        }
        (_, Some(until)) => format!("{text}, waits another {}", humanize(until.saturating_sub(now))),
        (_, None) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::duration::{DAY, HOUR};

    #[test]
    fn explains_in_words() {
        let now = 100 * DAY;
        for (denial, words) in [
            (Denial::rest(Reason::RecentlyAnswered, now - 12 * DAY, 90 * DAY), "answered 12 days ago, waits 90 days"),
            (Denial::rest(Reason::VisitorGap, now - 3 * HOUR, 7 * DAY), "last asked by any survey 3 hours ago, waits 7 days"),
            (
                Denial::rest(Reason::AttentionBudget, now - 28 * DAY, 30 * DAY),
                "contacted as often as allowed for a while, waits another 2 days",
            ),
            (Denial::from(Reason::AlreadyShown), "already shown, and it is shown only once"),
            (Denial { until: Some(now + 36 * HOUR), ..Reason::OutOfSchedule.into() }, "the survey starts in 36 hours"),
            (Denial::from(Reason::OutOfSchedule), "the survey's schedule is over"),
        ] {
            assert_eq!(explain(&denial, now), words);
        }
    }

    #[test]
    fn every_reason_has_words_and_no_time_panics() {
        for reason in Reason::WORDS.iter().filter_map(|word| Reason::parse(word)) {
            for until in [None, Some(i64::MIN), Some(i64::MAX)] {
                assert!(!explain(&Denial { reason, until, since: until }, 0).is_empty());
            }
        }
    }

    #[test]
    fn the_wire_shape_is_stable() {
        let denial = Denial::rest(Reason::VisitorGap, 1, 2);
        assert_eq!(serde_json::to_string(&denial).unwrap(), r#"{"reason":"visitor_gap","until":3}"#);
        assert_eq!(serde_json::to_string(&Denial::from(Reason::Bot)).unwrap(), r#"{"reason":"bot"}"#);
    }
}
