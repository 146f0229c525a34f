//! Which surveys may this visitor see? The order of the questions is the order in which a refusal is reported.
//!
//! A read: what was offered is remembered only once it is shown, by the token.

use std::cell::OnceCell;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::catalog::{LiveSite, LiveSurvey};
use super::histories::Histories;
use super::offer::{Offer, session_hash, visitor_hash};
use super::wire::Ask;
use crate::clock::{DAY, Millis};
use crate::domain::denial::{Denial, Reason};
use crate::domain::facts::Facts;
use crate::domain::frequency::{self, Exposure};
use crate::domain::schedule::Window;
use crate::domain::survey::Kind;
use crate::domain::targeting::{self, Verdict};
use crate::domain::{privacy, sample};
use crate::id::uuid7;
use crate::keys::Key;
use crate::store::StoreError;

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
    key: &Key,
    live: &LiveSite,
    ask: &Ask<'_>,
    sender: &Sender<'_>,
    now: Millis,
) -> Result<Decision, StoreError> {
    let visitor = visitor_hash(live.site.id, &ask.visitor);
    let session = session_hash(live.site.id, &ask.session);
    let visit = Visit { live, ask, sender, now, session, facts: OnceCell::new() };
    let mut denied = Vec::new();
    let mut deny = |survey: &str, denial: Denial| {
        denied.push(Denied { survey: survey.to_owned(), reason: denial.reason, until: denial.until });
    };
    // The cheap questions first: most candidates of most page views fall here, without a look at the database.
    let mut open = Vec::new();
    for candidate in &ask.candidates {
        let found = live.surveys.iter().find(|s| s.revision.document.key == *candidate);
        match found.ok_or_else(|| Reason::NotLive.into()).and_then(|survey| visit.admits(survey).map(|()| survey)) {
            Ok(survey) => open.push(survey),
            Err(denial) => deny(candidate, denial),
        }
    }
    if open.is_empty() {
        return Ok(Decision { offers: Vec::new(), denied });
    }
    let exposures = histories.of(live.site.id, visitor).await?;
    open.retain(|survey| match visit.rested(survey, &exposures) {
        Ok(()) => true,
        Err(denial) => {
            deny(&survey.revision.document.key, denial);
            false
        }
    });
    // The highest priority, then the one asked longest ago, then the oldest survey: at most one for each trigger.
    let last_asked = |s: &LiveSurvey| exposures.iter().filter(|e| e.survey == s.revision.survey.0).map(|e| e.shown_at).max();
    open.sort_by_key(|s| (-s.revision.document.priority, last_asked(s), s.revision.survey));
    let mut taken = Vec::new();
    let mut offers = Vec::new();
    for survey in open {
        let document = &survey.revision.document;
        let trigger = document.trigger.type_name();
        if !ask.manual && taken.contains(&trigger) {
            deny(&document.key, Reason::Outranked.into());
            continue;
        }
        taken.push(trigger);
        offers.push(visit.offer(survey, visitor, key));
    }
    Ok(Decision { offers, denied })
}

/// One visitor's question at one moment.
struct Visit<'a> {
    live: &'a LiveSite,
    ask: &'a Ask<'a>,
    sender: &'a Sender<'a>,
    now: Millis,
    session: i64,
    /// Made when the first survey has targeting.
    facts: OnceCell<Facts>,
}

impl Visit<'_> {
    /// Everything that needs no history: schedule, quota, privacy, targeting, sampling.
    fn admits(&self, survey: &LiveSurvey) -> Result<(), Denial> {
        let document = &survey.revision.document;
        let window = document.schedule.as_ref().map_or(Window::Open, |s| s.at(self.now, &self.live.zone));
        match window {
            Window::Open => {}
            Window::Opens(at) => return Err(Denial { until: Some(at), ..Reason::OutOfSchedule.into() }),
            Window::Over => return Err(Reason::OutOfSchedule.into()),
        }
        if survey.is_full() {
            return Err(Reason::QuotaReached.into());
        }
        if self.live.site.settings.respect_gpc && (self.ask.gpc || self.sender.gpc) {
            return Err(Reason::Privacy.into());
        }
        if privacy::is_bot(self.sender.user_agent) {
            return Err(Reason::Bot.into());
        }
        if self.ask.manual {
            return Ok(());
        }
        if let Some(rule) = &document.targeting
            // What the server cannot know the page has checked.
            && targeting::evaluate(rule, self.facts.get_or_init(|| self.facts())) == Verdict::No
        {
            return Err(Reason::NotTargeted.into());
        }
        if !sample::in_sample(&self.ask.visitor, &document.key, document.sample) {
            return Err(Reason::NotSampled.into());
        }
        Ok(())
    }

    fn rested(&self, survey: &LiveSurvey, history: &[Exposure]) -> Result<(), Denial> {
        if self.ask.manual {
            return Ok(());
        }
        let document = &survey.revision.document;
        let ask = frequency::Ask {
            survey: survey.revision.survey.0,
            kind: document.kind,
            rules: &document.frequency,
            session: self.session,
            order: self.ask.order.as_ref().map(|o| o.id.as_str()),
            now: self.now,
        };
        frequency::check(&self.live.site.settings.caps, &ask, history)
    }

    fn offer(&self, survey: &LiveSurvey, visitor: uuid::Uuid, key: &Key) -> Offered {
        let document = &survey.revision.document;
        let withhold = !self.ask.manual && sample::in_holdout(&self.ask.visitor, &document.key, document.holdout);
        let weights: Vec<f64> = document.variants.iter().map(|v| v.weight).collect();
        let variant = sample::arm(&self.ask.visitor, &document.key, &weights).and_then(|n| u8::try_from(n).ok());
        let order = self.ask.order.as_ref().filter(|_| document.kind == Kind::PostPurchase);
        let offer = Offer {
            site: self.live.site.id,
            survey: survey.revision.survey,
            revision: survey.revision.number,
            variant,
            id: uuid7(self.now),
            visitor,
            withhold,
            manual: self.ask.manual,
            order: order.and_then(|o| super::clean::text(&o.id, 128)),
        };
        let locale = self.ask.locale.as_deref().unwrap_or("");
        Offered { token: offer.seal(key), survey: survey.localized(locale, variant, &self.live.site), withhold }
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
        // Nobody is known here yet; that is knowledge, too.
        facts.set("customer.known", false);
        facts.close("customer");
        facts
    }
}
