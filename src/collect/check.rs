//! A batch as it was sent → a submission that can be stored, and a refusal for every event that cannot. Nothing is written here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::catalog::{Catalog, LiveSite};
use super::clean;
use super::offer::{ANSWER_WITHIN, Offer, SHOW_WITHIN, session_hash, visitor_hash};
use super::reject::{Reason, Rejected};
use super::report;
use super::state::{LINK, MAIL, State};
use super::submission::{Report, Submission, Touch, What};
use super::wire::{Batch, Event, Unreadable};
use crate::clock::{DAY, Millis};
use crate::commerce::{Person, Source, What as Told, YesOrNo};
use crate::domain::answer::{self, Answer};
use crate::domain::customer::normalize_email;
use crate::domain::schedule::local_day;
use crate::domain::survey::Question;
use crate::id::uuid7_millis;
use crate::keys::Key;
use crate::store::StoreError;
use crate::store::surveys::Revision;

/// A batch may come this long after its offers were made: from a phone that was offline. What counts is when it happened.
const ARRIVE_WITHIN: Millis = 7 * DAY;

/// What tells the true from the false.
pub struct Keys {
    /// Signed the offers.
    pub offer: Key,
    /// Makes the sites' identity secrets.
    pub identity: Key,
}

pub struct Checked {
    pub submission: Submission,
    pub accepted: usize,
    pub rejected: Vec<Rejected>,
}

type Refusal = (Reason, String);

pub async fn check(
    batch: &Batch<'_>,
    live: &LiveSite,
    catalog: &Catalog,
    keys: &Keys,
    now: Millis,
) -> Result<Checked, StoreError> {
    let mut checker = Checker {
        live,
        keys,
        now,
        skew: batch.sent_at.map_or(0, |sent| now.saturating_sub(sent)),
        sent_at: batch.sent_at.unwrap_or(now),
        visitor: visitor_hash(live.site.id, &batch.visitor),
        session: session_hash(live.site.id, &batch.session),
        offers: HashMap::new(),
        touches: Vec::new(),
        reports: Vec::new(),
    };
    let mut rejected = Vec::new();
    for event in &batch.events {
        let refused = match event {
            Ok(event) => match checker.event(event, catalog).await? {
                Ok(()) => None,
                Err((reason, detail)) => Some(Rejected { id: event.id.clone().into_owned(), reason, detail }),
            },
            Err(Unreadable { id, cause }) => Some(Rejected { id: id.clone(), reason: Reason::BadEvent, detail: cause.clone() }),
        };
        rejected.extend(refused);
    }
    let accepted = batch.events.len() - rejected.len();
    Ok(Checked { submission: checker.submission(), accepted, rejected })
}

/// The same for the hosted page, which has opened the offer itself: `revision` is as it was shown, in the shopper's language.
///
/// # Errors
/// The first event that cannot be believed.
pub fn check_hosted(
    events: &[Event<'_>],
    offer: &Offer,
    revision: &Revision,
    live: &LiveSite,
    keys: &Keys,
    now: Millis,
) -> Result<Submission, Rejected> {
    let mut checker = Checker {
        live,
        keys,
        now,
        skew: 0,
        sent_at: now,
        visitor: offer.visitor,
        session: session_hash(live.site.id, &offer.id.to_string()),
        offers: HashMap::new(),
        touches: Vec::new(),
        reports: Vec::new(),
    };
    for event in events {
        checker.survey_event(event, offer, revision, now, now).map_err(|(reason, detail)| Rejected {
            id: event.id.clone().into_owned(),
            reason,
            detail,
        })?;
    }
    Ok(checker.submission())
}

/// An offer that can be believed, and what was offered.
struct Opened {
    offer: Offer,
    revision: Arc<Revision>,
}

struct Checker<'a> {
    live: &'a LiveSite,
    keys: &'a Keys,
    now: Millis,
    /// What to add to the sender's times.
    skew: Millis,
    sent_at: Millis,
    visitor: Uuid,
    session: i64,
    /// Each token is opened once.
    offers: HashMap<String, Result<Arc<Opened>, Refusal>>,
    touches: Vec<Touch>,
    reports: Vec<Report>,
}

