//! How often a person may be asked.
//!
//! Several rules may say no at once. The one that says it longest is reported, so that `until` is the first moment at
//! which the survey could be shown, all else equal. Rules that no waiting lifts come first: the survey's own, then that
//! of the session, which ends with it.
//!
//! - A *manual* show was asked for; it counts for nothing.
//! - A *withheld* show counts for its own survey as a real one would, so that the arms of an experiment stay comparable.
//!   For other surveys and for the budget it never happened.
//! - A show without reaction counts for nothing by itself, every third in a row as a dismissal.
//! - A moment in the future (a clock was set back) counts as now: nothing is shown earlier for it.

use serde::{Deserialize, Serialize};

use super::{
    denial::{Denial, Reason},
    duration::DAY,
    gates::Gate,
    survey::{Frequency, Kind, Show},
};

/// Shows in a row without any reaction that count as a dismissal.
const IGNORED: u32 = 3;
/// Longest rest that back-off leads to.
const LONGEST: i64 = 365 * DAY;

/// One time a survey was shown to, or withheld from, this person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exposure {
    /// Which survey.
    pub survey: i64,
    /// In which session.
    pub session: i64,
    /// When.
    pub shown_at: i64,
    /// When the first answer came.
    pub answered_at: Option<i64>,
    /// When it was closed without an answer.
    pub dismissed_at: Option<i64>,
    /// After which order.
    pub order: Option<String>,
    /// Only counted, not shown: the person is in the holdout.
    pub withheld: bool,
    /// Opened because the page or the person asked for it.
    pub manual: bool,
}

/// What a site allows for all its surveys together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SiteCaps {
    /// At most one survey per session.
    pub one_per_session: bool,
    /// Time between any two surveys, doubled for each dismissal in a row.
    pub gap_ms: i64,
    /// Attention budget: contacts of all kinds within `budget_ms`.
    pub budget: u32,
    /// The time the budget is for.
    pub budget_ms: i64,
}

impl Default for SiteCaps {
    fn default() -> Self {
        Self { one_per_session: true, gap_ms: 7 * DAY, budget: 8, budget_ms: 30 * DAY }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Which survey.
    pub survey: i64,
    /// What it is for.
    pub kind: Kind,
    /// Its own rules.
    pub rules: &'a Frequency,
    /// The session it would be shown in.
    pub session: i64,
    /// The order it would follow.
    pub order: Option<&'a str>,
    /// The present moment.
    pub now: i64,
}

impl Ask<'_> {
    /// The order the survey would be about.
    pub(in crate::domain) fn about_order(&self) -> Option<&str> {
        self.order.filter(|_| self.kind == Kind::PostPurchase)
    }
}

/// Whether the person with this history, newest first, may see the survey now.
pub fn check(caps: &SiteCaps, ask: &Ask<'_>, history: &[Exposure]) -> Result<(), Denial> {
    check_with_mails(caps, ask, history, &[])
}

/// [`check`], with the times of mails that draw on the attention budget, too.
pub fn check_with_mails(caps: &SiteCaps, ask: &Ask<'_>, history: &[Exposure], mails: &[i64]) -> Result<(), Denial> {
    let verdicts = verdicts(caps, ask, history, mails).map(|(_, denial)| denial);
    let denials = || verdicts.iter().flatten();
    // From the back: the order, the survey's own rules, then the session's.
    if let Some(lasting) = denials().rev().find(|denial| denial.until.is_none()) {
        return Err(*lasting);
    }
    // `max_by_key` takes the last of equals, and the first in the list is meant to win.
    match denials().rev().max_by_key(|rest| rest.until) {
        Some(rest) if rest.until > Some(ask.now) => Err(*rest),
        _ => Ok(()),
    }
}

