//! Answers that are given much more often than usual.

use super::counts::Counts;
use super::{Found, words};
use crate::domain::alert::{AlertRules, compare, level};
use crate::domain::survey::{Question, QuestionType};
use crate::outbound::alert::Alert;

pub const CAUSE: &str = "answer.share";

pub fn look(counts: &Counts, rules: &AlertRules, today: i32) -> Vec<Found> {
    let mut found = Vec::new();
    for question in &counts.survey.questions {
        let chosen = [QuestionType::SingleChoice, QuestionType::MultiChoice, QuestionType::Dropdown, QuestionType::ImageChoice];
        if !chosen.contains(&question.kind) {
            continue;
        }
        let other = question.other.then_some(("~other", "Other"));
        let choices = question.choices.iter().map(|choice| (&*choice.key, &*choice.label)).chain(other);
        found.extend(choices.filter_map(|choice| share(counts, question, choice, rules, today)));
    }
    found
}

fn share(counts: &Counts, question: &Question, (item, label): (&str, &str), rules: &AlertRules, today: i32) -> Option<Found> {
    // A choice that is new was not there to be chosen before.
    let first = counts.first(&question.key, item)?;
    let series = counts.shares(&question.key, (item, ""), first);
    let least_change = f64::from(rules.share_change_points) / 100.0;
    let compared = compare(&series, today, rules.least_answers.into(), (0.0, 1.0), rules.sensitivity.deviations())
        .find(|compared| !compared.fell() && compared.is_unusual(least_change))?;
    let subject = format!("{}/{}/{item}", counts.survey.key, question.key);
    Some(Found {
        alert: Alert {
            cause: CAUSE,
            subject,
            title: format!("“{label}” is answered much more often in “{}”", counts.name()),
            detail: format!(
                "{} {} of {} answers to “{}” were “{label}”. {}",
                words::period(&compared, "Today"),
                words::percent(compared.found.mean()),
                compared.found.n,
                question.prompt,
                words::usually(&compared, today, words::percent)
            ),
            path: counts.path(),
        },
        level: level(compared.distance(), 1.0),
    })
}
