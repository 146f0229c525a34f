//! `POST …/{key}/trial`: the mail to whoever is logged in.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::{Reader, TemplateAccess};
use crate::boot::App;
use crate::flows;
use crate::mail::Mailbox;
use crate::store::audit;
use crate::web::admin::csrf::CsrfForm;
use crate::web::admin::error::PageError;
use crate::web::limits::client;

#[derive(Deserialize)]
pub struct Entered {
    lang: String,
    reader: String,
}

pub async fn submit(
    State(app): State<Arc<App>>,
    access: TemplateAccess,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    form: CsrfForm<Entered>,
) -> Result<Response, PageError> {
    app.limiters.trial.check(client(peer, &headers, &app.config.trusted_proxies)).map_err(PageError::TooMany)?;
    let entered = form.into_inner();
    let (lang, reader) = (access.lang(Some(&entered.lang)), Reader::parse(&entered.reader));
    let data = reader.data(&app, &access.site).await?;
    let (site, user, template) = (&access.site.site, &access.site.current.user, &access.shelved.template);
    let back = |done| {
        Redirect::to(&format!("{}/preview?lang={lang}&reader={}&done={done}", access.path(), reader.word())).into_response()
    };
    let (Ok(texts), Ok(to)) = (template.render(&lang, &data), Mailbox::new(&user.email)) else { return Ok(back("unwritten")) };
    let (to, now) = (to.named(&user.name), app.clock.now());
    let mut tx = app.db.begin().await?;
    if let Err(why) = flows::send_trial(&mut tx, &app.sender, site, &template.key, texts, &to, now).await? {
        tracing::warn!(site.key = %site.key, error = %why, "a test mail cannot be written");
        tx.rollback().await?;
        return Ok(back("unwritten"));
    }
    audit::record(&mut tx, site.id, access.site.actor(), "template.test", &template.key, now).await?;
    tx.commit().await?;
    app.bell.notify_waiters();
    Ok(back("sent"))
}
