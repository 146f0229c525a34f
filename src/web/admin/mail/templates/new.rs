//! `/admin/{site}/mail/templates/new`: a template that begins as a copy of another.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::boot::App;
use crate::mail::shelf;
use crate::manage::templates::{self, NotSaved};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{self, Faults};
use crate::web::admin::page::{Page, Tab, render};

#[derive(askama::Template)]
#[template(path = "admin/mail/new.html")]
struct NewPage {
    page: Page,
    key: String,
    entered: Entered,
    faults: Faults,
    /// Key and name of what it can begin as.
    models: Vec<(String, String)>,
}

#[derive(Default, Deserialize)]
pub struct Entered {
    name: String,
    /// The key of the one it begins as.
    like: String,
}

pub async fn form(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    show(&app, &access, Entered::default(), Faults::default()).await
}

async fn show(app: &App, access: &SiteAccess, entered: Entered, faults: Faults) -> Result<Response, PageError> {
    let (site, status) = (&access.site, faults.status());
    let models = shelf::names(&app.db, site.id).await?;
    let page = render(NewPage { page: access.page(Tab::Mail), key: site.key.clone(), entered, faults, models })?;
    Ok((status, page).into_response())
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, mut faults, site) = (form.into_inner(), Faults::default(), &access.site);
    let name = faults.take("name", fields::text(&entered.name, "a name", 100));
    let model = shelf::find(&app.db, site.id, &entered.like).await?;
    if model.is_none() {
        faults.add("like", "Please choose one of these.");
    }
    let (Some(name), Some(model)) = (name, model) else { return show(&app, &access, entered, faults).await };
    let key = templates::free_key(&app.db, site.id, &name).await?;
    let template = crate::mail::Template { key, name, ..model.template };
    let mut tx = app.db.begin().await?;
    match templates::save(&mut tx, site.id, &template, access.actor(), app.clock.now()).await {
        Ok(()) => tx.commit().await?,
        Err(NotSaved::Refused(crate::manage::Refused::Store(error))) => return Err(error.into()),
        Err(why) => {
            tx.rollback().await?;
            faults.add("name", fields::sentence(&why.to_string()));
            return show(&app, &access, entered, faults).await;
        }
    }
    Ok(Redirect::to(&format!("/admin/{}/mail/templates/{}?done=created", site.key, template.key)).into_response())
}
