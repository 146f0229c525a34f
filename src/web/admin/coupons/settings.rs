//! `POST …/settings` changes a pool, `POST …/retire` and `POST …/restore` stop it and let it go on.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::PoolAccess;
use super::show::{self, Entered};
use crate::boot::App;
use crate::manage;
use crate::store::coupons::Pool;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{self, Faults};

#[derive(Deserialize)]
pub struct Fields {
    name: String,
    /// Of a pool that gives it to everybody.
    code: Option<String>,
    last_day: String,
}

pub async fn submit(State(app): State<Arc<App>>, access: PoolAccess, form: CsrfForm<Fields>) -> Result<Response, PageError> {
    let (entered, mut faults) = (form.into_inner(), Faults::default());
    let (site, pool) = (&access.site, &access.stocked.pool);
    let name = faults.take("name", fields::text(&entered.name, "a name", 100));
    let code = entered.code.unwrap_or_default();
    let shared_code = pool.shared_code.is_some().then(|| faults.take("code", super::shared_code(&code))).flatten();
    let expires_at = faults.take("last_day", super::expiry(&entered.last_day, &site.zone()));
    let (true, Some(name), Some(expires_at)) = (faults.is_empty(), name, expires_at) else {
        let entered = Entered { name: entered.name, code, last_day: entered.last_day, ..Entered::default() };
        return show::page(&app, access, entered, faults, None).await;
    };
    let changed = Pool { name, shared_code, expires_at, ..pool.clone() };
    let mut tx = app.db.begin().await?;
    manage::coupons::update(&mut tx, site.site.id, &changed, site.actor(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(access.done("saved").into_response())
}

#[derive(Deserialize)]
pub struct Nothing {}

pub async fn retire(app: State<Arc<App>>, access: PoolAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(app, access, true).await
}

pub async fn restore(app: State<Arc<App>>, access: PoolAccess, _checked: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(app, access, false).await
}

/// A second click finds it done and changes nothing.
async fn change(State(app): State<Arc<App>>, access: PoolAccess, retired: bool) -> Result<Response, PageError> {
    let (site, pool) = (&access.site, &access.stocked.pool);
    if pool.retired_at.is_some() != retired {
        let mut tx = app.db.begin().await?;
        manage::coupons::set_retired(&mut tx, site.site.id, pool, retired, site.actor(), app.clock.now()).await?;
        tx.commit().await?;
    }
    Ok(access.done(if retired { "retired" } else { "restored" }).into_response())
}
