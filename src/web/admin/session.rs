//! Logins: a random token in a cookie, its hash in the table.

use axum::http::HeaderMap;

use super::cookie;
use crate::boot::App;
use crate::clock::MINUTE;
use crate::id::{UserId, secret};
use crate::jobs::{SESSION_ABSOLUTE, SESSION_IDLE};
use crate::keys::digest;
use crate::store::users::User;
use crate::store::{StoreError, Tx, sessions};

/// How exactly the table knows when somebody was last here; finer would be a write for every page.
const PRECISION: i64 = MINUTE;

/// A new login; answers with its token, which never existed before.
pub async fn begin(tx: &mut Tx, user: UserId, now: i64) -> Result<String, StoreError> {
    let token = secret(32);
    sessions::insert(tx, &digest(&token), user, now).await?;
    Ok(token)
}

/// The person whose login the cookie is, and the token itself.
pub async fn find(app: &App, headers: &HeaderMap) -> Result<Option<(User, String)>, StoreError> {
    let Some(token) = cookie::read(app, headers, cookie::SESSION) else { return Ok(None) };
    let (hash, now) = (digest(token), app.clock.now());
    let Some(session) = sessions::find(&app.db, &hash).await? else { return Ok(None) };
    if now - session.seen_at >= SESSION_IDLE || now - session.created_at >= SESSION_ABSOLUTE {
        return Ok(None);
    }
    if now - session.seen_at >= PRECISION {
        let mut tx = app.db.begin().await?;
        sessions::touch(&mut tx, &hash, now).await?;
        tx.commit().await?;
    }
    Ok(Some((session.user, token.to_owned())))
}
