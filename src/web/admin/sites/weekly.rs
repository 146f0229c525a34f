//! `/admin/{site}/settings/weekly`: when the weekly report comes and to whom, and what last week's says.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::boot::App;
use crate::clock::Millis;
use crate::domain::weekly::{Week, Weekday, WeeklyReport};
use crate::insight::weekly::{Written, figures, write};
use crate::jobs::Notice;
use crate::mail::Mailbox;
use crate::store::weekly_reports::{self, ReportOutcome};
use crate::store::{audit, sites, users};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, number};
use crate::web::admin::format;
use crate::web::admin::mail::framed;
use crate::web::admin::page::{Page, Tab, render};
use crate::web::limits::client;

/// Addresses that may be listed.
const ADDRESSES: usize = 20;

#[derive(Template)]
#[template(path = "admin/sites/weekly.html")]
struct WeeklyPage {
    page: Page,
    key: String,
    entered: Entered,
    faults: Faults,
    notice: Option<&'static str>,
    /// Word and label, and whether it is the one that is chosen.
    weekdays: Vec<(&'static str, String, bool)>,
    hours: Vec<(String, String, bool)>,
    zone: String,
    /// Who gets it when nobody is listed.
    people: String,
    /// When the next one comes, and what became of the last.
    next: Option<String>,
    last: Option<String>,
    /// Who asks, for the mail to them.
    email: String,
}

/// As entered. A box that is not ticked is not sent.
#[derive(Deserialize)]
pub struct Entered {
    on: Option<String>,
    weekday: String,
    hour: String,
    /// One address a line.
    to: String,
}

impl From<&WeeklyReport> for Entered {
    fn from(report: &WeeklyReport) -> Self {
        Self {
            on: report.on.then(String::new),
            weekday: report.weekday.to_string(),
            hour: report.hour.to_string(),
            to: report.to.join("\n"),
        }
    }
}

impl Entered {
    fn read(&self, report: &mut WeeklyReport, faults: &mut Faults) {
        report.on = self.on.is_some();
        let weekday = Weekday::parse(&self.weekday).ok_or_else(|| "Please choose a day of the week.".to_owned());
        if let Some(weekday) = faults.take("weekday", weekday) {
            report.weekday = weekday;
        }
        if let Some(hour) = faults.take("hour", number(&self.hour, 0..=23)) {
            // Checked a line above.
            report.hour = u8::try_from(hour).unwrap_or_default();
        }
        if let Some(to) = faults.take("to", addresses(&self.to)) {
            report.to = to;
        }
    }
}

/// Addresses, one a line; none is fine.
fn addresses(entered: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for line in entered.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mailbox = Mailbox::new(line).map_err(|why| format!("“{line}”: {why}."))?;
        let address = mailbox.address().to_lowercase();
        if !found.contains(&address) {
            found.push(address);
        }
    }
    match found.len() {
        0..=ADDRESSES => Ok(found),
        n => Err(format!("Those are {n} addresses, {ADDRESSES} at most are possible.")),
    }
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn form(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let notice = match after.done.as_deref() {
        Some("saved") => Some("Saved."),
        Some("sent") => Some("Last week’s report is on its way to you. Look into the outbox for what becomes of it."),
        _ => None,
    };
    show(&app, &access, (&access.site.settings.weekly).into(), Faults::default(), notice).await
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, mut faults, mut site) = (form.into_inner(), Faults::default(), access.site.clone());
    entered.read(&mut site.settings.weekly, &mut faults);
    if !faults.is_empty() {
        return show(&app, &access, entered, faults, None).await;
    }
    let mut tx = app.db.begin().await?;
    sites::update(&mut tx, &site).await?;
    audit::record(&mut tx, site.id, access.actor(), "weekly.update", &site.name, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/settings/weekly?done=saved", site.key)).into_response())
}

/// What stands in the frame.
pub async fn preview(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    Ok(framed(last(&app, &access).await?.html))
}

#[derive(Deserialize)]
pub struct Nothing {}

/// The mail to whoever is logged in.
pub async fn send(
    State(app): State<Arc<App>>,
    access: SiteAccess,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    _form: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    app.limiters.trial.check(client(peer, &headers, &app.config.trusted_proxies)).map_err(PageError::TooMany)?;
    let (letter, now) = (last(&app, &access).await?.into(), app.clock.now());
    let mut tx = app.db.begin().await?;
    Notice::to(&mut tx, access.site.id, &access.current.user.email, &letter, now).await?;
    audit::record(&mut tx, access.site.id, access.actor(), "weekly.send", &access.site.name, now).await?;
    tx.commit().await?;
    app.bell.notify_waiters();
    Ok(Redirect::to(&format!("/admin/{}/settings/weekly?done=sent", access.site.key)).into_response())
}

/// Last week's.
async fn last(app: &App, access: &SiteAccess) -> Result<Written, PageError> {
    let week = Week::last(app.clock.now(), &access.zone());
    let found = figures(&app.db, &access.site, week).await?;
    Ok(write(&found, &access.site, &app.config.public_url)?)
}

async fn show(
    app: &App,
    access: &SiteAccess,
    entered: Entered,
    faults: Faults,
    notice: Option<&'static str>,
) -> Result<Response, PageError> {
    let (site, zone, now) = (&access.site, access.zone(), app.clock.now());
    let people: Vec<_> = users::of_site(&app.db, site.id).await?.into_iter().map(|user| user.email).collect();
    let became = weekly_reports::outcome(&app.db, site.id, Week::last(now, &zone)).await?;
    let weekday = |word: &&'static str| (*word, capital(word), *word == entered.weekday);
    let hour = |hour: u8| (hour.to_string(), format!("{hour:02}:00"), hour.to_string() == entered.hour);
    let report = &site.settings.weekly;
    let status = faults.status();
    let page = render(WeeklyPage {
        page: access.page(Tab::Settings),
        key: site.key.clone(),
        weekdays: Weekday::WORDS.iter().map(weekday).collect(),
        hours: (0..24).map(hour).collect(),
        zone: site.time_zone.clone(),
        people: people.join(", "),
        next: report.on.then(|| format::moment(report.next(now, &zone), &zone)),
        last: became.map(|(outcome, at)| words(outcome, at, &zone)),
        email: access.current.user.email.clone(),
        entered,
        faults,
        notice,
    })?;
    Ok((status, page).into_response())
}

fn words(outcome: ReportOutcome, at: Millis, zone: &TimeZone) -> String {
    match outcome {
        ReportOutcome::Begun => "Last week’s is being written.".into(),
        ReportOutcome::Sent | ReportOutcome::Quiet => format!("Last week’s was sent on {}.", format::moment(at, zone)),
        ReportOutcome::Silent => "Last week nothing happened, as in the week before: nothing was sent.".into(),
        ReportOutcome::Dropped => "Last week’s was not sent: it would have come too late, or was switched off.".into(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_their_own_form() {
        for report in [
            WeeklyReport::default(),
            WeeklyReport { on: false, weekday: Weekday::Sunday, hour: 23, to: vec!["a@b.example".into(), "c@d.example".into()] },
        ] {
            let (mut read, mut faults) = (WeeklyReport::default(), Faults::default());
            Entered::from(&report).read(&mut read, &mut faults);
            assert!(faults.is_empty());
            assert_eq!(read, report);
        }
    }

    #[test]
    fn addresses_are_checked() {
        assert_eq!(addresses(" Olga@Shop.example \r\n\r\nolga@shop.example"), Ok(vec!["olga@shop.example".into()]));
        assert!(addresses("olga").is_err_and(|message| message.contains("“olga”")));
        assert!(addresses(&(0..21).map(|n| format!("p{n}@shop.example\n")).collect::<String>()).is_err());
        assert_eq!(capital("monday"), "Monday");
    }
}
