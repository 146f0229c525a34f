//! `/admin/{site}/people`: everybody the store knows, newest first, or those who are looked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{consent, money, title};
use crate::boot::App;
use crate::id::CustomerId;
use crate::store::customers::{self, Customer};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::error::PageError;
use crate::web::admin::format;
use crate::web::admin::page::{Page, Tab, render};

/// People on a page.
const SHOWN: i64 = 50;
/// The longest text that is looked for.
const LONGEST: usize = 200;

#[derive(Template)]
#[template(path = "admin/people/list.html")]
struct ListPage {
    page: Page,
    key: String,
    entered: String,
    lines: Vec<Line>,
    /// Where older ones begin, if there are any.
    next: Option<CustomerId>,
    /// This is not the first page.
    later: bool,
    /// Not all that were found are on the page.
    cut: bool,
    erased: bool,
}

struct Line {
    id: CustomerId,
    title: String,
    below: String,
    orders: String,
    spent: String,
    consent: (&'static str, &'static str),
    seen: String,
    datetime: String,
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    after: Option<String>,
    done: Option<String>,
}

pub async fn show(State(app): State<Arc<App>>, access: SiteAccess, Query(asked): Query<Asked>) -> Result<Response, PageError> {
    let (site, zone) = (&access.site, access.zone());
    let entered: String = asked.q.trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    let after: Option<CustomerId> = asked.after.as_deref().and_then(|id| id.parse().ok());
    let mut found = match entered.is_empty() {
        true => customers::page(&app.db, site.id, after, SHOWN + 1).await?,
        false => customers::search(&app.db, site.id, &entered, SHOWN + 1).await?,
    };
    let more = found.len() as i64 > SHOWN;
    found.truncate(SHOWN as usize);
    let mut seen = BTreeMap::new();
    match (found.last(), found.first()) {
        (Some(oldest), Some(newest)) if entered.is_empty() => {
            seen.extend(customers::last_shows(&app.db, site.id, oldest.id, newest.id).await?);
        }
        _ => {
            for person in &found {
                seen.extend(customers::last_shows(&app.db, site.id, person.id, person.id).await?);
            }
        }
    }
    let next = found.last().filter(|_| more && entered.is_empty()).map(|last| last.id);
    let line = |person: Customer| {
        let at = seen.get(&person.id).copied().into_iter().chain(person.last_order_at).max().unwrap_or(person.updated_at);
        let title = title(&person);
        let email = person.address.as_ref().map(|address| address.email.clone()).filter(|email| *email != title);
        Line {
            id: person.id,
            below: email.unwrap_or_default(),
            orders: format::count(person.orders),
            spent: money(person.spent, &site.currency),
            consent: consent(&person),
            seen: format::date(at, &zone),
            datetime: format::machine(at),
            title,
        }
    };
    render(ListPage {
        page: access.page(Tab::People),
        key: site.key.clone(),
        lines: found.into_iter().map(line).collect(),
        next,
        later: after.is_some(),
        cut: more && !entered.is_empty(),
        entered,
        erased: asked.done.as_deref() == Some("erased"),
    })
}
