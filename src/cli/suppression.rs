//! `exitpoll suppression`: addresses that must not be mailed, brought along and taken away as CSV.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::clock::Clock;
use crate::config::Secret;
use crate::domain::suppression::read_list;
use crate::mail::sender::Keys;
use crate::manage::suppressions::{HEADING, import, rows, told};
use crate::store::{Db, audit, sites};

/// A million addresses, with room for a table's other columns.
const MAX_BYTES: u64 = 128 * 1024 * 1024;
/// Bad lines that are named.
const TOLD: usize = 10;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Add the addresses of a list; what is listed already stays as it is
    Import {
        /// One address a line, or CSV whose first line names the columns "email" and perhaps "reason"; - reads standard input
        file: PathBuf,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// The master key of the server: addresses are found by a hash made with it
        #[arg(long, env = "EXITPOLL_SECRET", hide_env_values = true)]
        secret: Option<String>,
    },
    /// Print the list as CSV: email, reason, source, at
    Export {
        /// The site, st_…
        #[arg(long)]
        site: String,
    },
}

pub async fn run(url: &str, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import { file, site, secret } => {
            let text = read(&file)?;
            let secret = Secret::resolve(secret.as_deref(), url)?;
            bring(&super::open(url).await?, &Keys::new(secret.bytes()), &site, &text).await
        }
        Command::Export { site } => take(&super::open(url).await?, &site).await,
    }
}

async fn bring(db: &Db, keys: &Keys, site: &str, text: &str) -> anyhow::Result<()> {
    let site = sites::by_key(db, site).await?.with_context(|| format!("there is no site {site}"))?;
    let list = read_list(text);
    for flaw in told(&list.flaws, TOLD) {
        eprintln!("{flaw}");
    }
    if list.entries.is_empty() {
        bail!("the list names no address");
    }
    let report = import(db, keys, site.id, &list, "cli", Clock::system().now()).await?;
    println!("{report}.");
    Ok(())
}

async fn take(db: &Db, site: &str) -> anyhow::Result<()> {
    let site = sites::by_key(db, site).await?.with_context(|| format!("there is no site {site}"))?;
    let mut tx = db.begin().await?;
    audit::record(&mut tx, site.id, "cli", "suppression.export", &site.key, Clock::system().now()).await?;
    tx.commit().await?;
    let mut out = std::io::stdout().lock();
    out.write_all(HEADING.as_bytes())?;
    let mut after = None;
    loop {
        let (text, next) = rows(db, site.id, after).await?;
        out.write_all(text.as_bytes())?;
        match next {
            Some(_) => after = next,
            None => return Ok(()),
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    let name = || file.display().to_string();
    let source: Box<dyn std::io::Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).with_context(name)?),
    };
    let mut text = String::new();
    source.take(MAX_BYTES + 1).read_to_string(&mut text).with_context(name)?;
    if text.len() as u64 > MAX_BYTES {
        bail!("{}: a list has at most {} MiB", file.display(), MAX_BYTES / 1024 / 1024);
    }
    Ok(text)
}