impl Checker<'_> {
    async fn event(&mut self, event: &Event<'_>, catalog: &Catalog) -> Result<Result<(), Refusal>, StoreError> {
        let id = match Uuid::try_parse(&event.id) {
            Ok(id) => id,
            Err(_) => return Ok(refuse(Reason::BadId, "the id is not a UUID")),
        };
        let sender_at = event.at.or_else(|| uuid7_millis(id)).unwrap_or(self.sent_at);
        // From 2001 to 2100: outside, it is no time in milliseconds.
        if !(1_000_000_000_000..4_102_444_800_000).contains(&sender_at) {
            return Ok(refuse(Reason::BadTime, format!("at: {sender_at} is not a time in milliseconds")));
        }
        let at = sender_at.saturating_add(self.skew).min(self.now);
        if event.kind.starts_with("survey.") {
            let token = event.offer.as_deref().unwrap_or("");
            if token.is_empty() {
                return Ok(refuse(Reason::MissingOffer, "offer: the token is missing"));
            }
            if !self.offers.contains_key(token) {
                let opened = self.open(token, catalog).await?.map(Arc::new);
                self.offers.insert(token.to_owned(), opened);
            }
            return Ok(match self.offers[token].clone() {
                Ok(opened) => self.survey_event(event, &opened.offer, &opened.revision, at, sender_at),
                Err(refusal) => Err(refusal),
            });
        }
        Ok(report::read(event, id, &self.live.site, &self.keys.identity, local_day(at, &self.live.zone))
            .map(|what| self.reports.push(Report { event: event.id.clone().into_owned(), at, what })))
    }

    async fn open(&self, token: &str, catalog: &Catalog) -> Result<Result<Opened, Refusal>, StoreError> {
        let Ok(offer) = Offer::open(token, &self.keys.offer) else {
            return Ok(Err((Reason::ForgedOffer, "the offer was not made by this server".into())));
        };
        if offer.site != self.live.site.id {
            return Ok(Err((Reason::ForeignOffer, "the offer was made for another site".into())));
        }
        if offer.visitor != self.visitor {
            return Ok(Err((Reason::ForeignOffer, "the offer was made for another visitor".into())));
        }
        if self.now.saturating_sub(offer.made_at()) > ARRIVE_WITHIN {
            return Ok(Err((Reason::ExpiredOffer, "the offer was made more than 7 days ago".into())));
        }
        Ok(match catalog.revision(self.live, offer.survey, offer.revision).await? {
            Some(revision) => Ok(Opened { offer, revision }),
            None => Err((Reason::UnknownSurvey, "the survey is gone".into())),
        })
    }

    fn survey_event(
        &mut self,
        event: &Event<'_>,
        offer: &Offer,
        revision: &Revision,
        at: Millis,
        sender_at: Millis,
    ) -> Result<(), Refusal> {
        // A clock may be off by the time the request took; before the offer was made nothing can have happened to it.
        let at = at.max(offer.made_at());
        let age = at - offer.made_at();
        let first_sight = matches!(&*event.kind, "survey.shown" | "survey.withheld");
        let (limit, hours) = if first_sight { (SHOW_WITHIN, "1 hour") } else { (ANSWER_WITHIN, "24 hours") };
        // The hosted page looks at the survey itself.
        if age > limit && !offer.hosted {
            return Err((Reason::ExpiredOffer, format!("this is possible for {hours} after the offer was made")));
        }
        if offer.withhold && event.kind != "survey.withheld" {
            return Err((Reason::WithheldOffer, "the offer is of the holdout arm".into()));
        }
        let mut given = Vec::new();
        match &*event.kind {
            "survey.shown" | "survey.completed" => {}
            "survey.withheld" if offer.withhold => {}
            "survey.withheld" => return Err((Reason::BadPayload, "the offer was to be shown".into())),
            "survey.answered" => {
                let people;
                (given, people) = read_answers(event, offer, &revision.document.questions)?;
                let told = people.into_iter().map(|person| What::Told(Source::Survey, Told::Person { person, signed: false }));
                self.reports.extend(told.map(|what| Report { event: event.id.clone().into_owned(), at, what }));
            }
            "survey.dismissed" => {
                let by = event.by.as_deref().unwrap_or("close");
                if !["close", "escape", "outside", "timeout"].contains(&by) {
                    return Err((Reason::BadPayload, format!("by: {by:?} is none of close, escape, outside, timeout")));
                }
            }
            other => return Err((Reason::UnknownType, format!("type: {other:?}"))),
        }
        // Nothing is refused from here on: half an event must not be kept.
        let touch = self.touch(offer, revision);
        touch.fired |= first_sight;
        touch.events.push(event.id.clone().into_owned());
        let state = &mut touch.state;
        match &*event.kind {
            "survey.completed" => state.completed(at),
            "survey.dismissed" => state.dismissed(at, event.by.as_deref().unwrap_or("close")),
            _ if first_sight => state.seen(at),
            _ => given.into_iter().for_each(|(question, items)| state.answered(question, items, at, sender_at)),
        }
        let text = |raw: &Option<Cow<'_, str>>, max| raw.as_deref().and_then(|raw| clean::text(raw, max));
        state.hear(
            // What came by a link is counted; a page cannot say so.
            || text(&event.trigger, 32).filter(|by| offer.hosted || ![LINK, MAIL].contains(&by.as_str())),
            || event.page.as_ref().and_then(|page| clean::page(&page.url)),
            || text(&event.device, 16),
            || text(&event.locale, 35),
        );
        Ok(())
    }

    fn submission(self) -> Submission {
        let Self { live, visitor, now, mut touches, reports, .. } = self;
        touches.iter_mut().for_each(|touch| touch.state.settle());
        Submission { site: live.site.id, visitor, now, listened: live.listened(), touches, reports }
    }

    /// What the batch has said so far of the offer's impression.
    fn touch(&mut self, offer: &Offer, revision: &Revision) -> &mut Touch {
        let known = self.touches.iter().position(|touch| touch.state.impression.id == offer.id);
        let place = known.unwrap_or_else(|| {
            let state = State::of(offer, revision, self.session);
            let day = local_day(offer.made_at(), &self.live.zone);
            self.touches.push(Touch { state, day, fired: false, events: Vec::new() });
            self.touches.len() - 1
        });
        &mut self.touches[place]
    }
}

