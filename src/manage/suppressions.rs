//! Addresses that must not be mailed: added by hand, brought along as a list, taken off again. The log never names an address.

use std::fmt;

use crate::clock::Millis;
use crate::domain::suppression::{Flaw, List, Listed};
use crate::id::SiteId;
use crate::mail::sender::Keys;
use crate::store::suppressions::{self, Entry};
use crate::store::{Db, StoreError, Tx, audit};

/// Addresses stored in one transaction: small enough that answers never wait long behind it.
const PORTION: usize = 500;

/// What the log calls an address that was not looked up through a person.
pub const ONE_ADDRESS: &str = "one address";

/// Adds an address, normalised, as it was told by `by`; `false` if it is listed already. `whom`: what the log calls its owner.
pub async fn add(
    tx: &mut Tx,
    keys: &Keys,
    site: SiteId,
    (email, whom): (&str, &str),
    by: &str,
    now: Millis,
) -> Result<bool, StoreError> {
    let entry =
        Entry { hash: keys.hash(email), email: Some(email.to_owned()), reason: Listed::Manual, source: by.to_owned(), at: now };
    let added = suppressions::insert(tx, site, &entry).await?;
    if added {
        audit::record(tx, site, by, "suppression.add", whom, now).await?;
    }
    Ok(added)
}

/// What came of taking an address off the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    Done,
    /// It is not on the list.
    Unknown,
    /// Mailing it again does harm: whoever wants it must say so twice.
    Grave(Listed),
}

/// Takes an address off the list. `sure`: also one whose owner complained, or asked to be forgotten.
pub async fn remove(
    tx: &mut Tx,
    site: SiteId,
    (hash, whom): (&[u8; 32], &str),
    sure: bool,
    by: &str,
    now: Millis,
) -> Result<Removed, StoreError> {
    let Some(entry) = suppressions::entry(&mut *tx, site, hash).await? else { return Ok(Removed::Unknown) };
    if entry.reason.is_grave() && !sure {
        return Ok(Removed::Grave(entry.reason));
    }
    suppressions::delete(tx, site, hash).await?;
    audit::record(tx, site, by, "suppression.remove", &format!("{whom} ({})", entry.reason), now).await?;
    Ok(Removed::Done)
}

/// What a list changed.
#[derive(Debug, PartialEq, Eq)]
pub struct Imported {
    pub added: usize,
    /// Listed already.
    pub known: usize,
    /// Named twice in the list.
    pub repeated: usize,
    /// Lines that could not be read.
    pub bad: usize,
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = if self.added == 1 { "address" } else { "addresses" };
        write!(f, "{} {one} added", self.added)?;
        for (n, what) in [(self.known, "listed already"), (self.repeated, "repeated in the list"), (self.bad, "not readable")] {
            if n > 0 {
                write!(f, ", {n} {what}")?;
            }
        }
        Ok(())
    }
}

/// Adds the addresses of a list; what is listed already keeps its reason.
pub async fn import(db: &Db, keys: &Keys, site: SiteId, list: &List, by: &str, now: Millis) -> Result<Imported, StoreError> {
    let entries: Vec<_> = list.entries.iter().collect();
    let mut added = 0;
    for portion in entries.chunks(PORTION) {
        let mut tx = db.begin().await?;
        for (email, reason) in portion {
            let entry = Entry {
                hash: keys.hash(email),
                email: Some((*email).clone()),
                reason: **reason,
                source: "import".to_owned(),
                at: now,
            };
            added += usize::from(suppressions::insert(&mut tx, site, &entry).await?);
        }
        tx.commit().await?;
    }
    let report = Imported { added, known: entries.len() - added, repeated: list.repeated, bad: list.flaws.len() };
    let mut tx = db.begin().await?;
    audit::record(&mut tx, site, by, "suppression.import", &report.to_string(), now).await?;
    tx.commit().await?;
    Ok(report)
}

/// The first bad lines of a list, and how many more there are.
pub fn told(flaws: &[Flaw], most: usize) -> Vec<String> {
    let mut lines: Vec<String> = flaws.iter().take(most).map(Flaw::to_string).collect();
    if flaws.len() > most {
        lines.push(format!("and {} more", flaws.len() - most));
    }
    lines
}

/// Rows read at a time.
const PAGE: i64 = 1000;
/// What a list begins with.
pub const HEADING: &str = "email,reason,source,at\r\n";

/// The next rows of the list as CSV, newest first, and where to go on; `None` at the end. Addresses of the erased are forgotten, and
/// so left out.
pub async fn rows(
    db: &Db,
    site: SiteId,
    after: Option<(Millis, [u8; 32])>,
) -> Result<(String, Option<(Millis, [u8; 32])>), StoreError> {
    let entries = suppressions::page(db, site, after, PAGE).await?;
    let next = entries.last().filter(|_| entries.len() as i64 == PAGE).map(|last| (last.at, last.hash));
    let text = entries.iter().filter_map(|entry| {
        let at = jiff::Timestamp::from_millisecond(entry.at).map(|at| at.to_string()).unwrap_or_default();
        Some([cell(entry.email.as_deref()?), entry.reason.to_string(), cell(&entry.source), at].join(",") + "\r\n")
    });
    Ok((text.collect(), next))
}

/// As RFC 4180 has it. An address that begins like a formula would be one to a spreadsheet: an apostrophe makes it a text.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}
