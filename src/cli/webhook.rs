//! `exitpoll webhook`: looking after webhooks without a browser.

use anyhow::{Context as _, ensure};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::clock::{Clock, DAY, Millis};
use crate::domain::webhook::EndpointStatus;
use crate::manage::endpoints::{Replay, backlog, replay};
use crate::store::endpoints::Endpoint;
use crate::store::sites::Site;
use crate::store::{Db, endpoints, sites};

/// Backlogs are counted up to here.
const COUNTED: i64 = 100_000;

#[derive(clap::Subcommand)]
pub enum Command {
    /// List the webhooks of a site: key, status, waiting, given up, address
    List {
        /// The site, st_…
        #[arg(long)]
        site: String,
    },
    /// Send again what was given up
    Replay {
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// The webhook's key
        #[arg(long)]
        key: String,
        /// Events from then on, 2027-04-30T10:15 in the site's time zone; those of the last day when not given
        #[arg(long)]
        from: Option<String>,
        /// and before then; up to now when not given
        #[arg(long)]
        until: Option<String>,
        /// What was delivered, too
        #[arg(long)]
        all: bool,
        /// Send it to the webhook of this key instead
        #[arg(long)]
        to: Option<String>,
    },
}

pub async fn run(db: &Db, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { site } => list(db, &find(db, &site).await?).await,
        Command::Replay { site, key, from, until, all, to } => {
            let (site, now) = (find(db, &site).await?, Clock::system().now());
            let zone = TimeZone::get(&site.time_zone)?;
            let when = moment(from.as_deref(), &zone, now - DAY)?..moment(until.as_deref(), &zone, now + 1)?;
            ensure!(when.start < when.end, "--until should be after --from");
            let endpoint = named(db, &site, &key).await?;
            let to = match to {
                Some(key) => Some(named(db, &site, &key).await?),
                None => None,
            };
            let status = to.as_ref().unwrap_or(&endpoint).status;
            let wanted = Replay { when, delivered: all, to: to.map(|to| to.id) };
            let mut tx = db.begin().await?;
            let n = replay(&mut tx, &endpoint, &wanted, "cli", now).await?;
            tx.commit().await?;
            match status {
                EndpointStatus::Active => println!("{n} to be sent again; the server does it."),
                status => println!("{n} to be sent again, once the webhook is on; it is {status}."),
            }
            Ok(())
        }
    }
}

async fn find(db: &Db, key: &str) -> anyhow::Result<Site> {
    sites::by_key(db, key).await?.with_context(|| format!("there is no site {key}"))
}

async fn named(db: &Db, site: &Site, key: &str) -> anyhow::Result<Endpoint> {
    endpoints::by_key(db, site.id, key).await?.with_context(|| format!("the site has no webhook {key:?}"))
}

async fn list(db: &Db, site: &Site) -> anyhow::Result<()> {
    for endpoint in endpoints::list(db, site.id).await? {
        let (waiting, dead) = backlog(db, &endpoint, COUNTED).await?;
        let failing = if endpoint.failing_since.is_some() { ", failing" } else { "" };
        println!("{}\t{}{failing}\t{waiting} waiting\t{dead} given up\t{}", endpoint.key, endpoint.status, endpoint.url);
    }
    Ok(())
}

fn moment(given: Option<&str>, zone: &TimeZone, otherwise: Millis) -> anyhow::Result<Millis> {
    let Some(given) = given else { return Ok(otherwise) };
    let at = given.parse::<DateTime>().and_then(|at| zone.to_timestamp(at));
    Ok(at.with_context(|| format!("{given:?} is not a moment such as 2027-04-30T10:15"))?.as_millisecond())
}
