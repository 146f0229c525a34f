//! `POST /hooks/{site}/mail/{source}/{token}`: bounces and complaints, from the services that send mail and from a mailbox.
//!
//! The secret in the address proves who calls, for each site and source another; where the owner entered the service's own key, its
//! signature is demanded besides. Answered 200 only after it is stored.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use subtle::ConstantTimeEq as _;

use super::error::Problem;
use super::limits::client;
use crate::boot::App;
use crate::flows;
use crate::id::uuid7;
use crate::keys::digest;
use crate::mail::feedback::{self, Source, mailgun, sendgrid, ses};
use crate::mail::secrets;
use crate::store::feedback::Returned;
use crate::store::mail_secrets::MailSecret;
use crate::store::sites::{self, Site};
use crate::store::{self};

pub async fn receive(
    State(app): State<Arc<App>>,
    Path((key, source, token)): Path<(String, String, String)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    app.limiters.feedback.check(client(peer, &headers, &app.config.trusted_proxies)).map_err(Problem::too_many)?;
    let unknown =
        || Problem::new(StatusCode::NOT_FOUND, "unknown_address", "there is no such address: copy it from the admin once more");
    let source = Source::parse(&source).ok_or_else(unknown)?;
    let site = sites::by_key(&app.db, &key).await?.ok_or_else(unknown)?;
    let expected = app.sender.keys.feedback_token(site.id, source, site.settings.sending.round);
    if !bool::from(expected.as_bytes().ct_eq(token.as_bytes())) {
        return Err(unknown());
    }
    check_signature(&app, &site, source, &headers, &body).await?;
    if source == Source::Ses && offer_confirmation(&app, &site, &body).await? {
        return Ok(StatusCode::OK);
    }
    let told = feedback::parse(source, &body).map_err(|why| Problem::bad_request("unreadable", why.to_string()))?;
    flows::take_back(&app.db, &app.sender.keys, site.id, source, &told, app.clock.now()).await?;
    Ok(StatusCode::OK)
}

async fn check_signature(app: &App, site: &Site, source: Source, headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let name = match source {
        Source::Mailgun => MailSecret::Mailgun,
        Source::Sendgrid => MailSecret::Sendgrid,
        Source::Ses | Source::Postmark | Source::Mail => return Ok(()),
    };
    let Some(key) = secrets::open(&app.db, &app.keys.vault, site.id, name).await? else { return Ok(()) };
    let forged = |why: &str| Problem::new(StatusCode::UNAUTHORIZED, "forged", why);
    // Without its key nothing can be checked, and nothing unchecked is believed.
    let key = key.map_err(|why| {
        tracing::error!(site.key = %site.key, error = %why, "calls of {source} are refused");
        forged("the signature cannot be checked")
    })?;
    if source == Source::Mailgun {
        let once = mailgun::verify(body, &key, app.clock.now()).map_err(|why| forged(&why.to_string()))?;
        return used_once(app, site, &once).await;
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (at, signature) = (header("x-twilio-email-event-webhook-timestamp"), header("x-twilio-email-event-webhook-signature"));
    match sendgrid::verify(body, at, signature, &key) {
        true => Ok(()),
        false => Err(forged("the signature does not fit the verification key")),
    }
}

/// Mailgun signs a token and not the event: the token of one call must not carry another.
async fn used_once(app: &App, site: &Site, once: &str) -> Result<(), Problem> {
    let mut tx = app.db.begin().await?;
    let first = store::feedback::first(&mut tx, site.id, digest(&format!("mailgun token {once}")), app.clock.now()).await?;
    tx.commit().await?;
    match first {
        true => Ok(()),
        false => Err(Problem::new(StatusCode::UNAUTHORIZED, "forged", "the signature was used before")),
    }
}

/// Amazon asks whether the topic may send here. The owner is shown the link: nothing that a stranger could send makes this server
/// call anybody.
async fn offer_confirmation(app: &App, site: &Site, body: &[u8]) -> Result<bool, Problem> {
    let Some(url) = ses::confirmation(body) else { return Ok(false) };
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if store::feedback::first(&mut tx, site.id, digest(url.as_str()), now).await? {
        let offered = Returned {
            id: uuid7(now),
            at: now,
            source: Source::Ses.to_string(),
            kind: "confirm".to_owned(),
            message_id: None,
            hash: None,
            told: None,
            detail: url.into(),
        };
        store::feedback::insert(&mut tx, site.id, &offered).await?;
    }
    tx.commit().await?;
    Ok(true)
}
