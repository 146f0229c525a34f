//! Which surveys may this visitor see? The order of the questions is the order in which a refusal is reported.
//!
//! A read: what was offered is remembered only once it is shown, by the token.

use std::cell::OnceCell;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::catalog::{LiveSite, LiveSurvey};
use super::check::Keys;
use super::histories::{Histories, Seen};
use super::identity;
use super::offer::{Offer, session_hash, visitor_hash};
use super::trace::{self, Traced};
use super::wire::Ask;
use crate::clock::{DAY, Millis};
use crate::commerce::{Person, What};
use crate::domain::denial::{Denial, Reason};
use crate::domain::facts::Facts;
use crate::domain::frequency::Exposure;
use crate::domain::gates::Case;
use crate::domain::sample;
use crate::domain::stream;
use crate::domain::survey::{Kind, Survey};
use crate::flows::customer_facts;
use crate::id::{SurveyId, uuid7};
use crate::keys::Key;
use crate::store::StoreError;
use crate::store::customers::Customer;

/// What the request itself says of its sender.
#[derive(Default)]
pub struct Sender<'a> {
    pub user_agent: &'a str,
    /// Global Privacy Control, as a header.
    pub gpc: bool,
    /// ISO 3166, if a proxy in front knows.
    pub country: Option<&'a str>,
}

#[derive(Serialize)]
pub struct Decision {
    pub offers: Vec<Offered>,
    pub denied: Vec<Denied>,
    /// Every gate of every candidate, for whoever asks why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<Traced>>,
}

#[derive(Serialize)]
pub struct Offered {
    pub token: String,
    pub survey: Arc<RawValue>,
    pub withhold: bool,
}

#[derive(Serialize)]
pub struct Denied {
    pub survey: String,
    pub reason: Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

pub async fn decide(
    histories: &Histories,
    keys: &Keys,
    live: &LiveSite,
    ask: &Ask<'_>,
    sender: &Sender<'_>,
    now: Millis,
) -> Result<Decision, StoreError> {
    let visitor = visitor_hash(live.site.id, &ask.visitor);
    let named = named(live, ask, keys);
    let candidates = || ask.candidates.iter().filter_map(|key| live.surveys.iter().find(|s| s.revision.document.key == *key));
    let person = match candidates().any(|survey| about_people(&survey.revision.document)) {
        true => histories.person(live.site.id, visitor, named.as_ref()).await?,
        false => None,
    };
    let visit = Visit::new(live, ask, sender, person, now);
    let mut denied = Vec::new();
    let mut deny = |survey: &str, denial: Denial| {
        denied.push(Denied { survey: survey.to_owned(), reason: denial.reason, until: denial.until });
    };
    // The cheap questions first: most candidates of most page views fall here, without a look at the database.
    let mut open = Vec::new();
    for candidate in &ask.candidates {
        let found = live.surveys.iter().find(|s| s.revision.document.key == *candidate);
        match found.ok_or_else(|| Reason::NotLive.into()).and_then(|survey| visit.case(survey).admits().map(|()| survey)) {
            Ok(survey) => open.push(survey),
            Err(denial) => deny(candidate, denial),
        }
    }
    if open.is_empty() && !ask.debug {
        return Ok(Decision { offers: Vec::new(), denied, trace: None });
    }
    let history = histories.of(live.site.id, visitor, named.as_ref(), now - live.site.settings.caps.budget_ms).await?;
    open.retain(|survey| match visit.case(survey).rested(&history.shows, &history.mails) {
        Ok(()) => true,
        Err(denial) => {
            deny(&survey.revision.document.key, denial);
            false
        }
    });
    open.sort_by_key(|survey| turn(survey, &history.shows));
    let mut taken = Vec::new();
    let mut offers = Vec::new();
    for survey in open {
        let document = &survey.revision.document;
        let trigger = document.trigger.type_name();
        if !ask.manual && taken.contains(&trigger) {
            deny(&document.key, Reason::Outranked.into());
            continue;
        }
        let question = match document.stream {
            true => {
                let seen = histories.stream(live.site.id, visitor, survey.revision.survey).await?;
                let Some(question) = visit.next_question(document, &seen) else {
                    deny(&document.key, Reason::NothingToAsk.into());
                    continue;
                };
                Some(question)
            }
            false => None,
        };
        taken.push(trigger);
        offers.push(visit.offer(survey, visitor, question, &keys.offer));
    }
    let trace = ask.debug.then(|| trace::of(&visit, &history, &denied));
    Ok(Decision { offers, denied, trace })
}

/// Who the page says the visitor is, as far as the site believes it. A wrong signature is for the event of the same content to
/// refuse; here it names nobody.
fn named(live: &LiveSite, ask: &Ask<'_>, keys: &Keys) -> Option<Person> {
    match identity::read(ask.customer.clone()?, &live.site, &keys.identity, None) {
        Ok(What::Person { person, .. }) => Some(person),
        _ => None,
    }
}

/// Whether a survey is for certain people: only then is it asked who somebody is before anything else.
fn about_people(survey: &Survey) -> bool {
    survey.targeting.as_ref().is_some_and(|targeting| targeting.asks_about("customer"))
}

/// Whose turn it is: the highest priority, then the one asked longest ago, then the oldest survey; one for each trigger.
pub(super) fn turn(survey: &LiveSurvey, history: &[Exposure]) -> (i64, Option<Millis>, SurveyId) {
    let (document, id) = (&survey.revision.document, survey.revision.survey);
    let last_asked = history.iter().filter(|e| e.survey == id.0).map(|e| e.shown_at).max();
    (-document.priority, last_asked, id)
}

/// One visitor's question at one moment.
pub(super) struct Visit<'a> {
    pub live: &'a LiveSite,
    pub ask: &'a Ask<'a>,
    pub sender: &'a Sender<'a>,
    pub now: Millis,
    /// Who it is, where that is known and matters.
    person: Option<Customer>,
    session: i64,
    /// Made when the first survey has targeting.
    facts: OnceCell<Facts>,
}

