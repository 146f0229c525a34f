//! A follow-up in sentences, and the codes of the engine as a store owner says them.

use super::conditions::{Conditions, comparisons};
use super::parts::{Parts, name_of};
use crate::domain::consent::Policy;
use crate::domain::duration::{HOUR, humanize};
use crate::domain::flow::{Action, Flow, MailCaps, MailRules, QuietHours, ReEntry, Step, StopEvent, Trigger};
use crate::domain::targeting::Targeting;
use crate::store::surveys::Status;
use crate::web::admin::format::percent;

/// A status as a store owner says it.
pub fn status_label(status: Status) -> &'static str {
    match status {
        Status::Draft => "Draft",
        Status::Live => "Live",
        Status::Paused => "Paused",
    }
}

/// `When somebody leaves a cart behind`.
pub fn begins(flow: &Flow, parts: &Parts) -> String {
    let survey = |otherwise: &str| match &flow.survey {
        Some(key) => format!("“{}”", parts.survey(key).map_or(key.as_str(), |survey| &survey.name)),
        None => otherwise.to_owned(),
    };
    match flow.on {
        Trigger::CartAbandoned => "When somebody leaves a cart behind".into(),
        Trigger::OrderCompleted => "When somebody orders".into(),
        Trigger::ResponseCompleted => format!("When somebody completes {}", survey("a survey")),
        Trigger::ScoreLow => format!("When somebody gives a low score in {}", survey("any survey")),
    }
}

/// What a condition asks, each part a sentence; empty where it asks nothing. What no row can show stands as it is written.
pub fn conditions(when: Option<&Targeting>, parts: &Parts) -> Vec<String> {
    let conditions = Conditions::of(when, parts);
    let row = |row: &super::conditions::Row| {
        let Some(fact) = parts.fact(&row.field) else { return row.field.clone() };
        let label = comparisons(&fact).into_iter().find(|(word, _)| *word == row.op).map_or("", |(_, label)| label);
        match row.takes_value() {
            true => format!("{} {label} {}", fact.label, row.value_words(parts)),
            false => format!("{} {label}", fact.label),
        }
    };
    conditions.rows.iter().map(row).chain(conditions.kept.iter().map(ToString::to_string)).collect()
}

/// Whether one part of a condition is enough.
pub fn is_any(when: Option<&Targeting>) -> bool {
    matches!(when, Some(Targeting::Any { any }) if any.len() > 1)
}

/// `1 day later: the mail “Back to the cart”, with a code from “Free shipping”`.
pub fn step(at: usize, step: &Step, parts: &Parts) -> String {
    let what = match &step.action {
        Action::Email { template, coupon, survey } => {
            let mut what = format!("the mail “{}”", name_of(&parts.templates, template));
            if let Some(coupon) = coupon {
                what += &format!(", with a code from “{}”", name_of(&parts.pools, &coupon.pool));
            }
            if let Some(key) = survey {
                what += &format!(", leading to the survey “{}”", parts.survey(key).map_or(key.as_str(), |survey| &survey.name));
            }
            what
        }
        Action::Wait => "nothing, it only waits".into(),
        Action::Webhook { to } => format!("a call to the endpoint “{to}”"),
        Action::Notify { to } => format!("a message to “{to}”"),
    };
    let after = match (step.after.ms(), at) {
        (0, 0) => "At once".into(),
        (0, _) => "Right after that".into(),
        (ms, 0) => format!("After {}", humanize(ms)),
        (ms, _) => format!("{} later", humanize(ms)),
    };
    format!("{after}: {what}")
}

/// What ends it before its time.
pub fn stop_event(event: StopEvent) -> &'static str {
    match event {
        StopEvent::OrderCompleted => "They order",
        StopEvent::CartEmptied => "They empty the cart",
        StopEvent::ResponseCompleted => "They answer a survey",
        StopEvent::Unsubscribed => "They unsubscribe",
    }
}

/// `Ends early when they order or unsubscribe.`
pub fn stops(flow: &Flow) -> Option<String> {
    let words = |event: &StopEvent| match event {
        StopEvent::OrderCompleted => "order",
        StopEvent::CartEmptied => "empty the cart",
        StopEvent::ResponseCompleted => "answer a survey",
        StopEvent::Unsubscribed => "unsubscribe",
    };
    let all: Vec<_> = flow.stop_on.iter().map(words).collect();
    match all.split_last()? {
        (last, []) => Some(format!("Ends early when they {last}.")),
        (last, before) => Some(format!("Ends early when they {} or {last}.", before.join(", "))),
    }
}

/// `The same person enters again after 30 days at the earliest.`
pub fn re_entry(flow: &Flow) -> String {
    match flow.re_entry {
        ReEntry::Never => "Everybody enters once only.".into(),
        ReEntry::After(span) if span.ms() < HOUR => "The same person may enter again each time.".into(),
        ReEntry::After(span) => format!("The same person enters again after {} at the earliest.", humanize(span.ms())),
    }
}

/// What happens from now on, to whom, and to whom not.
pub fn promise(flow: &Flow, rules: &MailRules) -> String {
    let holdout = match flow.holdout {
        0.0 => String::new(),
        share => format!(" {}, drawn by chance, get nothing and are only counted.", percent(share)),
    };
    if !flow.mails() {
        return format!("From now on whoever this fits goes through its steps.{holdout}");
    }
    let whom = match rules.policy {
        Policy::Explicit => "only people who agreed to marketing mail",
        Policy::SoftOptIn => "only people who agreed to marketing mail, or bought in the last two years and did not say no,",
    };
    let QuietHours { from, until } = rules.quiet;
    let quiet = if from == until { "at any hour".into() } else { format!("never from {from} to {until} where they live") };
    let MailCaps { mails, window_ms } = rules.caps;
    let times = if mails == 1 { "1 mail".into() } else { format!("{mails} mails") };
    format!(
        "From now on {whom} are written to, {quiet}, with at most {times} in {}; nobody who unsubscribed or whose address failed is.{holdout}",
        humanize(window_ms)
    )
}

/// Why a step was left out.
pub fn skipped(code: &str) -> &str {
    match code {
        "already_done" => "Had been done already",
        "too_late" => "Came too late to be of use",
        "condition_not_met" => "The condition did not hold any more",
        "no_address" => "No address to write to",
        "suppressed" => "The address is not written to any more",
        "no_consent" => "Did not agree to marketing mail",
        "paused" => "Asked for a pause from mails",
        "orders_only" => "Only wants mails about orders",
        "mail_cap" => "Had been sent enough mails",
        "attention_budget" => "Had been asked and written to often enough",
        other => other,
    }
}

/// Why a step could not be carried out.
pub fn failed(code: &str) -> &str {
    match code {
        "no_template" => "The mail does not exist any more",
        "template" => "The mail’s template has a fault",
        "no_coupon" => "The coupon pool had no code to give",
        "message" | "address" => "The mail could not be written",
        "refused" => "The mail server refused it",
        "no_endpoint" => "There is nobody to tell",
        other => other,
    }
}

/// What ended somebody's way before its time.
pub fn ended(code: &str) -> &str {
    match code {
        "switched_off" => "The follow-up was paused",
        "erased" => "Asked to be forgotten",
        "ordered" => "Ordered",
        "cart_emptied" => "Emptied the cart",
        "cart_gone" => "The cart is gone",
        "answered" => "Answered a survey",
        "unsubscribed" => "Unsubscribed",
        other => other,
    }
}
