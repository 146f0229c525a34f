//! Rows put together to orders and people: some programs write a row for each item of an order.

use std::io::Read;

use serde_json::{Map, Value};

use super::columns::Columns;
use super::read::{Record, written};
use super::source::{Row, Source};
use super::{Format, ImportError};
use crate::store::imports::{Flaw, Kind};

/// Rows of one order; a file in which no row says whose it is must not fill the memory.
const MOST_ROWS: usize = 1000;

pub struct Records {
    source: Source,
    /// Whether several rows may tell of one order.
    grouped: bool,
    /// NDJSON: field ← what the owner says it is called.
    renamed: Vec<(String, String)>,
    /// Read, but of the next order.
    held: Option<Row>,
}

/// One order or person, and the rows that it is made of.
pub struct Group {
    pub record: Result<Record, Flaw>,
    pub raw: Vec<Vec<String>>,
}

impl Group {
    pub fn rows(&self) -> i64 {
        self.raw.len() as i64
    }
}

impl Records {
    pub fn open(from: Box<dyn Read + Send>, format: Format, kind: Kind, map: &[(String, String)]) -> Result<Self, ImportError> {
        let source = Source::open(from, format, kind, map)?;
        let grouped = source.columns().is_some_and(Columns::has_items);
        let renamed = if format == Format::Ndjson { map.to_vec() } else { Vec::new() };
        Ok(Self { source, grouped, renamed, held: None })
    }

    /// Of a file with a first line.
    pub fn columns(&self) -> Option<&Columns> {
        self.source.columns()
    }

    pub fn read(&mut self) -> Result<Option<Group>, ImportError> {
        let first = match self.held.take() {
            Some(row) => row,
            None => match self.source.read()? {
                Some(row) => row,
                None => return Ok(None),
            },
        };
        let mut raw = vec![first.raw];
        let flaw = |reason| Flaw { line: first.line, field: String::new(), reason };
        let fields = match first.fields {
            Ok(fields) => self.rename(fields),
            Err(reason) => return Ok(Some(Group { record: Err(flaw(reason)), raw })),
        };
        let mut record = Record { line: first.line, items: Vec::new(), fields };
        if self.grouped {
            record.items.push(record.fields.clone());
            while record.items.len() < MOST_ROWS
                && let Some(row) = self.source.read()?
            {
                match row.fields {
                    Ok(fields) if continues(&record.fields, &fields) => {
                        raw.push(row.raw);
                        record.items.push(fields);
                    }
                    fields => {
                        self.held = Some(Row { fields, ..row });
                        break;
                    }
                }
            }
        }
        Ok(Some(Group { record: Ok(record), raw }))
    }

    fn rename(&self, mut fields: Map<String, Value>) -> Map<String, Value> {
        for (field, name) in &self.renamed {
            if let Some(value) = fields.shift_remove(name) {
                fields.insert(field.clone(), value);
            }
        }
        fields
    }
}

/// Whether a row is of the order before it: it says so, or says nothing of which order it is.
fn continues(order: &Map<String, Value>, row: &Map<String, Value>) -> bool {
    let of = |fields: &Map<String, Value>, field: &str| fields.get(field).and_then(written);
    let differs = |field: &str| of(row, field).is_some_and(|id| of(order, field).as_ref() != Some(&id));
    !differs("id") && !differs("number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_order_come_together() {
        let text = "Name,Id,Financial Status,Created at,Total,Lineitem name\n\
                    #1,11,paid,2026-01-01,10.00,Train\n#1,,,,,Rings\n,,,,,Ship\n#2,12,paid,2026-01-01,5.00,Bear\n#2,13,paid,2026-01-01,5.00,Moon\n";
        let from = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let mut records = Records::open(from, Format::Csv, Kind::Orders, &[]).unwrap();
        let mut read = Vec::new();
        while let Some(group) = records.read().unwrap() {
            let record = group.record.as_ref().unwrap();
            read.push((record.line, record.written("id").unwrap(), group.rows(), record.items.len()));
        }
        assert_eq!(read, [(2, "11".into(), 3, 3), (5, "12".into(), 1, 1), (6, "13".into(), 1, 1)]);
    }

    #[test]
    fn fields_of_objects_can_be_called_otherwise() {
        let from = Box::new(std::io::Cursor::new(br#"{"mail": "a@b.c", "size": "M"}"#.to_vec()));
        let map = [("email".to_owned(), "mail".to_owned()), ("attributes.size".to_owned(), "size".to_owned())];
        let mut records = Records::open(from, Format::Ndjson, Kind::Customers, &map).unwrap();
        let record = records.read().unwrap().unwrap().record.unwrap();
        assert_eq!(Value::Object(record.fields).to_string(), r#"{"email":"a@b.c","attributes.size":"M"}"#);
    }
}
