//! `POST /demo/clock {"advance": "1h"}`: moves the demo's time forward; what falls due is done before it answers. The bar at the foot of
//! every page of the demo does the same by a form, and says what happened.

use std::sync::Arc;

use askama::Template;
use axum::body::Bytes;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::json;

use crate::boot::App;
use crate::clock::Millis;
use crate::demo::SITE_KEY;
use crate::domain::duration::parse_ms;
use crate::store::{StoreError, messages, sites};
use crate::web::error::Problem;

/// More mails than anybody has sent by one move.
const MOST: i64 = 200;

/// The bar: a part of every page, and drawn by them with `|safe`.
#[derive(Template)]
#[template(path = "demo/clock.html")]
pub struct ClockBar {
    /// `Tue 14:05` in the store's time zone.
    now: String,
    /// The page it stands on.
    here: String,
    /// What the last move came to.
    moved: Option<Moved>,
}

struct Moved {
    by: &'static str,
    mails: u32,
}

/// How far one can move: as a duration, as a button says it, and afterwards.
const MOVES: [(&str, &str, &str); 3] =
    [("15m", "15 min", "15 minutes have passed"), ("1h", "1 hour", "An hour has passed"), ("1d", "1 day", "A day has passed")];

#[derive(Deserialize)]
struct After {
    moved: Option<String>,
    mails: Option<u32>,
}

impl FromRequestParts<Arc<App>> for ClockBar {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, StatusCode> {
        let after = Query::<After>::try_from_uri(&parts.uri).map_or(After { moved: None, mails: None }, |Query(after)| after);
        let said = after.moved.and_then(|by| MOVES.iter().find(|(duration, ..)| *duration == by));
        Ok(Self {
            now: weekday(app.clock.now()),
            here: parts.uri.path().to_owned(),
            moved: said.map(|(_, _, by)| Moved { by, mails: after.mails.unwrap_or(0) }),
        })
    }
}

impl ClockBar {
    /// Duration and label of each button.
    fn moves(&self) -> [(&'static str, &'static str); 3] {
        MOVES.map(|(duration, label, _)| (duration, label))
    }
}

/// In the time zone of the toy store, which is in the Bregenz Forest.
fn weekday(at: Millis) -> String {
    let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| zone.to_datetime(at).strftime("%a %H:%M").to_string())
}

#[derive(Deserialize)]
struct Advance {
    advance: String,
}

pub async fn advance(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    // A page somewhere else must not turn the demo's clock.
    let foreign = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
    if foreign {
        return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", "only the demo's own pages may do this"));
    }
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/x-www-form-urlencoded");
    if is_form && let Some((by, back)) = form(&body) {
        let (_, mails) = turn(&app, &by).await?;
        return Ok(Redirect::to(&format!("{back}?moved={by}&mails={mails}#clock")).into_response());
    }
    let Advance { advance } = serde_json::from_slice(&body).map_err(|e| Problem::bad_request("malformed", e.to_string()))?;
    let (jobs, _) = turn(&app, &advance).await?;
    let answer = json!({"now": app.clock.now(), "jobs": jobs}).to_string();
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// By how much, and the page to return to: one of the demo's.
fn form(body: &[u8]) -> Option<(String, String)> {
    let field =
        |wanted: &str| url::form_urlencoded::parse(body).find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    let by = field("advance").filter(|by| MOVES.iter().any(|(duration, ..)| duration == by))?;
    let plain =
        |path: &String| path.starts_with("/demo/") && path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_".contains(&b));
    Some((by, field("back").filter(plain).unwrap_or_else(|| "/demo/".to_owned())))
}

/// Jobs done and mails sent.
async fn turn(app: &App, by: &str) -> Result<(usize, usize), Problem> {
    let by = parse_ms(by).map_err(|e| Problem::bad_request("bad_duration", format!("advance: {e}")))?;
    app.clock.advance(by);
    let from = app.clock.now();
    let ran = app.run_due().await?;
    app.catalog.poll().await?;
    Ok((ran, mails_since(app, from).await?))
}

async fn mails_since(app: &App, from: Millis) -> Result<usize, StoreError> {
    let Some(site) = sites::by_key(&app.db, SITE_KEY).await? else { return Ok(0) };
    let recent = messages::recent(&app.db, site.id, MOST).await?;
    Ok(recent.iter().filter(|message| message.created_at >= from && message.sent_at.is_some()).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_leads_back_to_pages_of_the_demo_only() {
        let back = |path: &str| form(format!("advance=1h&back={path}").as_bytes()).unwrap().1;
        assert_eq!(back("%2Fdemo%2Fp%2Fbirch-express"), "/demo/p/birch-express");
        for elsewhere in
            ["%2F%2Fevil.example", "https:%2F%2Fevil.example", "%2Fdemo%2F..%2Fadmin", "%2Fadmin", "%2Fdemo%2F%0d%0aX", ""]
        {
            assert_eq!(back(elsewhere), "/demo/", "{elsewhere}");
        }
        assert!(form(b"advance=100y&back=/demo/").is_none() && form(b"back=/demo/").is_none());
    }
}
