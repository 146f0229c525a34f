//! `exitpoll report`: what a store's people are told, to read or keep.

use std::path::PathBuf;

use anyhow::Context as _;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::domain::weekly::Week;
use crate::insight::weekly::{figures, write};
use crate::store::{Db, sites};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Print the report of the last whole week, as the weekly mail has it
    Weekly {
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// Write it as HTML to this file instead
        #[arg(long)]
        out: Option<PathBuf>,
        /// Where its links lead
        #[arg(long, env = "EXITPOLL_PUBLIC_URL", default_value = "http://localhost:8080")]
        public_url: url::Url,
    },
}

pub async fn run(db: &Db, command: Command) -> anyhow::Result<()> {
    let Command::Weekly { site, out, public_url } = command;
    let site = sites::by_key(db, &site).await?.with_context(|| format!("there is no site {site}"))?;
    let week = Week::last(Clock::system().now(), &TimeZone::get(&site.time_zone)?);
    let written = write(&figures(db, &site, week).await?, &site, &public_url)?;
    match out {
        Some(file) => std::fs::write(&file, written.html).with_context(|| file.display().to_string())?,
        None => print!("{}", written.text),
    }
    Ok(())
}
