//! Who asks for which survey, and whether it may be seen.

use uuid::Uuid;

use super::{Arrival, Host, NoPage, Visit};
use crate::clock::Millis;
use crate::collect::catalog::{LiveSite, LiveSurvey};
use crate::collect::histories::STREAM;
use crate::collect::offer::Offer;
use crate::domain::answer::from_stored;
use crate::domain::branching::Answers;
use crate::domain::facts::Facts;
use crate::domain::schedule::Window;
use crate::domain::survey::{Edition, Kind, Survey, locale_of};
use crate::domain::{sample, stream};
use crate::flows::{Reader, SurveyLink};
use crate::id::{uuid7, uuid7_of};
use crate::keys::Key;
use crate::store::impressions::{self, Impression};
use crate::store::surveys::Revision;
use crate::store::{StoreError, customers, responses, sites, streams};

impl Visit {
    /// Reads; writes nothing.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn open(host: &Host<'_>, arrival: &Arrival<'_>) -> Result<Result<Self, NoPage>, StoreError> {
        let Some(link) = SurveyLink::open(arrival.token, host.link) else { return Ok(Err(NoPage::Broken)) };
        let Some(site) = sites::by_id(host.db, link.site).await? else { return Ok(Err(NoPage::Broken)) };
        let Some(live) = host.catalog.site(&site.key).await? else { return Ok(Err(NoPage::Broken)) };
        let Some(survey) = live.surveys.iter().find(|survey| survey.revision.survey == link.survey) else {
            return Ok(Err(NoPage::Closed));
        };
        let reader = match link.message {
            Some(message) => match Reader::of(host.db, &live.site, message).await? {
                Some(reader) => Some(reader),
                None => return Ok(Err(NoPage::Broken)),
            },
            None => None,
        };
        let carried = arrival.offer.and_then(|token| Offer::open(token, &host.keys.offer).ok());
        let carried = carried.filter(|offer| offer.hosted && (offer.site, offer.survey) == (link.site, link.survey));
        let (id, visitor) = match (&reader, link.message, &carried) {
            (Some(reader), Some(message), _) => ids(&host.keys.offer, &link, message, reader.written_at),
            (_, _, Some(offer)) => (offer.id, offer.visitor),
            _ => (uuid7(arrival.now), uuid7(arrival.now)),
        };
        let carried = carried.filter(|offer| offer.id == id);
        let stored = match (&reader, &carried) {
            // Nobody has answered an offer that is made this moment.
            (None, None) => None,
            _ => impressions::by_id(host.db, link.site, id).await?,
        };
        if let Some(no) = closed(survey, &live, stored.is_some(), arrival.now) {
            return Ok(Err(no));
        }
        let fresh = reader.is_none() && carried.is_none();
        let offer = match (&stored, carried) {
            (Some(stored), _) => resumed(stored, host, &live).await?,
            (None, Some(offer)) => Some(offer),
            (None, None) => None,
        };
        let offer = match offer {
            Some(offer) => offer,
            None => first(host, survey, &link, reader.as_ref(), (id, visitor), arrival.now).await?,
        };
        let Some(revision) = host.catalog.revision(&live, offer.survey, offer.revision).await? else {
            return Ok(Err(NoPage::Closed));
        };
        let own = reader.as_ref().and_then(|reader| reader.customer.locale.as_deref());
        let wanted = arrival.lang.into_iter().chain(own).chain(arrival.accepted.iter().copied());
        let locale = locale_of(&revision.document, wanted);
        let variant = offer.variant.and_then(|n| revision.document.variants.get(usize::from(n))).map(|v| v.key.as_str());
        let whole = Edition::new(&revision.document, &locale, variant, None);
        let mut edition = Edition::new(&revision.document, &locale, variant, offer.question.map(usize::from));
        edition.survey.theme = edition.survey.theme.or(&live.site.settings.theme);
        let answers = match stored {
            Some(_) => answers(host, &live, id, &whole.survey).await?,
            None => Answers::new(),
        };
        Ok(Ok(Self {
            completed: stored.as_ref().is_some_and(|stored| stored.completed_at.is_some()),
            seen: stored.is_some(),
            whole: Revision { survey: revision.survey, number: revision.number, document: whole.survey },
            fresh,
            live,
            offer,
            edition,
            reader,
            message: link.message,
            answers,
        }))
    }
}

