//! `POST …/codes` adds a list of codes to a pool, `POST …/drop` takes one out before anybody gets it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::PoolAccess;
use super::show::{self, Entered, added_query};
use crate::boot::App;
use crate::manage;
use crate::store::coupons::Dropped;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::Faults;

#[derive(Deserialize)]
pub struct Codes {
    codes: String,
}

pub async fn add(State(app): State<Arc<App>>, access: PoolAccess, form: CsrfForm<Codes>) -> Result<Response, PageError> {
    let (site, pool) = (&access.site, &access.stocked.pool);
    // The page of such a pool has no form for it.
    if pool.shared_code.is_some() {
        return Err(PageError::NotFound);
    }
    let (codes, mut faults) = (form.into_inner().codes, Faults::default());
    let Some(list) = super::codes(&codes, &mut faults) else {
        let entered = Entered { codes, ..Entered::of(&access) };
        return show::page(&app, access, entered, faults, None).await;
    };
    let mut tx = app.db.begin().await?;
    let report = manage::coupons::add(&mut tx, site.site.id, pool, &list, site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    let query = added_query(&report);
    Ok(Redirect::to(&format!("/admin/{}/coupons/{}?{query}", site.site.key, pool.id)).into_response())
}

#[derive(Deserialize)]
pub struct One {
    dropped: String,
}

pub async fn take_out(State(app): State<Arc<App>>, access: PoolAccess, form: CsrfForm<One>) -> Result<Response, PageError> {
    let (site, code) = (&access.site, form.into_inner().dropped);
    let mut tx = app.db.begin().await?;
    let pool = &access.stocked.pool;
    let fault = match manage::coupons::drop_code(&mut tx, site.site.id, pool, code.trim(), site.actor(), app.clock.now()).await? {
        Dropped::Done => {
            tx.commit().await?;
            return Ok(access.done("dropped").into_response());
        }
        Dropped::Given => "Somebody was given this code already; withdraw it in your shop.",
        Dropped::Unknown => "This pool has no such code.",
    };
    tx.rollback().await?;
    let (entered, mut faults) = (Entered { dropped: code, ..Entered::of(&access) }, Faults::default());
    faults.add("dropped", fault);
    show::page(&app, access, entered, faults, None).await
}
