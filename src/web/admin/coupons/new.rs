//! `/admin/{site}/coupons/new`: one code for everybody, or many that are given once each.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::boot::App;
use crate::domain::coupon::List;
use crate::domain::report::is_key;
use crate::manage::coupons::{add, create, new_pool};
use crate::store::StoreError;
use crate::store::coupons::Pool;
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::fields::{self, Faults};
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/coupons/new.html")]
struct NewPage {
    page: Page,
    key: String,
    entered: Entered,
    faults: Faults,
}

#[derive(Deserialize)]
pub struct Wanted {
    /// The key that a survey names already.
    key: Option<String>,
}

#[derive(Default, Deserialize)]
pub struct Entered {
    name: String,
    key: String,
    /// `single` or `shared`.
    kind: String,
    code: String,
    codes: String,
    last_day: String,
}

impl Entered {
    fn is_shared(&self) -> bool {
        self.kind == "shared"
    }

    /// Reads every field, so that all faults are told at once. Codes there are none for a pool with one for everybody.
    fn read(&self, access: &SiteAccess, now: i64, faults: &mut Faults) -> Result<Option<(Pool, Option<List>)>, PageError> {
        let name = faults.take("name", fields::text(&self.name, "a name", 100));
        let key = self.key.trim();
        if !is_key(key) {
            faults.add("key", "Please enter 1 to 64 of the characters a–z, 0–9, - and _.");
        }
        let (shared, list) = match self.is_shared() {
            true => (faults.take("code", super::shared_code(&self.code)), None),
            false => (None, super::codes(&self.codes, faults)),
        };
        let expires_at = faults.take("last_day", super::expiry(&self.last_day, &access.zone()));
        let (true, Some(name), Some(expires_at)) = (faults.is_empty(), name, expires_at) else { return Ok(None) };
        Ok(Some((new_pool(key, &name, shared, expires_at, now)?, list)))
    }
}

pub async fn form(access: SiteAccess, Query(wanted): Query<Wanted>) -> Result<Response, PageError> {
    let key = wanted.key.unwrap_or_default();
    show(&access, Entered { key, kind: "single".into(), ..Entered::default() }, Faults::default())
}

pub async fn submit(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (entered, now, site) = (form.into_inner(), app.clock.now(), access.site.id);
    let mut faults = Faults::default();
    let Some((pool, list)) = entered.read(&access, now, &mut faults)? else {
        return show(&access, entered, faults);
    };
    let mut tx = app.db.begin().await?;
    match create(&mut tx, site, &pool, access.actor(), now).await {
        Err(StoreError::Duplicate) => {
            faults.add("key", format!("Another pool of this store has the key “{}”; each needs its own.", pool.key));
            return show(&access, entered, faults);
        }
        created => created?,
    }
    let shown = format!("/admin/{}/coupons/{}", access.site.key, pool.id);
    let query = match list {
        Some(list) => super::show::added_query(&add(&mut tx, site, &pool, &list, access.actor(), now).await?),
        None => "done=created".into(),
    };
    tx.commit().await?;
    Ok(Redirect::to(&format!("{shown}?{query}")).into_response())
}

fn show(access: &SiteAccess, entered: Entered, faults: Faults) -> Result<Response, PageError> {
    let status = faults.status();
    let page = render(NewPage { page: access.page(Tab::Coupons), key: access.site.key.clone(), entered, faults })?;
    Ok((status, page).into_response())
}
