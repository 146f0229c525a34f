//! How often one person may be written to.

use serde::{Deserialize, Serialize};

use super::{QuietHours, SkipReason};
use crate::domain::{
    consent::Policy,
    duration::DAY,
    frequency::{Exposure, SiteCaps, attention},
};

/// What a site decides about its mails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailRules {
    /// Whom it writes to.
    pub policy: Policy,
    /// When it does not.
    pub quiet: QuietHours,
    /// How often at most.
    pub caps: MailCaps,
}

/// At most so many mails of all flows to one person in so long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MailCaps {
    /// Mails.
    pub mails: u32,
    /// Within so many milliseconds.
    pub window_ms: i64,
}

impl Default for MailCaps {
    fn default() -> Self {
        Self { mails: 3, window_ms: 7 * DAY }
    }
}

/// Whether another mail to a person who was shown this and sent mails at these times would be one too many.
pub(super) fn one_too_many(caps: &MailCaps, site: &SiteCaps, shows: &[Exposure], mails: &[i64], now: i64) -> Option<SkipReason> {
    // A mail of the future is one sent before the clock was set back: it counts.
    let recent = mails.iter().filter(|at| now.saturating_sub(**at) < caps.window_ms).count();
    if recent >= caps.mails as usize {
        return Some(SkipReason::MailCap { mails: caps.mails, days: caps.window_ms / DAY });
    }
    let spent = attention(site, shows, mails, now).is_some_and(|rest| rest.until > Some(now));
    spent.then_some(SkipReason::AttentionBudget { contacts: site.budget, days: site.budget_ms / DAY })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 100 * DAY;

    fn verdict(shown: &[i64], mailed: &[i64]) -> Option<SkipReason> {
        let shows: Vec<Exposure> =
            shown.iter().map(|ago| Exposure { shown_at: NOW - ago * DAY, ..Exposure::default() }).collect();
        let mails: Vec<i64> = mailed.iter().map(|ago| NOW - ago * DAY).collect();
        one_too_many(&MailCaps::default(), &SiteCaps::default(), &shows, &mails, NOW)
    }

    #[test]
    fn popups_and_mails_draw_on_one_budget() {
        let cap = Some(SkipReason::MailCap { mails: 3, days: 7 });
        let budget = Some(SkipReason::AttentionBudget { contacts: 8, days: 30 });
        for (shown, mailed, expected) in [
            (vec![], vec![], None),
            (vec![], vec![0, 3], None),
            (vec![], vec![0, 3, 6], cap.clone()),
            (vec![], vec![0, 3, 7], None),
            (vec![], vec![-1, -1, 6], cap),
            (vec![1, 2, 3, 4, 5, 6], vec![8], None),
            (vec![1, 2, 3, 4, 5, 6], vec![8, 9], budget.clone()),
            (vec![1, 2, 3, 4, 5, 6, 7, 8], vec![], budget),
            (vec![1, 2, 3, 4, 5, 6], vec![8, 30], None),
        ] {
            assert_eq!(verdict(&shown, &mailed), expected, "{shown:?} {mailed:?}");
        }
    }
}
