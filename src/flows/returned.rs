//! What came back after a mail: who is told apart from whom, what it does to the mail's record, and whether it costs the address.
//!
//! Only what names a mail of ours by its Message-ID, which cannot be guessed, does anything. What names an address alone is kept to
//! be looked at: anyone could have written it.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::link::Link;
use super::unsubscribe::unsubscribe;
use crate::clock::Millis;
use crate::domain::bounce::is_worn_out;
use crate::domain::consent::{Suppressed, Suppression};
use crate::id::{SiteId, uuid7};
use crate::mail::feedback::{Feedback, Kind, Source};
use crate::mail::sender::Keys;
use crate::store::feedback::{self, Returned};
use crate::store::messages::{self, Message, MessageStatus};
use crate::store::{Db, StoreError, Tx, suppressions};

/// Takes in what a source told, each piece in a transaction of its own: coming again, it finds what is done already.
pub async fn take_back(
    db: &Db,
    keys: &Keys,
    site: SiteId,
    source: Source,
    told: &[Feedback],
    now: Millis,
) -> Result<(), StoreError> {
    for feedback in told {
        let mut tx = db.begin().await?;
        take_one(&mut tx, keys, site, source, feedback, now).await?;
        tx.commit().await?;
    }
    let mut tx = db.begin().await?;
    feedback::forget(&mut tx, site, now - feedback::KEPT).await?;
    tx.commit().await
}

async fn take_one(
    tx: &mut Tx,
    keys: &Keys,
    site: SiteId,
    source: Source,
    feedback: &Feedback,
    now: Millis,
) -> Result<(), StoreError> {
    if !feedback::first(tx, site, digest(source, feedback), now).await? {
        return Ok(());
    }
    let message = match feedback.message_id.as_deref().and_then(row) {
        Some(id) => messages::by_id(&mut *tx, site, id).await?,
        None => None,
    };
    match message.filter(|message| is_about(feedback, message)) {
        Some(message) => record(tx, keys, &message, feedback.kind, &feedback.detail, source.as_str(), now).await,
        None => {
            let told = feedback.address.as_deref().map(hidden);
            let returned = Returned { told, ..empty(source.as_str(), feedback.kind, &feedback.detail, now) };
            feedback::insert(tx, site, &returned).await
        }
    }
}

/// Records what became of a mail after it was handed over, or why a server refused it.
pub(super) async fn record(
    tx: &mut Tx,
    keys: &Keys,
    message: &Message,
    kind: Kind,
    detail: &str,
    source: &str,
    now: Millis,
) -> Result<(), StoreError> {
    let site = message.site;
    // The person first, as everywhere.
    if kind == Kind::Unsubscribe {
        unsubscribe(tx, keys, &Link { site, message: message.id }, now).await?;
    }
    let hash = keys.hash(&message.recipient);
    let returned = Returned { message_id: Some(message.id), hash: Some(hash.to_vec()), ..empty(source, kind, detail, now) };
    feedback::insert(tx, site, &returned).await?;
    let status = match kind {
        Kind::HardBounce | Kind::SoftBounce => Some(MessageStatus::Bounced),
        Kind::Blocked => Some(MessageStatus::Failed),
        Kind::Complaint => Some(MessageStatus::Complained),
        Kind::Unsubscribe => None,
    };
    if let Some(status) = status {
        messages::returned(tx, site, message.id, status, detail).await?;
    }
    let reason = match kind {
        Kind::HardBounce => Suppression::Bounced,
        Kind::Complaint => Suppression::Complained,
        Kind::SoftBounce if is_worn_out(&feedback::soft_bounces(&mut *tx, site, &hash, now - feedback::KEPT).await?) => {
            Suppression::Bounced
        }
        Kind::SoftBounce | Kind::Blocked | Kind::Unsubscribe => return Ok(()),
    };
    suppressions::put(tx, site, &hash, Some(&message.recipient), Suppressed { reason, at: now }, source).await
}

fn empty(source: &str, kind: Kind, detail: &str, now: Millis) -> Returned {
    Returned {
        id: uuid7(now),
        at: now,
        source: source.to_owned(),
        kind: kind.as_str().to_owned(),
        message_id: None,
        hash: None,
        told: None,
        detail: detail.to_owned(),
    }
}

/// The row that a Message-ID names: its first 32 digits are the key.
fn row(message_id: &str) -> Option<Uuid> {
    let digits = message_id.split('@').next().filter(|digits| digits.len() == 32)?;
    Uuid::try_parse(digits).ok()
}

/// A bounce of another address is about wherever the mail was forwarded to. Complaints often hide the address.
fn is_about(feedback: &Feedback, message: &Message) -> bool {
    match (&feedback.address, feedback.kind) {
        (Some(address), Kind::HardBounce | Kind::SoftBounce | Kind::Blocked) => address.eq_ignore_ascii_case(&message.recipient),
        _ => true,
    }
}

/// What makes two pieces the same one, sent again.
fn digest(source: Source, feedback: &Feedback) -> [u8; 32] {
    let Feedback { address, kind, at, detail, message_id } = feedback;
    // Lengths keep neighbours apart.
    let parts = [
        source.as_str(),
        kind.as_str(),
        address.as_deref().unwrap_or_default(),
        message_id.as_deref().unwrap_or_default(),
        &at.map_or_else(String::new, |at| at.to_string()),
        detail,
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// `m…@example.com`: enough to recognise, too little to keep.
fn hidden(address: &str) -> String {
    let (name, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    let first = name.chars().next().map(String::from).unwrap_or_default();
    format!("{first}…@{}", domain.chars().take(100).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(address: Option<&str>, kind: Kind) -> Feedback {
        Feedback { address: address.map(str::to_owned), kind, at: Some(1), detail: "550 5.1.1".into(), message_id: None }
    }

    #[test]
    fn an_unknown_address_is_not_kept_whole() {
        for (address, shown) in [("mia@example.com", "m…@example.com"), ("@example.com", "…@example.com"), ("é@b.c", "é…@b.c")]
        {
            assert_eq!(hidden(address), shown);
        }
    }

    #[test]
    fn the_same_piece_has_the_same_digest_and_no_other_has() {
        let one = told(Some("mia@example.com"), Kind::HardBounce);
        assert_eq!(digest(Source::Ses, &one), digest(Source::Ses, &one.clone()));
        let others = [
            told(Some("mia@example.co"), Kind::HardBounce),
            told(Some("mia@example.com"), Kind::SoftBounce),
            told(None, Kind::HardBounce),
            Feedback { at: None, ..one.clone() },
            Feedback { detail: "550 5.1.2".into(), ..one.clone() },
        ];
        assert!(others.iter().all(|other| digest(Source::Ses, other) != digest(Source::Ses, &one)));
        assert_ne!(digest(Source::Postmark, &one), digest(Source::Ses, &one));
    }

    proptest! {
        #[test]
        fn no_message_id_panics(id in ".{0,80}") {
            let _ = (row(&id), hidden(&id));
        }
    }
}
