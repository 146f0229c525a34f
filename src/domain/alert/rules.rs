//! What a store decides about its alerts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Kind, Telling};
use crate::domain::duration::HOUR;
use crate::domain::flow::QuietHours;
use crate::domain::words::words;

words! {
    /// How far beyond what is usual a figure must be.
    pub enum Sensitivity {
        Low = "low",
        Usual = "usual",
        High = "high",
    }
}

impl Sensitivity {
    /// In standard deviations. By chance alone a figure is further away once in 1.7 million times, in 16,000, in 370.
    pub const fn deviations(self) -> f64 {
        match self {
            Self::Low => 5.0,
            Self::Usual => 4.0,
            Self::High => 3.0,
        }
    }
}

/// A missing field has its default, so that old rows stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AlertRules {
    /// How each kind is told; a kind that is missing as [`Kind::usually_told`].
    pub tell: BTreeMap<Kind, Telling>,
    /// Who gets the mails; whoever looks after the store, when empty.
    pub recipients: Vec<String>,
    /// The hour of the day's mail, on the store's clock.
    pub digest_hour: u32,
    /// When nobody is woken: mails wait for its end.
    pub quiet: QuietHours,
    /// For how long nobody is told of the same thing again; each time it doubles.
    pub cool_down_hours: u32,
    /// Mails an hour at most; what is more goes into the day's mail.
    pub urgent_per_hour: u32,

    /// How long a webhook must have failed.
    pub failing_minutes: u32,
    /// So many mails in a row that were not taken,
    pub mails_in_a_row: u32,
    /// or this part of the last hour's, in hundredths.
    pub failed_percent: u32,
    /// The part of a day's mails that came back, in hundredths.
    pub bounce_percent: u32,
    /// The part of a day's mails that were called spam, in thousandths.
    pub complaint_permille: u32,
    /// Mails of a day below which no share says anything.
    pub least_mails: u32,
    /// How long work may wait.
    pub queue_minutes: u32,
    /// How many shows must be missing for a survey to count as not shown any more.
    pub missed_shows: u32,
    pub sensitivity: Sensitivity,
    /// Shows below which no rate says anything.
    pub least_shows: u32,
    /// Answers below which no score and no share says anything.
    pub least_answers: u32,
    /// How much an answer rate must have changed, in hundredths of itself.
    pub rate_change_percent: u32,
    /// How much a score must have changed, in hundredths of its scale.
    pub score_change_percent: u32,
    /// By how many points of a hundred an answer's share must have risen.
    pub share_change_points: u32,
    /// Words to listen for in what is written.
    pub keywords: Vec<String>,
    /// How often a word must be written in a day.
    pub least_mentions: u32,
    /// How many mistakes of the script in a day are none of our business.
    pub least_errors: u32,
}

impl Default for AlertRules {
    fn default() -> Self {
        Self {
            tell: BTreeMap::new(),
            recipients: Vec::new(),
            digest_hour: 8,
            quiet: QuietHours::default(),
            cool_down_hours: 24,
            urgent_per_hour: 5,
            failing_minutes: 60,
            mails_in_a_row: 5,
            failed_percent: 50,
            bounce_percent: 5,
            // What mailbox providers put up with: Google's and Yahoo's rules for senders of 2024 say "below 0.3 %".
            complaint_permille: 3,
            least_mails: 50,
            queue_minutes: 5,
            missed_shows: 20,
            sensitivity: Sensitivity::Usual,
            least_shows: 100,
            least_answers: 30,
            rate_change_percent: 20,
            score_change_percent: 5,
            share_change_points: 10,
            keywords: Vec::new(),
            least_mentions: 3,
            least_errors: 10,
        }
    }
}

impl AlertRules {
    pub fn telling(&self, kind: Kind) -> Telling {
        self.tell.get(&kind).copied().unwrap_or(kind.usually_told())
    }

    pub fn is_off(&self, cause: &str) -> bool {
        self.telling(Kind::of(cause)) == Telling::Off
    }

    /// In milliseconds.
    pub fn cool_down(&self) -> i64 {
        i64::from(self.cool_down_hours) * HOUR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_as_the_store_says() {
        let rules = AlertRules { tell: BTreeMap::from([(Kind::Mail, Telling::Off)]), ..AlertRules::default() };
        assert!(rules.is_off("mail.failing") && !rules.is_off("queue.lag"));
        assert_eq!(rules.telling(Kind::Rate), Telling::Daily);
        let text = serde_json::to_string(&rules).unwrap();
        assert!(text.contains(r#""tell":{"mail":"off"}"#), "{text}");
        assert_eq!(serde_json::from_str::<AlertRules>(&text).unwrap(), rules);
        assert_eq!(serde_json::from_str::<AlertRules>("{}").unwrap(), AlertRules::default());
    }
}
