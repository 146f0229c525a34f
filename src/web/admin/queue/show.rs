//! The page: how each kind of work stands, and what was given up. What a job is about is not shown: it may name people.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde::Deserialize;
use uuid::Uuid;

use super::{OperatorAccess, label};
use crate::boot::{App, job_kinds};
use crate::clock::{HOUR, MINUTE, Millis, SECOND};
use crate::store::queue::{self, Dead, Place, Standing, TOP};
use crate::store::{StoreError, deliveries};
use crate::telemetry::mask;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, render};

/// How far jobs are counted.
const COUNTED: i64 = 10_000;
/// Dead jobs on a page.
const SHOWN: usize = 50;
/// Characters of an error: some repeat what they could not read.
const LONGEST_ERROR: usize = 400;

#[derive(Template)]
#[template(path = "admin/queue.html")]
struct QueuePage {
    page: Page,
    notice: Option<String>,
    kinds: Vec<Kind>,
    /// Deliveries to webhooks: due, for later, and for how long the oldest has been due.
    deliveries: (String, String, String),
    filters: Vec<Filter>,
    chosen: Option<Chosen>,
    dead: Vec<Line>,
    /// Where the next page begins.
    next: Option<String>,
}

struct Kind {
    label: String,
    name: String,
    due: String,
    scheduled: String,
    running: String,
    dead: String,
    failures: String,
    lag: String,
    is_dead: bool,
}

struct Filter {
    label: String,
    path: String,
    current: bool,
}

/// The kind whose dead jobs are shown, to settle them all at once.
struct Chosen {
    label: String,
    path: String,
}

struct Line {
    id: Uuid,
    label: String,
    at: String,
    datetime: String,
    tries: i64,
    error: String,
}

#[derive(Deserialize)]
pub struct Wanted {
    kind: Option<String>,
    /// Where the page before ended.
    before: Option<String>,
    retried: Option<usize>,
    discarded: Option<usize>,
}

pub async fn show(
    State(app): State<Arc<App>>,
    OperatorAccess(current): OperatorAccess,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let now = app.clock.now();
    let dead_kinds = queue::dead_kinds(&app.db).await?;
    let kind = wanted.kind.as_deref().filter(|kind| !kind.is_empty());
    let before = wanted.before.as_deref().and_then(place).unwrap_or(TOP);
    let mut dead = queue::dead(&app.db, kind, before, SHOWN as i64 + 1).await?;
    let more = dead.len() > SHOWN;
    dead.truncate(SHOWN);
    let next = dead.last().filter(|_| more).map(|last| {
        let kind = kind.map_or(String::new(), |kind| format!("kind={}&", encoded(kind)));
        format!("/admin/queue?{kind}before={}.{}#dead", last.at, last.id)
    });
    let (due, scheduled) = deliveries::waiting(&app.db, now, COUNTED).await?;
    let oldest = deliveries::oldest_due(&app.db, now).await?;
    render(QueuePage {
        page: current.page(),
        notice: notice(&wanted),
        kinds: kinds(&app, &dead_kinds, now).await?,
        deliveries: (count(due), count(scheduled), oldest.map_or_else(|| "—".to_owned(), |due| span(now - due))),
        filters: filters(&dead_kinds, kind),
        chosen: kind
            .filter(|_| !dead.is_empty())
            .map(|kind| Chosen { label: label(kind).to_owned(), path: format!("/admin/queue/kinds/{}", encoded(kind)) }),
        dead: dead.into_iter().map(line).collect(),
        next,
    })
}

/// Every kind that there is, and those of other versions that left dead jobs.
async fn kinds(app: &App, dead: &[String], now: Millis) -> Result<Vec<Kind>, StoreError> {
    let known = job_kinds();
    let others = dead.iter().map(String::as_str).filter(|kind| !known.contains(kind));
    let mut kinds = Vec::new();
    for name in known.iter().copied().chain(others) {
        let Standing { due, scheduled, running, dead, oldest_due, failures } =
            queue::standing(&app.db, name, now, COUNTED).await?;
        kinds.push(Kind {
            label: label(name).to_owned(),
            name: name.to_owned(),
            due: count(due),
            scheduled: count(scheduled),
            running: count(running),
            dead: count(dead),
            failures: format::count(failures),
            lag: oldest_due.map_or_else(|| "—".to_owned(), |due| span(now - due)),
            is_dead: dead > 0,
        });
    }
    Ok(kinds)
}

fn filters(dead: &[String], chosen: Option<&str>) -> Vec<Filter> {
    let all = Filter { label: "All".to_owned(), path: "/admin/queue#dead".to_owned(), current: chosen.is_none() };
    let of = |kind: &String| Filter {
        label: label(kind).to_owned(),
        path: format!("/admin/queue?kind={}#dead", encoded(kind)),
        current: chosen == Some(kind),
    };
    std::iter::once(all).chain(dead.iter().map(of)).collect()
}

fn line(dead: Dead) -> Line {
    let error = dead.error.as_deref().map_or_else(String::new, mask);
    let cut = error.chars().count() > LONGEST_ERROR;
    let shown: String = error.chars().take(LONGEST_ERROR).collect();
    Line {
        id: dead.id,
        label: label(&dead.kind).to_owned(),
        at: format::moment(dead.at, &TimeZone::UTC),
        datetime: format::machine(dead.at),
        tries: dead.tries,
        error: if cut { format!("{shown}…") } else { shown },
    }
}

fn notice(wanted: &Wanted) -> Option<String> {
    match (wanted.retried, wanted.discarded) {
        (Some(0), _) => Some("Nothing was put back: it is not given up any more, or the same work waits already.".to_owned()),
        (Some(1), _) => Some("One job will be tried again.".to_owned()),
        (Some(n), _) => Some(format!("{n} jobs will be tried again.")),
        (_, Some(0)) => Some("Nothing was discarded: it is not given up any more.".to_owned()),
        (_, Some(1)) => Some("One job was discarded.".to_owned()),
        (_, Some(n)) => Some(format!("{n} jobs were discarded.")),
        (None, None) => None,
    }
}

fn count(n: i64) -> String {
    if n >= COUNTED { format!("{}+", format::count(n)) } else { format::count(n) }
}

/// `3 min`: how long something waits.
fn span(ms: Millis) -> String {
    match ms {
        _ if ms < MINUTE => format!("{} s", ms / SECOND),
        _ if ms < HOUR => format!("{} min", ms / MINUTE),
        _ => format!("{} h", format::count(ms / HOUR)),
    }
}

fn place(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

fn encoded(kind: &str) -> String {
    percent_encoding::utf8_percent_encode(kind, percent_encoding::NON_ALPHANUMERIC).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_people() {
        assert_eq!(
            [0, 999, 59_000, MINUTE, HOUR - 1, HOUR, 2000 * HOUR].map(span),
            ["0 s", "0 s", "59 s", "1 min", "59 min", "1 h", "2,000 h"]
        );
        assert_eq!([0, 9_999, 10_000].map(count), ["0", "9,999", "10,000+"]);
    }
}
