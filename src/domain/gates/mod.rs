//! Every rule that stands between a visitor and a survey, in the order in which a refusal is reported. One function says what each
//! of them decides; `decide` asks until the first "no", an explanation asks them all and puts each into words.

mod words;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::frequency::{self, Exposure, SiteCaps};
use super::schedule::Window;
use super::survey::{Kind, Survey};
use super::targeting::{self, Leaf, Verdict};
use super::words::words;
use super::{privacy, sample};

words! {
    /// One rule.
    pub enum Gate {
        Live = "live",
        Schedule = "schedule",
        Quota = "quota",
        Privacy = "privacy",
        Bot = "bot",
        Targeting = "targeting",
        Sample = "sample",
        Session = "session",
        Gap = "gap",
        RecentlyAnswered = "recently_answered",
        RecentlyDismissed = "recently_dismissed",
        MaxShows = "max_shows",
        AlreadyShown = "already_shown",
        AttentionBudget = "attention_budget",
        OrderAsked = "order_asked",
        Outranked = "outranked",
        Stream = "stream",
        Holdout = "holdout",
    }
}

/// Those that need no history of the visitor: most candidates of most page views fall here.
pub const WITHOUT_HISTORY: [Gate; 6] = [Gate::Schedule, Gate::Quota, Gate::Privacy, Gate::Bot, Gate::Targeting, Gate::Sample];

/// One verdict, explained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    pub gate: Gate,
    pub passed: bool,
    /// A sentence with value, threshold and verdict; without a capital letter and a full stop.
    pub text: String,
    /// The denial's code, where the gate says no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// When a "no" ends by itself, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Targeting, comparison by comparison.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Leaf>,
}

impl Explained {
    fn new(gate: Gate, denial: Option<Denial>, text: String) -> Self {
        let (reason, until) = (denial.map(|d| d.reason), denial.and_then(|d| d.until));
        Self { gate, passed: denial.is_none(), text, reason, until, rules: Vec::new() }
    }
}

/// How many responses there are, for the quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answered {
    pub all: i64,
    /// Since midnight in the site's time zone.
    pub today: i64,
}

/// One survey and one visitor at one moment, with all that decides whether they meet.
pub struct Case<'a, F> {
    pub survey: &'a Survey,
    /// What tells its shows in a history from another survey's.
    pub id: i64,
    pub answered: Answered,
    pub zone: &'a TimeZone,
    pub caps: &'a SiteCaps,
    pub respect_gpc: bool,
    /// Global Privacy Control is on.
    pub gpc: bool,
    pub user_agent: &'a str,
    /// Asked for by the page itself: targeting, sample and frequency do not count.
    pub manual: bool,
    /// The browser's random id.
    pub visitor: &'a str,
    /// A hash of the visit.
    pub session: i64,
    /// The order that was just placed.
    pub order: Option<&'a str>,
    /// Gathered when first needed: few surveys have targeting.
    pub facts: F,
    pub now: i64,
}

