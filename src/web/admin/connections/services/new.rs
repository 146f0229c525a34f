//! `/admin/{site}/connections/services/new/{kind}`: what the service asks for. It is asked whether that is right before it is stored.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::VendorNamed;
use super::form::{Asked, Entered, Shown};
use crate::boot::App;
use crate::manage::Refused;
use crate::manage::services::connect;
use crate::outbound::connectors::{About, Given, Vendor};
use crate::outbound::probe;
use crate::store::StoreError;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, sentence};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/connections/services/form.html")]
pub struct FormPage {
    pub page: Page,
    pub key: String,
    pub about: &'static About,
    /// Of the service that is changed; `None`: it is a new one.
    pub of: Option<Of>,
    /// Where the form goes.
    pub action: String,
    pub name: String,
    pub word: String,
    pub fields: Vec<Shown>,
    pub advanced: Vec<Shown>,
    pub events: Vec<(&'static str, &'static str, bool)>,
    pub asked: Option<Asked>,
    pub faults: Faults,
}

/// A service that is changed.
pub struct Of {
    pub name: String,
    pub path: String,
}

impl FormPage {
    fn advanced_open(&self) -> bool {
        self.advanced.iter().any(|shown| !shown.fault.is_empty()) || !self.faults.of("key").is_empty()
    }
}

pub async fn form(access: SiteAccess, VendorNamed(vendor): VendorNamed) -> Result<Response, PageError> {
    show(&access, vendor, &Entered::fresh(vendor), None, Faults::default())
}

pub async fn submit(
    State(app): State<Arc<App>>,
    access: SiteAccess,
    VendorNamed(vendor): VendorNamed,
    form: CsrfForm<Entered>,
) -> Result<Response, PageError> {
    let (entered, client) = (form.into_inner(), app.dispatcher.client());
    let service = entered.service(vendor, entered.given(vendor));
    let mut faults = entered.faults(&service, client.guard());
    if !faults.is_empty() {
        return show(&access, vendor, &entered, None, faults);
    }
    let (settings, credentials) = service.given.split(vendor.about().fields);
    let (answer, passed) = probe(client, vendor, &Given::join(settings, credentials)).await;
    let asked = Asked::of(vendor.about().label, answer, passed);
    if !asked.will_do(&entered) {
        return show(&access, vendor, &entered, Some(asked), faults);
    }
    let mut tx = app.db.begin().await?;
    let (site, guard) = (access.site.id, client.guard());
    let made = connect(&mut tx, &app.keys.vault, guard, site, &service, access.actor(), app.clock.now()).await;
    let endpoint = match made {
        Ok(endpoint) => endpoint,
        Err(Refused::Store(StoreError::Duplicate)) => {
            faults.add("key", "Another webhook or service of this store has this key; each needs its own.");
            return show(&access, vendor, &entered, None, faults);
        }
        Err(Refused::Invalid { field, message }) => {
            faults.add(field, sentence(&message));
            return show(&access, vendor, &entered, None, faults);
        }
        Err(Refused::Store(e)) => return Err(e.into()),
    };
    tx.commit().await?;
    app.catalog.changed(&access.site.key).await;
    let done = if asked.passed { "connected" } else { "untested" };
    let path = format!("/admin/{}/connections/services/{}?done={done}", access.site.key, endpoint.id);
    Ok(Redirect::to(&path).into_response())
}

fn show(
    access: &SiteAccess,
    vendor: &'static dyn Vendor,
    entered: &Entered,
    asked: Option<Asked>,
    faults: Faults,
) -> Result<Response, PageError> {
    let status = match asked {
        Some(_) => axum::http::StatusCode::UNPROCESSABLE_ENTITY,
        None => faults.status(),
    };
    let (fields, advanced) = entered.fields(vendor, &faults, &|_| false);
    let about = vendor.about();
    let page = render(FormPage {
        page: access.page(Tab::Connections),
        key: access.site.key.clone(),
        about,
        of: None,
        action: format!("/admin/{}/connections/services/new/{}", access.site.key, about.kind),
        name: entered.name.clone(),
        word: entered.key.clone(),
        fields,
        advanced,
        events: entered.choices(vendor),
        asked,
        faults,
    })?;
    Ok((status, page).into_response())
}
