//! Events may come twice, late and in any order; the state they lead to, and what is counted of it, is always the same.

use std::collections::BTreeMap;

use crate::collect::submission::Touch;
use crate::store::impressions::Impression;
use crate::store::responses::{AnswerItem, Response};

/// An impression with everything said in it.
#[derive(Clone, Debug)]
pub struct State {
    pub impression: Impression,
    pub response: Option<Response>,
    /// By question.
    answers: BTreeMap<String, Answer>,
}

#[derive(Clone, Debug, Default)]
struct Answer {
    at: i64,
    items: Vec<(String, Option<String>)>,
    stored: bool,
    changed: bool,
}

impl State {
    /// The state that one request makes of nothing.
    pub fn new(touch: &Touch) -> Self {
        let offer = &touch.offer;
        let mut state = Self {
            impression: Impression {
                site_id: offer.site,
                id: offer.id,
                visitor: offer.visitor,
                survey_id: offer.survey,
                revision: offer.revision,
                variant: touch.variant.clone(),
                session: touch.session,
                shown_at: i64::MAX,
                answered_at: None,
                completed_at: None,
                dismissed_at: None,
                dismissed_by: None,
                fired_by: None,
                page: None,
                device: None,
                locale: None,
                order_id: offer.order.clone(),
                withheld: offer.withhold,
                manual: offer.manual,
            },
            response: None,
            answers: BTreeMap::new(),
        };
        state.apply(touch);
        state
    }

    /// A state that is stored already, with what was said in it so far.
    pub fn stored(impression: Impression, items: Vec<AnswerItem>) -> Self {
        let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
        for item in items {
            let answer = answers.entry(item.question).or_insert(Answer { at: item.at, stored: true, ..Answer::default() });
            if !item.item.is_empty() {
                answer.items.push((item.item, item.body));
            }
        }
        Self { impression, response: None, answers }
    }

    pub fn apply(&mut self, touch: &Touch) {
        let i = &mut self.impression;
        let answered_at = touch.given.iter().map(|g| g.at).min();
        // Whoever answered, completed or closed it has seen it, even if the word of that was lost.
        let seen = [touch.fired_at, answered_at, touch.completed_at, touch.dismissed.as_ref().map(|d| d.0)];
        i.shown_at = seen.into_iter().flatten().fold(i.shown_at, i64::min);
        i.fired_by = i.fired_by.take().or_else(|| touch.fired_by.clone());
        i.page = i.page.take().or_else(|| touch.page.clone());
        i.device = i.device.take().or_else(|| touch.device.clone());
        i.locale = i.locale.take().or_else(|| touch.locale.clone());
        i.answered_at = earliest(i.answered_at, answered_at);
        i.completed_at = earliest(i.completed_at, touch.completed_at);
        (i.dismissed_at, i.dismissed_by) = earliest(i.dismissed_at.zip(i.dismissed_by.take()), touch.dismissed.clone()).unzip();
        for given in &touch.given {
            let answer = self.answers.entry(given.question.clone()).or_insert(Answer { at: i64::MIN, ..Answer::default() });
            // Of two at the same moment either may count, as long as it is always the same one.
            if (given.sender_at, &given.items) >= (answer.at, &answer.items) {
                answer.changed |= answer.at == i64::MIN || answer.items != given.items || answer.at != given.sender_at;
                (answer.at, answer.items) = (given.sender_at, given.items.clone());
            }
        }
        if let (true, Some(started_at)) =
            (answered_at.is_some() || touch.completed_at.is_some(), earliest(i.answered_at, i.completed_at))
        {
            self.response = Some(Response {
                site_id: i.site_id,
                id: i.id,
                survey_id: i.survey_id,
                revision: i.revision,
                variant: i.variant.clone(),
                started_at,
                completed_at: i.completed_at,
                page: i.page.clone(),
                device: i.device.clone(),
                locale: i.locale.clone(),
                order_id: i.order_id.clone(),
            });
        }
    }

    /// The questions whose stored answers have to make room.
    pub fn replaced(&self) -> impl Iterator<Item = &str> {
        self.answers.iter().filter(|(_, a)| a.stored && a.changed).map(|(question, _)| question.as_str())
    }

    /// The rows of every answer that changed. An answer taken back leaves an empty row: it keeps an older answer, arriving late,
    /// from coming back.
    pub fn changed_rows(&self) -> Vec<AnswerItem> {
        let i = &self.impression;
        let row = |question: &str, at: i64, item: &str, body: Option<String>| AnswerItem {
            site_id: i.site_id,
            response_id: i.id,
            question: question.to_owned(),
            item: item.to_owned(),
            body,
            at,
        };
        let mut rows = Vec::new();
        for (question, answer) in self.answers.iter().filter(|(_, a)| a.changed) {
            rows.extend(answer.items.iter().map(|(item, body)| row(question, answer.at, item, body.clone())));
            if answer.items.is_empty() {
                rows.push(row(question, answer.at, "", None));
            }
        }
        rows
    }

    /// What reports count of this state: (question, item), as `store::rollups` describes them.
    pub fn counted(&self) -> Vec<(&str, &str)> {
        let i = &self.impression;
        let mut counted = vec![("", if i.withheld { "withheld" } else { "shown" })];
        if i.answered_at.is_some() {
            counted.push(("", "answered"));
        }
        if i.completed_at.is_some() {
            counted.push(("", "completed"));
        }
        if i.dismissed_at.is_some() && i.completed_at.is_none() {
            counted.push(("", "dismissed"));
        }
        for (question, answer) in self.answers.iter().filter(|(_, a)| !a.items.is_empty()) {
            counted.push((question, ""));
            counted.extend(answer.items.iter().map(|(item, _)| (question.as_str(), item.as_str())));
        }
        counted
    }
}

/// The lesser of two, where there are two.
pub(super) fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    a.into_iter().chain(b).min()
}
