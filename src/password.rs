//! Passwords: argon2id with OWASP's parameters, the crate's default. Hashing takes memory and time on purpose, so it runs beside
//! the server's own threads and a few at once only.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

/// OWASP: long is what counts, not odd characters.
pub const MIN_CHARS: usize = 12;
const MAX_BYTES: usize = 1024;

/// 19 MiB each.
static SLOTS: Semaphore = Semaphore::const_new(2);

/// What an unknown user's password is compared with, so that the answer takes as long as for a known one.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$XTci+q6f6v2FITuzBOfuhw$7+Us9wAtH4k/tTAwMAk216v+0sw+6t7VpplNYvN0uxM";

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    #[error("a password needs {MIN_CHARS} characters at least")]
    Short,
    #[error("a password may have {MAX_BYTES} bytes at most")]
    Long,
    #[error("this password is among the first that anybody tries")]
    Common,
}

/// Refuses what is too short, or what every list begins with.
pub fn check(password: &str) -> Result<(), Weak> {
    let lower = password.to_lowercase();
    let one_letter = password.chars().all(|c| password.starts_with(c));
    let common = ["password", "123456", "qwerty", "letmein", "exitpoll", "welcome"];
    // A word everybody tries, repeated or followed by digits, is still that word.
    let left = common.iter().fold(lower, |left, word| left.replace(word, ""));
    match password.chars().count() {
        n if n < MIN_CHARS => Err(Weak::Short),
        _ if password.len() > MAX_BYTES => Err(Weak::Long),
        _ if one_letter || left.chars().filter(|c| !c.is_ascii_digit() && !"!.?-_".contains(*c)).count() < 2 => Err(Weak::Common),
        _ => Ok(()),
    }
}

/// A PHC string with a salt of its own.
pub async fn hash(password: &str) -> anyhow::Result<String> {
    let password = password.to_owned();
    let _slot = SLOTS.acquire().await?;
    tokio::task::spawn_blocking(move || hash_now(&password)).await?
}

fn hash_now(password: &str) -> anyhow::Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|e| anyhow::anyhow!("{e}"))?;
    Ok(hash.to_string())
}

/// Compares with a stored hash; with none, only takes the time.
pub async fn verify(password: &str, stored: Option<&str>) -> anyhow::Result<bool> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let (password, stored) = (password.to_owned(), stored.map(str::to_owned));
    let _slot = SLOTS.acquire().await?;
    tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| DUMMY.to_owned());
        let hash = PasswordHash::new(&stored).map_err(|e| anyhow::anyhow!("a stored password hash is unreadable: {e}"))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused() {
        for (password, verdict) in [
            ("short", Err(Weak::Short)),
            ("elf letters", Err(Weak::Short)),
            ("password1234", Err(Weak::Common)),
            ("passwordpassword", Err(Weak::Common)),
            ("aaaaaaaaaaaaaa", Err(Weak::Common)),
            ("correct horse battery", Ok(())),
            ("exitpoll-demo", Ok(())),
            ("ünïcödé-pässw", Ok(())),
        ] {
            assert_eq!(check(password), verdict, "{password}");
        }
        assert_eq!(check(&"ab".repeat(600)), Err(Weak::Long));
    }

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let stored = hash("correct horse battery").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery", Some(&stored)).await.unwrap());
        assert!(!verify("wrong", Some(&stored)).await.unwrap());
        assert!(!verify("correct horse battery", None).await.unwrap());
    }
}
