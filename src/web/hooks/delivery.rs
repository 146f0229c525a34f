//! What the hooks of all shops have in common.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http_body_util::LengthLimitError;

use crate::boot::App;
use crate::clock::{MINUTE, Millis};
use crate::collect::catalog::LiveSite;
use crate::collect::offer::visitor_hash;
use crate::inbound::{Arrived, Connection, Meaning, Reading, System, Unreadable, receive, refuse};
use crate::keys::{digest_bytes, hex};
use crate::store::sites::Site;
use crate::store::{StoreError, shops};
use crate::web::error::Problem;
use crate::web::limits::client;

/// The largest body: an order of several hundred lines.
const MAX_BODY: usize = 1024 * 1024;
/// Longest topic and delivery id that are noted.
const MAX_HEADER: usize = 200;
/// How exactly it is known when a bad signature came; finer would let strangers write as often as they like.
const PRECISION: Millis = MINUTE;

/// A request to one site's hook, before anything of it is believed.
pub struct Hook<'a> {
    pub app: &'a App,
    pub live: Arc<LiveSite>,
    pub system: System,
    pub headers: &'a HeaderMap,
    pub body: Bytes,
}

impl<'a> Hook<'a> {
    pub async fn read(
        app: &'a App,
        site: &str,
        system: System,
        peer: SocketAddr,
        headers: &'a HeaderMap,
        body: Body,
    ) -> Result<Self, Problem> {
        let unknown = || Problem::new(StatusCode::NOT_FOUND, "unknown_site", "there is no such site");
        let live = app.catalog.site(site).await?.ok_or_else(unknown)?;
        let sender = client(peer, headers, &app.config.trusted_proxies);
        app.limiters.hooks.check((live.site.id, sender)).map_err(Problem::too_many)?;
        let body = axum::body::to_bytes(body, MAX_BODY).await.map_err(|e| match e.into_inner().is::<LengthLimitError>() {
            true => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", format!("the body is over {} KiB", MAX_BODY / 1024)),
            false => Problem::bad_request("incomplete", "the body did not arrive whole"),
        })?;
        Ok(Self { app, live, system, headers, body })
    }

    /// A header's text, cut to what is noted.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let text = self.headers.get(name)?.to_str().ok()?.trim();
        (!text.is_empty() && text.len() <= MAX_HEADER).then_some(text)
    }

    /// The shop whose secret the body is signed with. A bad signature is noted for the store's owner to see.
    pub async fn verified(&self, signature: &str) -> Result<Connection, Problem> {
        let (site, source, now) = (&self.live.site, self.system.as_str(), self.app.clock.now());
        let unsigned = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, "bad_signature", detail);
        let Some(shop) = shops::find(&self.app.db, site.id, source).await? else {
            return Err(unsigned("this site is not connected: save the webhooks' secret in its admin first"));
        };
        let connection = Connection::open(&self.app.keys.vault, site.id, self.system, shop, now).map_err(|e| {
            tracing::error!(site.key = %site.key, source, error = %e, "a hook cannot be checked");
            Problem::unavailable()
        })?;
        let tag = self.header(signature).and_then(|tag| BASE64_STANDARD.decode(tag).ok());
        if tag.is_some_and(|tag| connection.verify(&self.body, &tag)) {
            return Ok(connection);
        }
        tracing::warn!(site.key = %site.key, source, "a hook with a bad signature");
        if connection.refused_at.is_none_or(|before| now - before >= PRECISION) {
            let mut tx = self.app.db.begin().await?;
            shops::refused(&mut tx, site.id, source, now).await?;
            tx.commit().await?;
        }
        Err(unsigned("the signature does not fit the body and this connection's secret"))
    }

    /// What stands for a delivery whose shop gave it no id, or one that is not its own.
    pub fn fingerprint(&self) -> String {
        hex(&digest_bytes(&self.body)[..16])
    }

    /// Takes in what `read` makes of the body, or says why nothing can be made of it.
    pub async fn take(
        &self,
        arrived: Arrived<'_>,
        happened: Option<Millis>,
        read: impl FnOnce(&str, &[u8], &Reading<'_>) -> Result<Meaning, Unreadable>,
    ) -> Result<StatusCode, Problem> {
        let (site, now) = (&self.live.site, self.app.clock.now());
        let visitor = |site: &Site, id: &str| visitor_hash(site.id, id);
        let reading = Reading { site, at: happened.unwrap_or(now), now, visitor };
        let meaning = match read(&arrived.topic, &self.body, &reading) {
            Ok(meaning) => meaning,
            Err(reason) => return self.refuse(&arrived, reason).await,
        };
        match receive(&self.app.db, &self.app.sender.keys, site, &arrived, &meaning, now).await {
            Ok(_) => {
                self.app.bell.notify_one();
                Ok(StatusCode::OK)
            }
            Err(StoreError::Refused(e)) => {
                tracing::error!(site.key = %site.key, error = %e, topic = arrived.topic, "the database refused a hook");
                self.refuse(&arrived, Unreadable::NotStorable).await
            }
            Err(StoreError::Overtaken) => Err(Problem::unavailable()),
            Err(e) => Err(e.into()),
        }
    }

    /// Answers with the reason, notes and logs it.
    pub async fn refuse(&self, arrived: &Arrived<'_>, reason: Unreadable) -> Result<StatusCode, Problem> {
        let (site, source) = (&self.live.site, self.system.as_str());
        tracing::warn!(site.key = %site.key, source, topic = arrived.topic, delivery = arrived.id, %reason, "a hook cannot be read");
        refuse(&self.app.db, site, arrived, &reason, self.app.clock.now()).await?;
        let (status, code) = match reason {
            Unreadable::NotJson(_) => (StatusCode::BAD_REQUEST, "malformed"),
            Unreadable::OtherShop { .. } => (StatusCode::FORBIDDEN, "other_shop"),
            _ => (StatusCode::UNPROCESSABLE_ENTITY, "unreadable"),
        };
        Err(Problem::new(status, code, reason.to_string()))
    }
}
