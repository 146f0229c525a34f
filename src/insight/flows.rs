//! What a follow-up did for the people who entered it in some days, and what it caused: those to whom it was sent against those
//! who were withheld from it by chance.

use std::collections::BTreeMap;
use std::ops::Range;

use super::summary::Share;
use crate::clock::{DAY, Millis};
use crate::domain::flow::EnrollmentStatus;
use crate::domain::stats::{self, Interval};
use crate::id::FlowId;
use crate::store::enrollments::StepResult;
use crate::store::flow_results::{self, ArmCount};
use crate::store::messages::MessageStatus;
use crate::store::sites::Site;
use crate::store::{Db, StoreError};

/// How long after entering an order counts, in days.
pub const WINDOW_DAYS: i64 = 14;
/// The fewest people in each arm of whom a difference says anything.
pub const ENOUGH: i64 = 30;
/// Standard errors by which a split that is right is off once in a thousand times: more, and something is wrong with the split.
const OFF: f64 = 3.29;

/// Of those who entered in the period.
#[derive(Debug, Default, PartialEq)]
pub struct FlowResults {
    /// Times that somebody began the steps.
    pub entered: i64,
    /// Times that somebody was withheld from them.
    pub withheld: i64,
    pub running: i64,
    pub finished: i64,
    /// Code of what ended them before their time → how many, the most first.
    pub stopped: Vec<(String, i64)>,
    pub mails: Mails,
    /// Code of why a step was left out → how often, the most first.
    pub skipped: Vec<(String, i64)>,
    /// Code of why a step could not be carried out → how often, the most first.
    pub failed: Vec<(String, i64)>,
    /// (revision, step) → what became of it.
    pub steps: BTreeMap<(i64, i64), StepResults>,
    pub sent: Arm,
    pub held: Arm,
    pub lift: Lift,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mails {
    pub sent: i64,
    /// Those of which a link was followed.
    pub clicked: i64,
    /// Refused by a mail server, or not taken yet.
    pub failed: i64,
    /// Sent, or not: nobody knows.
    pub uncertain: i64,
    /// Those that came back after they had been taken.
    pub bounced: i64,
    pub complained: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepResults {
    pub done: i64,
    pub skipped: i64,
    pub failed: i64,
    pub uncertain: i64,
    pub mails: Mails,
}

/// People of one kind, each counted once, and their orders within [`WINDOW_DAYS`] of entering.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Arm {
    pub people: i64,
    pub ordered: i64,
    /// Minor units of the site's currency.
    pub value: i64,
    /// The sum of the squares of each person's value.
    pub squares: f64,
}

/// What the follow-up caused.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Lift {
    /// Nobody is withheld: there is nobody to compare with.
    #[default]
    NoHoldout,
    /// Too few in one arm to say anything.
    NotEnough,
    /// The arms are not split as they should be: they may differ by more than the follow-up.
    Uneven,
    Known(Difference),
}

/// Those it was sent to less those who were withheld.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Of the share who ordered, with its 95 % interval.
    pub share: (f64, Interval),
    /// Of the order value for each person, minor units, with its 95 % interval.
    pub value: (f64, Interval),
}

/// `holdouts`: the share that each revision withholds.
pub async fn results(
    db: &Db,
    site: &Site,
    flow: FlowId,
    holdouts: &BTreeMap<i64, f64>,
    entered: Range<Millis>,
) -> Result<FlowResults, StoreError> {
    let mut found = FlowResults::default();
    for standing in flow_results::standings(db, site.id, flow, entered.clone()).await? {
        match EnrollmentStatus::parse(&standing.status) {
            Some(EnrollmentStatus::Withheld) => found.withheld += standing.n,
            Some(EnrollmentStatus::Running) => found.running += standing.n,
            Some(EnrollmentStatus::Finished) => found.finished += standing.n,
            Some(EnrollmentStatus::Stopped) => found.stopped.push((standing.ended_by.unwrap_or_default(), standing.n)),
            None => continue,
        }
    }
    found.entered = found.running + found.finished + found.stopped.iter().map(|(_, n)| n).sum::<i64>();
    let (mut skipped, mut failed) = (BTreeMap::new(), BTreeMap::new());
    for count in flow_results::steps(db, site.id, flow, entered.clone()).await? {
        let step = found.steps.entry((count.revision, count.step)).or_default();
        match StepResult::parse(&count.result) {
            Some(StepResult::Done) => step.done += count.n,
            Some(StepResult::Skipped) => {
                step.skipped += count.n;
                *skipped.entry(count.reason.unwrap_or_default()).or_default() += count.n;
            }
            Some(StepResult::Failed) => {
                step.failed += count.n;
                *failed.entry(count.reason.unwrap_or_default()).or_default() += count.n;
            }
            Some(StepResult::Uncertain) => step.uncertain += count.n,
            None => {}
        }
    }
    for count in flow_results::mails(db, site.id, flow, entered.clone()).await? {
        let step = found.steps.entry((count.revision, count.step)).or_default();
        for mails in [&mut step.mails, &mut found.mails] {
            mails.add(MessageStatus::parse(&count.status), count.sent, count.n, count.clicked);
        }
    }
    (found.skipped, found.failed) = (most_first(skipped), most_first(failed));
    found.stopped.sort_by_key(|(_, n)| -n);
    let arms = flow_results::arms(db, site.id, flow, entered, WINDOW_DAYS * DAY, &site.currency).await?;
    for arm in &arms {
        let total = if arm.withheld { &mut found.held } else { &mut found.sent };
        total.people += arm.people;
        total.ordered += arm.ordered;
        total.value += arm.value;
        total.squares += arm.squares;
    }
    found.lift = lift(&found.sent, &found.held, off(&arms, holdouts));
    Ok(found)
}

