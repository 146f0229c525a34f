//! Events may come twice, late and in any order; the state they lead to, and what is counted of it, is always the same.

use std::collections::BTreeMap;

use crate::collect::submission::Touch;
use crate::store::StoreError;
use crate::store::impressions::Impression;
use crate::store::responses::{self, AnswerItem};

/// What an impression was fired by that came by a shared link,
pub(super) const LINK: &str = "link";
/// and by a mail's.
pub(super) const MAIL: &str = "mail";

/// An impression with everything said in it.
#[derive(Clone, Debug)]
pub struct State {
    pub impression: Impression,
    /// By question.
    answers: BTreeMap<String, Answer>,
}

#[derive(Clone, Debug, Default)]
struct Answer {
    at: i64,
    items: Vec<(String, Option<String>)>,
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
                started_at: None,
                answers: None,
                question: touch.asked.clone(),
            },
            answers: BTreeMap::new(),
        };
        state.apply(touch);
        state
    }

    /// A state that is stored already.
    ///
    /// # Errors
    /// What was said in it cannot be read.
    pub fn stored(mut impression: Impression) -> Result<Self, StoreError> {
        let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
        for item in responses::decode(impression.site_id, impression.id, impression.answers.take().as_deref())? {
            let answer = answers.entry(item.question).or_insert(Answer { at: item.at, items: Vec::new() });
            if !item.item.is_empty() {
                answer.items.push((item.item, item.body));
            }
        }
        Ok(Self { impression, answers })
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
            let answer = self.answers.entry(given.question.clone()).or_insert(Answer { at: i64::MIN, items: Vec::new() });
            // Of two at the same moment either may count, as long as it is always the same one.
            if (given.sender_at, &given.items) >= (answer.at, &answer.items) {
                (answer.at, answer.items) = (given.sender_at, given.items.clone());
            }
        }
        i.started_at = earliest(i.answered_at, i.completed_at);
    }

    /// The row that keeps it. An answer taken back leaves an empty item: it keeps an older answer, arriving late, from coming back.
    pub fn into_row(self) -> Impression {
        let Self { mut impression, answers } = self;
        let (site_id, response_id) = (impression.site_id, impression.id);
        let mut items = Vec::new();
        for (question, Answer { at, items: said }) in answers {
            let said = if said.is_empty() { vec![(String::new(), None)] } else { said };
            let item = |(item, body)| AnswerItem { site_id, response_id, question: question.clone(), item, body, at };
            items.extend(said.into_iter().map(item));
        }
        impression.answers = (!items.is_empty()).then(|| responses::encode(&items));
        impression
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
        // Those who came to the hosted page, by the way they came.
        let came = match i.fired_by.as_deref() {
            Some(LINK) => Some((LINK, "link_answered")),
            Some(MAIL) => Some((MAIL, "mail_answered")),
            _ => None,
        };
        if let Some((way, answered)) = came {
            counted.push(("", way));
            counted.extend(i.answered_at.map(|_| ("", answered)));
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
