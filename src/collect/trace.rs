//! Why a survey is or is not offered: every gate of it, in words. Made only for whoever asks, from the rules that decide.

use serde::Serialize;

use super::catalog::{LiveSite, LiveSurvey};
use super::decide::{Denied, Sender, Visit, turn};
use super::histories::{self, History, LONGEST};
use super::offer::visitor_hash;
use super::wire::Ask;
use crate::clock::Millis;
use crate::domain::denial::Reason;
use crate::domain::gates::{self, Explained};
use crate::domain::schedule::local_day;
use crate::store::impressions::{self, Impression};
use crate::store::surveys::Revision;
use crate::store::{Db, StoreError, customers};

/// The gates of one survey, in the order in which they are asked.
#[derive(Serialize)]
pub struct Traced {
    pub survey: String,
    pub gates: Vec<Explained>,
}

/// Of a decision that was just made.
pub(super) fn of(visit: &Visit<'_>, history: &History, denied: &[Denied]) -> Vec<Traced> {
    let outranked = |key: &str| denied.iter().any(|d| d.survey == key && d.reason == Reason::Outranked);
    let known = |key: &str| denied.iter().any(|d| d.survey == key && d.reason == Reason::NothingToAsk);
    let gates = |key: &str| match visit.live.surveys.iter().find(|s| s.revision.document.key == key) {
        Some(survey) => {
            let mut told = told(visit, survey, history, outranked(key), gates::live(Some(survey.revision.number), ""));
            told.extend(survey.revision.document.stream.then(|| gates::stream(!known(key))));
            told
        }
        None => vec![gates::live(None, "no survey of this name is live")],
    };
    visit.ask.candidates.iter().map(|key| Traced { survey: key.to_string(), gates: gates(key) }).collect()
}

fn told(visit: &Visit<'_>, survey: &LiveSurvey, history: &History, outranked: bool, first: Explained) -> Vec<Explained> {
    std::iter::once(first).chain(visit.case(survey).explain(&history.shows, &history.mails, outranked)).collect()
}

/// What "why didn't it show?" needs to know.
pub struct Why {
    pub gates: Vec<Explained>,
    /// What this visitor was shown of all surveys in this browser, newest first.
    pub history: Vec<Impression>,
}

/// The gates of any revision, live or not, for one visitor. `not_live` says why it is not, if so.
///
/// # Errors
/// The database cannot be read.
pub async fn why(
    db: &Db,
    live: &LiveSite,
    revision: Revision,
    not_live: Option<&str>,
    ask: &Ask<'_>,
    now: Millis,
) -> Result<Why, StoreError> {
    let sender = Sender { user_agent: "", gpc: false, country: None };
    let survey = LiveSurvey::new(revision);
    if survey.revision.document.quota.is_some() {
        survey.count(db, live.site.id, local_day(now, &live.zone)).await?;
    }
    let visitor = visitor_hash(live.site.id, &ask.visitor);
    let history = impressions::of_visitor(db, live.site.id, visitor, LONGEST).await?;
    let known = histories::alone(db, live.site.id, visitor, None, now - live.site.settings.caps.budget_ms).await?;
    let person = customers::of_visitor(db, live.site.id, visitor).await?;
    let visit = Visit::new(live, ask, &sender, person, now);
    let first = gates::live(not_live.is_none().then_some(survey.revision.number), not_live.unwrap_or_default());
    let trigger = survey.revision.document.trigger.type_name();
    let outranked = live.surveys.iter().any(|other| {
        other.revision.document.trigger.type_name() == trigger
            && turn(other, &known.shows) < turn(&survey, &known.shows)
            && visit.case(other).admits().is_ok()
            && visit.case(other).rested(&known.shows, &known.mails).is_ok()
    });
    let gates = told(&visit, &survey, &known, outranked, first);
    Ok(Why { gates, history })
}
