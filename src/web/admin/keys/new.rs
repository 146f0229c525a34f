//! `/admin/{site}/connections/keys/new`: a name, what the key may do, and then the key, which is shown once.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use crate::boot::App;
use crate::domain::scope::Scope;
use crate::manage::api_keys::{create, new_key, new_secret};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{self, Faults};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/keys/new.html")]
struct NewPage {
    page: Page,
    key: String,
    name: String,
    groups: Vec<Group>,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "admin/keys/made.html")]
struct MadePage {
    page: Page,
    key: String,
    name: String,
    secret: String,
    public_url: String,
}

/// Permissions that belong together.
struct Group {
    label: &'static str,
    ticks: Vec<Tick>,
}

struct Tick {
    scope: Scope,
    words: &'static str,
    ticked: bool,
}

const GROUPS: [(&str, &[Scope]); 6] = [
    ("Carts and orders", &[Scope::ReadOrders, Scope::WriteOrders]),
    ("Customers and mail", &[Scope::ReadCustomers, Scope::WriteCustomers, Scope::WriteSuppressions]),
    ("Surveys and answers", &[Scope::ReadSurveys, Scope::WriteSurveys, Scope::ReadResponses, Scope::ReadReports]),
    ("Follow-ups", &[Scope::ReadFlows, Scope::WriteFlows]),
    ("Coupons", &[Scope::WriteCoupons]),
    ("Webhooks and services", &[Scope::ReadEndpoints, Scope::WriteEndpoints]),
];

#[derive(Default, Deserialize)]
pub struct Entered {
    #[serde(default)]
    name: String,
    /// One field for each tick, named after its scope.
    #[serde(flatten)]
    ticks: BTreeMap<String, String>,
}

impl Entered {
    fn scopes(&self) -> Vec<Scope> {
        Scope::all().filter(|scope| self.ticks.contains_key(scope.as_str())).collect()
    }
}

pub async fn form(access: SiteAccess) -> Result<Response, PageError> {
    show(&access, &Entered::default(), Faults::default())
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let entered = form.into_inner();
    let mut faults = Faults::default();
    let name = faults.take("name", fields::text(&entered.name, "a name", 100));
    let scopes = entered.scopes();
    if scopes.is_empty() {
        faults.add("scopes", "Please tick what the key is for: one that may do nothing is of no use.");
    }
    let (Some(name), true) = (name, faults.is_empty()) else { return show(&access, &entered, faults) };
    let (secret, now) = (new_secret(), app.clock.now());
    let key = new_key(access.site.id, &name, scopes, &secret, now)?;
    let mut tx = app.db.begin().await?;
    create(&mut tx, &key, &secret, access.actor(), now).await?;
    tx.commit().await?;
    let public_url = app.config.public_url.as_str().trim_end_matches('/').to_owned();
    render(MadePage { page: access.page(Tab::Connections), key: access.site.key, name, secret, public_url })
}

fn show(access: &SiteAccess, entered: &Entered, faults: Faults) -> Result<Response, PageError> {
    let chosen = entered.scopes();
    let tick = |scope: &Scope| Tick { scope: *scope, words: scope.words(), ticked: chosen.contains(scope) };
    let groups = GROUPS.map(|(label, scopes)| Group { label, ticks: scopes.iter().map(tick).collect() });
    let (status, page) = (faults.status(), access.page(Tab::Connections));
    let (key, name) = (access.site.key.clone(), entered.name.clone());
    Ok((status, render(NewPage { page, key, name, groups: groups.into(), faults })?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_can_be_ticked_once() {
        let mut offered: Vec<Scope> = GROUPS.iter().flat_map(|(_, scopes)| scopes.iter().copied()).collect();
        offered.sort_unstable();
        assert_eq!(offered, Scope::all().collect::<Vec<_>>());
    }
}
