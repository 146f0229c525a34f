//! `/admin/{site}/flows/{id}`: what a follow-up does, and what came of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::notes::{Note, notes};
use super::parts::Parts;
use super::results::{ResultsView, WalkerView, step_line};
use super::{Documents, FlowAccess, words};
use crate::boot::App;
use crate::domain::flow::{Flow, MailRules, Step};
use crate::domain::schedule::{day_range, local_day};
use crate::insight::flows::{FlowResults, StepResults, results};
use crate::insight::results::Period;
use crate::manage;
use crate::store::flow_results;
use crate::store::flows::{self, Entry, Revision};
use crate::store::surveys::Status;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

/// Ready-made periods, in days.
const PRESETS: [i32; 3] = [7, 30, 90];
/// People on the page.
const SHOWN: i64 = 20;

#[derive(Template)]
#[template(path = "admin/flows/show.html")]
struct ShowPage {
    page: Page,
    key: String,
    entry: Entry,
    label: &'static str,
    is_ahead: bool,
    notice: Option<&'static str>,
    /// What keeps the draft from being published.
    missing: Vec<String>,
    notes: Vec<Note>,
    /// `None`: an older version of the program saved it.
    story: Option<Story>,
    period: PeriodView,
    has_data: bool,
    results: ResultsView,
    walkers: Vec<WalkerView>,
}

/// What it does, in sentences.
struct Story {
    begins: String,
    conditions: Vec<String>,
    any: bool,
    steps: Vec<StepStory>,
    rest: Vec<String>,
    /// To whom what happens, and to whom not.
    promise: String,
}

struct StepStory {
    sentence: String,
    conditions: Vec<String>,
    any: bool,
    /// What became of it in the period.
    numbers: String,
}

struct PeriodView {
    from: String,
    until: String,
    today: String,
    /// Days, and whether it is the one that is shown.
    presets: [(i32, bool); 3],
}

#[derive(Deserialize)]
pub struct Wanted {
    days: Option<String>,
    from: Option<String>,
    until: Option<String>,
    done: Option<String>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    FlowAccess { site: access, entry }: FlowAccess,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let today = local_day(now, &zone);
    let period = match wanted.days.as_deref().and_then(|days| days.parse().ok()).filter(|days| PRESETS.contains(days)) {
        Some(days) => Period::last(days, today),
        None => Period::parse(wanted.from.as_deref(), wanted.until.as_deref(), today),
    };
    let entered = day_range(period.from, &zone).start..day_range(period.until, &zone).end;
    let documents = Documents::load(&app.db, &access, &entry).await?;
    let parts = Parts::load(&app.db, site, now).await?;
    let revisions = flows::revisions(&app.db, site.id, entry.id).await?;
    let holdouts = revisions.iter().map(|revision| (revision.number, revision.document.holdout)).collect();
    let found = results(&app.db, site, entry.id, &holdouts, entered).await?;
    let walkers = flow_results::latest(&app.db, site.id, entry.id, SHOWN).await?;
    let mut missing = Vec::new();
    if let Some(draft) = documents.draft.as_ref().filter(|_| entry.status == Status::Draft || documents.is_ahead()) {
        let mut tx = app.db.begin().await?;
        let all = manage::flows::missing(&mut tx, site.id, draft).await?;
        tx.rollback().await?;
        missing = all.iter().map(super::publish::sentence_of).collect();
    }
    let shown = documents.shown();
    render(ShowPage {
        page: access.page(Tab::Flows),
        key: site.key.clone(),
        label: words::status_label(entry.status),
        is_ahead: documents.is_ahead(),
        notice: wanted.done.as_deref().and_then(notice),
        missing,
        notes: shown.map(|flow| notes(flow, &parts, &app.sender.transport)).unwrap_or_default(),
        story: shown.map(|flow| Story::new(flow, &parts, &steps_of(flow, &revisions, &found), &site.settings.mail)),
        period: PeriodView {
            from: period.first(),
            until: period.last_day(),
            today: Period::last(1, today).first(),
            presets: PRESETS.map(|days| (days, period == Period::last(days, today))),
        },
        has_data: found.entered + found.withheld > 0,
        results: ResultsView::new(&found, &site.currency),
        walkers: walkers.into_iter().map(|walker| WalkerView::new(walker, &zone)).collect(),
        entry,
    })
}

/// What became of each step, in all revisions that have the same steps.
fn steps_of(flow: &Flow, revisions: &[Revision], found: &FlowResults) -> Vec<StepResults> {
    let mut steps = vec![StepResults::default(); flow.steps.len()];
    let alike = |number: i64| revisions.iter().any(|known| known.number == number && known.document.steps == flow.steps);
    for ((number, at), results) in &found.steps {
        if let Some(step) = usize::try_from(*at).ok().and_then(|at| steps.get_mut(at)).filter(|_| alike(*number)) {
            step.add(results);
        }
    }
    steps
}

impl Story {
    fn new(flow: &Flow, parts: &Parts, results: &[StepResults], rules: &MailRules) -> Self {
        let step = |(at, step): (usize, &Step)| StepStory {
            sentence: words::step(at, step, parts),
            conditions: words::conditions(step.when.as_ref(), parts),
            any: words::is_any(step.when.as_ref()),
            numbers: results.get(at).map(step_line).unwrap_or_default(),
        };
        Self {
            begins: words::begins(flow, parts),
            conditions: words::conditions(flow.when.as_ref(), parts),
            any: words::is_any(flow.when.as_ref()),
            steps: flow.steps.iter().enumerate().map(step).collect(),
            rest: words::stops(flow).into_iter().chain([words::re_entry(flow)]).collect(),
            promise: words::promise(flow, rules),
        }
    }
}

fn notice(done: &str) -> Option<&'static str> {
    Some(match done {
        "copied" => "Copied as a draft. Look it over, change what you like, and publish it.",
        "saved" => "Draft saved. Nobody enters it before you publish it.",
        "published" => "Published.",
        "paused" => "Paused. Nobody enters, and whoever was in it gets nothing more.",
        "resumed" => "Resumed. People enter again; those who were in it before do not go on.",
        "conflict" => "Somebody changed this follow-up a moment ago. Look at it again before you publish it.",
        "missing" => "Not published: something is missing. See below.",
        _ => return None,
    })
}

impl ShowPage {
    fn is(&self, status: &str) -> bool {
        self.entry.status.as_str() == status
    }

    fn was_published(&self) -> bool {
        self.entry.status != Status::Draft
    }

    /// Follows the news that it was published.
    fn promise(&self) -> Option<&str> {
        let story = self.story.as_ref().filter(|_| self.notice == notice("published"));
        story.map(|story| story.promise.as_str())
    }

    /// Whether the notice tells of something that was not done.
    fn is_refusal(&self) -> bool {
        self.notice.is_some_and(|notice| notice.starts_with("Not ") || notice.starts_with("Somebody"))
    }
}
