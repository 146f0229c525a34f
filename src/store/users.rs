//! People who can log in.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::id::{SiteId, UserId};
use crate::sql;

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct User {
    pub id: UserId,
    /// Lower case.
    pub email: String,
    pub name: String,
    /// argon2id, as a PHC string.
    pub password_hash: String,
    /// May see every site and make new ones.
    pub admin: bool,
}

/// Refuses an address that is taken with [`StoreError::Duplicate`].
pub async fn insert(tx: &mut Tx, user: &User, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("insert into users (id, email, name, password_hash, admin, created_at) values ($1, $2, $3, $4, $5, $6)"));
    let rows = query
        .bind(user.id)
        .bind(&*user.email)
        .bind(&*user.name)
        .bind(&*user.password_hash)
        .bind(user.admin)
        .bind(now)
        .execute(tx)
        .await?;
    exactly_one(rows)
}

pub async fn by_email(on: impl Into<On<'_>>, email: &str) -> Result<Option<User>, StoreError> {
    q(sql!("select id, email, name, password_hash, admin from users where email = $1")).bind(email).optional(on).await
}

pub async fn by_id(on: impl Into<On<'_>>, id: UserId) -> Result<Option<User>, StoreError> {
    q(sql!("select id, email, name, password_hash, admin from users where id = $1")).bind(id).optional(on).await
}

pub async fn all(on: impl Into<On<'_>>) -> Result<Vec<User>, StoreError> {
    q(sql!("select id, email, name, password_hash, admin from users order by email")).all(on).await
}

/// Who looks after a store: those it was given to, else whoever sees every store.
pub async fn of_site(on: impl Into<On<'_>>, site: SiteId) -> Result<Vec<User>, StoreError> {
    let query = q(sql!(
        "select id, email, name, password_hash, admin from users
         where id in (select user_id from memberships where site_id = $1)
            or (admin and not exists (select 1 from memberships where site_id = $1))
         order by email"
    ));
    query.bind(site).all(on).await
}

pub async fn any(on: impl Into<On<'_>>) -> Result<bool, StoreError> {
    let (any,): (bool,) = q(sql!("select exists (select 1 from users)")).one(on).await?;
    Ok(any)
}

pub async fn set_password(tx: &mut Tx, id: UserId, hash: &str) -> Result<(), StoreError> {
    exactly_one(q(sql!("update users set password_hash = $2 where id = $1")).bind(id).bind(hash).execute(tx).await?)
}

/// Remembers the hash of the one-time set-up token, replacing an earlier one.
pub async fn put_setup_token(tx: &mut Tx, hash: &str) -> Result<(), StoreError> {
    let query =
        q(sql!("insert into meta (name, value) values ('setup', $1) on conflict (name) do update set value = excluded.value"));
    query.bind(hash).execute(tx).await?;
    Ok(())
}

pub async fn setup_token(on: impl Into<On<'_>>) -> Result<Option<String>, StoreError> {
    let row: Option<(String,)> = q(sql!("select value from meta where name = 'setup'")).optional(on).await?;
    Ok(row.map(|(hash,)| hash))
}

/// Uses the set-up token up. `false` means somebody else did first.
pub async fn take_setup_token(tx: &mut Tx, hash: &str) -> Result<bool, StoreError> {
    Ok(q(sql!("delete from meta where name = 'setup' and value = $1")).bind(hash).execute(tx).await? == 1)
}
