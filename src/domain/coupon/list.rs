//! A list of codes as people have it: one a line, or a table whose first line names the column with the codes.

use std::collections::HashSet;

/// Codes in one list.
pub const MAX_CODES: usize = 100_000;
/// Characters of a code.
const MAX_CODE: usize = 64;

/// What the column with the codes may be called.
const HEADINGS: [&str; 7] = ["code", "codes", "coupon", "couponcode", "discountcode", "voucher", "vouchercode"];

/// A list that was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct List {
    /// In their order, each once in any case.
    pub codes: Vec<String>,
    /// Lines without a code.
    pub blank: usize,
    /// Lines with a code that an earlier line has.
    pub repeated: usize,
}

/// Why a list is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("there is no code in it")]
    Empty,
    #[error("it holds more than {MAX_CODES} codes: split it")]
    TooLong,
    #[error("line {line}: {problem}")]
    Line { line: usize, problem: Problem },
}

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("there is no code")]
    Missing,
    #[error("a code has at most {MAX_CODE} characters")]
    Long,
    #[error("a code has no blanks in it: write one code a line")]
    Blanks,
    #[error("several values: name the column with the codes \"code\" in the first line, or write one code a line")]
    Several,
    #[error("a quotation mark is not closed")]
    Unclosed,
}

/// One code, without the blanks around it.
pub fn read_code(text: &str) -> Result<&str, Problem> {
    let code = text.trim();
    match code.chars().count() {
        0 => Err(Problem::Missing),
        n if n > MAX_CODE => Err(Problem::Long),
        _ if code.chars().any(|c| c.is_whitespace() || c.is_control()) => Err(Problem::Blanks),
        _ => Ok(code),
    }
}

/// What two codes have in common that shops do not tell apart.
pub fn fold(code: &str) -> String {
    code.to_lowercase()
}

/// Reads a list; every flaw is told, so that it can be put right at once.
pub fn read_list(text: &str) -> Result<List, Vec<Flaw>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = Table::new(text).peekable();
    let heading = rows.next_if(|row| row.cells.iter().any(|cell| is_heading(cell)));
    // Under a heading of one column there is nothing to choose from.
    let column = heading.filter(|row| row.cells.len() > 1).and_then(|row| row.cells.iter().position(|cell| is_heading(cell)));
    let (mut list, mut seen, mut flaws) = (List::default(), HashSet::new(), Vec::new());
    for row in rows {
        let cell = match column {
            _ if row.unclosed => Err(Problem::Unclosed),
            Some(at) => Ok(row.cells.get(at).map_or("", String::as_str)),
            None => only(&row.cells),
        };
        match cell.and_then(read_code) {
            Err(Problem::Missing) => list.blank += 1,
            Err(problem) => flaws.push(Flaw::Line { line: row.line, problem }),
            Ok(code) if !seen.insert(fold(code)) => list.repeated += 1,
            Ok(_) if list.codes.len() == MAX_CODES => return Err(vec![Flaw::TooLong]),
            Ok(code) => list.codes.push(code.to_owned()),
        }
    }
    match (flaws.is_empty(), list.codes.is_empty()) {
        (true, false) => Ok(list),
        (true, true) => Err(vec![Flaw::Empty]),
        (false, _) => Err(flaws),
    }
}

fn only(cells: &[String]) -> Result<&str, Problem> {
    let mut filled = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    match (filled.next(), filled.next()) {
        (first, None) => Ok(first.unwrap_or("")),
        _ => Err(Problem::Several),
    }
}

fn is_heading(cell: &str) -> bool {
    let letters: String = cell.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    HEADINGS.contains(&&*letters)
}

struct Row {
    /// From 1.
    line: usize,
    cells: Vec<String>,
    unclosed: bool,
}

/// The rows of a table as spreadsheets write it (RFC 4180), whichever separator they use. A list is a table of one column.
struct Table<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    separator: char,
    line: usize,
}

impl<'a> Table<'a> {
    fn new(text: &'a str) -> Self {
        let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
        let count = |separator| first.matches(separator).count();
        // The last of equals wins: a comma where there is no sign of another.
        let separator = ['\t', ';', ','].into_iter().max_by_key(|separator| count(*separator)).unwrap_or(',');
        Self { chars: text.chars().peekable(), separator, line: 1 }
    }
}

