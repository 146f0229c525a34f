//! `/admin/{site}/settings/identity`: whether pages are believed when they say who somebody is, and the secret that a store's server
//! signs with.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::boot::App;
use crate::collect::identity::secret;
use crate::store::audit;
use crate::store::sites::{self, Site};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/sites/shoppers.html")]
struct ShoppersPage {
    page: Page,
    key: String,
    demanded: bool,
    /// Shown once its owner asks.
    secret: Option<String>,
    notice: Option<&'static str>,
    snippets: [Snippet; 6],
}

/// How a server signs, as text to copy.
struct Snippet {
    id: &'static str,
    name: &'static str,
    code: &'static str,
}

/// Each makes `signature` of `customer`: HMAC-SHA256, in hexadecimal, of the id, a line feed, and the address in small letters.
const SNIPPETS: [Snippet; 6] = [
    Snippet { id: "php", name: "PHP", code: include_str!("snippets/sign.php") },
    Snippet { id: "node", name: "Node", code: include_str!("snippets/sign.js") },
    Snippet { id: "ruby", name: "Ruby", code: include_str!("snippets/sign.rb") },
    Snippet { id: "python", name: "Python", code: include_str!("snippets/sign.py") },
    Snippet { id: "liquid", name: "Liquid (Shopify)", code: include_str!("snippets/sign.liquid") },
    Snippet { id: "shell", name: "Shell, to try it out", code: include_str!("snippets/sign.sh") },
];

#[derive(Deserialize)]
pub struct After {
    done: Option<String>,
}

pub async fn show(access: SiteAccess, Query(after): Query<After>) -> Result<Response, PageError> {
    let notice = match after.done.as_deref() {
        Some("saved") => Some("Saved. Your store’s pages follow within a minute or two."),
        Some("renewed") => {
            Some("There is a new secret. Signatures made with the old one are refused: put the new one into your store now.")
        }
        _ => None,
    };
    page(&access, None, notice)
}

fn page(access: &SiteAccess, secret: Option<String>, notice: Option<&'static str>) -> Result<Response, PageError> {
    let (key, demanded) = (access.site.key.clone(), access.site.settings.identity.demand_signature);
    render(ShoppersPage { page: access.page(Tab::Settings), key, demanded, secret, notice, snippets: SNIPPETS })
}

#[derive(Deserialize)]
pub struct Entered {
    demand: Option<String>,
}

pub async fn save(State(app): State<Arc<App>>, access: SiteAccess, form: CsrfForm<Entered>) -> Result<Response, PageError> {
    let demand = form.into_inner().demand.is_some();
    let action = if demand { "identity.demand" } else { "identity.allow" };
    change(&app, &access, action, "saved", |site| site.settings.identity.demand_signature = demand).await
}

#[derive(Deserialize)]
pub struct Nothing {}

/// Shows the secret. Who looked at it is in the log.
pub async fn reveal(State(app): State<Arc<App>>, access: SiteAccess, _form: CsrfForm<Nothing>) -> Result<Response, PageError> {
    let mut tx = app.db.begin().await?;
    audit::record(
        &mut tx,
        access.site.id,
        access.actor(),
        "identity.reveal",
        "the secret for signed identities",
        app.clock.now(),
    )
    .await?;
    tx.commit().await?;
    page(&access, Some(secret(&app.keys.collect.identity, &access.site)), None)
}

pub async fn renew(State(app): State<Arc<App>>, access: SiteAccess, _form: CsrfForm<Nothing>) -> Result<Response, PageError> {
    change(&app, &access, "identity.renew", "renewed", |site| site.settings.identity.round += 1).await
}

async fn change(
    app: &App,
    access: &SiteAccess,
    action: &str,
    done: &str,
    change: impl FnOnce(&mut Site),
) -> Result<Response, PageError> {
    let mut site = access.site.clone();
    change(&mut site);
    let mut tx = app.db.begin().await?;
    sites::update(&mut tx, &site).await?;
    audit::record(&mut tx, site.id, access.actor(), action, "signed identities", app.clock.now()).await?;
    tx.commit().await?;
    app.catalog.changed(&site.key).await;
    Ok(Redirect::to(&format!("/admin/{}/settings/identity?done={done}", site.key)).into_response())
}