impl<'a, F: Fn() -> &'a Facts> Case<'a, F> {
    /// Everything that needs no history.
    ///
    /// # Errors
    /// The first gate's "no".
    pub fn admits(&self) -> Result<(), Denial> {
        WITHOUT_HISTORY.iter().find_map(|gate| self.denial(*gate)).map_or(Ok(()), Err)
    }

    /// How often this person may be asked, by their history, newest first, and by when they were sent mails.
    ///
    /// # Errors
    /// The rule that says "no" the longest.
    pub fn rested(&self, history: &[Exposure], mails: &[i64]) -> Result<(), Denial> {
        if self.manual {
            return Ok(());
        }
        frequency::check_with_mails(self.caps, &self.frequency(), history, mails)
    }

    /// Whether this visitor is of the arm that is only counted.
    pub fn withheld(&self) -> bool {
        !self.manual && sample::in_holdout(self.visitor, &self.survey.key, self.survey.holdout)
    }

    fn frequency(&self) -> frequency::Ask<'_> {
        frequency::Ask {
            survey: self.id,
            kind: self.survey.kind,
            rules: &self.survey.frequency,
            session: self.session,
            order: self.order,
            now: self.now,
        }
    }

    /// What one of [`WITHOUT_HISTORY`] says.
    fn denial(&self, gate: Gate) -> Option<Denial> {
        let survey = self.survey;
        let says = |no: bool, reason: Reason| no.then(|| Denial::from(reason));
        match gate {
            Gate::Schedule => match survey.schedule.as_ref().map_or(Window::Open, |s| s.at(self.now, self.zone)) {
                Window::Open => None,
                Window::Opens(at) => Some(Denial { until: Some(at), ..Reason::OutOfSchedule.into() }),
                Window::Over => Some(Reason::OutOfSchedule.into()),
            },
            Gate::Quota => says(survey.quota.as_ref().is_some_and(|quota| quota.is_full(self.answered)), Reason::QuotaReached),
            Gate::Privacy => says(self.respect_gpc && self.gpc, Reason::Privacy),
            Gate::Bot => says(privacy::is_bot(self.user_agent), Reason::Bot),
            // What the server cannot know the page has checked.
            Gate::Targeting => says(self.targeted() == Verdict::No, Reason::NotTargeted),
            Gate::Sample => {
                says(!self.manual && !sample::in_sample(self.visitor, &survey.key, survey.sample), Reason::NotSampled)
            }
            _ => None,
        }
    }

    fn targeted(&self) -> Verdict {
        match &self.survey.targeting {
            Some(rule) if !self.manual => targeting::evaluate(rule, (self.facts)()),
            _ => Verdict::Yes,
        }
    }

    /// All gates of a survey that is live, each with its sentence; not only the first "no". `outranked`: another survey came first.
    pub fn explain(&self, history: &[Exposure], mails: &[i64], outranked: bool) -> Vec<Explained> {
        let mut told: Vec<_> = WITHOUT_HISTORY
            .into_iter()
            .map(|gate| {
                let denial = self.denial(gate);
                Explained::new(gate, denial, self.admission_words(gate, denial))
            })
            .collect();
        if let (false, Some(rule)) = (self.manual, &self.survey.targeting)
            && let Some(targeting) = told.iter_mut().find(|t| t.gate == Gate::Targeting)
        {
            targeting.rules = targeting::leaves(rule, (self.facts)());
        }
        if !self.manual {
            told.extend(frequency::verdicts(self.caps, &self.frequency(), history, mails).into_iter().map(|(gate, last)| {
                // A rest that is over is a yes, and worth telling.
                let denial = last.filter(|denial| denial.until.is_none_or(|until| until > self.now));
                Explained::new(gate, denial, self.frequency_words(gate, last, history, mails))
            }));
        }
        let rank = outranked.then(|| Denial::from(Reason::Outranked));
        told.push(Explained::new(Gate::Outranked, rank, words::rank(outranked)));
        let (withheld, text) = (self.withheld(), words::holdout(self.survey.holdout, self.withheld()));
        told.push(Explained { passed: !withheld, ..Explained::new(Gate::Holdout, None, text) });
        told
    }

    /// Whether this survey is about an order, and so free of the site's gap.
    fn after_order(&self) -> bool {
        self.survey.kind == Kind::PostPurchase
    }
}

/// The gate of a question stream: whether a question is left for this person.
pub fn stream(left: bool) -> Explained {
    match left {
        true => Explained::new(Gate::Stream, None, "a question is left to ask".to_owned()),
        false => Explained::new(
            Gate::Stream,
            Some(Reason::NothingToAsk.into()),
            "every question was answered, left unanswered too often, or the order says it".to_owned(),
        ),
    }
}

/// The first gate: whether the survey is live at all.
pub fn live(revision: Option<i64>, otherwise: &str) -> Explained {
    match revision {
        Some(number) => Explained::new(Gate::Live, None, format!("version {number} is live")),
        None => Explained::new(Gate::Live, Some(Reason::NotLive.into()), otherwise.to_owned()),
    }
}

#[cfg(test)]
mod tests;