/// Mails sent to those who entered in the period, and how many of them ordered afterwards.
pub async fn at_a_glance(db: &Db, site: &Site, flow: FlowId, entered: Range<Millis>) -> Result<(i64, i64), StoreError> {
    let mails = flow_results::mails(db, site.id, flow, entered.clone()).await?;
    let arms = flow_results::arms(db, site.id, flow, entered, WINDOW_DAYS * DAY, &site.currency).await?;
    let sent = mails.iter().filter(|mail| mail.sent).map(|mail| mail.n).sum();
    Ok((sent, arms.iter().filter(|arm| !arm.withheld).map(|arm| arm.ordered).sum()))
}

impl Mails {
    fn add(&mut self, status: Option<MessageStatus>, sent: bool, n: i64, clicked: i64) {
        self.clicked += clicked;
        if sent {
            self.sent += n;
        }
        match status {
            Some(MessageStatus::Bounced) if sent => self.bounced += n,
            Some(MessageStatus::Failed | MessageStatus::Bounced) => self.failed += n,
            Some(MessageStatus::Complained) => self.complained += n,
            Some(MessageStatus::Uncertain | MessageStatus::Sending) => self.uncertain += n,
            Some(MessageStatus::Sent | MessageStatus::Captured) | None => {}
        }
    }
}

impl StepResults {
    pub fn add(&mut self, other: &Self) {
        self.done += other.done;
        self.skipped += other.skipped;
        self.failed += other.failed;
        self.uncertain += other.uncertain;
        self.mails.sent += other.mails.sent;
        self.mails.clicked += other.mails.clicked;
        self.mails.failed += other.mails.failed;
        self.mails.uncertain += other.mails.uncertain;
        self.mails.bounced += other.mails.bounced;
        self.mails.complained += other.mails.complained;
    }
}

impl Arm {
    pub fn share(&self) -> Option<Share> {
        Share::new(self.ordered, self.people)
    }

    /// Order value for each person, minor units.
    pub fn value_each(&self) -> Option<f64> {
        (self.people > 0).then(|| self.value as f64 / self.people as f64)
    }
}

fn most_first(counts: BTreeMap<String, i64>) -> Vec<(String, i64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| -n);
    counts
}

/// By how many standard errors fewer or more people were withheld than should have been.
fn off(arms: &[ArmCount], holdouts: &BTreeMap<i64, f64>) -> f64 {
    let (mut difference, mut variance) = (0.0, 0.0);
    for arm in arms {
        let share = holdouts.get(&arm.revision).copied().unwrap_or(0.0);
        let people = arm.people as f64;
        difference += if arm.withheld { people } else { 0.0 } - people * share;
        variance += people * share * (1.0 - share);
    }
    if variance > 0.0 { (difference / variance.sqrt()).abs() } else { 0.0 }
}

fn lift(sent: &Arm, held: &Arm, off: f64) -> Lift {
    if held.people == 0 {
        return Lift::NoHoldout;
    }
    if sent.people.min(held.people) < ENOUGH {
        return Lift::NotEnough;
    }
    if off > OFF {
        return Lift::Uneven;
    }
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    let share = |arm: &Arm| (count(arm.ordered), count(arm.people));
    let values = |arm: &Arm| (count(arm.people), arm.value as f64, arm.squares);
    match (stats::newcombe(share(sent), share(held)), stats::mean_difference(values(sent), values(held))) {
        (Some(interval), Some(value)) => {
            let rate = |arm: &Arm| arm.ordered as f64 / arm.people as f64;
            Lift::Known(Difference { share: (rate(sent) - rate(held), interval), value })
        }
        _ => Lift::NotEnough,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(people: i64, ordered: i64, each: i64) -> Arm {
        Arm { people, ordered, value: ordered * each, squares: ordered as f64 * (each * each) as f64 }
    }

    #[test]
    fn a_difference_is_told_only_where_it_says_something() {
        let (sent, held) = (arm(900, 108, 5000), arm(100, 9, 5000));
        assert_eq!(lift(&sent, &Arm::default(), 0.0), Lift::NoHoldout);
        assert_eq!(lift(&sent, &arm(29, 3, 5000), 0.0), Lift::NotEnough);
        assert_eq!(lift(&arm(29, 3, 5000), &held, 0.0), Lift::NotEnough);
        assert_eq!(lift(&sent, &held, 3.3), Lift::Uneven);
        let Lift::Known(known) = lift(&sent, &held, 1.0) else { panic!("enough for a verdict") };
        assert!((known.share.0 - 0.03).abs() < 1e-9, "{known:?}");
        assert!(known.share.1.low < 0.0 && known.share.1.high > 0.03, "{known:?}");
        assert!((known.value.0 - 150.0).abs() < 1e-9, "600 less 450: {known:?}");
        assert!(known.value.1.low < 0.0 && known.value.1.high > 150.0, "{known:?}");
    }

    #[test]
    fn a_split_is_held_against_the_share_of_each_revision() {
        let count = |revision, withheld, people| ArmCount { revision, withheld, people, ordered: 0, value: 0, squares: 0.0 };
        let holdouts = BTreeMap::from([(1, 0.1), (2, 0.5), (3, 0.0)]);
        let right = [count(1, false, 900), count(1, true, 100), count(2, false, 50), count(2, true, 50), count(3, false, 7000)];
        assert!(off(&right, &holdouts) < 1e-9);
        assert!(off(&[count(1, false, 960), count(1, true, 40)], &holdouts) > OFF);
        assert!(off(&[count(1, false, 905), count(1, true, 95)], &holdouts) < 1.0);
        assert!(off(&[], &holdouts).abs() < 1e-9);
    }
}
