//! `/p/{token}`: what a reader wants to get. Looking changes nothing; the form acts.

use std::sync::Arc;

use axum::extract::{Path, RawForm, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::page::{Choosable, Page};
use super::phrases::{Phrases, phrases};
use crate::boot::App;
use crate::flows::{self, Choice, Chosen, Link, Purpose};
use crate::mail::written_date;
use crate::store::sites;
use crate::web::error::Problem;

pub async fn form(State(app): State<Arc<App>>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    match Link::open(&token, Purpose::Preferences, &app.sender.keys.link) {
        Some(link) => show(&app, &link, &headers, false).await,
        None => Ok(Page::broken(&headers)),
    }
}

pub async fn submit(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    headers: HeaderMap,
    RawForm(body): RawForm,
) -> Result<Response, Problem> {
    let Some(link) = Link::open(&token, Purpose::Preferences, &app.sender.keys.link) else { return Ok(Page::broken(&headers)) };
    let sent = url::form_urlencoded::parse(&body).find(|(name, _)| name == "choice").map(|(_, value)| value);
    let choice = sent.as_deref().and_then(Choice::parse);
    let choice = choice.ok_or_else(|| Problem::bad_request("choice", "choice: one of all, pause, orders, none"))?;
    let (keys, now) = (&app.sender.keys, app.clock.now());
    let Some(chosen) = flows::preferences(&app.db, keys, &link, now).await? else {
        return show(&app, &link, &headers, false).await;
    };
    let (_, words) = phrases(chosen.locale.as_deref(), &headers);
    let mut tx = app.db.begin().await?;
    flows::prefer(&mut tx, keys, &link, choice, label(choice, words), now).await?;
    tx.commit().await?;
    show(&app, &link, &headers, true).await
}

async fn show(app: &App, link: &Link, headers: &HeaderMap, saved: bool) -> Result<Response, Problem> {
    let now = app.clock.now();
    let chosen = flows::preferences(&app.db, &app.sender.keys, link, now).await?;
    let (lang, words) = phrases(chosen.as_ref().and_then(|chosen| chosen.locale.as_deref()), headers);
    let site = sites::by_id(&app.db, link.site).await?;
    let shop = site.as_ref().map_or(words.shop.as_str(), |site| site.name.as_str());
    let Some(chosen) = chosen else {
        let text = words.forgotten_text.replace("{shop}", shop);
        return Ok(Page::new(lang, &words.forgotten, text).answer(StatusCode::OK));
    };
    let zone = site.as_ref().and_then(|site| TimeZone::get(&site.time_zone).ok()).unwrap_or(TimeZone::UTC);
    let text = words.now.replace("{choice}", &present(&chosen, lang, words, &zone));
    let option = |choice| Choosable {
        value: Choice::as_str(choice),
        label: label(choice, words),
        hint: hint(choice, words),
        chosen: choice == chosen.choice,
    };
    let options = Choice::ALL.into_iter().map(option).collect();
    let page = Page::new(lang, words.preferences.replace("{shop}", shop), text).notice(saved.then_some(&words.saved));
    Ok(page.options(options).button(&words.save).answer(StatusCode::OK))
}

/// What holds now, in words.
fn present(chosen: &Chosen, lang: &str, words: &Phrases, zone: &TimeZone) -> String {
    match chosen.until.and_then(|until| Timestamp::from_millisecond(until).ok()) {
        Some(until) => words.paused.replace("{date}", &written_date(zone.to_datetime(until), lang)),
        None => label(chosen.choice, words).to_owned(),
    }
}

fn label(choice: Choice, words: &Phrases) -> &str {
    match choice {
        Choice::Everything => &words.all,
        Choice::Pause => &words.pause,
        Choice::OrdersOnly => &words.orders,
        Choice::Nothing => &words.none,
    }
}

fn hint(choice: Choice, words: &Phrases) -> &str {
    match choice {
        Choice::Everything => &words.all_hint,
        Choice::Pause => &words.pause_hint,
        Choice::OrdersOnly => &words.orders_hint,
        Choice::Nothing => &words.none_hint,
    }
}
