//! `exitpoll flow`: follow-ups as files, for review in a repository. The format follows the file's name.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::document;
use crate::clock::Clock;
use crate::domain::flow::Flow;
use crate::manage;
use crate::store::{flows, sites};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Save a document as the draft of the follow-up with its key
    Import {
        /// .json, .yaml or .yml; - reads JSON from standard input
        file: PathBuf,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// Publish it, too: people enter it from then on
        #[arg(long)]
        publish: bool,
    },
    /// Write a follow-up's document to a file
    Export {
        /// .json, .yaml or .yml; - writes JSON to standard output
        file: PathBuf,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// The follow-up's key
        #[arg(long)]
        key: String,
    },
    /// List the follow-ups of a site: key, state, revision, name
    List {
        /// The site, st_…
        #[arg(long)]
        site: String,
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
            let flow = read(&file)?;
            println!("{}: \"{}\" is valid, {} steps.", file.display(), flow.key, flow.steps.len());
            Ok(())
        }
        Command::Import { file, site, publish } => import(url, &file, &site, publish).await,
        Command::Export { file, site, key } => export(url, &file, &site, &key).await,
        Command::List { site } => list(url, &site).await,
    }
}

fn read(file: &Path) -> anyhow::Result<Flow> {
    document::read(file, "flow", Flow::parse)
}

async fn import(url: &str, file: &Path, site: &str, publish: bool) -> anyhow::Result<()> {
    let flow = read(file)?;
    let db = super::open(url).await?;
    let now = Clock::system().now();
    let mut tx = db.begin().await?;
    let site = sites::by_key(&mut tx, site).await?.with_context(|| format!("there is no site {site}"))?;
    let (id, made) = manage::flows::save(&mut tx, site.id, &flow, "cli", now).await?;
    let revision = match publish {
        true => Some(manage::flows::publish(&mut tx, site.id, id, &flow, "cli", now).await?),
        false => None,
    };
    tx.commit().await?;
    document::report(&flow.key, made, revision);
    Ok(())
}

async fn export(url: &str, file: &Path, site: &str, key: &str) -> anyhow::Result<()> {
    let db = super::open(url).await?;
    let site = sites::by_key(&db, site).await?.with_context(|| format!("there is no site {site}"))?;
    let entry = flows::by_key(&db, site.id, key).await?.with_context(|| format!("{} has no follow-up {key:?}", site.name))?;
    document::write(file, &flows::draft(&db, site.id, entry.id).await?.unwrap_or_default())
}

async fn list(url: &str, site: &str) -> anyhow::Result<()> {
    let db = super::open(url).await?;
    let site = sites::by_key(&db, site).await?.with_context(|| format!("there is no site {site}"))?;
    for flow in flows::list(&db, site.id).await? {
        println!("{}\t{}\trevision {}\t{}", flow.key, flow.status.as_str(), flow.revision, flow.name);
    }
    Ok(())
}
