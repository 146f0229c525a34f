//! What somebody said, in the words they read and wrote.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use uuid::Uuid;

use crate::domain::answer::{Answer, from_stored, in_words};
use crate::id::SiteId;
use crate::store::responses::{self, Response};
use crate::store::{On, StoreError, surveys};

/// Responses whose answers are looked up at once.
const PORTION: usize = 500;

/// One response in words.
pub struct Said {
    pub response: Response,
    /// The survey's name when it was answered.
    pub survey: String,
    /// Question and answer, as they were read. What was taken back, or has been forgotten, is left out.
    pub answers: Vec<(String, String)>,
}

/// Responses by their ids, oldest first. What is answered of a survey that is gone is gone with it.
pub async fn said(on: impl Into<On<'_>>, site: SiteId, ids: &[Uuid]) -> Result<Vec<Said>, StoreError> {
    let mut on = on.into();
    let mut known = HashMap::new();
    let mut all = Vec::with_capacity(ids.len());
    for portion in ids.chunks(PORTION) {
        let items = responses::answers(on.again(), site, portion.to_vec()).await?;
        for response in responses::by_ids(on.again(), site, portion.to_vec()).await? {
            let survey = match known.entry((response.survey_id, response.revision)) {
                Entry::Occupied(found) => found.into_mut(),
                Entry::Vacant(room) => {
                    room.insert(surveys::revision(on.again(), site, response.survey_id, response.revision).await?)
                }
            };
            let Some(survey) = survey.as_ref().map(|revision| &revision.document) else { continue };
            let answers = survey.questions.iter().filter_map(|question| {
                let own = items.iter().filter(|item| item.response_id == response.id && item.question == question.key);
                let rows: Vec<_> = own.map(|item| (item.item.as_str(), item.body.as_deref())).collect();
                let answer = if rows.is_empty() { None } else { from_stored(question, &rows) }?;
                (answer != Answer::Withdrawn).then(|| (question.prompt.clone(), in_words(question, &answer)))
            });
            let answers = answers.collect();
            all.push(Said { survey: survey.name.clone(), answers, response });
        }
    }
    all.sort_unstable_by_key(|said| said.response.id);
    Ok(all)
}
