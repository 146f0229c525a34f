//! `exitpoll survey`: documents as files, for review in a repository. The format follows the file's name.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::document;
use crate::clock::Clock;
use crate::domain::survey::Survey;
use crate::manage;
use crate::store::{sites, surveys};

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
    let survey = read(file)?;
    let db = super::open(url).await?;
    let now = Clock::system().now();
    let mut tx = db.begin().await?;
    let site = sites::by_key(&mut tx, site).await?.with_context(|| format!("there is no site {site}"))?;
    let (id, made) = manage::surveys::save(&mut tx, site.id, &survey, "cli", now).await?;
    let revision = match publish {
        true => Some(manage::surveys::publish(&mut tx, site.id, id, &survey, "cli", now).await?),
        false => None,
    };
    let shortages = manage::coupons::shortages(&mut tx, site.id, &survey, now).await?;
    tx.commit().await?;
    for shortage in shortages {
        eprintln!("warning: {shortage}");
    }
    document::report(&survey.key, made, revision);
    Ok(())
}

async fn export(url: &str, file: &Path, site: &str, key: &str) -> anyhow::Result<()> {
    let db = super::open(url).await?;
    let site = sites::by_key(&db, site).await?.with_context(|| format!("there is no site {site}"))?;
    let entry = surveys::by_key(&db, site.id, key).await?.with_context(|| format!("{} has no survey {key:?}", site.name))?;
    document::write(file, &surveys::draft(&db, site.id, entry.id).await?.unwrap_or_default())
}

fn read(file: &Path) -> anyhow::Result<Survey> {
    document::read(file, "survey", Survey::parse)
}
