//! Cells of CSV files (RFC 4180) that people open in spreadsheets.

/// What a spreadsheet takes for the beginning of a formula, also in its wide form.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r']) || text.trim_start().starts_with(FORMULA)
}

/// A text as a cell: one that begins like a formula would be one to a spreadsheet, and an apostrophe makes it a text.
pub fn cell(text: &str) -> String {
    let text = if is_formula(text) { format!("'{text}") } else { text.to_owned() };
    match text.contains([',', '"', '\n', '\r', ';']) || text.trim() != text {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

/// A row of cells, with its end.
pub fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    cells.into_iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

/// The text of a cell, without the apostrophe that [`cell`], or a shop before a long number, put there.
pub fn plain(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest) || rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_texts_to_every_spreadsheet() {
        for (text, written) in
            [("SHIP-1", "SHIP-1"), ("a,\"b\"", "\"a,\"\"b\"\"\""), ("=1+1", "'=1+1"), (" @x", "' @x"), ("＝1", "'＝1"), ("", "")]
        {
            assert_eq!(cell(text), written);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(cells in prop::collection::vec("[ -~＝äé\n]{0,12}", 1..6)) {
            let written = row(cells.iter().map(String::as_str));
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(written.as_bytes());
            // A single empty cell is an empty line, which is no row.
            if let Some(read) = reader.records().next() {
                let read: Vec<_> = read.unwrap().iter().map(|cell| plain(cell).to_owned()).collect();
                let apostrophe = |text: &String| plain(text) != text;
                prop_assume!(!cells.iter().any(apostrophe));
                prop_assert_eq!(read, cells);
            }
        }
    }
}
