//! `exitpoll survey`: documents as files, for review in a repository. The format follows the file's name.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::clock::Clock;
use crate::domain::survey::Survey;
use crate::manage;
use crate::store::{sites, surveys};

/// Documents are written by people; one this large is not.
const MAX_BYTES: u64 = 256 * 1024;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Save a document as the draft of the survey with its key
    Import {
        /// .json, .yaml or .yml; - reads JSON from standard input
        file: PathBuf,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// Publish it, too
        #[arg(long)]
        publish: bool,
    },
    /// Write a survey's document to a file
    Export {
        /// .json, .yaml or .yml; - writes JSON to standard output
        file: PathBuf,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// The survey's key
        #[arg(long)]
        key: String,
    },
    /// Check a document; says everything that is wrong with it
    Validate {
        /// .json, .yaml or .yml; - reads JSON from standard input
        file: PathBuf,
    },
}

pub async fn run(url: &str, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Validate { file } => {
            let survey = read(&file)?;
            println!("{}: \"{}\" is valid, {} questions.", file.display(), survey.key, survey.questions.len());
            Ok(())
        }
        Command::Import { file, site, publish } => import(url, &file, &site, publish).await,
        Command::Export { file, site, key } => export(url, &file, &site, &key).await,
    }
}

async fn import(url: &str, file: &Path, site: &str, publish: bool) -> anyhow::Result<()> {
    let document = read(file)?;
    let db = super::open(url).await?;
    let now = Clock::system().now();
    let mut tx = db.begin().await?;
    let site = sites::by_key(&mut tx, site).await?.with_context(|| format!("there is no site {site}"))?;
    let (id, made) = manage::surveys::save(&mut tx, site.id, &document, "cli", now).await?;
    let revision = match publish {
        true => Some(manage::surveys::publish(&mut tx, site.id, id, &document, "cli", now).await?),
        false => None,
    };
    let shortages = manage::coupons::shortages(&mut tx, site.id, &document, now).await?;
    tx.commit().await?;
    for shortage in shortages {
        eprintln!("warning: {shortage}");
    }
    println!("\"{}\" {}.", document.key, if made { "was made" } else { "was saved" });
    match revision {
        Some(revision) => println!("Revision {revision} is live."),
        None => println!("It is a draft: add --publish to make it live."),
    }
    Ok(())
}

async fn export(url: &str, file: &Path, site: &str, key: &str) -> anyhow::Result<()> {
    let db = super::open(url).await?;
    let site = sites::by_key(&db, site).await?.with_context(|| format!("there is no site {site}"))?;
    let entry = surveys::by_key(&db, site.id, key).await?.with_context(|| format!("{} has no survey {key:?}", site.name))?;
    let document = surveys::draft(&db, site.id, entry.id).await?.unwrap_or_default();
    let text = match is_yaml(file) {
        true => serde_saphyr::to_string(&document)?,
        false => serde_json::to_string_pretty(&document)? + "\n",
    };
    match file.as_os_str() == "-" {
        true => std::io::stdout().write_all(text.as_bytes())?,
        false => std::fs::write(file, text).with_context(|| file.display().to_string())?,
    }
    Ok(())
}

fn is_yaml(file: &Path) -> bool {
    file.extension().is_some_and(|e| e == "yaml" || e == "yml")
}

fn read(file: &Path) -> anyhow::Result<Survey> {
    let name = || file.display().to_string();
    let mut text = String::new();
    let source: Box<dyn std::io::Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).with_context(name)?),
    };
    source.take(MAX_BYTES + 1).read_to_string(&mut text).with_context(name)?;
    if text.len() as u64 > MAX_BYTES {
        bail!("{}: a survey document has at most {} KiB", file.display(), MAX_BYTES / 1024);
    }
    let value: serde_json::Value = match is_yaml(file) {
        true => serde_saphyr::from_str(&text).with_context(name)?,
        false => serde_json::from_str(&text).with_context(name)?,
    };
    Survey::parse(&value).map_err(|problems| {
        let lines: Vec<_> = problems
            .iter()
            .map(|p| format!("  {}: {}", if p.path.is_empty() { "document" } else { &p.path }, p.message))
            .collect();
        anyhow::anyhow!("{} has {} problem(s):\n{}", file.display(), lines.len(), lines.join("\n"))
    })
}
