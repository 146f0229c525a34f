//! Checked submissions → rows and roll-ups, in the caller's one transaction. Impressions, with what was answered in them, and
//! roll-ups take a handful of statements however many submissions there are; rarer things take one each.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::merge::State;
use super::submission::{Fault, Report, Submission, Touch, What};
use crate::clock::Millis;
use crate::commerce::{self, What as Told};
use crate::flows;
use crate::id::SiteId;
use crate::outbound::{self, Event, What as Happened};
use crate::store::impressions::Impression;
use crate::store::rollups::{self, Counter};
use crate::store::sites::Site;
use crate::store::widget_errors::Count;
use crate::store::{self, StoreError, Tx, custom_events, impressions, listeners, widget_errors};

/// How the batch takes impressions that were shown just now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As new, without a look, as they nearly always are: one statement less. One that was stored before is [`StoreError::Overtaken`].
    New,
    /// As any other: they may have been stored before.
    Any,
}

/// Different messages of one site and day that are told apart.
const MOST_MESSAGES: usize = 50;

pub async fn apply(tx: &mut Tx, submissions: &[Submission], shown: Shown) -> Result<(), StoreError> {
    // Ordered by the row they are about, so that concurrent writers meet rows in the same order; so are the impressions below.
    let mut reports: Vec<_> = submissions.iter().flat_map(|s| s.reports.iter().map(move |r| (s, r))).collect();
    reports.sort_by_key(|(from, report)| (from.site, row(from.visitor, &report.what)));
    let mut sites = BTreeMap::new();
    let mut faults = Vec::new();
    for (from, report) in reports {
        match &report.what {
            What::Fault(fault) => faults.push((from.site, report.at, fault)),
            _ => store_report(tx, &mut sites, from, report).await?,
        }
    }
    store_faults(tx, faults).await?;
    let mut touched: BTreeMap<(SiteId, Uuid), Vec<&Touch>> = BTreeMap::new();
    for touch in submissions.iter().flat_map(|s| &s.touches) {
        touched.entry((touch.offer.site, touch.offer.id)).or_default().push(touch);
    }
    if touched.is_empty() {
        return Ok(());
    }

    let mut changes = BTreeMap::new();
    let mut news: BTreeMap<SiteId, News> = BTreeMap::new();
    change_known(tx, shown, &mut touched, &mut changes, &mut news).await?;
    let mut new = Vec::with_capacity(touched.len());
    for touches in touched.values() {
        let mut state = State::new(touches[0]);
        touches[1..].iter().for_each(|touch| state.apply(touch));
        count(&mut changes, &state, touches[0].day, 1);
        note(&mut news, None, &state.impression);
        new.push(state.into_row());
    }
    if !new.is_empty() && !impressions::insert(tx, &new).await? {
        return Err(StoreError::Overtaken);
    }
    if let Some(now) = submissions.iter().map(|s| s.now).max() {
        for (site, News { completed, events }) in news {
            let listeners = listeners::of_answers(&mut *tx, site).await?;
            if listeners.flows {
                flows::announce_responses(tx, site, completed, now).await?;
            }
            if listeners.endpoints {
                outbound::emit_all(tx, site, &events, now).await?;
            }
        }
    }
    // Last, because on Postgres every writer meets here: the rows stay locked only until the commit that follows.
    rollups::add(tx, &changes).await
}

/// What follows from answers once they are stored.
#[derive(Default)]
struct News {
    /// Responses, for the flows.
    completed: Vec<Uuid>,
    /// For other services.
    events: Vec<Event>,
}

/// Notes that somebody began to answer or came to the end.
fn note(news: &mut BTreeMap<SiteId, News>, before: Option<&Impression>, after: &Impression) {
    let (response, visitor) = (after.id, Some(after.visitor));
    let begun = |i: &Impression| i.answered_at.is_some() || i.completed_at.is_some();
    if begun(after) && !before.is_some_and(begun) {
        let what = Happened::ResponseCreated { response };
        news.entry(after.site_id).or_default().events.push(Event { what, customer: None, visitor });
    }
    if after.completed_at.is_some() && before.is_none_or(|before| before.completed_at.is_none()) {
        let news = news.entry(after.site_id).or_default();
        news.completed.push(response);
        let what = Happened::ResponseCompleted { response };
        news.events.push(Event { what, customer: None, visitor });
    }
}

