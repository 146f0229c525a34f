//! What a store lacks for a follow-up to do all it could, and where to get it.

use super::parts::Parts;
use crate::domain::flow::{Action, Flow, Trigger};
use crate::domain::survey::{Kind, QuestionType};
use crate::domain::targeting::Targeting;
use crate::mail::transport::Transport;

pub struct Note {
    pub text: String,
    /// Below the store's own address.
    pub path: String,
    pub link: &'static str,
}

pub fn notes(flow: &Flow, parts: &Parts, transport: &Transport) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut note = |text: String, path: &str, link: &'static str| notes.push(Note { text, path: path.to_owned(), link });
    if flow.mails() && matches!(transport, Transport::Captured) {
        note("No mail server is set up: mails are kept in the outbox instead of being sent.".into(), "/mail", "See the outbox");
    }
    for step in &flow.steps {
        let Action::Email { template, coupon, survey } = &step.action else { continue };
        if let Some(coupon) = coupon {
            let pool = &coupon.pool;
            match parts.dry.iter().find(|(key, _)| key == pool) {
                Some((_, id)) => note(
                    format!("The coupon pool “{pool}” has no code to give: its mail is not sent."),
                    &format!("/coupons/{id}"),
                    "See the pool",
                ),
                None if !parts.pools.iter().any(|known| known.key == *pool) => note(
                    format!("There is no coupon pool “{pool}”: the follow-up cannot be published before there is."),
                    &format!("/coupons/new?key={pool}"),
                    "Create it",
                ),
                None => {}
            }
        } else if matches!(template.as_str(), "cart-recovery" | "win-back") && step.after.ms() > 0 && parts.pools.is_empty() {
            note(
                "A code would make this mail stronger, and this store has no coupon pool yet.".into(),
                "/coupons/new",
                "Create a pool",
            );
        }
        match survey {
            Some(key) if parts.survey(key).is_none() => note(
                format!("There is no survey “{key}”: the follow-up cannot be published before there is."),
                "/surveys/new",
                "Create a survey",
            ),
            Some(key) if !parts.live.contains(key) => {
                note(format!("The survey “{key}” is not live: nobody can answer it."), "", "See the surveys");
            }
            None if template == "thank-you" => note(
                "This mail leads to a survey, and none is chosen. A post-purchase survey fits best.".into(),
                "/surveys/new?template=post-purchase",
                "Create one",
            ),
            _ => {}
        }
    }
    asks(flow, parts, &mut note);
    notes
}

/// Surveys that have to be answered first.
fn asks(flow: &Flow, parts: &Parts, note: &mut impl FnMut(String, &str, &'static str)) {
    if let Some(key) = flow.survey.as_ref().filter(|key| parts.survey(key).is_none()) {
        note(format!("There is no survey “{key}”: nobody will enter."), "/surveys/new", "Create a survey");
    }
    let scored = |kind: QuestionType| kind.scale(None).is_some();
    if flow.on == Trigger::ScoreLow && !parts.surveys.iter().any(|survey| survey.questions.iter().any(|q| scored(q.kind))) {
        note("No survey of this store asks for a score: nobody will enter.".into(), "/surveys/new", "Create a survey");
    }
    let exit = |key: &String| parts.survey(key).is_some_and(|survey| survey.kind == Kind::ExitIntent);
    if flow.on == Trigger::CartAbandoned && flow.when.is_none() && !parts.live.iter().any(exit) {
        note(
            "No exit-intent survey is live: everybody gets the same mail, whatever held them back.".into(),
            "/surveys/new?template=exit-intent",
            "Create one",
        );
    }
    let mut lost = Vec::new();
    let whens = flow.when.iter().chain(flow.steps.iter().filter_map(|step| step.when.as_ref()));
    whens.for_each(|when| fields(when, &mut lost));
    lost.retain(|field| parts.is_lost(field));
    lost.dedup();
    for field in lost {
        note(format!("A condition asks for {field}, which no survey of this store asks."), "/surveys/new", "Create a survey");
    }
}

fn fields(when: &Targeting, found: &mut Vec<String>) {
    match when {
        Targeting::All { all: parts } | Targeting::Any { any: parts } => parts.iter().for_each(|part| fields(part, found)),
        Targeting::Not { not } => fields(not, found),
        Targeting::Rule(rule) => found.push(rule.field.clone()),
    }
}
