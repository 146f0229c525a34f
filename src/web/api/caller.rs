//! Who calls: the holder of a key, for one store, with the scopes the key has.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use crate::boot::App;
use crate::domain::scope::Scope;
use crate::manage::api_keys::find;
use crate::store::api_keys::{self, ApiKey, USED_EVERY};
use crate::store::sites::{self, Site};
use crate::web::error::Problem;
use crate::web::limits::client;

/// A key that was shown, and the store it is of.
#[derive(Clone)]
pub struct Caller {
    pub key: Arc<ApiKey>,
    pub site: Arc<Site>,
}

impl Caller {
    /// Refuses a call that the key does not allow.
    pub fn demand(&self, scope: Scope) -> Result<(), Problem> {
        if self.key.scopes.contains(&scope) {
            return Ok(());
        }
        let detail = format!("this key lacks the scope {scope}");
        let challenge = format!("Bearer realm=\"exitpoll\", error=\"insufficient_scope\", scope=\"{scope}\"");
        let problem = Problem::new(StatusCode::FORBIDDEN, "missing_scope", detail);
        Err(Problem { challenge: Some(challenge), ..problem })
    }

    /// Who is noted in the log.
    pub fn actor(&self) -> String {
        self.key.actor()
    }

    /// Finds who calls, counts the call, and notes that the key is used.
    pub async fn find(app: &App, headers: &HeaderMap, peer: SocketAddr) -> Result<Self, Problem> {
        let now = app.clock.now();
        let shown = bearer(headers).ok_or_else(|| refused("show a key: Authorization: Bearer ep_…", ""))?;
        let Some(key) = find(&app.db, shown).await? else {
            app.limiters.wrong_keys.check(client(peer, headers, &app.config.trusted_proxies)).map_err(Problem::too_many)?;
            return Err(refused("this key is none, or it was revoked", ", error=\"invalid_token\""));
        };
        app.limiters.api.check(key.id).map_err(Problem::too_many)?;
        if key.used_at.is_none_or(|used| used <= now - USED_EVERY) {
            let mut tx = app.db.begin().await?;
            api_keys::touch(&mut tx, &key, now).await?;
            tx.commit().await?;
        }
        let site = sites::by_id(&app.db, key.site).await?;
        // Keys go with their site.
        let site = site.ok_or_else(|| refused("this key's store is gone", ", error=\"invalid_token\""))?;
        Ok(Self { key: Arc::new(key), site: Arc::new(site) })
    }
}

/// Found by the door, which every route is behind.
impl FromRequestParts<Arc<App>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        if let Some(caller) = parts.extensions.get::<Self>() {
            return Ok(caller.clone());
        }
        let peer = ConnectInfo::<SocketAddr>::from_request_parts(parts, app).await;
        let ConnectInfo(peer) =
            peer.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the caller has no address"))?;
        let caller = Self::find(app, &parts.headers, peer).await?;
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// What a request shows. The scheme's name may be written in any case.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn refused(detail: &str, error: &str) -> Problem {
    let challenge = Some(format!("Bearer realm=\"exitpoll\"{error}"));
    Problem { challenge, ..Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail) }
}
