//! `/setup/{token}`: the one-time link of a fresh installation makes its owner and the first store.

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, header::SET_COOKIE};
use axum::response::{AppendHeaders, IntoResponse as _, Response};
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use super::csrf::{self, CsrfForm};
use super::error::PageError;
use super::fields::{self, Faults};
use super::page::{Page, render};
use super::sites::identity::{Identity, IdentityFields};
use super::{login, session};
use crate::boot::App;
use crate::id::UserId;
use crate::manage::sites::create;
use crate::manage::users::setup_hash;
use crate::password;
use crate::store::sites;
use crate::store::users::{self, User};
use crate::web::limits::client;

#[derive(Template)]
#[template(path = "admin/setup.html")]
struct SetupPage {
    page: Page,
    token: String,
    name: String,
    email: String,
    site: IdentityFields,
    faults: Faults,
    zones: Vec<String>,
}

pub async fn form(State(app): State<Arc<App>>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, PageError> {
    check(&app, &token).await?;
    let empty = Entered { name: String::new(), email: String::new(), password: String::new(), site: IdentityFields::default() };
    show(&app, &headers, token, empty, Faults::default())
}

#[derive(Deserialize)]
pub struct Entered {
    name: String,
    email: String,
    password: String,
    #[serde(flatten)]
    site: IdentityFields,
}

struct Owner {
    user: User,
    site: Identity,
}

pub async fn submit(
    State(app): State<Arc<App>>,
    Path(token): Path<String>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: CsrfForm<Entered>,
) -> Result<Response, PageError> {
    app.limiters.login.check(client(peer, &headers, &app.config.trusted_proxies)).map_err(PageError::TooMany)?;
    check(&app, &token).await?;
    let entered = form.into_inner();
    let now = app.clock.now();
    let mut faults = Faults::default();
    let Some(mut owner) = read(&entered, now, &mut faults) else {
        return show(&app, &headers, token, entered, faults);
    };
    owner.user.password_hash = password::hash(&entered.password).await?;
    let site = owner.site.new_site(now);
    let mut tx = app.db.begin().await?;
    // Two people with the link: the second finds it used up.
    if !users::take_setup_token(&mut tx, &setup_hash(&token)).await? || users::any(&mut tx).await? {
        return Err(PageError::NotFound);
    }
    users::insert(&mut tx, &owner.user, now).await?;
    create(&mut tx, &site, &owner.user.email, now).await?;
    sites::add_member(&mut tx, site.id, owner.user.id).await?;
    let login = session::begin(&mut tx, owner.user.id, now).await?;
    tx.commit().await?;
    Ok(login::enter(&app, &login, &format!("/admin/{}/install", site.key)))
}

/// Only the right link, and only while there is nobody.
async fn check(app: &App, token: &str) -> Result<(), PageError> {
    let stored = users::setup_token(&app.db).await?.unwrap_or_default();
    let right = bool::from(setup_hash(token).as_bytes().ct_eq(stored.as_bytes()));
    if right && !users::any(&app.db).await? { Ok(()) } else { Err(PageError::NotFound) }
}

fn read(entered: &Entered, now: i64, faults: &mut Faults) -> Option<Owner> {
    let name = faults.take("name", fields::text(&entered.name, "your name", 100));
    let email = faults.take("email", fields::email(&entered.email));
    if let Err(weak) = password::check(&entered.password) {
        faults.add("password", fields::sentence(&weak.to_string()));
    }
    let site = entered.site.read(faults);
    let user = User { id: UserId::new(now), email: email?, name: name?, password_hash: String::new(), admin: true };
    let site = site?;
    faults.is_empty().then_some(Owner { user, site })
}

fn show(app: &App, headers: &HeaderMap, token: String, entered: Entered, faults: Faults) -> Result<Response, PageError> {
    let (csrf, cookie) = csrf::before_login(app, headers);
    let Entered { name, email, site, .. } = entered;
    let page = Page { csrf, ..Page::default() };
    let status = faults.status();
    let page = render(SetupPage { page, token, name, email, site, faults, zones: fields::time_zones() })?;
    Ok((status, AppendHeaders(cookie.map(|line| (SET_COOKIE, line))), page).into_response())
}
