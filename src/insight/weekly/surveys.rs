//! What surveys brought in a week: how many were asked and answered, scores, answers that moved, and what was typed.

use std::collections::{BTreeMap, HashMap};

use jiff::tz::TimeZone;

use super::compare::{Change, Measured, OF_MANY, change, usual};
use super::hide;
use crate::clock::Millis;
use crate::domain::score::ENOUGH;
use crate::domain::stats::Interval;
use crate::domain::survey::{Question, QuestionType, Survey};
use crate::domain::weekly::Week;
use crate::id::SurveyId;
use crate::insight::summary::{Bar, Counts, ScoreResult, Share, Summary, summarize};
use crate::store::reports::{self, Text};
use crate::store::rollups::first_id_at;
use crate::store::sites::Site;
use crate::store::surveys::{self, Entry, Status};
use crate::store::{Db, StoreError};

/// Earlier weeks that say what is usual.
const HISTORY: usize = 8;
/// Answers that are told.
const ANSWERS: usize = 5;
/// Texts that are told.
const TEXTS: usize = 5;

/// A pair is the week's figure and the week before's.
pub struct SurveyWeek {
    pub id: SurveyId,
    pub name: String,
    pub kind: String,
    pub live: bool,
    pub shown: [i64; 2],
    pub answered: [i64; 2],
    /// Of those who saw it.
    pub rate: Option<Share>,
    pub change: Change,
    /// From the lowest to the highest rate of the weeks before.
    pub usual: Option<Interval>,
    /// NPS, CSAT and CES.
    pub scores: Vec<ScoreWeek>,
}

pub struct ScoreWeek {
    pub prompt: String,
    pub score: ScoreResult,
    pub change: Change,
}

/// One answer to a question with choices.
pub struct AnswerWeek {
    pub prompt: String,
    pub label: String,
    /// Of those who answered the question.
    pub share: Share,
    pub before: Option<Share>,
    pub change: Change,
}

/// Something that was typed, fit to be told.
pub struct Quote {
    pub prompt: String,
    pub text: String,
    pub at: Millis,
}

#[derive(Default)]
pub struct Found {
    pub surveys: Vec<SurveyWeek>,
    pub answers: Vec<AnswerWeek>,
    pub texts: Vec<Quote>,
}

/// Shown and answered by week, this one first.
type Funnel = [(i64, i64); HISTORY + 1];

pub async fn load(db: &Db, site: &Site, week: Week, zone: &TimeZone) -> Result<Found, StoreError> {
    let funnels = funnels(db, site, week).await?;
    let mut found = Found::default();
    for entry in surveys::list(db, site.id).await? {
        let funnel = funnels.get(&entry.id).copied().unwrap_or_default();
        if entry.status != Status::Live && funnel[0] == (0, 0) {
            continue;
        }
        let Some(revision) = surveys::revision(db, site.id, entry.id, entry.revision).await? else { continue };
        let mut survey = survey_week(&entry, &funnel);
        questions(db, site, &entry, &revision.document, week, &mut survey, &mut found).await?;
        texts(db, site, &entry, &revision.document, week, zone, &mut found.texts).await?;
        found.surveys.push(survey);
    }
    found.surveys.sort_by_key(|survey| (std::cmp::Reverse(survey.shown[0]), survey.id));
    found.answers = choose(std::mem::take(&mut found.answers));
    found.texts.sort_by_key(|quote| std::cmp::Reverse(quote.at));
    found.texts.truncate(TEXTS);
    Ok(found)
}

async fn funnels(db: &Db, site: &Site, week: Week) -> Result<HashMap<SurveyId, Funnel>, StoreError> {
    let mut funnels: HashMap<SurveyId, Funnel> = HashMap::new();
    let mut earlier = week;
    for at in 0..=HISTORY {
        for (survey, item, n) in reports::by_survey(db, site.id, earlier.monday, earlier.sunday()).await? {
            let (shown, answered) = &mut funnels.entry(survey).or_default()[at];
            match item.as_str() {
                "shown" => *shown += n,
                "answered" => *answered += n,
                _ => {}
            }
        }
        earlier = earlier.earlier(1);
    }
    Ok(funnels)
}

fn survey_week(entry: &Entry, funnel: &Funnel) -> SurveyWeek {
    let rate = |(shown, answered): (i64, i64)| Share::new(answered, shown);
    let (now, before) = (rate(funnel[0]), rate(funnel[1]));
    SurveyWeek {
        id: entry.id,
        name: entry.name.clone(),
        kind: entry.kind.clone(),
        live: entry.status == Status::Live,
        shown: [funnel[0].0, funnel[1].0],
        answered: [funnel[0].1, funnel[1].1],
        rate: now,
        change: now.map_or(Change::New, |now| change(now.into(), before.map(Measured::from), 1.0)),
        usual: usual(funnel[1..].iter().map(|(shown, answered)| (*answered, *shown))),
        scores: Vec::new(),
    }
}

