//! What was answered, oldest first: NDJSON with keys, for programs; a table with the words that shoppers read, for people.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Format, Line, PORTION, Span, line, moment, moments};
use crate::domain::answer::{Answer, from_stored};
use crate::domain::survey::{OTHER, Question, QuestionType, Survey};
use crate::id::{SiteId, SurveyId};
use crate::store::responses::{self, AnswerItem, Response};
use crate::store::rollups::first_id_at;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, surveys};

/// Before the answers.
const COLUMNS: [&str; 10] =
    ["id", "survey", "revision", "variant", "started_at", "completed_at", "page", "device", "locale", "order_id"];

pub struct Responses {
    survey: Option<SurveyId>,
    /// Key of each survey.
    keys: BTreeMap<SurveyId, String>,
    /// As they were answered; read when a response needs one.
    revisions: BTreeMap<(SurveyId, i64), Option<Survey>>,
    /// Of a table: the questions of all revisions, the newest revision's first, by key with the prompt.
    questions: Vec<(String, String)>,
}

impl Responses {
    pub async fn new(db: &Db, site: &Site, survey: Option<SurveyId>) -> Result<Self, StoreError> {
        let (mut keys, mut newest) = (BTreeMap::new(), 0);
        for entry in surveys::list(db, site.id).await? {
            if survey == Some(entry.id) {
                newest = entry.revision;
            }
            keys.insert(entry.id, entry.key);
        }
        let mut found = Self { survey, keys, revisions: BTreeMap::new(), questions: Vec::new() };
        if let Some(survey) = survey {
            for number in (1..=newest).rev() {
                let Some(document) = found.revision(db, site.id, survey, number).await? else { continue };
                let asked: Vec<_> = document.questions.iter().filter(|q| q.kind != QuestionType::Statement).map(named).collect();
                for (key, prompt) in asked {
                    if !found.questions.iter().any(|(known, _)| *known == key) {
                        found.questions.push((key, prompt));
                    }
                }
            }
        }
        Ok(found)
    }

    /// The first line of a table: a question is its key and its words.
    pub fn columns(&self) -> Vec<String> {
        let questions = self.questions.iter().map(|(key, prompt)| format!("{key}: {prompt}"));
        COLUMNS.into_iter().map(str::to_owned).chain(questions).collect()
    }

    async fn revision(&mut self, db: &Db, site: SiteId, survey: SurveyId, number: i64) -> Result<Option<&Survey>, StoreError> {
        if let Entry::Vacant(place) = self.revisions.entry((survey, number)) {
            let found = surveys::revision(db, site, survey, number).await?;
            place.insert(found.map(|revision| revision.document));
        }
        Ok(self.revisions[&(survey, number)].as_ref())
    }

    pub async fn portion(
        &mut self,
        db: &Db,
        site: &Site,
        span: Span,
        after: &str,
        format: Format,
    ) -> Result<Vec<Line>, StoreError> {
        let from = after.parse().unwrap_or(Uuid::nil()).max(Uuid::from_u128(first_id_at(span.since).as_u128().saturating_sub(1)));
        let until = first_id_at(span.until);
        let found = match self.survey {
            Some(survey) => responses::after(db, site.id, survey, from, until, PORTION).await?,
            None => responses::all_after(db, site.id, from, until, PORTION).await?,
        };
        let ids = found.iter().map(|response| response.id).collect();
        let answers = responses::answers(db, site.id, ids).await?;
        let mut lines = Vec::with_capacity(found.len());
        for response in found {
            let begin = answers.partition_point(|item| item.response_id < response.id);
            let end = answers.partition_point(|item| item.response_id <= response.id);
            self.revision(db, site.id, response.survey_id, response.revision).await?;
            lines.push(self.line(&response, &answers[begin..end], format));
        }
        Ok(lines)
    }

