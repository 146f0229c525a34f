//! From a file into the store, some hundreds at a time. What is committed is noted, so that a second run goes on after it.

use std::io::Read;

use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};

use super::{ImportError, Records, customer, order};
use crate::clock::Millis;
use crate::commerce::{self, Report};
use crate::id::ImportId;
use crate::store::imports::{self, FLAWS, Flaw, Import, ImportStatus, Kind};
use crate::store::sites::Site;
use crate::store::{Db, StoreError, audit};

/// Orders or people in one transaction: answers of shoppers wait no longer behind it than behind many of their own.
const BATCH: usize = 250;

/// An order or a person that did not go in, with the rows as they were written.
#[derive(Debug)]
pub struct Rejected {
    pub flaw: Flaw,
    pub raw: Vec<Vec<String>>,
}

/// What a batch came to.
#[derive(Debug, Default)]
pub struct Step {
    /// Rows read.
    pub rows: i64,
    /// Rows refused.
    pub failed: i64,
    pub rejected: Vec<Rejected>,
}

impl Step {
    fn reject(&mut self, flaw: Flaw, raw: Vec<Vec<String>>) {
        self.failed += raw.len() as i64;
        self.rejected.push(Rejected { flaw, raw });
    }
}

pub struct Importer {
    site: Site,
    zone: TimeZone,
    records: Records,
    pub import: Import,
    /// Nothing is stored, neither what the file says nor how far it was read.
    dry: bool,
}

/// Names a file's content and how it is to be understood.
pub fn fingerprint(map: &[(String, String)], mut content: impl Read) -> std::io::Result<Vec<u8>> {
    let mut digest = Sha256::new();
    digest.update(serde_json::json!(map).to_string());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match content.read(&mut buffer)? {
            0 => return Ok(digest.finalize().to_vec()),
            n => digest.update(&buffer[..n]),
        }
    }
}

/// The import of a file, as far as it has come. `digest`: none for what cannot be read twice.
pub async fn begin(
    db: &Db,
    site: &Site,
    kind: Kind,
    name: &str,
    digest: Option<Vec<u8>>,
    by: &str,
    now: Millis,
) -> Result<Import, StoreError> {
    let id = ImportId::new(now);
    if let Some(digest) = &digest
        && let Some(known) = imports::of_file(db, site.id, kind, name, digest).await?
    {
        return Ok(known);
    }
    let digest = digest.unwrap_or_else(|| id.to_string().into_bytes());
    let import = Import { id, digest, created_by: by.to_owned(), ..unsaved(site, kind, name, now) };
    let mut tx = db.begin().await?;
    imports::insert(&mut tx, &import, None).await?;
    tx.commit().await?;
    Ok(import)
}

/// An import of which nothing is noted yet.
pub fn unsaved(site: &Site, kind: Kind, name: &str, now: Millis) -> Import {
    Import {
        site: site.id,
        id: ImportId::new(now),
        kind,
        name: name.to_owned(),
        digest: Vec::new(),
        columns: Vec::new(),
        status: ImportStatus::Running,
        total: None,
        done: 0,
        failed: 0,
        flaws: Vec::new(),
        created_by: String::new(),
        created_at: now,
        updated_at: now,
    }
}

impl Importer {
    /// Goes on where the import stopped: `records` are read from the beginning, what was dealt with is passed over.
    pub fn new(site: Site, mut records: Records, import: Import, dry: bool) -> Result<Self, ImportError> {
        let mut passed = 0;
        while passed < import.done
            && let Some(group) = records.read()?
        {
            passed += group.rows();
        }
        let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
        Ok(Self { site, zone, records, import, dry })
    }

    /// Reads and stores the next batch; `None` at the end. [`keep`](Self::keep) is to follow: a process that dies in between does
    /// the batch again, which changes nothing.
    pub async fn next(&mut self, db: &Db, now: Millis) -> Result<Option<Step>, ImportError> {
        let (mut step, mut batch) = (Step::default(), Vec::new());
        while batch.len() + step.rejected.len() < BATCH {
            let Some(group) = self.records.read()? else { break };
            step.rows += group.rows();
            let read = group.record.and_then(|record| {
                let reports = match self.import.kind {
                    Kind::Orders => order::reports(&record, &self.site.currency, &self.zone, now),
                    Kind::Customers => customer::reports(&record, &self.zone),
                };
                reports.map(|reports| (record.line, reports))
            });
            match read {
                Ok((line, reports)) => batch.push((line, reports, group.raw)),
                Err(flaw) => step.reject(flaw, group.raw),
            }
        }
        if step.rows == 0 {
            return Ok(None);
        }
        if !self.dry {
            store(db, &self.site, batch, &mut step, now).await?;
        }
        step.rejected.sort_by_key(|rejected| rejected.flaw.line);
        Ok(Some(step))
    }

    /// Notes that a batch is done.
    pub async fn keep(&mut self, db: &Db, step: &Step, now: Millis) -> Result<(), StoreError> {
        let import = &mut self.import;
        import.done += step.rows;
        import.failed += step.failed;
        let room = FLAWS.saturating_sub(import.flaws.len());
        import.flaws.extend(step.rejected.iter().take(room).map(|rejected| rejected.flaw.clone()));
        import.updated_at = now;
        if self.dry {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        imports::update(&mut tx, import).await?;
        tx.commit().await
    }

    /// Notes that all of it is done; who brought it in is in the log.
    pub async fn finish(&mut self, db: &Db, now: Millis) -> Result<(), StoreError> {
        let import = &mut self.import;
        (import.status, import.total, import.updated_at) = (ImportStatus::Finished, Some(import.done), now);
        if self.dry {
            return Ok(());
        }
        let mut tx = db.begin().await?;
        imports::update(&mut tx, import).await?;
        imports::drop_content(&mut tx, import.site, import.id).await?;
        let summary = format!("{} of {}: {} rows, {} refused", import.kind, import.name, import.done, import.failed);
        audit::record(&mut tx, import.site, &import.created_by, "data.import", &summary, now).await?;
        tx.commit().await
    }
}

/// All of a batch, or all of it but what the database refuses.
async fn store(
    db: &Db,
    site: &Site,
    batch: Vec<(u64, Vec<Report>, Vec<Vec<String>>)>,
    step: &mut Step,
    now: Millis,
) -> Result<(), StoreError> {
    let all: Vec<Report> = batch.iter().flat_map(|(_, reports, _)| reports.clone()).collect();
    match commerce::commit(db, site, &all, now).await {
        Err(StoreError::Refused(_) | StoreError::Overtaken) => {}
        other => return other,
    }
    // One of them spoils the batch: piece by piece, only that one stays out.
    for (line, reports, raw) in batch {
        match commerce::commit(db, site, &reports, now).await {
            Err(StoreError::Refused(e)) => {
                tracing::warn!(line, error = %e, "the database refused a row of an import");
                step.reject(Flaw { line, field: String::new(), reason: "the database refuses it".into() }, raw);
            }
            other => other?,
        }
    }
    Ok(())
}
