//! Each verdict as a sentence: what was found, what is needed. "No" of the frequency rules has its words in
//! [`crate::domain::denial`].

use crate::domain::denial::{Denial, explain};
use crate::domain::duration::humanize;
use crate::domain::facts::Facts;
use crate::domain::frequency::Exposure;
use crate::domain::survey::Show;
use crate::domain::targeting::{self, Leaf, Verdict};

use super::{Case, Gate};

/// `50%` of a share; more digits only where they tell something.
fn percent(share: f64) -> String {
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

pub(super) fn rank(outranked: bool) -> String {
    match outranked {
        true => "another survey with the same trigger comes first: a higher priority, or asked longer ago".into(),
        false => "no other survey comes first".into(),
    }
}

pub(super) fn holdout(share: f64, withheld: bool) -> String {
    match (share > 0.0, withheld) {
        (false, _) => "no holdout: nobody is only counted".into(),
        (true, false) => format!("not in the holdout of {}", percent(share)),
        (true, true) => format!("in the holdout of {}: counted, and nothing is shown", percent(share)),
    }
}

fn times(n: usize) -> String {
    if n == 1 { "once".into() } else { format!("{n} times") }
}

impl<'a, F: Fn() -> &'a Facts> Case<'a, F> {
    /// Of a gate that needs no history.
    pub(super) fn admission_words(&self, gate: Gate, denial: Option<Denial>) -> String {
        let survey = self.survey;
        match gate {
            Gate::Schedule => match (&survey.schedule, &denial) {
                (_, Some(denial)) => explain(denial, self.now),
                (Some(schedule), None) => match schedule.until {
                    Some(until) => format!("inside its schedule, which ends in {}", humanize(until.ms(self.zone) - self.now)),
                    None => "inside its schedule, which has no end".into(),
                },
                (None, None) => "no schedule: at any time".into(),
            },
            Gate::Quota => match &survey.quota {
                None => "as many responses as come".into(),
                Some(quota) => {
                    let day = quota.per_day.map(|limit| format!(", {} of {limit} today", self.answered.today));
                    format!("{} of {} responses{}", self.answered.all, quota.responses, day.unwrap_or_default())
                }
            },
            Gate::Privacy => match (self.gpc, self.respect_gpc) {
                (false, _) => "the browser does not send Global Privacy Control",
                (true, true) => "the browser sends Global Privacy Control, which this store heeds",
                (true, false) => "the browser sends Global Privacy Control; this store asks all the same",
            }
            .into(),
            Gate::Bot if denial.is_some() => "the browser says that it is a crawler".into(),
            Gate::Bot => "the browser is no declared crawler".into(),
            Gate::Targeting => self.targeting_words(),
            Gate::Sample if self.manual => "opened by the page itself, whoever it is".into(),
            Gate::Sample if survey.sample >= 1.0 => "everybody is asked".into(),
            Gate::Sample if denial.is_some() => format!("not among the {} of visitors who are asked", percent(survey.sample)),
            Gate::Sample => format!("among the {} of visitors who are asked", percent(survey.sample)),
            _ => String::new(),
        }
    }

    fn targeting_words(&self) -> String {
        let Some(rule) = &self.survey.targeting else { return "for everybody".into() };
        if self.manual {
            return "opened by the page itself, wherever it is".into();
        }
        let facts = (self.facts)();
        match targeting::evaluate(rule, facts) {
            Verdict::Yes => "all that is needed is there".into(),
            Verdict::Maybe => "depends on what only the page knows".into(),
            Verdict::No => match targeting::failing(rule, facts) {
                Some((rule, negated)) => Leaf::new(rule, facts, negated).text(),
                None => "it leaves nobody".into(),
            },
        }
    }

    /// Of a frequency rule, with what it last said.
    pub(super) fn frequency_words(&self, gate: Gate, last: Option<Denial>, history: &[Exposure], mails: &[i64]) -> String {
        let rules = &self.survey.frequency;
        let own = || history.iter().filter(|seen| !seen.manual && seen.survey == self.id);
        match (gate, last) {
            (Gate::MaxShows, _) => match rules.max_shows {
                Some(max) => format!("shown {}, {max} allowed", times(own().count())),
                None => format!("shown {}, no limit", times(own().count())),
            },
            (Gate::OrderAsked, Some(_)) => "this order was asked about already".into(),
            (Gate::OrderAsked, None) => match self.order.filter(|_| self.after_order()) {
                Some(order) => format!("order {order} was not asked about yet"),
                None if self.after_order() => "no order was reported".into(),
                None => "not about an order".into(),
            },
            (Gate::AttentionBudget, _) => {
                let since = self.now - self.caps.budget_ms;
                let shows = history.iter().filter(|seen| !seen.manual && !seen.withheld && seen.shown_at > since).count();
                let mails = mails.iter().filter(|at| **at > since).count();
                let by_mail = if mails > 0 { format!(", {mails} of them by mail") } else { String::new() };
                let wait = last.and_then(|l| l.until).filter(|until| *until > self.now);
                let wait = wait.map(|until| format!(", free again in {}", humanize(until - self.now)));
                let (budget, days) = (self.caps.budget, humanize(self.caps.budget_ms));
                format!("contacted {} in {days}{by_mail}, {budget} allowed{}", times(shows + mails), wait.unwrap_or_default())
            }
            (_, Some(denial)) => explain(&denial, self.now),
            (Gate::Session, None) if !self.caps.one_per_session => "any number of surveys during a visit".into(),
            (Gate::Session, None) => "no survey was shown during this visit".into(),
            (Gate::Gap, None) if self.after_order() => "after an order nobody has to wait".into(),
            (Gate::Gap, None) => "never asked by any survey".into(),
            (Gate::AlreadyShown, None) if own().next().is_none() => "not shown yet".into(),
            (Gate::AlreadyShown, None) => "shown before, and may come again".into(),
            (_, None) if rules.show == Show::Always => "comes again whenever the store's own rules allow it".into(),
            (Gate::RecentlyAnswered, None) => "not answered yet".into(),
            (Gate::RecentlyDismissed, None) if own().any(|seen| seen.dismissed_at.is_some()) => {
                "answered since the last dismissal".into()
            }
            (Gate::RecentlyDismissed, None) => "not dismissed".into(),
            _ => String::new(),
        }
    }
}
