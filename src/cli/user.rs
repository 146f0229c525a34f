//! `exitpoll user`.

use std::io::Read as _;

use anyhow::{Context as _, bail};

use crate::clock::Clock;
use crate::id::secret;
use crate::manage::users::{new_user, reset_password};
use crate::password;
use crate::store::{Db, StoreError, sites, users};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a person who can log in
    Create {
        email: String,
        #[arg(long, default_value = "")]
        name: String,
        /// May see one site, st_…; repeat for several. Without any: may see all, and make new ones
        #[arg(long = "site")]
        sites: Vec<String>,
        /// Read the password from standard input instead of making one up
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the people who can log in
    List,
    /// Set a new password and end this person's logins
    ResetPassword {
        email: String,
        /// Read the password from standard input instead of making one up
        #[arg(long)]
        password_stdin: bool,
    },
}

pub async fn run(db: &Db, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { email, name, sites: keys, password_stdin } => create(db, &email, &name, &keys, password_stdin).await,
        Command::List => list(db).await,
        Command::ResetPassword { email, password_stdin } => reset(db, &email, password_stdin).await,
    }
}

async fn create(db: &Db, email: &str, name: &str, keys: &[String], stdin: bool) -> anyhow::Result<()> {
    let now = Clock::system().now();
    let (password, made_up) = password_from(stdin)?;
    let user = new_user(email, name, &password, keys.is_empty(), now).await??;
    let mut tx = db.begin().await?;
    match users::insert(&mut tx, &user, now).await {
        Err(StoreError::Duplicate) => bail!("{} can log in already; to help: exitpoll user reset-password", user.email),
        other => other?,
    }
    for key in keys {
        let site = sites::by_key(&mut tx, key).await?.with_context(|| format!("there is no site {key}"))?;
        sites::add_member(&mut tx, site.id, user.id).await?;
    }
    tx.commit().await?;
    println!("{} can log in now.", user.email);
    if made_up {
        println!("Password: {password}");
    }
    Ok(())
}

async fn list(db: &Db) -> anyhow::Result<()> {
    for user in users::all(db).await? {
        println!("{}\t{}\t{}", user.email, user.name, if user.admin { "all sites" } else { "some sites" });
    }
    Ok(())
}

async fn reset(db: &Db, email: &str, stdin: bool) -> anyhow::Result<()> {
    let (password, made_up) = password_from(stdin)?;
    password::check(&password)?;
    let user = users::by_email(db, &email.trim().to_lowercase()).await?.with_context(|| format!("nobody is called {email}"))?;
    let hash = password::hash(&password).await?;
    let mut tx = db.begin().await?;
    reset_password(&mut tx, user.id, &hash).await?;
    tx.commit().await?;
    println!("{} has a new password; earlier logins have ended.", user.email);
    if made_up {
        println!("Password: {password}");
    }
    Ok(())
}

fn password_from(stdin: bool) -> anyhow::Result<(String, bool)> {
    if !stdin {
        return Ok((secret(15), true));
    }
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text)?;
    Ok((text.trim_end_matches(['\r', '\n']).to_owned(), false))
}