/// Stores what happened to impressions that are there already, and takes it out of `touched`; notes what is news about them.
async fn change_known(
    tx: &mut Tx,
    shown: Shown,
    touched: &mut BTreeMap<(SiteId, Uuid), Vec<&Touch>>,
    changes: &mut BTreeMap<Counter, i64>,
    news: &mut BTreeMap<SiteId, News>,
) -> Result<(), StoreError> {
    let mut by_site: BTreeMap<SiteId, Vec<Uuid>> = BTreeMap::new();
    for ((site, id), touches) in &*touched {
        if shown == Shown::Any || touches.iter().all(|touch| touch.fired_at.is_none()) {
            by_site.entry(*site).or_default().push(*id);
        }
    }
    let mut changed = Vec::new();
    for (site, ids) in by_site {
        for impression in impressions::lock(tx, site, ids).await? {
            let Some(touches) = touched.remove(&(site, impression.id)) else { continue };
            let before = State::stored(impression.clone())?;
            let mut after = before.clone();
            touches.iter().for_each(|touch| after.apply(touch));
            count(changes, &before, touches[0].day, -1);
            count(changes, &after, touches[0].day, 1);
            note(news, Some(&before.impression), &after.impression);
            let row = after.into_row();
            if row != impression {
                changed.push(row);
            }
        }
    }
    if !changed.is_empty() {
        impressions::update(tx, &changed).await?;
    }
    Ok(())
}

fn count(changes: &mut BTreeMap<Counter, i64>, state: &State, day: i32, by: i64) {
    let i = &state.impression;
    for (question, item) in state.counted() {
        let counter = Counter { site: i.site_id, survey: i.survey_id, day, question: question.to_owned(), item: item.to_owned() };
        *changes.entry(counter).or_default() += by;
    }
}

/// Which row a report is about: its kind and its key.
fn row(visitor: Uuid, what: &What) -> (u8, &str, Uuid) {
    match what {
        What::Told(_, Told::Person { .. }) => (0, "", visitor),
        What::Told(_, Told::Cart(cart)) => (1, &cart.token, Uuid::nil()),
        What::Told(_, Told::Order(order)) => (2, &order.id, Uuid::nil()),
        What::Told(_, Told::OrderEnd(end)) => (2, &end.id, Uuid::nil()),
        What::Told(_, Told::Refunds(refunds)) => (2, &refunds.order, Uuid::nil()),
        What::Custom { id, .. } => (3, "", *id),
        What::Fault(fault) => (4, &fault.message, Uuid::nil()),
    }
}

/// `sites`: those that were looked up for the reports before.
async fn store_report(
    tx: &mut Tx,
    sites: &mut BTreeMap<SiteId, Site>,
    from: &Submission,
    report: &Report,
) -> Result<(), StoreError> {
    match &report.what {
        What::Told(source, told) => {
            if let Entry::Vacant(room) = sites.entry(from.site) {
                // A site that is gone takes its shoppers' business with it.
                let Some(site) = store::sites::by_id(&mut *tx, from.site).await? else { return Ok(()) };
                room.insert(site);
            }
            let heard = commerce::Report { source: *source, visitor: Some(from.visitor), at: report.at, what: told.clone() };
            commerce::apply(tx, &sites[&from.site], &heard, from.now).await
        }
        What::Custom { id, name, properties } => {
            custom_events::put(tx, from.site, *id, from.visitor, name, properties, report.at).await
        }
        // Counted together, after the others.
        What::Fault(_) => Ok(()),
    }
}

/// Counts what went wrong on pages. A broken page may say something new each time: past [`MOST_MESSAGES`] a day all else is one.
async fn store_faults(tx: &mut Tx, faults: Vec<(SiteId, Millis, &Fault)>) -> Result<(), StoreError> {
    let mut known: BTreeMap<(SiteId, i32), BTreeSet<String>> = BTreeMap::new();
    let mut counts: BTreeMap<(SiteId, i32, String), Count> = BTreeMap::new();
    for (site, at, fault) in faults {
        let messages = match known.entry((site, fault.day)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(widget_errors::messages(&mut *tx, site, fault.day).await?.into_iter().collect()),
        };
        let message = match messages.contains(&fault.message) || messages.len() < MOST_MESSAGES {
            true => fault.message.clone(),
            false => widget_errors::OTHER.to_owned(),
        };
        messages.insert(message.clone());
        let count = counts.entry((site, fault.day, message)).or_default();
        count.n += 1;
        count.last_at = count.last_at.max(at);
        count.place = fault.place.clone().or(count.place.take());
        count.page = fault.page.clone().or(count.page.take());
    }
    match counts.is_empty() {
        true => Ok(()),
        false => widget_errors::add(tx, &counts).await,
    }
}
