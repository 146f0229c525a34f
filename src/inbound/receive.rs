//! Taking a delivery in: what it says and the note that it was taken commit together, so that it is taken once.

use super::{Meaning, System, Unreadable, privacy};
use crate::clock::Millis;
use crate::commerce;
use crate::mail::sender::Keys;
use crate::store::hook_deliveries::{self, Delivery, Outcome};
use crate::store::sites::Site;
use crate::store::{Db, StoreError, Tx, shops};

/// A delivery with a good signature.
pub struct Arrived<'a> {
    pub system: System,
    /// The shop's id of it, the same on every try.
    pub id: String,
    pub topic: String,
    /// The shop's own name of itself.
    pub domain: Option<&'a str>,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Taken {
    New,
    /// It came before, and changed nothing now.
    Again,
}

/// Two deliveries meet at the same person now and then, not again and again.
const TRIES: u32 = 5;

/// Does what a delivery asks for. `keys` are those of mail: who is forgotten is suppressed.
pub async fn receive(
    db: &Db,
    keys: &Keys,
    site: &Site,
    arrived: &Arrived<'_>,
    meaning: &Meaning,
    now: Millis,
) -> Result<Taken, StoreError> {
    let mut tries = 1;
    loop {
        let mut tx = db.begin().await?;
        match take(&mut tx, keys, site, arrived, meaning, now).await {
            Ok(Taken::New) => return tx.commit().await.map(|()| Taken::New),
            Ok(Taken::Again) => return tx.rollback().await.map(|()| Taken::Again),
            Err(StoreError::Overtaken) if tries < TRIES => tries += 1,
            Err(e) => return Err(e),
        }
    }
}

async fn take(
    tx: &mut Tx,
    keys: &Keys,
    site: &Site,
    arrived: &Arrived<'_>,
    meaning: &Meaning,
    now: Millis,
) -> Result<Taken, StoreError> {
    let (outcome, detail) = match meaning {
        Meaning::Nothing(why) => (Outcome::Ignored, Some(why.as_str().to_owned())),
        _ => (Outcome::Taken, None),
    };
    if !note(tx, site, arrived, outcome, detail, now).await? {
        return Ok(Taken::Again);
    }
    match meaning {
        Meaning::Reports(reports) => {
            for report in reports {
                commerce::apply(tx, site, report, now).await?;
            }
        }
        Meaning::Privacy(asked) => privacy::answer(tx, keys, site, arrived.system, asked, now).await?,
        Meaning::Nothing(_) => {}
    }
    shops::heard(tx, site.id, arrived.system.as_str(), arrived.domain, now).await?;
    Ok(Taken::New)
}

/// Notes a delivery that cannot be read; the shop will send it again, and it will be looked at again.
pub async fn refuse(db: &Db, site: &Site, arrived: &Arrived<'_>, reason: &Unreadable, now: Millis) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    note(&mut tx, site, arrived, Outcome::Refused, Some(reason.to_string()), now).await?;
    // The name of another shop is not taken over.
    shops::heard(&mut tx, site.id, arrived.system.as_str(), None, now).await?;
    tx.commit().await
}

async fn note(
    tx: &mut Tx,
    site: &Site,
    arrived: &Arrived<'_>,
    outcome: Outcome,
    detail: Option<String>,
    now: Millis,
) -> Result<bool, StoreError> {
    let delivery = Delivery { id: arrived.id.clone(), topic: arrived.topic.clone(), at: now, outcome, detail };
    hook_deliveries::claim(tx, site.id, arrived.system.as_str(), &delivery).await
}