fn refuse(reason: Reason, detail: impl Into<String>) -> Result<(), Refusal> {
    Err((reason, detail.into()))
}

/// A question's key, and what was said, with what was typed.
type Given = (String, Vec<(String, Option<String>)>);

/// All answers of an event, or none: half an event stored would be neither accepted nor rejected. Whoever gave an address is
/// somebody now.
fn read_answers(event: &Event<'_>, offer: &Offer, questions: &[Question]) -> Result<(Vec<Given>, Vec<Person>), Refusal> {
    let answers = event.answers.as_ref().filter(|a| !a.is_empty());
    let answers = answers.ok_or_else(|| (Reason::BadPayload, "answers: at least one is needed".to_owned()))?;
    let mut given = Vec::with_capacity(answers.len());
    let mut people = Vec::new();
    for (key, value) in answers {
        let question = questions.iter().enumerate().find(|(_, q)| q.key == *key);
        let (place, question) = question.ok_or_else(|| (Reason::UnknownQuestion, format!("no question {key:?}")))?;
        if offer.question.is_some_and(|asked| usize::from(asked) != place) {
            return Err((Reason::UnknownQuestion, format!("the question {key:?} was not asked")));
        }
        let answer = answer::check(question, value).map_err(|refusal| {
            let reason = match refusal.reason {
                answer::Reason::UnknownChoice => Reason::UnknownChoice,
                answer::Reason::WrongAnswerType => Reason::WrongAnswerType,
                answer::Reason::AnswerOutOfRange => Reason::AnswerOutOfRange,
            };
            (reason, refusal.detail)
        })?;
        people.extend(person(event, question, &answer));
        given.push((key.clone(), items(question, answer)));
    }
    Ok((given, people))
}

fn person(event: &Event<'_>, question: &Question, answer: &Answer) -> Option<Person> {
    let Answer::Email { email, consent } = answer else { return None };
    let page = event.page.as_ref().and_then(|page| clean::page(&page.url));
    // A box that was not ticked says neither yes nor no.
    let marketing = consent.then(|| YesOrNo { granted: true, wording: question.consent.clone(), page });
    Some(Person { email: normalize_email(email), marketing, ..Person::default() })
}

/// What is stored of an answer: one row for each thing said, and what was typed.
fn items(question: &Question, answer: Answer) -> Vec<(String, Option<String>)> {
    let mut items: Vec<_> = answer::tallies(question, &answer).into_iter().map(|item| (item, None)).collect();
    let typed = match answer {
        Answer::Choice { other, .. } | Answer::Choices { other, .. } => other,
        Answer::Text(text) => Some(text),
        Answer::Email { email, consent } => {
            if consent {
                items.push((answer::CONSENT.to_owned(), None));
            }
            Some(email)
        }
        _ => None,
    };
    if let Some(typed) = typed
        && let Some((_, body)) = items.iter_mut().find(|(item, _)| item == "~text" || item == "~other")
    {
        *body = Some(typed);
    }
    // As the database orders them, so that the two can be compared.
    items.sort_unstable();
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sites::Site;

    #[test]
    fn an_event_without_its_payload_is_refused_as_such() {
        let site = Site {
            id: crate::id::SiteId(1),
            key: "st_x".into(),
            name: "X".into(),
            origins: Vec::new(),
            time_zone: "UTC".into(),
            currency: "EUR".into(),
            settings: Default::default(),
            version: 1,
        };
        let key = Key::derive(b"secret", "identity");
        let names = ["cart.updated", "checkout.started", "order.completed", "customer.identified", "custom", "widget.error"];
        for name in names {
            let raw = format!(r#"{{"id":"0190163d-8694-739b-aea5-966c26f8ad91","type":"{name}"}}"#);
            let event: Event = serde_json::from_str(&raw).unwrap();
            let refused = report::read(&event, Uuid::nil(), &site, &key, 0).map(|_| ()).unwrap_err();
            assert_eq!(refused.0, Reason::BadPayload, "{name} without its payload");
        }
        let event: Event = serde_json::from_str(r#"{"id":"x","type":"cart.exploded"}"#).unwrap();
        assert_eq!(report::read(&event, Uuid::nil(), &site, &key, 0).map(|_| ()).unwrap_err().0, Reason::UnknownType);
    }
}
