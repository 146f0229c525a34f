//! `/u/{token}`: leaving. Looking changes nothing, since mail scanners look at every link; the button or the mail program's own
//! (RFC 8058) acts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::page::Page;
use crate::boot::App;
use crate::flows::{self, Link, Purpose};
use crate::store::sites;
use crate::web::error::Problem;

pub async fn form(State(app): State<Arc<App>>, Path(token): Path<String>) -> Result<Response, Problem> {
    let Some(link) = Link::open(&token, Purpose::Unsubscribe, &app.sender.keys.link) else { return Ok(Page::broken()) };
    let shop = shop(&app, &link).await?;
    let page = Page::new("Unsubscribe", format!("You will get no more mail like this from {shop}."));
    Ok(page.button("Unsubscribe").answer(StatusCode::OK))
}

/// Whatever the body says: a form's, or `List-Unsubscribe=One-Click`.
pub async fn submit(State(app): State<Arc<App>>, Path(token): Path<String>) -> Result<Response, Problem> {
    let Some(link) = Link::open(&token, Purpose::Unsubscribe, &app.sender.keys.link) else { return Ok(Page::broken()) };
    let shop = shop(&app, &link).await?;
    let mut tx = app.db.begin().await?;
    flows::unsubscribe(&mut tx, &app.sender.keys, &link, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Page::new("You are unsubscribed", format!("{shop} sends you no more mail like this.")).answer(StatusCode::OK))
}

async fn shop(app: &App, link: &Link) -> Result<String, Problem> {
    Ok(sites::by_id(&app.db, link.site).await?.map_or_else(|| "The store".to_owned(), |site| site.name))
}
