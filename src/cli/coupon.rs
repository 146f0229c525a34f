//! `exitpoll coupon`: filling coupon pools from files.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::clock::Clock;
use crate::domain::coupon::{List, read_list};
use crate::manage::coupons::{add, create, end_of_day, new_pool};
use crate::store::{Db, coupons, sites};

/// The longest list of the longest codes, and room for a table's other columns.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Add codes to a pool, which is made if there is none
    Import {
        /// One code a line, or CSV whose first line names a column "code"; - reads standard input
        file: PathBuf,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// The pool's key, as surveys name it
        #[arg(long)]
        pool: String,
        /// What a new pool is called; its key when not given
        #[arg(long)]
        name: Option<String>,
        /// Last day on which the shop takes a new pool's codes, 2027-04-30
        #[arg(long)]
        until: Option<String>,
    },
    /// List the pools of a site: key, state, codes left, codes given, name
    List {
        /// The site, st_…
        #[arg(long)]
        site: String,
    },
}

pub async fn run(db: &Db, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import { file, site, pool, name, until } => {
            let codes = read(&file)?;
            import(db, &codes, &site, &pool, name.as_deref(), until.as_deref()).await
        }
        Command::List { site } => list(db, &site).await,
    }
}

async fn import(db: &Db, codes: &List, site: &str, key: &str, name: Option<&str>, until: Option<&str>) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let mut tx = db.begin().await?;
    let site = sites::by_key(&mut tx, site).await?.with_context(|| format!("there is no site {site}"))?;
    let (pool, made) = match coupons::by_key(&mut tx, site.id, key).await? {
        Some(_) if name.is_some() || until.is_some() => {
            bail!("the pool \"{key}\" is there already: --name and --until are for a new one")
        }
        Some(pool) => (pool, false),
        None => {
            let zone = jiff::tz::TimeZone::get(&site.time_zone)?;
            let expires_at = until.map(|date| end_of_day(date, &zone)).transpose()?;
            let pool = new_pool(key, name.unwrap_or(key), None, expires_at, now)?;
            create(&mut tx, site.id, &pool, "cli", now).await?;
            (pool, true)
        }
    };
    let report = add(&mut tx, site.id, &pool, codes, "cli", now).await?;
    tx.commit().await?;
    println!("{}{report}.", if made { format!("The pool \"{key}\" was made. ") } else { String::new() });
    Ok(())
}

async fn list(db: &Db, site: &str) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let site = sites::by_key(db, site).await?.with_context(|| format!("there is no site {site}"))?;
    for stocked in coupons::list(db, site.id).await? {
        let supply = stocked.supply();
        let left = supply.free.map_or_else(|| "one for all".to_owned(), |free| format!("{free} of {}", supply.total));
        let pool = &stocked.pool;
        println!("{}\t{}\t{left}\t{} given\t{}", pool.key, supply.state(now), stocked.given, pool.name);
    }
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<List> {
    let name = || file.display().to_string();
    let source: Box<dyn std::io::Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).with_context(name)?),
    };
    let mut text = String::new();
    source.take(MAX_BYTES + 1).read_to_string(&mut text).with_context(name)?;
    if text.len() as u64 > MAX_BYTES {
        bail!("{}: a list of codes has at most {} MiB", file.display(), MAX_BYTES / 1024 / 1024);
    }
    read_list(&text).map_err(|flaws| {
        let shown = flaws.iter().take(10).map(|flaw| format!("\n  {flaw}")).collect::<String>();
        let more = flaws.len().saturating_sub(10);
        let rest = if more > 0 { format!("\n  and {more} more") } else { String::new() };
        anyhow::anyhow!("{}: nothing was imported:{shown}{rest}", file.display())
    })
}
