//! `/admin/account`: one's own password. A new one ends every other login.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::access::CurrentUser;
use super::csrf::CsrfForm;
use super::error::PageError;
use super::fields::{Faults, sentence};
use super::page::{Page, render};
use super::{login, session};
use crate::boot::App;
use crate::manage::users::reset_password;
use crate::password;

#[derive(Template)]
#[template(path = "admin/account.html")]
struct AccountPage {
    page: Page,
    name: String,
    email: String,
    faults: Faults,
    changed: bool,
}

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn form(current: CurrentUser, Query(after): Query<After>) -> Result<Response, PageError> {
    show(&current, Faults::default(), after.done.is_some())
}

#[derive(Deserialize)]
pub struct Entered {
    current: String,
    password: String,
}

pub async fn submit(State(app): State<Arc<App>>, current: CurrentUser, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let (user, entered) = (&current.user, form.into_inner());
    let mut faults = Faults::default();
    if let Err(weak) = password::check(&entered.password) {
        faults.add("password", sentence(&weak.to_string()));
    } else if !login::attempt(&app, &user.email, &entered.current, Some(user)).await? {
        faults.add("current", "This is not your current password.");
    }
    if !faults.is_empty() {
        return show(&current, faults, false);
    }
    let hash = password::hash(&entered.password).await?;
    let mut tx = app.db.begin().await?;
    reset_password(&mut tx, user.id, &hash).await?;
    let token = session::begin(&mut tx, user.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(login::enter(&app, &token, "/admin/account?done=password"))
}

fn show(current: &CurrentUser, faults: Faults, changed: bool) -> Result<Response, PageError> {
    let (name, email) = (current.user.name.clone(), current.user.email.clone());
    let status = faults.status();
    let page = render(AccountPage { page: current.page(), name, email, faults, changed })?;
    Ok((status, page).into_response())
}