impl<'a> Visit<'a> {
    pub fn new(live: &'a LiveSite, ask: &'a Ask<'a>, sender: &'a Sender<'a>, person: Option<Customer>, now: Millis) -> Self {
        let session = session_hash(live.site.id, &ask.session);
        Self { live, ask, sender, now, person, session, facts: OnceCell::new() }
    }

    /// All that the rules look at for one survey.
    pub fn case<'v>(&'v self, survey: &'v LiveSurvey) -> Case<'v, impl Fn() -> &'v Facts> {
        let settings = &self.live.site.settings;
        Case {
            survey: &survey.revision.document,
            id: survey.revision.survey.0,
            answered: survey.answered(),
            zone: &self.live.zone,
            caps: &settings.caps,
            respect_gpc: settings.respect_gpc,
            gpc: self.ask.gpc || self.sender.gpc,
            user_agent: self.sender.user_agent,
            manual: self.ask.manual,
            visitor: &self.ask.visitor,
            session: self.session,
            order: self.ask.order.as_ref().map(|o| o.id.as_str()),
            facts: || self.facts.get_or_init(|| self.facts()),
            now: self.now,
        }
    }

    /// Which question of a stream is this person's next, if any is left.
    pub fn next_question(&self, survey: &Survey, seen: &Seen) -> Option<u8> {
        let mut facts = self.facts.get_or_init(|| self.facts()).clone();
        if let Some(customer) = &seen.customer {
            facts.extend(customer_facts(customer));
        }
        stream::question(survey, &seen.past, &facts, self.now).and_then(|at| u8::try_from(at).ok())
    }

    fn offer(&self, survey: &LiveSurvey, visitor: uuid::Uuid, question: Option<u8>, key: &Key) -> Offered {
        let document = &survey.revision.document;
        let withhold = self.case(survey).withheld();
        let weights: Vec<f64> = document.variants.iter().map(|v| v.weight).collect();
        let variant = sample::arm(&self.ask.visitor, &document.key, &weights).and_then(|n| u8::try_from(n).ok());
        let order = self.ask.order.as_ref().filter(|_| document.kind == Kind::PostPurchase);
        let offer = Offer {
            site: self.live.site.id,
            survey: survey.revision.survey,
            revision: survey.revision.number,
            variant,
            question,
            id: uuid7(self.now),
            visitor,
            withhold,
            manual: self.ask.manual,
            hosted: false,
            order: order.and_then(|o| super::clean::text(&o.id, 128)),
        };
        let locale = self.ask.locale.as_deref().unwrap_or("");
        Offered { token: offer.seal(key), survey: survey.localized(locale, variant, question, &self.live.site), withhold }
    }

    fn facts(&self) -> Facts {
        let ask = self.ask;
        let mut facts = match &ask.page {
            Some(page) => Facts::from_page(&page.url, Some(&page.referrer)),
            None => Facts::new(),
        };
        let mut set = |field: &str, value: serde_json::Value| {
            facts.set(field, value);
        };
        if let Some(device) = ask.device.as_deref() {
            set("device", device.into());
        }
        if let Some(locale) = ask.locale.as_deref() {
            set("locale", locale.into());
        }
        set("country", json!(self.sender.country));
        if let Some(visits) = ask.visits {
            set("visitor.visits", visits.into());
            set("visitor.new", (visits <= 1).into());
        }
        if let Some(first) = ask.first_seen {
            set("visitor.days_since_first", ((self.now - first).max(0) / DAY).into());
        }
        if let Some(pages) = ask.pages {
            set("session.pages", pages.into());
        }
        if let Some(cart) = &ask.cart {
            set("cart.value", json!(cart.value));
            set("cart.items", json!(cart.items.as_ref().map(|i| i.count())));
            if let Some(ids) = cart.items.as_ref().and_then(|i| i.ids()) {
                set("cart.product_ids", json!(ids));
            }
        }
        if let Some(order) = &ask.order {
            set("order.value", json!(order.value));
            set("order.number", json!(order.number));
            set("order.new_customer", json!(order.new_customer));
            if let Some(ids) = order.items.as_ref().and_then(|i| i.ids()) {
                set("order.product_ids", json!(ids));
            }
        }
        facts.close("customer");
        match &self.person {
            Some(person) => facts.extend(customer_facts(person)),
            // That nobody is known is knowledge, too.
            None => facts.set("customer.known", false),
        };
        facts
    }
}