    fn line(&self, response: &Response, items: &[AnswerItem], format: Format) -> Line {
        let survey = self.revisions.get(&(response.survey_id, response.revision)).and_then(Option::as_ref);
        let given: Vec<(&Question, Answer)> = survey.map_or_else(Vec::new, |survey| answers(survey, items));
        let mut fields = super::object(
            COLUMNS,
            [
                json!(response.id),
                json!(self.keys.get(&response.survey_id)),
                json!(response.revision),
                json!(response.variant),
                moment(response.started_at),
                moments(response.completed_at),
                json!(response.page),
                json!(response.device),
                json!(response.locale),
                json!(response.order_id),
            ],
        );
        if format == Format::Csv {
            let cell = |(key, _): &(String, String)| {
                given.iter().find(|(question, _)| question.key == *key).map_or_else(String::new, |(q, a)| words(q, a))
            };
            return table(response, &fields, self.questions.iter().map(cell));
        }
        let answers: Map<_, _> = given.iter().map(|(question, answer)| (question.key.clone(), wire(answer))).collect();
        fields.insert("answers".into(), answers.into());
        line(response.id.to_string(), &[], fields, format)
    }
}

/// A question may be called like a column before it, so the answers' cells are told by their place.
fn table(response: &Response, fields: &Map<String, Value>, answers: impl Iterator<Item = String>) -> Line {
    let text = |column: &str| match &fields[column] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let cells: Vec<String> = COLUMNS.iter().map(|column| text(column)).chain(answers).collect();
    Line { cursor: response.id.to_string(), written: crate::domain::table::row(cells.iter().map(String::as_str)) }
}

fn named(question: &Question) -> (String, String) {
    (question.key.clone(), question.prompt.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What stands answered, in the order of the questions.
fn answers<'a>(survey: &'a Survey, items: &[AnswerItem]) -> Vec<(&'a Question, Answer)> {
    let of = |question: &'a Question| {
        let rows: Vec<_> = items.iter().filter(|i| i.question == question.key).map(|i| (&*i.item, i.body.as_deref())).collect();
        let answer = if rows.is_empty() { None } else { from_stored(question, &rows) };
        answer.filter(|answer| *answer != Answer::Withdrawn).map(|answer| (question, answer))
    };
    survey.questions.iter().filter_map(of).collect()
}

/// As pages send it. Whether somebody agreed to mail is known of the person, not of the answer.
fn wire(answer: &Answer) -> Value {
    match answer {
        Answer::Email { email, .. } => json!({"email": email}),
        answer => answer.to_value(),
    }
}

/// As people read it.
fn words(question: &Question, answer: &Answer) -> String {
    let label = |key: &String| {
        if key == OTHER {
            return "Other".to_owned();
        }
        let choice = question.choices.iter().find(|choice| choice.key == *key);
        choice.map_or_else(|| key.clone(), |choice| choice.label.clone())
    };
    let row =
        |key: &String| question.rows.iter().find(|row| row.key == *key).map_or_else(|| key.clone(), |row| row.label.clone());
    let several = |keys: &[String], other: &Option<String>| {
        let one = |key: &String| match other {
            Some(other) if key == OTHER => format!("{}: {other}", label(key)),
            _ => label(key),
        };
        keys.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    match answer {
        Answer::Choice { key, other } => several(std::slice::from_ref(key), other),
        Answer::Choices { keys, other } => several(keys, other),
        Answer::Number(number) => number.to_string(),
        Answer::Text(text) => text.clone(),
        Answer::Email { email, .. } => email.clone(),
        Answer::Ranking(keys) => {
            keys.iter().enumerate().map(|(at, key)| format!("{}. {}", at + 1, label(key))).collect::<Vec<_>>().join("; ")
        }
        Answer::Matrix(cells) => {
            cells.iter().map(|(at, key)| format!("{}: {}", row(at), label(key))).collect::<Vec<_>>().join("; ")
        }
        Answer::Withdrawn => String::new(),
    }
}
