//! People who can log in, and the one-time link for the first of them.

use super::Refused;
use crate::clock::Millis;
use crate::domain::answer::is_email;
use crate::id::{UserId, secret};
use crate::keys::{digest, hex};
use crate::password;
use crate::store::users::{self, User};
use crate::store::{Db, StoreError, Tx, sessions};

/// Checks what was typed and hashes the password; nothing is stored yet.
pub async fn new_user(
    email: &str,
    name: &str,
    password: &str,
    admin: bool,
    now: Millis,
) -> anyhow::Result<Result<User, Refused>> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Ok(Err(Refused::invalid("email", format!("{email:?} is not an e-mail address"))));
    }
    if let Err(weak) = password::check(password) {
        return Ok(Err(Refused::invalid("password", weak.to_string())));
    }
    let name = name.trim();
    if name.chars().count() > 100 {
        return Ok(Err(Refused::invalid("name", "has more than 100 characters")));
    }
    let name = if name.is_empty() { email.split('@').next().unwrap_or(&email) } else { name };
    let password_hash = password::hash(password).await?;
    Ok(Ok(User { id: UserId::new(now), name: name.to_owned(), email, password_hash, admin }))
}

/// Sets a new password and ends every login of this person.
pub async fn reset_password(tx: &mut Tx, user: UserId, hash: &str) -> Result<(), StoreError> {
    users::set_password(tx, user, hash).await?;
    sessions::delete_of(tx, user).await
}

/// A new one-time token for making the first user; `None` once there is one. An earlier token stops working.
pub async fn setup_token(db: &Db) -> Result<Option<String>, StoreError> {
    if users::any(db).await? {
        return Ok(None);
    }
    let token = secret(24);
    let mut tx = db.begin().await?;
    users::put_setup_token(&mut tx, &setup_hash(&token)).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// As the token is stored.
pub fn setup_hash(token: &str) -> String {
    hex(&digest(token))
}