impl Iterator for Table<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.chars.peek()?;
        let mut row = Row { line: self.line, cells: vec![String::new()], unclosed: false };
        let mut quoted = false;
        while let Some(c) = self.chars.next() {
            if c == '\n' {
                self.line += 1;
            }
            // There is always a last cell: the row begins with one.
            let cell = row.cells.last_mut().expect("a row has a cell");
            match c {
                '"' if quoted && self.chars.next_if_eq(&'"').is_some() => cell.push('"'),
                '"' if quoted => quoted = false,
                '"' if cell.trim().is_empty() => {
                    cell.clear();
                    quoted = true;
                }
                _ if quoted => cell.push(c),
                '\n' => return Some(row),
                c if c == self.separator => row.cells.push(String::new()),
                c => cell.push(c),
            }
        }
        row.unclosed = quoted;
        Some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(text: &str) -> Vec<String> {
        read_list(text).unwrap_or_else(|flaws| panic!("{text:?}: {flaws:?}")).codes
    }

    #[test]
    fn lists_come_in_many_forms() {
        for text in [
            "A1\nB2",
            " A1 \r\n\r\nB2\r\n",
            "\u{feff}Code\nA1\nB2\n",
            "A1,\nB2,\n",
            "\"A1\"\n\"B2\"",
            "id,Coupon Code,note\n7,A1,\"two\nlines, and a \"\"quote\"\"\"\n8,B2,\n",
            "note;voucher_code\nx;A1\ny;B2",
            "note\tcode\nx\tA1\n\tB2",
        ] {
            assert_eq!(codes(text), ["A1", "B2"], "{text:?}");
        }
    }

    #[test]
    fn blanks_and_repetitions_are_counted() {
        let list = read_list("A1\n\na1\nB2\n  \nA1").unwrap();
        assert_eq!(list, List { codes: vec!["A1".into(), "B2".into()], blank: 2, repeated: 2 });
        assert_eq!(read_list("code,note\nA1,x\n,y\n").unwrap().blank, 1);
    }

    #[test]
    fn what_is_no_list_is_refused_line_by_line() {
        let line = |line, problem| Flaw::Line { line, problem };
        let long = "x".repeat(65);
        for (text, flaws) in [
            ("", vec![Flaw::Empty]),
            ("\n \n", vec![Flaw::Empty]),
            ("code\n", vec![Flaw::Empty]),
            ("A1\nA 2\nB2,B3", vec![line(2, Problem::Blanks), line(3, Problem::Several)]),
            ("code\nA1,A2", vec![line(2, Problem::Several)]),
            (long.as_str(), vec![line(1, Problem::Long)]),
            ("A1\n\"B2", vec![line(2, Problem::Unclosed)]),
            ("A1\nB\u{0}2", vec![line(2, Problem::Blanks)]),
        ] {
            assert_eq!(read_list(text), Err(flaws), "{text:?}");
        }
        let many = |n: usize| (0..n).map(|i| format!("{i}\n")).collect::<String>();
        assert_eq!(codes(&many(MAX_CODES)).len(), MAX_CODES);
        assert_eq!(read_list(&many(MAX_CODES + 1)), Err(vec![Flaw::TooLong]));
    }

    proptest! {
        #[test]
        fn whatever_it_is_nothing_panics_and_every_code_is_one(text in "[A-Ca-c0-1\",;\t\r\n ]{0,80}|\\PC{0,80}") {
            if let Ok(list) = read_list(&text) {
                let folded: HashSet<_> = list.codes.iter().map(|code| fold(code)).collect();
                prop_assert_eq!(folded.len(), list.codes.len());
                prop_assert!(list.codes.iter().all(|code| read_code(code) == Ok(code)));
            }
        }

        #[test]
        fn a_plain_list_is_read_as_it_is(codes in prop::collection::hash_set("[A-Z0-9-]{1,12}", 1..20)) {
            let codes: Vec<_> = codes.into_iter().filter(|code| !is_heading(code)).collect();
            prop_assume!(!codes.is_empty());
            prop_assert_eq!(read_list(&codes.join("\r\n")).unwrap().codes, codes);
        }
    }
}