async fn questions(
    db: &Db,
    site: &Site,
    entry: &Entry,
    document: &Survey,
    week: Week,
    survey: &mut SurveyWeek,
    found: &mut Found,
) -> Result<(), StoreError> {
    let mut now = totals(db, site, entry, week).await?;
    let mut before = totals(db, site, entry, week.earlier(1)).await?;
    for question in &document.questions {
        let summary = |totals: &mut BTreeMap<String, Counts>| {
            let mut counts = totals.remove(&question.key).unwrap_or_default();
            let answered = counts.remove("").unwrap_or(0);
            summarize(question, &document.locale, counts, answered)
        };
        match (summary(&mut now), summary(&mut before)) {
            (Summary::Scale(now), Summary::Scale(before)) => {
                let score =
                    now.score.filter(|_| matches!(question.kind, QuestionType::Nps | QuestionType::Csat | QuestionType::Ces));
                survey.scores.extend(score.map(|score| score_week(question, score, before.score)));
            }
            (Summary::Choices { bars: now, .. }, Summary::Choices { bars: before, .. }) => {
                found.answers.extend(answers(question, &now, &before));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Question → item → how many.
async fn totals(db: &Db, site: &Site, entry: &Entry, week: Week) -> Result<BTreeMap<String, Counts>, StoreError> {
    let mut totals: BTreeMap<String, Counts> = BTreeMap::new();
    for count in reports::totals(db, site.id, entry.id, week.monday, week.sunday()).await? {
        totals.entry(count.question).or_default().insert(count.item, count.n);
    }
    Ok(totals)
}

fn score_week(question: &Question, score: ScoreResult, before: Option<ScoreResult>) -> ScoreWeek {
    let change = match Measured::score(&score) {
        Some(now) => change(now, before.as_ref().and_then(Measured::score), 1.0),
        None => Change::Few,
    };
    ScoreWeek { prompt: question.prompt.clone(), score, change }
}

/// The same question's bars of two weeks are in the same order, but for choices that are gone from it.
fn answers(question: &Question, now: &[Bar], before: &[Bar]) -> Vec<AnswerWeek> {
    let known = |label: &str| before.iter().find(|bar| bar.label == label).and_then(|bar| bar.share);
    let answer = |bar: &Bar| {
        let (share, before) = (bar.share?, known(&bar.label));
        let change = change(share.into(), before.map(Measured::from), OF_MANY);
        Some(AnswerWeek { prompt: question.prompt.clone(), label: bar.label.clone(), share, before, change })
    };
    now.iter().filter_map(answer).collect()
}

/// Those that moved, the most first; then the most frequent of each question that has none among them.
fn choose(all: Vec<AnswerWeek>) -> Vec<AnswerWeek> {
    let moved = |answer: &AnswerWeek| match answer.change {
        Change::Clear(moved) => moved.abs(),
        _ => 0.0,
    };
    let (mut told, mut rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|answer| moved(answer) > 0.0);
    told.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    told.truncate(ANSWERS);
    rest.retain(|answer| answer.share.n > 0);
    rest.sort_by_key(|answer| std::cmp::Reverse((answer.share.of >= ENOUGH.cast_signed(), answer.share.n)));
    for answer in rest {
        if told.len() < ANSWERS && !told.iter().any(|known| known.prompt == answer.prompt) {
            told.push(answer);
        }
    }
    told
}

async fn texts(
    db: &Db,
    site: &Site,
    entry: &Entry,
    document: &Survey,
    week: Week,
    zone: &TimeZone,
    quotes: &mut Vec<Quote>,
) -> Result<(), StoreError> {
    let range = week.range(zone);
    let ids = (first_id_at(range.start), first_id_at(range.end));
    let typed =
        |question: &&Question| question.other || matches!(question.kind, QuestionType::ShortText | QuestionType::LongText);
    for question in document.questions.iter().filter(typed) {
        let texts = reports::texts(db, site.id, entry.id, &question.key, ids.0, ids.1, TEXTS).await?;
        let quote = |Text { body, at, .. }| Quote { prompt: question.prompt.clone(), text: hide::fit(&body), at };
        quotes.extend(texts.into_iter().map(quote).filter(|quote| !quote.text.is_empty()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(prompt: &str, label: &str, n: i64, of: i64, change: Change) -> AnswerWeek {
        let share = Share::new(n, of).unwrap();
        AnswerWeek { prompt: prompt.into(), label: label.into(), share, before: None, change }
    }

    #[test]
    fn what_moved_most_is_told_and_one_answer_of_every_other_question() {
        let told = choose(vec![
            answer("Why?", "Price", 40, 100, Change::Clear(-0.12)),
            answer("Why?", "Shipping", 50, 100, Change::Clear(0.2)),
            answer("Why?", "Other", 70, 100, Change::Unclear),
            answer("Where?", "Here", 9, 10, Change::Few),
            answer("Where?", "There", 1, 10, Change::Few),
            answer("Who?", "Me", 8, 40, Change::New),
            answer("Who?", "You", 0, 40, Change::New),
            answer("What?", "Nothing", 0, 40, Change::Unclear),
        ]);
        let labels: Vec<_> = told.iter().map(|answer| &*answer.label).collect();
        assert_eq!(labels, ["Shipping", "Price", "Me", "Here"], "few people come last");
        let many = (0..9).map(|n| answer("Why?", "x", 9, 99, Change::Clear(f64::from(n + 1)))).collect();
        assert_eq!(choose(many).len(), ANSWERS);
    }
}
