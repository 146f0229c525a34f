//! `/admin/{site}/people/{id}`: one person.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use super::moments::Line;
use super::{PersonAccess, consent, money, title};
use crate::boot::App;
use crate::domain::consent::{Preference, Suppressed};
use crate::domain::customer::{Address, Proof};
use crate::domain::suppression::Listed;
use crate::id::CustomerId;
use crate::insight::person::{Life, life};
use crate::store::customers::Customer;
use crate::store::suppressions::{self, Entry};
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};
use crate::web::admin::suppressions::reason;

#[derive(Template)]
#[template(path = "admin/people/show.html")]
struct ShowPage {
    page: Page,
    key: String,
    id: CustomerId,
    title: String,
    notice: Option<&'static str>,
    since: String,
    orders: String,
    spent: String,
    last_order: Option<String>,
    consent: (&'static str, &'static str),
    /// Since when, of the consent.
    consent_at: Option<String>,
    /// What is known of them: label and text.
    facts: Vec<(&'static str, String)>,
    attributes: Vec<(String, String)>,
    mail: Mail,
    lines: Vec<Line>,
    cut: bool,
    zone: String,
}

/// Whether they are written to, in words, and what can be done about it.
struct Mail {
    text: String,
    /// A form to stop or to allow it.
    action: Option<Action>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Stop,
    Allow,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: PersonAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let PersonAccess { site: access, person } = access;
    let (site, zone) = (&access.site, access.zone());
    let listed = match &person.address {
        Some(address) => suppressions::entry(&app.db, site.id, &app.sender.keys.hash(&address.email)).await?,
        None => None,
    };
    let Life { moments, cut } = life(&app.db, site.id, person.id).await?;
    let attributes = person.attributes.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), plain(value)));
    render(ShowPage {
        key: site.key.clone(),
        id: person.id,
        title: title(&person),
        notice: match after.done.as_deref() {
            Some("stopped") => Some("Done. No mail goes to this person any more."),
            Some("allowed") => Some("Done. The address is off the list."),
            _ => None,
        },
        since: format::date(person.created_at, &zone),
        orders: format::count(person.orders),
        spent: money(person.spent, &site.currency),
        last_order: person.last_order_at.map(|at| format::date(at, &zone)),
        consent: consent(&person),
        consent_at: person.consent.map(|said| format::date(said.at, &zone)),
        facts: facts(&person, &zone),
        attributes: attributes.collect(),
        mail: mail(&person, listed.as_ref(), app.clock.now(), &zone),
        lines: moments.into_iter().map(|moment| Line::new(moment, &zone)).collect(),
        cut,
        zone: site.time_zone.clone(),
        page: access.page(Tab::People),
    })
}

/// A value as one reads it: a text without its quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn facts(person: &Customer, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let address = person.address.as_ref();
    let told = |address: &Address| format!("{}, {}", proof(address.proof), format::date(address.at, zone));
    let facts = [
        ("E-mail", address.map(|address| address.email.clone())),
        ("How we know it", address.map(told)),
        ("Your shop’s id", person.external_id.clone()),
        ("Language", person.locale.clone()),
        ("Time zone", person.time_zone.clone()),
    ];
    facts.into_iter().filter_map(|(label, text)| Some((label, text?))).collect()
}

fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::Claimed => "a page of your shop said so; nobody is mailed on a page’s word alone",
        Proof::Answered => "given by the person",
        Proof::Store => "told by your shop",
        Proof::Ordered => "an order was placed with it",
    }
}

fn mail(person: &Customer, listed: Option<&Entry>, now: i64, zone: &TimeZone) -> Mail {
    let Some(address) = &person.address else {
        return Mail { text: "No address is known, so there is nowhere to write to.".into(), action: None };
    };
    if let Some(entry) = listed.filter(|entry| holds(entry, person)) {
        let text = format!("On “Do not mail” since {}: {}.", format::date(entry.at, zone), reason(entry.reason));
        // Taking off the others is done where the list is, with its warning.
        let may = matches!(entry.reason, Listed::Manual | Listed::Imported | Listed::Unsubscribed);
        return Mail { text, action: may.then_some(Action::Allow) };
    }
    let text = match (person.preference, person.consent.map(|said| said.granted)) {
        _ if !address.may_be_mailed() => "Not written to: only a page said that this is their address.".to_owned(),
        (Preference::OrdersOnly, _) => "Wants no mail but about orders.".into(),
        (Preference::PausedUntil(until), _) if until > now => {
            format!("Asked for a pause until {}.", format::date(until, zone))
        }
        (_, Some(true)) => "Gets mail: agreed to it.".into(),
        (_, Some(false)) => "Gets no marketing mail: declined it.".into(),
        (_, None) => "Never said yes or no to marketing mail; your mail settings decide.".into(),
    };
    Mail { text, action: Some(Action::Stop) }
}

/// As the rules of sending see it.
fn holds(entry: &Entry, person: &Customer) -> bool {
    Suppressed { reason: entry.reason.suppression(), at: entry.at }.holds(person.consent)
}
