//! Answer rates and scores that left their usual range.

use super::counts::Counts;
use super::{Found, words};
use crate::domain::alert::{AlertRules, compare, level};
use crate::domain::survey::{Question, QuestionType};
use crate::outbound::alert::Alert;

const RATE: &str = "survey.rate";
const SCORE: &str = "survey.score";
pub const CAUSES: [&str; 2] = [RATE, SCORE];

/// `day`: the last one that is over.
pub fn look(counts: &Counts, rules: &AlertRules, day: i32) -> Vec<Found> {
    let scores = counts.survey.questions.iter().filter_map(|question| score(counts, question, rules, day));
    rate(counts, rules, day).into_iter().chain(scores).collect()
}

fn rate(counts: &Counts, rules: &AlertRules, day: i32) -> Option<Found> {
    let series = counts.shares("", ("answered", "shown"), i32::MIN);
    let least_change = f64::from(rules.rate_change_percent) / 100.0;
    let compared = compare(&series, day, rules.least_shows.into(), (0.0, 1.0), rules.sensitivity.deviations())
        .find(|compared| compared.is_unusual(compared.usual.centre * least_change))?;
    let (how, next) = match compared.fell() {
        true => ("less", "If nobody changed the survey, see whether it opens as it should on the store’s pages."),
        false => ("more", "If nobody changed the survey, look at the answers: somebody may be playing with it."),
    };
    Some(Found {
        alert: Alert {
            cause: RATE,
            subject: counts.survey.key.clone(),
            title: format!("“{}” is answered {how} than usual", counts.name()),
            detail: format!(
                "{} {} of the {} who saw it answered. {} {next}",
                words::period(&compared, "Yesterday"),
                words::percent(compared.found.mean()),
                compared.found.n,
                words::usually(&compared, day, words::percent)
            ),
            path: counts.path(),
        },
        level: level(compared.distance(), 1.0),
    })
}

/// What one answer counts for in a score.
type Worth = fn(i64) -> f64;

/// What one answer counts for, the lowest and the highest there is, and the score's name.
fn scale(question: &Question) -> Option<(Worth, (f64, f64), &'static str)> {
    Some(match question.kind {
        QuestionType::Nps => {
            (|n| if n >= 9 { 100.0 } else { f64::from(u8::from(n > 6)) * 100.0 - 100.0 }, (-100.0, 100.0), "NPS")
        }
        QuestionType::Csat => (|n| f64::from(u8::from(n >= 4)), (0.0, 1.0), "CSAT"),
        QuestionType::Ces => (|n| n as f64, (1.0, 7.0), "CES"),
        QuestionType::Rating => {
            let (low, high) = question.scale()?;
            (|n| n as f64, (low as f64, high as f64), "rating")
        }
        _ => return None,
    })
}

fn score(counts: &Counts, question: &Question, rules: &AlertRules, day: i32) -> Option<Found> {
    let (value, (low, high), name) = scale(question)?;
    let series = counts.values(&question.key, value);
    let least_change = (high - low) * f64::from(rules.score_change_percent) / 100.0;
    let compared = compare(&series, day, rules.least_answers.into(), (low, high), rules.sensitivity.deviations())
        .find(|compared| compared.is_unusual(least_change))?;
    let show = |score: f64| match question.kind {
        QuestionType::Nps => format!("{score:.0}"),
        QuestionType::Csat => words::percent(score),
        _ => format!("{score:.1}"),
    };
    let how = if compared.fell() { "below" } else { "above" };
    Some(Found {
        alert: Alert {
            cause: SCORE,
            subject: format!("{}/{}", counts.survey.key, question.key),
            title: format!("The {name} of “{}” is {how} its usual range", counts.name()),
            detail: format!(
                "{} it was {} from {} answers. {} The answers to the other questions may say why.",
                words::period(&compared, "Yesterday"),
                show(compared.found.mean()),
                compared.found.n,
                words::usually(&compared, day, show)
            ),
            path: counts.path(),
        },
        level: level(compared.distance(), 1.0),
    })
}
