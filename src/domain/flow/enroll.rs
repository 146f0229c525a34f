//! Whether an event takes a person into a flow.

use super::{Flow, MailRules, ReEntry};
use crate::domain::{
    consent::{self, Suppression},
    customer::Customer,
    duration::humanize,
    facts::Facts,
    sample::in_holdout,
    targeting::{Verdict, evaluate, failing},
};

/// Who might enter which flow, and why.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// The flow that begins with the event.
    pub flow: &'a Flow,
    /// Whether its owner has switched it on.
    pub live: bool,
    /// What names the event: the same one never enrols twice.
    pub cause: &'a str,
    /// The person.
    pub customer: &'a Customer,
    /// What is known of them.
    pub facts: &'a Facts,
    /// Their enrollments in this flow so far, in any order.
    pub past: &'a [Past],
    /// Whom the site writes to.
    pub rules: &'a MailRules,
    /// The present moment, in milliseconds.
    pub now: i64,
}

/// An enrollment of this person in this flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// What caused it.
    pub cause: String,
    /// When it began, in milliseconds.
    pub entered_at: i64,
    /// Whether it is still going on.
    pub running: bool,
}

/// How a person enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// Goes through the steps; the first falls due then, in milliseconds.
    Run {
        /// When.
        due: i64,
    },
    /// Is in the holdout: only counted, to be compared with those who are not.
    Withheld,
}

/// Why a person does not enter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The owner has not switched the flow on.
    #[error("the flow is switched off")]
    NotLive,
    /// The event came twice.
    #[error("this very event already started the flow")]
    SameCause,
    /// The person is going through it.
    #[error("is going through this flow already")]
    Running,
    /// The person went through it not long ago.
    #[error("went through this flow {} ago, may again after {}", humanize(*.ago_ms), humanize(*.rest_ms))]
    TooSoon {
        /// How long ago.
        ago_ms: i64,
        /// How long it has to be.
        rest_ms: i64,
    },
    /// Once is enough.
    #[error("went through this flow before, and it is for once only")]
    OnceOnly,
    /// The flow is not for them.
    #[error("the flow's condition does not hold{}", super::verdict::because(.field))]
    ConditionNotMet {
        /// The fact to blame.
        field: Option<String>,
    },
    /// Nowhere to write to.
    #[error("no address is known that may be written to")]
    NoAddress,
    /// They did not say yes.
    #[error("did not agree to marketing mail")]
    NoConsent,
    /// The address must not be written to.
    #[error("{}", super::verdict::suppressed(*.0))]
    Suppressed(Suppression),
}

impl Refusal {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotLive => "not_live",
            Self::SameCause => "same_cause",
            Self::Running => "running",
            Self::TooSoon { .. } => "too_soon",
            Self::OnceOnly => "once_only",
            Self::ConditionNotMet { .. } => "condition_not_met",
            Self::NoAddress => "no_address",
            Self::NoConsent => "no_consent",
            Self::Suppressed(_) => "suppressed",
        }
    }
}

/// Takes a person into a flow, or says why not.
///
/// The holdout comes last: it is compared with those who went through, so it must consist of people who would have.
pub fn enroll(candidate: &Candidate<'_>) -> Result<Entry, Refusal> {
    let Candidate { flow, customer, now, .. } = *candidate;
    if !candidate.live {
        return Err(Refusal::NotLive);
    }
    if customer.is_erased() {
        return Err(Refusal::Suppressed(Suppression::Erased));
    }
    again(candidate)?;
    if let Some(when) = &flow.when
        && evaluate(when, candidate.facts) != Verdict::Yes
    {
        return Err(Refusal::ConditionNotMet { field: failing(when, candidate.facts).map(|(rule, _)| rule.field.clone()) });
    }
    if flow.mails() {
        customer.mailbox().ok_or(Refusal::NoAddress)?;
        if let Some(reason) = customer.suppression() {
            return Err(Refusal::Suppressed(reason));
        }
        consent::basis(candidate.rules.policy, customer.consent, customer.ordered_at, now).ok_or(Refusal::NoConsent)?;
    }
    if in_holdout(&customer.id, &format!("flow/{}", flow.key), flow.holdout) {
        return Ok(Entry::Withheld);
    }
    Ok(Entry::Run { due: flow.due(0, now).unwrap_or(now) })
}

/// Whether the person may go through it once more.
fn again(candidate: &Candidate<'_>) -> Result<(), Refusal> {
    let past = candidate.past;
    if past.iter().any(|past| past.cause == candidate.cause) {
        return Err(Refusal::SameCause);
    }
    if past.iter().any(|past| past.running) {
        return Err(Refusal::Running);
    }
    let Some(last) = past.iter().map(|past| past.entered_at).max() else { return Ok(()) };
    match candidate.flow.re_entry {
        ReEntry::Never => Err(Refusal::OnceOnly),
        ReEntry::After(rest) => {
            // An entry of the future was made before the clock was set back: it counts as now.
            let ago_ms = candidate.now.saturating_sub(last).max(0);
            if ago_ms < rest.ms() { Err(Refusal::TooSoon { ago_ms, rest_ms: rest.ms() }) } else { Ok(()) }
        }
    }
}
