//! The editor of documents as JSON, of surveys and of follow-ups alike. Whatever is wrong is told at once, with its line; the text
//! entered stays.

mod position;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use self::position::Lines;
use crate::domain::report::Problem;

/// Largest document, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;

/// The form, as sent.
#[derive(Deserialize)]
pub struct Entered {
    pub document: String,
    /// Which button: `draft` or `publish`.
    pub then: String,
    /// When the document had last been changed as the form was opened; for a new one, never.
    #[serde(default)]
    pub updated_at: i64,
}

impl Entered {
    /// Browsers send line ends their own way.
    pub fn text(&self) -> String {
        self.document.replace("\r\n", "\n")
    }

    pub fn publishes(&self) -> bool {
        self.then == "publish"
    }
}

/// Something wrong in the document.
pub struct Flaw {
    pub line: Option<usize>,
    pub path: String,
    pub message: String,
}

impl Flaw {
    /// About a field at the top of the document.
    pub fn of_field(text: &str, path: &str, message: String) -> Self {
        Self { line: Some(Lines::of(text).at(path)), path: path.to_owned(), message }
    }
}

/// Reads a document, or tells everything that is wrong with it.
pub fn read<T>(text: &str, parse: impl FnOnce(&Value) -> Result<T, Vec<Problem>>) -> Result<T, Vec<Flaw>> {
    if text.len() > MAX_DOCUMENT {
        let message = format!("The document has {} KiB, at most {} are possible.", text.len() / 1024, MAX_DOCUMENT / 1024);
        return Err(vec![Flaw { line: None, path: String::new(), message }]);
    }
    let value = serde_json::from_str(text).map_err(|e| {
        // serde_json's own words end with the position.
        let what = e.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        let message = format!("This is not valid JSON: {what} (line {}, column {}).", e.line(), e.column());
        vec![Flaw { line: Some(e.line().max(1)), path: String::new(), message }]
    })?;
    parse(&value).map_err(|problems| {
        let lines = Lines::of(text);
        let flaw = |problem: Problem| Flaw { line: Some(lines.at(&problem.path)), path: problem.path, message: problem.message };
        problems.into_iter().map(flaw).collect()
    })
}

/// What the editor shows.
pub struct Editor {
    pub title: String,
    /// `survey`, as it follows "this".
    pub noun: &'static str,
    /// Where it is sent to.
    pub action: String,
    pub text: String,
    pub updated_at: i64,
    pub flaws: Vec<Flaw>,
    /// When somebody else saved in the meantime.
    pub conflict: Option<String>,
    /// Whether what is saved here is more than what was published.
    pub is_ahead: bool,
    /// Where "Cancel" leads.
    pub back: String,
}

impl Editor {
    /// Of the page: with something to correct, it says so to programs, too.
    pub fn status(&self) -> StatusCode {
        match (self.conflict.is_some(), self.flaws.is_empty()) {
            (true, _) => StatusCode::CONFLICT,
            (_, false) => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::OK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::survey::Survey;

    fn flaws(text: &str) -> Vec<(Option<usize>, String, String)> {
        read(text, Survey::parse).unwrap_err().into_iter().map(|flaw| (flaw.line, flaw.path, flaw.message)).collect()
    }

    #[test]
    fn malformed_json_is_told_with_line_and_column() {
        let found = flaws("{\n  \"key\": \"a\"\n  \"kind\": 1\n}");
        assert_eq!(found[0].0, Some(3));
        assert!(found[0].2.ends_with("(line 3, column 3)."), "{}", found[0].2);
        assert_eq!(flaws("")[0].0, Some(1));
    }

    #[test]
    fn every_problem_is_told_with_its_line() {
        let found = flaws("{\n  \"key\": \"A!\",\n  \"kind\": \"exit\",\n  \"name\": \"N\",\n  \"questions\": []\n}");
        let lines: Vec<_> = found.iter().map(|(line, path, _)| (line.unwrap(), path.as_str())).collect();
        assert_eq!(lines, [(2, "key"), (3, "kind"), (5, "questions")]);
    }

    #[test]
    fn a_document_has_a_largest_size() {
        assert!(flaws(&" ".repeat(MAX_DOCUMENT + 1))[0].2.contains("256"));
    }
}
