//! `/admin/{site}/flows/{id}/edit`: the form. Its buttons send it, so that rows come and go without a script; nothing is saved
//! before a button says so. Whoever saves second is told, and keeps what was entered.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::draft::Draft;
use super::pairs::Pairs;
use super::parts::Parts;
use super::press::Press;
use super::publish::lacks;
use super::view::FormView;
use super::{Documents, FlowAccess};
use crate::boot::App;
use crate::manage;
use crate::store::flows;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;
use crate::web::admin::format;

pub async fn form(State(app): State<Arc<App>>, access: FlowAccess) -> Result<Response, PageError> {
    let documents = Documents::load(&app.db, &access.site, &access.entry).await?;
    let Some(flow) = &documents.draft else {
        // Only its text can tell what is wrong with it.
        return Ok(Redirect::to(&format!("{}/json", access.path())).into_response());
    };
    let parts = Parts::load(&app.db, &access.site.site, app.clock.now()).await?;
    let view = FormView { is_ahead: documents.is_ahead(), ..FormView::of(&access) };
    view.show(&access.site, &Draft::of(flow, &parts), &parts, Faults::default())
}

pub async fn submit(State(app): State<Arc<App>>, access: FlowAccess, form: CsrfForm<Pairs>) -> Result<Response, PageError> {
    let pairs = form.into_inner();
    let (site, id) = (access.site.site.id, access.entry.id);
    let parts = Parts::load(&app.db, &access.site.site, app.clock.now()).await?;
    let mut faults = Faults::default();
    let mut draft = Draft::sent(&pairs, &mut faults);
    let seen: i64 = pairs.get("updated_at").parse().unwrap_or(0);
    let view = FormView { updated_at: seen, ..FormView::of(&access) };
    let press = Press::read(pairs.get("then")).ok_or(PageError::Form(StatusCode::BAD_REQUEST))?;
    if !matches!(press, Press::Save | Press::Publish) {
        let focus = draft.press(&press, &pairs, &parts);
        return FormView { focus, ..view }.show(&access.site, &draft, &parts, Faults::default());
    }
    let Some(flow) = draft.read(&access.entry.key, &parts, &mut faults) else {
        return view.show(&access.site, &draft, &parts, faults);
    };
    let mut tx = app.db.begin().await?;
    let current = flows::lock(&mut tx, site, id).await?.ok_or(PageError::NotFound)?;
    if current.updated_at != seen {
        let conflict = Some(format::moment(current.updated_at, &access.site.zone()));
        let view = FormView { conflict, updated_at: current.updated_at, ..view };
        return view.show(&access.site, &draft, &parts, Faults::default());
    }
    // Never the same twice, whatever the clock does: it is how the next form is known to be current.
    let now = app.clock.now().max(current.updated_at + 1);
    if press == Press::Publish && lacks(&mut tx, site, &flow, &draft, &mut faults).await? {
        return view.show(&access.site, &draft, &parts, faults);
    }
    let mut done = "saved";
    manage::flows::update(&mut tx, site, id, &flow, access.site.actor(), now).await?;
    if press == Press::Publish {
        manage::flows::publish(&mut tx, site, id, &flow, access.site.actor(), now).await?;
        done = "published";
    }
    Ok(super::finish(&app, &access.site, tx, id, done).await?.into_response())
}
