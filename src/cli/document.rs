//! Documents as files, JSON or YAML by the file's name: surveys and follow-ups, for review in a repository.

use std::fmt::Display;
use std::io::{Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::domain::report::Problem;

/// Documents are written by people; one this large is not.
const MAX_BYTES: u64 = 256 * 1024;

/// Reads a document; `-` is JSON from standard input. `parse` says everything that is wrong with it.
pub fn read<T>(file: &Path, what: &str, parse: impl Fn(&Value) -> Result<T, Vec<Problem>>) -> anyhow::Result<T> {
    let name = || file.display().to_string();
    let mut text = String::new();
    let source: Box<dyn std::io::Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).with_context(name)?),
    };
    source.take(MAX_BYTES + 1).read_to_string(&mut text).with_context(name)?;
    if text.len() as u64 > MAX_BYTES {
        bail!("{}: a {what} document has at most {} KiB", file.display(), MAX_BYTES / 1024);
    }
    let value: Value = match is_yaml(file) {
        true => serde_saphyr::from_str(&text).with_context(name)?,
        false => serde_json::from_str(&text).with_context(name)?,
    };
    parse(&value).map_err(|problems| {
        let place = |p: &Problem| if p.path.is_empty() { "document".to_owned() } else { p.path.clone() };
        let lines: Vec<_> = problems.iter().map(|p| format!("  {}: {}", place(p), p.message)).collect();
        anyhow::anyhow!("{} has {} problem(s):\n{}", file.display(), lines.len(), lines.join("\n"))
    })
}

/// Writes a document; `-` is JSON to standard output.
pub fn write(file: &Path, document: &Value) -> anyhow::Result<()> {
    let text = match is_yaml(file) {
        true => serde_saphyr::to_string(document)?,
        false => serde_json::to_string_pretty(document)? + "\n",
    };
    match file.as_os_str() == "-" {
        true => std::io::stdout().write_all(text.as_bytes())?,
        false => std::fs::write(file, text).with_context(|| file.display().to_string())?,
    }
    Ok(())
}

/// Says what became of a document that was saved, and perhaps published.
pub fn report(key: impl Display, made: bool, revision: Option<i64>) {
    println!("\"{key}\" {}.", if made { "was made" } else { "was saved" });
    match revision {
        Some(revision) => println!("Revision {revision} is live."),
        None => println!("It is a draft: add --publish to make it live."),
    }
}

fn is_yaml(file: &Path) -> bool {
    file.extension().is_some_and(|e| e == "yaml" || e == "yml")
}
