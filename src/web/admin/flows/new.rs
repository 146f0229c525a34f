//! `/admin/{site}/flows/new`: an empty form. `POST /admin/{site}/flows/ready/{name}`: a copy of a ready-made follow-up.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::draft::Draft;
use super::pairs::Pairs;
use super::parts::Parts;
use super::press::Press;
use super::publish::lacks;
use super::ready::{Ready, free_key};
use super::view::FormView;
use crate::boot::App;
use crate::manage;
use crate::store::{flows, sites};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;

pub async fn form(State(app): State<Arc<App>>, access: SiteAccess) -> Result<Response, PageError> {
    let parts = Parts::load(&app.db, &access.site, app.clock.now()).await?;
    FormView::blank(&access).show(&access, &Draft::blank(), &parts, Faults::default())
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Pairs>) -> Result<Response, PageError> {
    let (pairs, now) = (form.into_inner(), app.clock.now());
    let parts = Parts::load(&app.db, &access.site, now).await?;
    let mut faults = Faults::default();
    let mut draft = Draft::sent(&pairs, &mut faults);
    let view = FormView::blank(&access);
    let press = Press::read(pairs.get("then")).ok_or(PageError::Form(StatusCode::BAD_REQUEST))?;
    if !matches!(press, Press::Save | Press::Publish) {
        let focus = draft.press(&press, &pairs, &parts);
        return FormView { focus, ..view }.show(&access, &draft, &parts, Faults::default());
    }
    let mut tx = app.db.begin().await?;
    // Keys are chosen one store at a time.
    sites::touch(&mut tx, access.site.id).await?;
    let key = free_key(&draft.name, &flows::list(&mut tx, access.site.id).await?);
    let Some(flow) = draft.read(&key, &parts, &mut faults) else {
        return view.show(&access, &draft, &parts, faults);
    };
    if press == Press::Publish && lacks(&mut tx, access.site.id, &flow, &draft, &mut faults).await? {
        return view.show(&access, &draft, &parts, faults);
    }
    let id = manage::flows::create(&mut tx, access.site.id, &flow, access.actor(), now).await?;
    let mut done = "saved";
    if press == Press::Publish {
        manage::flows::publish(&mut tx, access.site.id, id, &flow, access.actor(), now).await?;
        done = "published";
    }
    Ok(super::finish(&app, &access, tx, id, done).await?.into_response())
}

#[derive(Deserialize)]
pub struct Nothing {}

#[derive(Deserialize)]
pub struct Chosen {
    name: String,
}

pub async fn copy(
    State(app): State<Arc<App>>,
    access: SiteAccess,
    Path(chosen): Path<Chosen>,
    _checked: CsrfForm<Nothing>,
) -> Result<Response, PageError> {
    let (ready, now) = (Ready::find(&chosen.name).ok_or(PageError::NotFound)?, app.clock.now());
    let parts = Parts::load(&app.db, &access.site, now).await?;
    let mut tx = app.db.begin().await?;
    sites::touch(&mut tx, access.site.id).await?;
    let existing = flows::list(&mut tx, access.site.id).await?;
    let flow = ready.flow(&parts, &existing).map_err(|problems| anyhow::anyhow!("{}: {problems:?}", ready.name))?;
    let id = manage::flows::create(&mut tx, access.site.id, &flow, access.actor(), now).await?;
    Ok(super::finish(&app, &access, tx, id, "copied").await?.into_response())
}