/// The one impression of a mail, and the visitor that stands for its reader: the same however often the link is opened.
fn ids(key: &Key, link: &SurveyLink, message: Uuid, written_at: Millis) -> (Uuid, Uuid) {
    let id = |purpose: &[u8]| {
        let parts = [purpose, &link.site.0.to_be_bytes(), &link.survey.0.to_be_bytes(), message.as_bytes()];
        let tag = key.sign(&parts.concat());
        uuid7_of(written_at, std::array::from_fn(|at| tag[at]))
    };
    (id(b"hosted impression"), id(b"hosted visitor"))
}

/// Whoever has begun may end, even if enough others have answered meanwhile.
fn closed(survey: &LiveSurvey, live: &LiveSite, begun: bool, now: Millis) -> Option<NoPage> {
    let document = &survey.revision.document;
    let open = document.schedule.as_ref().is_none_or(|schedule| schedule.at(now, &live.zone) == Window::Open);
    let full = document.quota.as_ref().is_some_and(|quota| quota.is_full(survey.answered()));
    (!open || (full && !begun)).then_some(NoPage::Closed)
}

/// The offer that a stored impression was made of.
async fn resumed(stored: &Impression, host: &Host<'_>, live: &LiveSite) -> Result<Option<Offer>, StoreError> {
    let Some(revision) = host.catalog.revision(live, stored.survey_id, stored.revision).await? else { return Ok(None) };
    let document = &revision.document;
    let small = |at: usize| u8::try_from(at).ok();
    let variant = stored.variant.as_ref().and_then(|key| document.variants.iter().position(|variant| variant.key == *key));
    let question = stored.question.as_ref().and_then(|key| document.questions.iter().position(|q| q.key == *key));
    Ok(Some(Offer {
        site: stored.site_id,
        survey: stored.survey_id,
        revision: stored.revision,
        variant: variant.and_then(small),
        question: question.and_then(small),
        id: stored.id,
        visitor: stored.visitor,
        withhold: false,
        manual: stored.manual,
        hosted: true,
        order: stored.order_id.clone(),
    }))
}

/// The offer of a first look.
async fn first(
    host: &Host<'_>,
    survey: &LiveSurvey,
    link: &SurveyLink,
    reader: Option<&Reader>,
    (id, visitor): (Uuid, Uuid),
    now: Millis,
) -> Result<Offer, StoreError> {
    let document = &survey.revision.document;
    let weights: Vec<f64> = document.variants.iter().map(|variant| variant.weight).collect();
    let question = match document.stream {
        true => Some(question(host, document, link, reader, now).await?),
        false => None,
    };
    let order = reader.and_then(|reader| reader.order.as_ref()).filter(|_| document.kind == Kind::PostPurchase);
    Ok(Offer {
        site: link.site,
        survey: link.survey,
        revision: survey.revision.number,
        variant: sample::arm(&visitor.simple().to_string(), &document.key, &weights).and_then(|n| u8::try_from(n).ok()),
        question,
        id,
        visitor,
        withhold: false,
        manual: false,
        hosted: true,
        order: order.map(|order| order.id.clone()),
    })
}

/// A stream's question for this reader. Whoever follows the link although nothing is left is asked the first again.
async fn question(
    host: &Host<'_>,
    document: &Survey,
    link: &SurveyLink,
    reader: Option<&Reader>,
    now: Millis,
) -> Result<u8, StoreError> {
    let (facts, past) = match reader {
        Some(reader) => {
            let visitors = customers::visitors_of(host.db, link.site, reader.customer.id).await?;
            (reader.facts(), streams::past(host.db, link.site, link.survey, visitors, STREAM).await?)
        }
        None => (Facts::new(), Vec::new()),
    };
    let next = stream::question(document, &past, &facts, now).or_else(|| stream::question(document, &[], &Facts::new(), now));
    // A survey has fifty questions at most, and a stream one that can be asked.
    Ok(next.and_then(|at| u8::try_from(at).ok()).unwrap_or(0))
}

async fn answers(host: &Host<'_>, live: &LiveSite, id: Uuid, survey: &Survey) -> Result<Answers, StoreError> {
    let items = responses::answers(host.db, live.site.id, vec![id]).await?;
    let answered = survey.questions.iter().filter_map(|question| {
        let own = items.iter().filter(|item| item.question == question.key);
        let rows: Vec<(&str, Option<&str>)> = own.map(|item| (item.item.as_str(), item.body.as_deref())).collect();
        if rows.is_empty() { None } else { Some((question.key.clone(), from_stored(question, &rows)?)) }
    });
    Ok(answered.collect())
}
