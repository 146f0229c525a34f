//! `/admin/{site}/connections/webhooks/new`: where to, and what about. Its secret is shown right after, once.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use super::form::Entered;
use crate::boot::App;
use crate::manage::Refused;
use crate::manage::endpoints::create;
use crate::store::StoreError;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{Faults, sentence};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/connections/webhooks/new.html")]
struct NewPage {
    page: Page,
    key: String,
    entered: Entered,
    faults: Faults,
}

/// A secret, shown this once.
#[derive(Template)]
#[template(path = "admin/connections/webhooks/secret.html")]
pub struct SecretPage {
    pub page: Page,
    pub key: String,
    pub name: String,
    /// Address of the endpoint's page.
    pub path: String,
    pub secret: String,
    /// Another one signs as well, for a day.
    pub rotated: bool,
}

pub async fn form(access: SiteAccess) -> Result<Response, PageError> {
    show(&access, Entered::fresh(), Faults::default())
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, site, guard) = (form.into_inner(), access.site.id, app.dispatcher.client().guard());
    let mut faults = entered.faults(false, guard);
    if !faults.is_empty() {
        return show(&access, entered, faults);
    }
    let mut tx = app.db.begin().await?;
    let made = create(&mut tx, &app.keys.vault, guard, site, &entered.wanted(false), access.actor(), app.clock.now()).await;
    let (endpoint, secret) = match made {
        Ok(made) => made,
        Err(Refused::Store(StoreError::Duplicate)) => {
            faults.add("key", "Another webhook of this store has this key; each needs its own.");
            return show(&access, entered, faults);
        }
        Err(Refused::Invalid { field, message }) => {
            faults.add(field, sentence(&message));
            return show(&access, entered, faults);
        }
        Err(Refused::Store(e)) => return Err(e.into()),
    };
    tx.commit().await?;
    app.catalog.changed(&access.site.key).await;
    let path = format!("/admin/{}/connections/webhooks/{}", access.site.key, endpoint.id);
    render(SecretPage {
        page: access.page(Tab::Connections),
        key: access.site.key.clone(),
        name: endpoint.name,
        path,
        secret: secret.reveal(),
        rotated: false,
    })
}

fn show(access: &SiteAccess, entered: Entered, faults: Faults) -> Result<Response, PageError> {
    let status = faults.status();
    let page = render(NewPage { page: access.page(Tab::Connections), key: access.site.key.clone(), entered, faults })?;
    Ok((status, page).into_response())
}
