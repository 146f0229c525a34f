//! `/admin/{site}/connections/privacy`: who asked the shop what is known about them, what is held, and that it was answered.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::boot::App;
use crate::clock::{DAY, Millis};
use crate::commerce;
use crate::inbound::System;
use crate::store::customers::{self, Customer};
use crate::store::privacy_requests::{self, Request};
use crate::store::{Db, StoreError, audit};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// Requests on the page.
const SHOWN: i64 = 100;

#[derive(Template)]
#[template(path = "admin/connections/privacy.html")]
struct PrivacyPage {
    page: Page,
    key: String,
    open: Vec<Line>,
    done: Vec<Line>,
    notice: Option<&'static str>,
}

struct Line {
    id: Uuid,
    who: String,
    about: String,
    asked: String,
    due: String,
    due_datetime: String,
    badge: &'static str,
    left: String,
    done: String,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let (zone, now) = (access.zone(), app.clock.now());
    let (mut open, mut done) = (Vec::new(), Vec::new());
    for request in privacy_requests::recent(&app.db, access.site.id, SHOWN).await? {
        let person = person(&app.db, &access, &request).await?;
        let (badge, left) = left(request.due_at, now);
        let line = Line {
            id: request.id,
            who: who(&request, person.as_ref()),
            about: about(&request),
            asked: format::date(request.asked_at, &zone),
            due: format::date(request.due_at, &zone),
            due_datetime: format::machine(request.due_at),
            badge,
            left,
            done: request.done_at.map_or_else(String::new, |at| {
                format!("{}, {}", format::date(at, &zone), request.done_by.as_deref().unwrap_or_default())
            }),
        };
        if request.done_at.is_some() { done.push(line) } else { open.push(line) }
    }
    // What is due first stands first.
    open.reverse();
    let notice = (after.done.as_deref() == Some("answered")).then_some("Noted as answered.");
    render(PrivacyPage { page: access.page(Tab::Connections), key: access.site.key, open, done, notice })
}

/// Whom a request is about, if they are known by now.
async fn person(db: &Db, access: &SiteAccess, request: &Request) -> Result<Option<Customer>, StoreError> {
    let site = access.site.id;
    let known = match request.customer_id {
        Some(id) => customers::by_id(db, site, id).await?,
        None => None,
    };
    match (known, &request.external_id) {
        (None, Some(id)) => customers::by_external_id(db, site, id).await,
        (known, _) => Ok(known),
    }
}

fn who(request: &Request, person: Option<&Customer>) -> String {
    let address = person.and_then(|person| Some(person.address.as_ref()?.email.clone()));
    let name = person.and_then(|person| person.name.clone());
    match (name.or(address), &request.external_id) {
        (Some(who), _) => who,
        (None, Some(id)) => format!("Customer {id}"),
        (None, None) if request.done_at.is_some() => "Forgotten".to_owned(),
        (None, None) => "Somebody unknown here".to_owned(),
    }
}

fn about(request: &Request) -> String {
    let system = System::parse(&request.source).map_or(request.source.as_str(), |system| system.name());
    match &request.reference {
        Some(number) => format!("{system}, request {number}"),
        None => system.to_owned(),
    }
}

/// How much time is left, and how pressing that is.
fn left(due: Millis, now: Millis) -> (&'static str, String) {
    let left = due - now;
    match left.unsigned_abs().div_ceil(DAY.unsigned_abs()) {
        _ if left < 0 => ("bad", "Overdue".to_owned()),
        _ if left < DAY => ("bad", "Less than a day left".to_owned()),
        1 => ("paused", "1 day left".to_owned()),
        n @ 2..8 => ("paused", format!("{n} days left")),
        n => ("", format!("{n} days left")),
    }
}

/// Everything that is held about the person, for the owner to hand on.
pub async fn download(
    State(app): State<Arc<App>>,
    access: SiteAccess,
    Path((_, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    let request = privacy_requests::by_id(&app.db, access.site.id, id).await?.ok_or(PageError::NotFound)?;
    let record = match person(&app.db, &access, &request).await? {
        Some(person) => {
            let mut tx = app.db.begin().await?;
            let who = person.id.to_string();
            audit::record(&mut tx, access.site.id, access.actor(), "customer.export", &who, app.clock.now()).await?;
            tx.commit().await?;
            commerce::record(&app.db, &app.sender.keys, &access.site, person.id).await?
        }
        None => json!({"customer": null, "note": "Nothing is held about this person."}),
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"what-we-hold.json\""),
    ];
    Ok((headers, format!("{record:#}")).into_response())
}

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn answered(
    State(app): State<Arc<App>>,
    access: SiteAccess,
    Path((_, id)): Path<(String, Uuid)>,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    let (site, now) = (access.site.id, app.clock.now());
    let request = privacy_requests::by_id(&app.db, site, id).await?.ok_or(PageError::NotFound)?;
    let mut tx = app.db.begin().await?;
    if privacy_requests::finish(&mut tx, site, id, access.actor(), now).await? {
        let subject = request.reference.unwrap_or_else(|| request.id.to_string());
        audit::record(&mut tx, site, access.actor(), "privacy.answer", &subject, now).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("/admin/{}/connections/privacy?done=answered", access.site.key)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_is_left() {
        let due = 100 * DAY;
        for (now, badge, words) in [
            (due - 30 * DAY, "", "30 days left"),
            (due - 30 * DAY + 5, "", "30 days left"),
            (due - 2 * DAY, "paused", "2 days left"),
            (due - DAY, "paused", "1 day left"),
            (due - 1, "bad", "Less than a day left"),
            (due + 1, "bad", "Overdue"),
        ] {
            assert_eq!(left(due, now), (badge, words.to_owned()));
        }
    }
}