/// Each rule by itself: what it says, or, where `until` is over, what it last said. [`check`] and every explanation read these.
pub fn verdicts(caps: &SiteCaps, ask: &Ask<'_>, history: &[Exposure], mails: &[i64]) -> [(Gate, Option<Denial>); 8] {
    let own: Vec<&Exposure> = history.iter().filter(|seen| !seen.manual && seen.survey == ask.survey).collect();
    // What this person felt, and what the other arm would have felt of this survey.
    let felt: Vec<&Exposure> =
        history.iter().filter(|seen| !seen.manual && (!seen.withheld || seen.survey == ask.survey)).collect();
    let lasting = |reason: Reason, says: bool| says.then(|| Denial::from(reason));
    let [answered, dismissed, rested] = own_rests(ask, &own);
    let order = ask.about_order();
    // With an order, "once" means once per order, and that is the order's rule.
    let once = ask.rules.show == Show::Once && order.is_none() && !own.is_empty();
    let in_session = caps.one_per_session && felt.iter().any(|seen| seen.session == ask.session);
    let used_up = ask.rules.max_shows.is_some_and(|max| own.len() >= max as usize);
    let order_asked = order.is_some() && own.iter().any(|seen| seen.order.as_deref() == order);
    [
        (Gate::Session, lasting(Reason::SessionLimit, in_session)),
        (Gate::Gap, visitor_gap(caps, ask, &felt)),
        (Gate::RecentlyAnswered, answered),
        (Gate::RecentlyDismissed, dismissed),
        (Gate::MaxShows, lasting(Reason::MaxShows, used_up)),
        (Gate::AlreadyShown, lasting(Reason::AlreadyShown, once).or(rested)),
        (Gate::AttentionBudget, attention(caps, history, mails, ask.now)),
        (Gate::OrderAsked, lasting(Reason::OrderAsked, order_asked)),
    ]
}

/// After an answer, after a dismissal, and between two shows of this survey.
fn own_rests(ask: &Ask<'_>, own: &[&Exposure]) -> [Option<Denial>; 3] {
    let rules = ask.rules;
    let rest = |reason, since: Option<i64>, wait| since.map(|since| Denial::rest(reason, since.min(ask.now), wait));
    let shown = own.iter().map(|seen| seen.shown_at).max();
    let gap = rules.gap.and_then(|gap| rest(Reason::AlreadyShown, shown, gap.ms()));
    if rules.show == Show::Always {
        return [None, None, gap];
    }
    let answered = own.iter().filter_map(|seen| seen.answered_at).max();
    let row = Row::of(own);
    let wait = backed_off(rules.after_dismiss.ms(), rules.backoff, row.dismissals.saturating_sub(1));
    [rest(Reason::RecentlyAnswered, answered, rules.after_answer.ms()), rest(Reason::RecentlyDismissed, row.last, wait), gap]
}

/// Between any two surveys; a survey about an order does not wait for it.
fn visitor_gap(caps: &SiteCaps, ask: &Ask<'_>, felt: &[&Exposure]) -> Option<Denial> {
    if ask.kind == Kind::PostPurchase {
        return None;
    }
    let last = felt.iter().map(|seen| seen.shown_at).max()?;
    Some(Denial::rest(Reason::VisitorGap, last.min(ask.now), backed_off(caps.gap_ms, 2.0, Row::of(felt).dismissals)))
}

/// The budget is spent while the contact that used its last unit is younger than the time it is for.
pub(in crate::domain) fn attention(caps: &SiteCaps, history: &[Exposure], mails: &[i64], now: i64) -> Option<Denial> {
    let shows = history.iter().filter(|seen| !seen.manual && !seen.withheld).map(|seen| seen.shown_at);
    let mut contacts: Vec<i64> = shows.chain(mails.iter().copied()).map(|at| at.min(now)).collect();
    contacts.sort_unstable_by(|a, b| b.cmp(a));
    let deciding = contacts.get(caps.budget.checked_sub(1)? as usize)?;
    Some(Denial::rest(Reason::AttentionBudget, *deciding, caps.budget_ms))
}

/// Dismissals since the last answer.
#[derive(Default)]
struct Row {
    dismissals: u32,
    last: Option<i64>,
}

impl Row {
    /// Counts in a history that is newest first.
    fn of(history: &[&Exposure]) -> Self {
        let mut row = Self::default();
        let mut ignored = 0;
        for seen in history.iter().rev() {
            if seen.answered_at.is_some() {
                row = Self::default();
                ignored = 0;
                continue;
            }
            ignored += 1;
            if seen.dismissed_at.is_some() || ignored == IGNORED {
                row.dismissals += 1;
                row.last = row.last.max(seen.dismissed_at.or(Some(seen.shown_at)));
                ignored = 0;
            }
        }
        row
    }
}

/// `wait` times `factor` for each step, at most a year, never less than `wait` itself.
fn backed_off(wait: i64, factor: f64, steps: u32) -> i64 {
    let grown = wait as f64 * factor.max(1.0).powi(steps.min(64) as i32);
    (grown as i64).min(LONGEST).max(wait)
}

#[cfg(test)]
mod tests;
