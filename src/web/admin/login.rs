//! `/login`. A wrong password and an unknown address look and last the same.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header::SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::csrf::{self, CsrfForm};
use super::error::PageError;
use super::next::own_path;
use super::page::{Page, render};
use super::{cookie, session};
use crate::boot::App;
use crate::keys::digest;
use crate::password;
use crate::store::{sessions, users};
use crate::web::limits::client;

#[derive(Template)]
#[template(path = "admin/login.html")]
struct LoginPage {
    page: Page,
    next: String,
    email: String,
    refused: bool,
}

/// Shown while there is nobody who could log in.
#[derive(Template)]
#[template(path = "admin/welcome.html")]
struct WelcomePage {
    page: Page,
}

#[derive(Deserialize)]
pub struct Target {
    next: Option<String>,
}

pub async fn form(State(app): State<Arc<App>>, Query(target): Query<Target>, headers: HeaderMap) -> Result<Response, PageError> {
    let next = own_path(target.next.as_deref());
    if session::find(&app, &headers).await?.is_some() {
        return Ok(Redirect::to(next).into_response());
    }
    if !users::any(&app.db).await? {
        return render(WelcomePage { page: Page::default() });
    }
    show(&app, &headers, next, String::new(), false)
}

#[derive(Deserialize)]
pub struct Entered {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub async fn submit(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: CsrfForm<Entered>,
) -> Result<Response, PageError> {
    let entered = form.into_inner();
    let next = own_path(Some(&entered.next));
    app.limiters.login.check(client(peer, &headers, &app.config.trusted_proxies)).map_err(PageError::TooMany)?;
    let email: String = entered.email.trim().to_lowercase().chars().take(254).collect();
    let user = users::by_email(&app.db, &email).await?;
    if !attempt(&app, &email, &entered.password, user.as_ref()).await? {
        let page = show(&app, &headers, next, entered.email, true)?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    // `attempt` succeeds for somebody who exists only.
    let Some(user) = user else { return Err(PageError::Internal) };
    let mut tx = app.db.begin().await?;
    if let Some(before) = cookie::read(&app, &headers, cookie::SESSION) {
        sessions::delete(&mut tx, &digest(before)).await?;
    }
    let token = session::begin(&mut tx, user.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(enter(&app, &token, next))
}

/// Compares a password, slowing down whoever guesses. The attempt counts as failed until it is known better, so that a
/// hundred at once are not compared for free.
pub async fn attempt(app: &App, email: &str, entered: &str, user: Option<&users::User>) -> Result<bool, PageError> {
    let now = app.clock.now();
    app.throttle.check(email, now).map_err(PageError::TooMany)?;
    app.throttle.failed(email, now);
    let right = password::verify(entered, user.map(|user| user.password_hash.as_str())).await?;
    if right {
        app.throttle.succeeded(email);
    }
    Ok(right)
}

/// Hands the login to the browser and leads to a page.
pub fn enter(app: &App, token: &str, to: &str) -> Response {
    let cookies = [cookie::write(app, cookie::SESSION, token), cookie::forget(app, cookie::VISIT)];
    (AppendHeaders(cookies.map(|line| (SET_COOKIE, line))), Redirect::to(to)).into_response()
}

fn show(app: &App, headers: &HeaderMap, next: &str, email: String, refused: bool) -> Result<Response, PageError> {
    let (csrf, cookie) = csrf::before_login(app, headers);
    let page = Page { csrf, ..Page::default() };
    let page = render(LoginPage { page, next: next.to_owned(), email, refused })?;
    Ok((AppendHeaders(cookie.map(|line| (SET_COOKIE, line))), page).into_response())
}
