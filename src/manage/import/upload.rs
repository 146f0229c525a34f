//! A file that an owner uploads: looked at first, then brought in by a job, batch by batch.

use std::io::Cursor;

use serde::{Deserialize, Serialize};

use super::{Columns, Format, ImportError, Importer, Records, customer, fingerprint, order, unsaved};
use crate::clock::Millis;
use crate::id::{ImportId, SiteId};
use crate::jobs::{self, Context, Job, JobError, Outcome};
use crate::store::imports::{self, Flaw, Import, ImportStatus, Kind};
use crate::store::sites::{self, Site};
use crate::store::{Db, StoreError, audit};

/// The largest file, in bytes.
pub const MAX_UPLOAD: usize = 16 * 1024 * 1024;

/// Batches of one run: a minute or two, well within a job's lease.
const BATCHES: usize = 40;

/// Rows that an owner looks at before saying yes.
const SHOWN: usize = 5;

/// Stores an uploaded CSV file until its owner says yes. The import of the same file, if there is one already.
pub async fn receive(
    db: &Db,
    site: &Site,
    kind: Kind,
    name: &str,
    content: Vec<u8>,
    by: &str,
    now: Millis,
) -> Result<ImportId, ImportError> {
    let digest = fingerprint(&[], &content[..])?;
    if let Some(known) = imports::of_file(db, site.id, kind, name, &digest).await? {
        return Ok(known.id);
    }
    let mut records = open(&content, kind)?;
    let mut total = 0;
    while let Some(group) = records.read()? {
        total += group.rows();
    }
    let import = Import {
        digest,
        status: ImportStatus::Waiting,
        total: Some(total),
        created_by: by.to_owned(),
        ..unsaved(site, kind, name, now)
    };
    let mut tx = db.begin().await?;
    imports::insert(&mut tx, &import, Some(content)).await?;
    tx.commit().await?;
    Ok(import.id)
}

fn open(content: &[u8], kind: Kind) -> Result<Records, ImportError> {
    Records::open(Box::new(Cursor::new(content.to_vec())), Format::Csv, kind, &[])
}

/// How a waiting file is understood.
pub struct Preview {
    pub columns: Columns,
    /// The first orders or people: each field with what is written, or why it cannot go in.
    pub rows: Vec<Result<Vec<(String, String)>, Flaw>>,
}

/// `None` where the file is not kept any more.
pub async fn preview(db: &Db, site: &Site, import: &Import, now: Millis) -> Result<Option<Preview>, ImportError> {
    let Some(content) = imports::content(db, site.id, import.id).await? else { return Ok(None) };
    let mut records = open(&content, import.kind)?;
    let zone = jiff::tz::TimeZone::get(&site.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let mut rows = Vec::new();
    while rows.len() < SHOWN
        && let Some(group) = records.read()?
    {
        let checked = group.record.and_then(|record| {
            match import.kind {
                Kind::Orders => order::reports(&record, &site.currency, &zone, now),
                Kind::Customers => customer::reports(&record, &zone),
            }
            .map(|_| record)
        });
        rows.push(
            checked
                .map(|record| record.fields.keys().filter_map(|field| Some((field.clone(), record.written(field)?))).collect()),
        );
    }
    // A CSV file has columns.
    Ok(records.columns().cloned().map(|columns| Preview { columns, rows }))
}

/// The owner says yes.
pub async fn start(db: &Db, mut import: Import, by: &str, now: Millis) -> Result<(), StoreError> {
    (import.status, import.updated_at) = (ImportStatus::Running, now);
    let mut tx = db.begin().await?;
    imports::update(&mut tx, &import).await?;
    let job = Upload { site: import.site, import: import.id };
    jobs::enqueue(&mut tx, &job, Some(&format!("{}:{}:{}", Upload::KIND, import.site, import.id)), now, now).await?;
    audit::record(&mut tx, import.site, by, "data.import.start", &import.name, now).await?;
    tx.commit().await
}

/// The owner says no.
pub async fn discard(db: &Db, import: &Import) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    imports::delete(&mut tx, import.site, import.id).await?;
    tx.commit().await
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Upload {
    site: SiteId,
    import: ImportId,
}

impl Job for Upload {
    const KIND: &'static str = "data.import";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let (db, now) = (&context.db, || context.clock.now());
        let site = sites::by_id(db, self.site).await?;
        let import = imports::find(db, self.site, self.import).await?.filter(|import| import.status == ImportStatus::Running);
        let content = imports::content(db, self.site, self.import).await?;
        let (Some(site), Some(import), Some(content)) = (site, import, content) else {
            return Ok(Outcome::Done(db.begin().await?));
        };
        let mut importer = Importer::new(site, open(&content, import.kind)?, import, false)?;
        for _ in 0..BATCHES {
            let Some(step) = importer.next(db, now()).await? else {
                importer.finish(db, now()).await?;
                return Ok(Outcome::Done(db.begin().await?));
            };
            importer.keep(db, &step, now()).await?;
        }
        Ok(Outcome::Again(db.begin().await?, self, now()))
    }
}

impl From<ImportError> for JobError {
    fn from(e: ImportError) -> Self {
        match e {
            ImportError::Store(e) => e.into(),
            // It was read once, when it was uploaded.
            other => Self::GiveUp(other.into()),
        }
    }
}
