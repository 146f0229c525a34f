//! Whether a step is carried out: decided at the very moment it would be, whatever was true when it was planned.

use jiff::tz::TimeZone;

use super::{
    Action, Flow, MailRules, SkipReason, StepVerdict, StopEvent, StopReason, Trigger, WaitReason, contact::one_too_many,
};
use crate::domain::{
    cart::CartStatus,
    consent::{self, Preference, Suppression},
    customer::Customer,
    facts::Facts,
    frequency::{Exposure, SiteCaps},
    targeting::{Targeting, Verdict, evaluate, failing},
    words::words,
};

words! {
    /// Where an enrollment stands.
    pub enum EnrollmentStatus {
        Running = "running",
        Finished = "finished",
        Stopped = "stopped",
        /// In the holdout.
        Withheld = "withheld",
    }
}

/// One person's way through a flow.
#[derive(Debug, Clone, Copy)]
pub struct Enrollment<'a> {
    /// Where it stands.
    pub status: EnrollmentStatus,
    /// The moment that its cause is about, in milliseconds: of an abandonment, the last that was heard of the cart. What happened
    /// since may end it.
    pub since: i64,
    /// Steps that were carried out or, after a crash, may have been.
    pub done: &'a [usize],
}

/// Something that may end a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happened {
    /// What.
    pub what: StopEvent,
    /// When, in milliseconds.
    pub at: i64,
}

/// All that a decision looks at. Times are milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The present.
    pub now: i64,
    /// The flow as it is now.
    pub flow: &'a Flow,
    /// Whether it is switched on.
    pub live: bool,
    /// The person's way through it.
    pub enrollment: Enrollment<'a>,
    /// Which step, from 0.
    pub step: usize,
    /// When it fell due; after a wait, the moment it waited for.
    pub due: i64,
    /// The person.
    pub customer: &'a Customer,
    /// Their time zone, where it is known.
    pub zone: Option<&'a TimeZone>,
    /// What is known of them, from [`super::Known::facts`].
    pub facts: &'a Facts,
    /// What the cart that the flow is about is, and when it will be left again if it is not.
    pub cart: Option<(CartStatus, Option<i64>)>,
    /// What happened to the person, in any order.
    pub happened: &'a [Happened],
    /// Surveys that they were shown.
    pub shows: &'a [Exposure],
    /// When they were sent mails of any flow.
    pub mails: &'a [i64],
    /// How the site writes.
    pub rules: &'a MailRules,
    /// How often the site may ask for attention at all.
    pub caps: &'a SiteCaps,
    /// The site's time zone.
    pub site_zone: &'a TimeZone,
}

/// What to do about a step now.
///
/// What ends the enrollment comes first, then what no waiting lifts, then what time lifts. Caps come last, since a mail that waits
/// for the morning is counted in the morning. The decision holds for the transaction that it is made and recorded in: another
/// decision about the same person must not run beside it.
pub fn next(moment: &Moment<'_>) -> StepVerdict {
    if let Some(reason) = stops(moment) {
        return StepVerdict::Stop(reason);
    }
    let Moment { flow, now, .. } = *moment;
    let Some(step) = flow.steps.get(moment.step) else { return StepVerdict::Stop(StopReason::Finished) };
    if moment.enrollment.done.contains(&moment.step) {
        return StepVerdict::Skip(SkipReason::AlreadyDone);
    }
    if now < moment.due {
        return StepVerdict::Wait(moment.due, WaitReason::NotDue);
    }
    if step.action == Action::Wait {
        return StepVerdict::Send;
    }
    if now.saturating_sub(moment.due) > flow.on.stale_after_ms() {
        return StepVerdict::Skip(SkipReason::TooLate);
    }
    for condition in [&flow.when, &step.when].into_iter().flatten() {
        if let Err(reason) = holds(condition, moment.facts) {
            return StepVerdict::Skip(reason);
        }
    }
    match step.action {
        Action::Email { .. } => mail(moment),
        Action::Webhook { .. } | Action::Notify { .. } | Action::Wait => StepVerdict::Send,
    }
}

