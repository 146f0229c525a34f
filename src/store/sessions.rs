//! Logins. The cookie holds a random token, the table its hash: a stolen database opens no session.

use super::{On, StoreError, Tx, exactly_one, q};
use crate::clock::Millis;
use crate::id::UserId;
use crate::sql;
use crate::store::users::User;

#[derive(sqlx::FromRow)]
pub struct Session {
    pub created_at: Millis,
    pub seen_at: Millis,
    #[sqlx(flatten)]
    pub user: User,
}

pub async fn insert(tx: &mut Tx, token_hash: &[u8], user: UserId, now: Millis) -> Result<(), StoreError> {
    let query = q(sql!("insert into sessions (token_hash, user_id, created_at, seen_at) values ($1, $2, $3, $3)"));
    exactly_one(query.bind(token_hash.to_vec()).bind(user).bind(now).execute(tx).await?)
}

pub async fn find(on: impl Into<On<'_>>, token_hash: &[u8]) -> Result<Option<Session>, StoreError> {
    let query = q(sql!(
        "select s.created_at, s.seen_at, u.id, u.email, u.name, u.password_hash, u.admin
         from sessions s join users u on u.id = s.user_id
         where s.token_hash = $1"
    ));
    query.bind(token_hash.to_vec()).optional(on).await
}

pub async fn touch(tx: &mut Tx, token_hash: &[u8], now: Millis) -> Result<(), StoreError> {
    q(sql!("update sessions set seen_at = $2 where token_hash = $1")).bind(token_hash.to_vec()).bind(now).execute(tx).await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, token_hash: &[u8]) -> Result<(), StoreError> {
    q(sql!("delete from sessions where token_hash = $1")).bind(token_hash.to_vec()).execute(tx).await?;
    Ok(())
}

/// Ends every login of a person: after a change of password.
pub async fn delete_of(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    q(sql!("delete from sessions where user_id = $1")).bind(user).execute(tx).await?;
    Ok(())
}

/// Removes sessions not seen since, or begun before, the given moments.
pub async fn purge(tx: &mut Tx, seen_before: Millis, begun_before: Millis) -> Result<u64, StoreError> {
    let query = q(sql!("delete from sessions where seen_at < $1 or created_at < $2"));
    query.bind(seen_before).bind(begun_before).execute(tx).await
}
