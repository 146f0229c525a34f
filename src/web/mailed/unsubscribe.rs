//! `/u/{token}`: leaving. Looking changes nothing, since mail scanners look at every link; the button or the mail program's own
//! (RFC 8058) acts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::page::Page;
use super::phrases::{Phrases, phrases};
use crate::boot::App;
use crate::flows::{self, Link, Purpose};
use crate::store::sites;
use crate::web::error::Problem;

pub async fn form(State(app): State<Arc<App>>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(link) = Link::open(&token, Purpose::Unsubscribe, &app.sender.keys.link) else { return Ok(Page::broken(&headers)) };
    let (lang, words, shop) = reader(&app, &link, &headers).await?;
    let page = Page::new(lang, &words.unsubscribe, words.unsubscribe_text.replace("{shop}", &shop));
    Ok(page.button(&words.unsubscribe_button).answer(StatusCode::OK))
}

/// Whatever the body says: a form's, or `List-Unsubscribe=One-Click`.
pub async fn submit(State(app): State<Arc<App>>, Path(token): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let Some(link) = Link::open(&token, Purpose::Unsubscribe, &app.sender.keys.link) else { return Ok(Page::broken(&headers)) };
    let (lang, words, shop) = reader(&app, &link, &headers).await?;
    let mut tx = app.db.begin().await?;
    flows::unsubscribe(&mut tx, &app.sender.keys, &link, app.clock.now()).await?;
    tx.commit().await?;
    let page = Page::new(lang, &words.unsubscribed, words.unsubscribed_text.replace("{shop}", &shop));
    Ok(page.answer(StatusCode::OK))
}

/// In which language to speak, its words, and of which store.
async fn reader(app: &App, link: &Link, headers: &HeaderMap) -> Result<(&'static str, &'static Phrases, String), Problem> {
    let chosen = flows::preferences(&app.db, &app.sender.keys, link, app.clock.now()).await?;
    let (lang, words) = phrases(chosen.and_then(|chosen| chosen.locale).as_deref(), headers);
    let shop = sites::by_id(&app.db, link.site).await?.map_or_else(|| words.shop.clone(), |site| site.name);
    Ok((lang, words, shop))
}
