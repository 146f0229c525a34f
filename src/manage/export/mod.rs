//! Taking out responses, customers and orders: a portion at a time and in a stable order, so that memory stays small and a second
//! run can go on where the first one stopped. What is taken out can be brought in again.

mod customers;
mod orders;
mod responses;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::clock::Millis;
use crate::domain::table;
use crate::id::SurveyId;
use crate::manage::import::Format;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, audit};

/// Rows read at a time.
const PORTION: i64 = 500;

/// What is taken out.
pub enum What {
    Customers,
    Orders,
    /// Of one survey, by key and id, or of all; a table has a column for each question, so it is of one.
    Responses(Option<(String, SurveyId)>),
}

impl What {
    fn name(&self) -> String {
        match self {
            Self::Customers => "customers".into(),
            Self::Orders => "orders".into(),
            Self::Responses(None) => "responses".into(),
            Self::Responses(Some((key, _))) => format!("responses of {key}"),
        }
    }
}

/// From when (that moment included) until when (excluded): of responses when they began, of orders when they were placed, of
/// customers when they became known.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub since: Millis,
    pub until: Millis,
}

impl Default for Span {
    fn default() -> Self {
        // The longest that also fits the time in an id.
        Self { since: 0, until: (1 << 46) - 1 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("--after {0:?} is not what an export of this kind ends with")]
    BadCursor(String),
    #[error("a table needs to know of which survey: name it with --survey, or ask for NDJSON")]
    NoSurvey,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An export as it is asked for.
pub struct Wanted {
    pub what: What,
    pub format: Format,
    pub span: Span,
    /// What an earlier run ended with; empty for the beginning.
    pub after: String,
}

pub struct Export {
    site: Site,
    span: Span,
    format: Format,
    rows: Rows,
    /// The last row that was handed out, empty before the first.
    after: String,
    ended: bool,
}

enum Rows {
    Customers,
    Orders,
    Responses(responses::Responses),
}

impl Export {
    /// Who takes what is in the log before the first row is read.
    pub async fn begin(db: &Db, site: Site, wanted: Wanted, by: &str, now: Millis) -> Result<Self, ExportError> {
        let Wanted { what, format, span, after } = wanted;
        let rows = match &what {
            What::Customers => Rows::Customers,
            What::Orders => Rows::Orders,
            What::Responses(None) if format == Format::Csv => return Err(ExportError::NoSurvey),
            What::Responses(survey) => {
                Rows::Responses(responses::Responses::new(db, &site, survey.as_ref().map(|(_, id)| *id)).await?)
            }
        };
        let export = Self { site, span, format, rows, after, ended: false };
        export.check_cursor()?;
        let mut tx = db.begin().await?;
        audit::record(&mut tx, export.site.id, by, "data.export", &what.name(), now).await?;
        tx.commit().await?;
        Ok(export)
    }

    fn check_cursor(&self) -> Result<(), ExportError> {
        let good = match &self.rows {
            _ if self.after.is_empty() => true,
            Rows::Customers => self.after.parse::<crate::id::CustomerId>().is_ok(),
            Rows::Orders => true,
            Rows::Responses(_) => self.after.parse::<uuid::Uuid>().is_ok(),
        };
        if good { Ok(()) } else { Err(ExportError::BadCursor(self.after.clone())) }
    }

    /// The first line of a table; NDJSON has none.
    pub fn head(&self) -> String {
        match (self.format, &self.rows) {
            (Format::Ndjson, _) => String::new(),
            (_, Rows::Customers) => table::row(customers::COLUMNS),
            (_, Rows::Orders) => table::row(orders::COLUMNS),
            (_, Rows::Responses(responses)) => table::row(responses.columns().iter().map(String::as_str)),
        }
    }

    /// The next portion, as it is written; `None` at the end.
    pub async fn next(&mut self, db: &Db) -> Result<Option<String>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let (site, span, format) = (&self.site, self.span, self.format);
        let found = match &mut self.rows {
            Rows::Customers => customers::portion(db, site, span, &self.after, format).await?,
            Rows::Orders => orders::portion(db, site, span, &self.after, format).await?,
            Rows::Responses(responses) => responses.portion(db, site, span, &self.after, format).await?,
        };
        self.ended = (found.len() as i64) < PORTION;
        let Some(last) = found.last() else { return Ok(None) };
        self.after = last.cursor.clone();
        Ok(Some(found.into_iter().map(|row| row.written).collect()))
    }

    /// What a later run is to begin after.
    pub fn after(&self) -> &str {
        &self.after
    }
}

/// A row as it is written, with its end, and what the next portion begins after.
struct Line {
    cursor: String,
    written: String,
}

/// RFC 3339, in UTC.
fn moment(ms: Millis) -> Value {
    Timestamp::from_millisecond(ms).map_or(Value::Null, |at| at.to_string().into())
}

fn moments(ms: Option<Millis>) -> Value {
    ms.map_or(Value::Null, moment)
}

/// An object of NDJSON, or the row of a table: texts as texts, lists and objects as JSON.
fn line(cursor: String, columns: &[&str], fields: Map<String, Value>, format: Format) -> Line {
    let written = match format {
        Format::Ndjson => Value::Object(fields).to_string() + "\n",
        Format::Csv => {
            let cell = |column: &&str| match fields.get(*column) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            let cells: Vec<String> = columns.iter().map(cell).collect();
            table::row(cells.iter().map(String::as_str))
        }
    };
    Line { cursor, written }
}

/// An object of these columns, in their order.
fn object<const N: usize>(columns: [&str; N], values: [Value; N]) -> Map<String, Value> {
    columns.into_iter().map(str::to_owned).zip(values).collect()
}
