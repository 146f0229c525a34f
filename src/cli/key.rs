//! `exitpoll key`: keys of the management interface.

use anyhow::{Context as _, bail};

use crate::clock::{Clock, Millis};
use crate::domain::scope::Scope;
use crate::id::ApiKeyId;
use crate::manage::api_keys::{create, new_key, new_secret, revoke};
use crate::store::{Db, api_keys, sites};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a key and print it; it cannot be shown again
    Create {
        /// What it is for
        name: String,
        /// The site, st_…
        #[arg(long)]
        site: String,
        /// What it may do, such as write:orders; repeat for several, or say all
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
    },
    /// List the keys of a site: id, first letters, last used, scopes, name
    List {
        /// The site, st_…
        #[arg(long)]
        site: String,
    },
    /// End a key at once and for good
    Revoke {
        /// key_…, as the list has it
        id: ApiKeyId,
        /// The site, st_…
        #[arg(long)]
        site: String,
    },
}

pub async fn run(db: &Db, command: Command) -> anyhow::Result<()> {
    let now = Clock::system().now();
    match command {
        Command::Create { name, site, scopes } => make(db, &name, &site, &scopes, now).await,
        Command::List { site } => list(db, &site).await,
        Command::Revoke { id, site } => end(db, id, &site, now).await,
    }
}

async fn make(db: &Db, name: &str, site: &str, scopes: &[String], now: Millis) -> anyhow::Result<()> {
    let scopes = read(scopes)?;
    let mut tx = db.begin().await?;
    let site = sites::by_key(&mut tx, site).await?.with_context(|| format!("there is no site {site}"))?;
    let secret = new_secret();
    let key = new_key(site.id, name, scopes, &secret, now)?;
    create(&mut tx, &key, &secret, "cli", now).await?;
    tx.commit().await?;
    println!("{secret}");
    eprintln!("\nKeep it now: it cannot be shown again. It is of {}, and may {}.", site.name, words(&key.scopes));
    Ok(())
}

fn read(words: &[String]) -> anyhow::Result<Vec<Scope>> {
    let mut scopes = Vec::new();
    for word in words {
        match Scope::parse(word) {
            _ if word == "all" => scopes.extend(Scope::all()),
            Some(scope) => scopes.push(scope),
            None => bail!("--scope: {word:?} is none of all, {}", Scope::WORDS.join(", ")),
        }
    }
    scopes.sort_unstable();
    scopes.dedup();
    Ok(scopes)
}

async fn list(db: &Db, site: &str) -> anyhow::Result<()> {
    let site = sites::by_key(db, site).await?.with_context(|| format!("there is no site {site}"))?;
    for key in api_keys::list(db, site.id).await? {
        let used = match (key.revoked_at, key.used_at) {
            (Some(_), _) => "revoked".to_owned(),
            (None, None) => "never used".to_owned(),
            (None, Some(at)) => jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| at.to_string()),
        };
        println!("{}\t{}…\t{used}\t{}\t{}", key.id, key.hint, words(&key.scopes), key.name);
    }
    Ok(())
}

fn words(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
}

async fn end(db: &Db, id: ApiKeyId, site: &str, now: Millis) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let site = sites::by_key(&mut tx, site).await?.with_context(|| format!("there is no site {site}"))?;
    let Some(key) = revoke(&mut tx, site.id, id, "cli", now).await? else {
        bail!("{} has no key {id} that could be revoked", site.key)
    };
    tx.commit().await?;
    println!("The key \"{}\" is revoked: it opens nothing any more.", key.name);
    Ok(())
}
