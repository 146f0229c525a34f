//! Checked submissions → rows and roll-ups, in one transaction. Impressions, with what was answered in them, roll-ups and what follows
//! go to the database at one go however many submissions there are; rarer things take a statement each.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::state::State;
use super::submission::{Fault, Report, Submission, Touch, What};
use crate::clock::Millis;
use crate::commerce::{self, What as Told};
use crate::flows;
use crate::id::SiteId;
use crate::outbound::{self, Event, What as Happened};
use crate::store::impressions::Impression;
use crate::store::rollups::{self, Changes};
use crate::store::sites::Site;
use crate::store::widget_errors::Count;
use crate::store::{self, StoreError, Tx, Work, Writer, custom_events, endpoints, impressions, widget_errors};

/// How the batch takes impressions that were shown just now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As new, without a look, as they nearly always are. One that was stored before is [`StoreError::Duplicate`].
    New,
    /// As any other: they may have been stored before.
    Any,
}

/// Different messages of one site and day that are told apart.
const MOST_MESSAGES: usize = 50;

/// Stores them all, or none.
///
/// # Errors
/// [`StoreError::Duplicate`], if an impression that was taken for new is there.
pub async fn apply(writer: &mut Writer, submissions: &[Submission], shown: Shown) -> Result<(), StoreError> {
    let mut work = Work::new(writer);
    store_reports(&mut work, submissions).await?;
    let mut touched: Touched = BTreeMap::new();
    for touch in submissions.iter().flat_map(|submission| &submission.touches) {
        let impression = &touch.state.impression;
        touched.entry((impression.site_id, impression.id)).or_default().push(touch);
    }
    let known = change_known(&mut work, shown, &mut touched).await?;
    let new: Vec<(Cow<State>, i32)> = touched.values().map(|touches| (begun(touches), touches[0].day)).collect();

    let listened: BTreeSet<_> = submissions.iter().filter(|s| s.listened).map(|s| s.site).collect();
    let (mut changes, mut news) = (Changes::new(), BTreeMap::new());
    for Known { before, after, day } in &known {
        count(&mut changes, before, *day, -1);
        count(&mut changes, after, *day, 1);
        if listened.contains(&after.impression.site_id) {
            note(&mut news, Some(&before.impression), &after.impression);
        }
    }
    for (state, day) in &new {
        count(&mut changes, state, *day, 1);
        if listened.contains(&state.impression.site_id) {
            note(&mut news, None, &state.impression);
        }
    }
    impressions::insert(&mut work.writes, new.iter().map(|(state, _)| &state.impression));
    if let Some(now) = submissions.iter().map(|s| s.now).max() {
        tell(&mut work, news, now).await?;
    }
    // Last, because on Postgres every writer meets here: the rows stay locked only until the commit that follows.
    rollups::add(&mut work.writes, changes);
    work.commit().await
}

/// What happened to each impression.
type Touched<'a> = BTreeMap<(SiteId, Uuid), Vec<&'a Touch>>;

/// The state of an impression of which nothing is stored; nearly always that of a single touch.
fn begun<'a>(touches: &[&'a Touch]) -> Cow<'a, State> {
    let mut state = Cow::Borrowed(&touches[0].state);
    for touch in &touches[1..] {
        state.to_mut().merge(&touch.state);
    }
    if let Cow::Owned(merged) = &mut state {
        merged.settle();
    }
    state
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

/// Tells flows and endpoints, where there are any.
async fn tell(work: &mut Work<'_>, news: BTreeMap<SiteId, News>, now: Millis) -> Result<(), StoreError> {
    for (site, News { completed, events }) in news {
        if flows::hears_responses(work.tx().await?, site).await? {
            flows::announce_responses(&mut work.writes, site, completed, now);
        }
        let listening = endpoints::listening(work.tx().await?, site).await?;
        outbound::emit_all(&mut work.writes, site, &listening, &events, now);
    }
    Ok(())
}

/// An impression that was there already.
struct Known {
    before: State,
    after: State,
    day: i32,
}

/// Stores what happened to impressions that are there already, and takes it out of `touched`.
async fn change_known(work: &mut Work<'_>, shown: Shown, touched: &mut Touched<'_>) -> Result<Vec<Known>, StoreError> {
    let mut by_site: BTreeMap<SiteId, Vec<Uuid>> = BTreeMap::new();
    for ((site, id), touches) in &*touched {
        if shown == Shown::Any || touches.iter().all(|touch| !touch.fired) {
            by_site.entry(*site).or_default().push(*id);
        }
    }
    let mut known = Vec::new();
    for (site, ids) in by_site {
        for impression in impressions::lock(work.tx().await?, site, ids).await? {
            let Some(touches) = touched.remove(&(site, impression.id)) else { continue };
            let before = State::stored(impression)?;
            let mut after = before.clone();
            touches.iter().for_each(|touch| after.merge(&touch.state));
            after.settle();
            known.push(Known { before, after, day: touches[0].day });
        }
    }
    let changed = known.iter().filter(|known| known.before.impression != known.after.impression);
    impressions::update(&mut work.writes, changed.map(|known| &known.after.impression));
    Ok(known)
}

fn count<'a>(changes: &mut Changes<'a>, state: &'a State, day: i32, by: i64) {
    let i = &state.impression;
    for (question, item) in state.counted() {
        *changes.entry((i.site_id, i.survey_id, day, question, item)).or_default() += by;
    }
}

/// Carts, orders, people and what went wrong on pages.
async fn store_reports(work: &mut Work<'_>, submissions: &[Submission]) -> Result<(), StoreError> {
    // Ordered by the row they are about, so that concurrent writers meet rows in the same order; so are the impressions.
    let mut reports: Vec<_> = submissions.iter().flat_map(|s| s.reports.iter().map(move |r| (s, r))).collect();
    reports.sort_by_key(|(from, report)| (from.site, row(from.visitor, &report.what)));
    let mut sites = BTreeMap::new();
    let mut faults = Vec::new();
    for (from, report) in reports {
        match &report.what {
            What::Fault(fault) => faults.push((from.site, report.at, fault)),
            _ => store_report(work.tx().await?, &mut sites, from, report).await?,
        }
    }
    match faults.is_empty() {
        true => Ok(()),
        false => store_faults(work.tx().await?, faults).await,
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
    widget_errors::add(tx, &counts).await
}
