//! Bringing in orders and people from files: CSV and NDJSON, our own and those that shops and mail services export.
//!
//! A file is read row by row, and what it says is told to `commerce` like any other report. It fills gaps and never replaces what
//! is known of a later day. Rows that cannot be believed are handed back with their line, their field and the reason; the others
//! go in.

mod columns;
mod customer;
mod order;
mod read;
mod records;
mod run;
mod source;
mod upload;
mod vendors;

use crate::store::StoreError;

pub use columns::{Columns, fields};
pub use read::{Record, moment};
pub use records::{Group, Records};
pub use run::{Importer, Rejected, Step, begin, fingerprint, unsaved};
pub use source::Format;
pub use upload::{MAX_UPLOAD, Preview, Upload, discard, preview, receive, start};

/// Why a file is not read, or not any further.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A mapping names a field that there is not.
    #[error("there is no field {field:?}{hint}; there are {known}")]
    UnknownField { field: String, hint: String, known: String },
    /// A mapping names a column that the file has not.
    #[error("the file has no column {column:?}{hint}; its first line names {names}")]
    UnknownColumn { column: String, hint: String, names: String },
    #[error("no column is known to hold {field}: name it with --map {example}; the first line names {names}")]
    Missing { field: &'static str, example: &'static str, names: String },
    #[error("the file is empty")]
    Empty,
    #[error("the first line cannot be read: {0}")]
    Header(String),
    #[error("line {line}: {reason}")]
    Broken { line: u64, reason: String },
    #[error(transparent)]
    Read(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}
