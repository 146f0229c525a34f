//! `/admin/{site}/mail/suppressions`: the list, newest first, or one address of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{hash, reason};
use crate::boot::App;
use crate::domain::customer::normalize_email;
use crate::domain::suppression::Listed;
use crate::keys::hex;
use crate::store::suppressions::{self, Entry};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, sentence};
use crate::web::admin::format;
use crate::web::admin::mail::{Part, Parts};
use crate::web::admin::page::{Page, Tab, render};

/// Addresses on a page.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "admin/suppressions/list.html")]
struct ListPage {
    page: Page,
    parts: Parts,
    key: String,
    looked_for: String,
    lines: Vec<Line>,
    /// The query that leads to older ones, if there are any.
    next: Option<String>,
    later: bool,
    notice: Option<String>,
    /// Lines of a list that could not be read.
    flaws: Vec<String>,
    entered: Entered,
    faults: Faults,
}

struct Line {
    hash: String,
    email: String,
    forgotten: bool,
    reason: String,
    badge: &'static str,
    source: String,
    at: String,
    datetime: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// Where the page before ended: moment and hash.
    at: Option<i64>,
    after: Option<String>,
    done: Option<String>,
}

/// What the page's forms hold.
#[derive(Default)]
pub struct Entered {
    pub email: String,
    pub list: String,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let notice = match asked.done.as_deref() {
        Some("added") => Some("Added. Nothing is mailed to it any more.".to_owned()),
        Some("known") => Some("It was on the list already.".to_owned()),
        Some("removed") => Some("Taken off the list. Mail goes to it again if its owner agreed to mail.".to_owned()),
        _ => None,
    };
    page(&app, &access, asked, Outcome { notice, ..Outcome::default() }).await
}

/// What a form of the page led to.
#[derive(Default)]
pub struct Outcome {
    pub notice: Option<String>,
    pub flaws: Vec<String>,
    pub entered: Entered,
    pub faults: Faults,
}

/// The page, with what a form of it led to.
pub async fn page(app: &App, access: &SiteAccess, asked: Asked, outcome: Outcome) -> Result<Response, PageError> {
    let (site, zone) = (access.site.id, access.zone());
    let looked_for: String = asked.q.trim().chars().filter(|c| !c.is_control()).take(254).collect();
    let after = asked.at.zip(asked.after.as_deref().and_then(hash));
    let mut found = match looked_for.is_empty() {
        true => suppressions::page(&app.db, site, after, SHOWN + 1).await?,
        // By its hash, which finds those that are forgotten, too.
        false => match normalize_email(&looked_for) {
            Some(email) => suppressions::entry(&app.db, site, &app.sender.keys.hash(&email)).await?.into_iter().collect(),
            None => Vec::new(),
        },
    };
    let more = found.len() as i64 > SHOWN;
    found.truncate(SHOWN as usize);
    let next = found.last().filter(|_| more).map(|last| format!("at={}&after={}", last.at, hex(&last.hash)));
    let line = |entry: Entry| Line {
        hash: hex(&entry.hash),
        forgotten: entry.email.is_none(),
        email: entry.email.unwrap_or_else(|| "A forgotten address".into()),
        reason: sentence(reason(entry.reason)).trim_end_matches('.').to_owned(),
        badge: if matches!(entry.reason, Listed::Complained | Listed::Bounced | Listed::Erased) { "bad" } else { "" },
        source: source(&entry.source),
        at: format::date(entry.at, &zone),
        datetime: format::machine(entry.at),
    };
    let status = outcome.faults.status();
    let shown = render(ListPage {
        page: access.page(Tab::Mail),
        parts: Parts::new(&access.site.key, Part::Suppressions),
        key: access.site.key.clone(),
        lines: found.into_iter().map(line).collect(),
        looked_for,
        next,
        later: after.is_some(),
        notice: outcome.notice,
        flaws: outcome.flaws,
        entered: outcome.entered,
        faults: outcome.faults,
    })?;
    Ok((status, shown).into_response())
}

/// Who said so; an owner's own address is told as it is.
fn source(word: &str) -> String {
    match word {
        "link" => "A link in a mail".into(),
        "smtp" => "The mail server".into(),
        "import" => "A list".into(),
        "erasure" => "An erasure".into(),
        "cli" => "The command line".into(),
        other => other.to_owned(),
    }
}