fn stops(moment: &Moment<'_>) -> Option<StopReason> {
    let Moment { flow, enrollment, .. } = moment;
    if enrollment.status != EnrollmentStatus::Running {
        return Some(StopReason::Ended);
    }
    if moment.customer.is_erased() {
        return Some(StopReason::Erased);
    }
    if !moment.live {
        return Some(StopReason::SwitchedOff);
    }
    let unsubscribed = moment.customer.suppression() == Some(Suppression::Unsubscribed);
    if unsubscribed && flow.stop_on.contains(&StopEvent::Unsubscribed) {
        return Some(StopReason::Unsubscribed);
    }
    if flow.on == Trigger::CartAbandoned {
        match moment.cart {
            None => return Some(StopReason::CartGone),
            Some((CartStatus::Ordered | CartStatus::Recovered, _)) => return Some(StopReason::Ordered),
            Some((CartStatus::Emptied, _)) => return Some(StopReason::CartEmptied),
            Some((CartStatus::Active | CartStatus::Checkout | CartStatus::Abandoned, _)) => {}
        }
    }
    // An order or a response is of the very moment of the flow that it began; a cart was left after all else.
    let later = |at: i64| at > enrollment.since || (at == enrollment.since && flow.on == Trigger::CartAbandoned);
    let ended = moment.happened.iter().filter(|happened| later(happened.at) && flow.stop_on.contains(&happened.what));
    ended.min_by_key(|happened| (happened.at, happened.what)).map(|happened| match happened.what {
        StopEvent::OrderCompleted => StopReason::Ordered,
        StopEvent::CartEmptied => StopReason::CartEmptied,
        StopEvent::ResponseCompleted => StopReason::Answered,
        StopEvent::Unsubscribed => StopReason::Unsubscribed,
    })
}

fn holds(condition: &Targeting, facts: &Facts) -> Result<(), SkipReason> {
    match evaluate(condition, facts) {
        Verdict::Yes => Ok(()),
        Verdict::No | Verdict::Maybe => {
            Err(SkipReason::ConditionNotMet { field: failing(condition, facts).map(|(rule, _)| rule.field.clone()) })
        }
    }
}

fn mail(moment: &Moment<'_>) -> StepVerdict {
    let Moment { rules, now, flow, .. } = *moment;
    if let Err(reason) = may_mail(moment) {
        return StepVerdict::Skip(reason);
    }
    if let Some((CartStatus::Active | CartStatus::Checkout, left_at)) = moment.cart
        && flow.on == Trigger::CartAbandoned
        && let Some(left_at) = left_at.filter(|at| *at > now)
    {
        return StepVerdict::Wait(left_at, WaitReason::ShopperIsBack);
    }
    if let Some(morning) = rules.quiet.ends(now, moment.zone.unwrap_or(moment.site_zone)) {
        return StepVerdict::Wait(morning, WaitReason::QuietHours);
    }
    match one_too_many(&rules.caps, moment.caps, moment.shows, moment.mails, now) {
        Some(reason) => StepVerdict::Skip(reason),
        None => StepVerdict::Send,
    }
}

/// Whether the person may be written to at all.
fn may_mail(moment: &Moment<'_>) -> Result<(), SkipReason> {
    let Moment { customer, rules, now, flow, .. } = *moment;
    customer.mailbox().ok_or(SkipReason::NoAddress)?;
    if let Some(reason) = customer.suppression() {
        return Err(SkipReason::Suppressed(reason));
    }
    consent::basis(rules.policy, customer.consent, customer.ordered_at, now).ok_or(SkipReason::NoConsent)?;
    match customer.preference {
        Preference::PausedUntil(until) if now < until => Err(SkipReason::Paused),
        Preference::OrdersOnly if flow.on != Trigger::OrderCompleted => Err(SkipReason::OrdersOnly),
        Preference::All | Preference::OrdersOnly | Preference::PausedUntil(_) => Ok(()),
    }
}
