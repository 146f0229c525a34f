//! Events may come twice, late and in any order; the state they lead to, and what is counted of it, is always the same.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::offer::Offer;
use crate::clock::Millis;
use crate::store::StoreError;
use crate::store::impressions::Impression;
use crate::store::responses::{self, Said};
use crate::store::surveys::Revision;

/// What an impression was fired by that came by a shared link,
pub(super) const LINK: &str = "link";
/// and by a mail's.
pub(super) const MAIL: &str = "mail";

/// An impression with everything said in it.
#[derive(Clone, Debug)]
pub struct State {
    /// As it is stored, `answers` as [`State::settle`] left them.
    pub impression: Impression,
    /// By question.
    answers: BTreeMap<String, Answer>,
}

/// Of two answers to a question the greater counts: the later one by the sender's clock, for only the sender knows which that is.
/// Of two at the same moment either may count, as long as it is always the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    at: Millis,
    /// What was said, and what was typed; empty: taken back.
    items: Vec<(String, Option<String>)>,
}

impl State {
    /// Of an offer of which nothing is known yet.
    pub fn of(offer: &Offer, revision: &Revision, session: i64) -> Self {
        let document = &revision.document;
        let variant = offer.variant.and_then(|n| document.variants.get(usize::from(n)));
        let question = offer.question.and_then(|n| document.questions.get(usize::from(n)));
        let impression = Impression {
            site_id: offer.site,
            id: offer.id,
            visitor: offer.visitor,
            survey_id: offer.survey,
            revision: offer.revision,
            variant: variant.map(|variant| variant.key.clone()),
            session,
            shown_at: Millis::MAX,
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
            question: question.map(|question| question.key.clone()),
        };
        Self { impression, answers: BTreeMap::new() }
    }

    /// One that is stored already.
    ///
    /// # Errors
    /// What was said in it cannot be read.
    pub fn stored(impression: Impression) -> Result<Self, StoreError> {
        let mut answers: BTreeMap<String, Answer> = BTreeMap::new();
        for item in responses::decode(impression.site_id, impression.id, impression.answers.as_deref())? {
            let answer = answers.entry(item.question).or_insert(Answer { at: item.at, items: Vec::new() });
            if !item.item.is_empty() {
                answer.items.push((item.item, item.body));
            }
        }
        Ok(Self { impression, answers })
    }

    /// It was on the screen then. Whoever answered, completed or closed it has seen it, even if the word of that was lost.
    pub fn seen(&mut self, at: Millis) {
        self.impression.shown_at = self.impression.shown_at.min(at);
    }

    /// `items`: what was said, and what was typed; empty: taken back.
    pub fn answered(&mut self, question: String, items: Vec<(String, Option<String>)>, at: Millis, sender_at: Millis) {
        self.seen(at);
        self.impression.answered_at = earliest(self.impression.answered_at, Some(at));
        self.started();
        self.say(question, Answer { at: sender_at, items });
    }

    pub fn completed(&mut self, at: Millis) {
        self.seen(at);
        self.impression.completed_at = earliest(self.impression.completed_at, Some(at));
        self.started();
    }

    pub fn dismissed(&mut self, at: Millis, by: &str) {
        self.seen(at);
        self.dismiss(Some((at, by.to_owned())));
    }

    /// What was heard besides; the first word counts.
    pub fn hear(
        &mut self,
        fired_by: impl FnOnce() -> Option<String>,
        page: impl FnOnce() -> Option<String>,
        device: impl FnOnce() -> Option<String>,
        locale: impl FnOnce() -> Option<String>,
    ) {
        let i = &mut self.impression;
        i.fired_by = i.fired_by.take().or_else(fired_by);
        i.page = i.page.take().or_else(page);
        i.device = i.device.take().or_else(device);
        i.locale = i.locale.take().or_else(locale);
    }

    /// Adds what another report says of the same impression.
    pub fn merge(&mut self, other: &Self) {
        let theirs = &other.impression;
        self.seen(theirs.shown_at);
        self.hear(|| theirs.fired_by.clone(), || theirs.page.clone(), || theirs.device.clone(), || theirs.locale.clone());
        let ours = &mut self.impression;
        ours.answered_at = earliest(ours.answered_at, theirs.answered_at);
        ours.completed_at = earliest(ours.completed_at, theirs.completed_at);
        self.dismiss(theirs.dismissed_at.zip(theirs.dismissed_by.clone()));
        self.started();
        for (question, answer) in &other.answers {
            self.say(question.clone(), answer.clone());
        }
    }

    /// Writes what was said as it is stored. To be called when all is said.
    pub fn settle(&mut self) {
        self.impression.answers = (!self.answers.is_empty()).then(|| responses::encode(self.said()));
    }

    fn say(&mut self, question: String, answer: Answer) {
        match self.answers.entry(question) {
            Entry::Vacant(room) => {
                room.insert(answer);
            }
            Entry::Occupied(mut known) if answer >= *known.get() => {
                known.insert(answer);
            }
            Entry::Occupied(_) => {}
        }
    }

    fn dismiss(&mut self, dismissed: Option<(Millis, String)>) {
        let i = &mut self.impression;
        (i.dismissed_at, i.dismissed_by) = earliest(i.dismissed_at.zip(i.dismissed_by.take()), dismissed).unzip();
    }

    fn started(&mut self) {
        self.impression.started_at = earliest(self.impression.answered_at, self.impression.completed_at);
    }

    /// An answer taken back leaves an empty item: it keeps an older answer, arriving late, from coming back.
    fn said(&self) -> impl Iterator<Item = Said<'_>> {
        self.answers.iter().flat_map(|(question, Answer { at, items })| {
            let back = items.is_empty().then_some((&**question, "", None, *at));
            back.into_iter().chain(items.iter().map(|(item, body)| (&**question, &**item, body.as_deref(), *at)))
        })
    }

    /// What reports count of it: (question, item), as `store::rollups` describes them.
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
fn earliest<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    a.into_iter().chain(b).min()
}
