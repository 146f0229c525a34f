//! Rows of a file, one at a time: CSV of any usual delimiter, or a JSON object a line.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::ImportError;
use super::columns::Columns;
use crate::store::imports::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Csv,
    Ndjson,
}

impl Format {
    /// By a file's ending.
    pub fn of(name: &str) -> Option<Self> {
        let ending = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            _ => None,
        }
    }
}

/// No order and no person needs more. A quote that is never closed would else make one row of the whole file.
const LONGEST: u64 = 1024 * 1024;

/// What is read ahead of the row that is at hand.
#[derive(Default)]
struct Ahead {
    /// Bytes that the row may still have.
    left: u64,
    read: u64,
    /// Where lines end, and whether by two signs: in the part that no row has passed.
    ends: VecDeque<(u64, bool)>,
    last: u8,
}

/// Fails when too much is read of one row, and knows where lines end: a reader of CSV counts blank lines to the row after them.
struct Watched {
    from: Box<dyn Read + Send>,
    ahead: Arc<Mutex<Ahead>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let mut ahead = lock(&self.ahead);
        if ahead.left == 0 {
            return Err(std::io::Error::other(format!("a row is longer than {} MiB: is a quote not closed?", LONGEST >> 20)));
        }
        let n = self.from.read(buffer)?;
        ahead.left = ahead.left.saturating_sub(n as u64);
        for byte in &buffer[..n] {
            if *byte == b'\n' {
                let end = (ahead.read, ahead.last == b'\r');
                ahead.ends.push_back(end);
            }
            ahead.last = *byte;
            ahead.read += 1;
        }
        Ok(n)
    }
}

fn lock(ahead: &Mutex<Ahead>) -> MutexGuard<'_, Ahead> {
    // Nobody panics while holding it.
    ahead.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ahead {
    /// Lines that end before the row which begins at a byte, or at blank lines before it.
    fn pass(&mut self, mut at: u64) -> u64 {
        let mut passed = 0;
        while let Some((end, two)) = self.ends.front().copied()
            && (end <= at || (two && end == at + 1))
        {
            self.ends.pop_front();
            at = at.max(end + 1);
            passed += 1;
        }
        passed
    }
}

pub struct Source {
    rows: Rows,
    ahead: Arc<Mutex<Ahead>>,
    columns: Option<Columns>,
    line: u64,
    /// Bytes before the first line.
    mark: u64,
}

enum Rows {
    Csv(csv::Reader<BufReader<Watched>>),
    Lines(BufReader<Watched>),
}

/// A row: its line, its fields or why they cannot be read, and the row as it was written.
pub struct Row {
    pub line: u64,
    pub fields: Result<Map<String, Value>, String>,
    pub raw: Vec<String>,
}

impl Source {
    pub fn open(from: Box<dyn Read + Send>, format: Format, kind: Kind, map: &[(String, String)]) -> Result<Self, ImportError> {
        let ahead = Arc::new(Mutex::new(Ahead { left: LONGEST, ..Ahead::default() }));
        let mut reader = BufReader::new(Watched { from, ahead: ahead.clone() });
        let head = reader.fill_buf()?;
        if head.is_empty() {
            return Err(ImportError::Empty);
        }
        let (delimiter, mark) = (delimiter(head), if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 });
        reader.consume(mark);
        let mark = mark as u64;
        if format == Format::Ndjson {
            for (field, _) in map {
                super::columns::check_field(kind, field)?;
            }
            return Ok(Self { rows: Rows::Lines(reader), ahead, columns: None, line: 0, mark });
        }
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(reader);
        let header = reader.headers().map_err(|e| ImportError::Header(e.to_string()))?;
        let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let columns = Columns::recognise(kind, names, map)?;
        Ok(Self { rows: Rows::Csv(reader), ahead, columns: Some(columns), line: 1, mark })
    }

    /// Of a file with a first line.
    pub fn columns(&self) -> Option<&Columns> {
        self.columns.as_ref()
    }

    pub fn read(&mut self) -> Result<Option<Row>, ImportError> {
        lock(&self.ahead).left = LONGEST;
        match &mut self.rows {
            Rows::Csv(reader) => {
                let columns = self.columns.as_ref().expect("a CSV file has columns");
                let mut record = csv::ByteRecord::new();
                let more = reader.read_byte_record(&mut record).map_err(|e| broken(self.line, e.to_string()))?;
                if let Some(at) = record.position() {
                    self.line += lock(&self.ahead).pass(at.byte() + self.mark);
                }
                Ok(more.then(|| cells(columns, &record, self.line)))
            }
            Rows::Lines(reader) => loop {
                let mut line = Vec::new();
                if reader.read_until(b'\n', &mut line).map_err(|e| broken(self.line + 1, e.to_string()))? == 0 {
                    return Ok(None);
                }
                self.line += 1;
                lock(&self.ahead).ends.clear();
                if !line.trim_ascii().is_empty() {
                    return Ok(Some(object(&line, self.line)));
                }
            },
        }
    }
}

fn broken(line: u64, reason: String) -> ImportError {
    ImportError::Broken { line, reason }
}

const NOT_UTF8: &str = "is not UTF-8: save the file as “CSV UTF-8”";

fn cells(columns: &Columns, record: &csv::ByteRecord, line: u64) -> Row {
    let raw = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
    let fields = match csv::StringRecord::from_byte_record(record.clone()) {
        Err(_) => Err(NOT_UTF8.to_owned()),
        Ok(record) if record.len() > columns.names.len() => {
            Err(format!("has {} cells, the first line has {}", record.len(), columns.names.len()))
        }
        Ok(record) => {
            let mut fields = Map::new();
            for (cell, field) in record.iter().zip(&columns.fields) {
                // Of several columns the first that is filled counts.
                if let Some(field) = field
                    && !cell.trim().is_empty()
                {
                    fields.entry(field.clone()).or_insert_with(|| cell.into());
                }
            }
            Ok(fields)
        }
    };
    Row { line, fields, raw }
}

fn object(line: &[u8], number: u64) -> Row {
    let raw = String::from_utf8_lossy(line).trim_end().to_owned();
    let fields = match serde_json::from_slice(line) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err("is not a JSON object".to_owned()),
        Err(e) => Err(format!("is not JSON: {e}")),
    };
    Row { line: number, fields, raw: vec![raw] }
}

/// The sign that parts the cells of the first line: spreadsheets of many countries write `;`.
fn delimiter(head: &[u8]) -> u8 {
    let end = head.iter().position(|b| *b == b'\n').unwrap_or(head.len());
    let count = |sign: u8| head[..end].iter().filter(|b| **b == sign).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(*sign)).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(format: Format, text: &[u8]) -> Vec<(u64, Result<String, String>)> {
        let from = Box::new(std::io::Cursor::new(text.to_vec()));
        let mut source = Source::open(from, format, Kind::Customers, &[]).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = source.read().unwrap() {
            rows.push((row.line, row.fields.map(|fields| Value::Object(fields).to_string())));
        }
        rows
    }

    #[test]
    fn tables_of_every_usual_kind_are_read() {
        let expected =
            vec![(2, Ok(r#"{"email":"a@b.c","name":"A, \"B\""}"#.to_owned())), (3, Ok(r#"{"email":"d@e.f"}"#.to_owned()))];
        for text in [
            "email,name\na@b.c,\"A, \"\"B\"\"\"\nd@e.f,\n",
            "\u{feff}email;name\r\na@b.c;\"A, \"\"B\"\"\"\r\nd@e.f",
            "email\tname\na@b.c\t\"A, \"\"B\"\"\"\nd@e.f\t \n",
        ] {
            assert_eq!(rows(Format::Csv, text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn a_bad_row_is_one_row() {
        let text = b"email,name\na@b.c,\"two\nlines\"\nx,y,z\n\n\n\xff@b.c,x\nd@e.f,D\n\nx";
        let two_signs = String::from_utf8_lossy(text).replace('\n', "\r\n");
        let read = rows(Format::Csv, text);
        for read in [&read, &rows(Format::Csv, two_signs.as_bytes())] {
            assert_eq!(read.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 4, 7, 8, 10]);
        }
        assert!(read[1].1.as_ref().unwrap_err().contains("3 cells") && read[2].1.as_ref().unwrap_err().contains("UTF-8"));
        let read = rows(Format::Ndjson, b"{\"email\":\"a@b.c\"}\n\n[1]\n{oops\n{\"email\":\"d@e.f\"}");
        assert_eq!(
            read.iter().map(|(line, fields)| (*line, fields.is_ok())).collect::<Vec<_>>(),
            [(1, true), (3, false), (4, false), (5, true)]
        );
    }

    #[test]
    fn a_quote_that_is_not_closed_does_not_fill_the_memory() {
        let text = format!("email,name\na@b.c,\"{}", "x".repeat(3 << 20));
        let from = Box::new(std::io::Cursor::new(text.into_bytes()));
        let mut source = Source::open(from, Format::Csv, Kind::Customers, &[]).unwrap();
        let refused = source.read().map(drop).unwrap_err().to_string();
        assert!(refused.contains("is a quote not closed?"), "{refused}");
    }
}
