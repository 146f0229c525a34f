//! `exitpoll site`.

use crate::clock::Clock;
use crate::manage::sites::{NewSite, create};
use crate::store::{Db, sites};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a site and print its tag
    Create {
        name: String,
        /// Where its pages are, https://shop.example; repeat for several
        #[arg(long = "origin", required = true)]
        origins: Vec<String>,
        /// IANA name; days in reports begin here
        #[arg(long, default_value = "UTC")]
        time_zone: String,
        /// ISO 4217
        #[arg(long, default_value = "EUR")]
        currency: String,
    },
    /// List the sites
    List,
}

pub async fn run(db: &Db, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, origins, time_zone, currency } => {
            let now = Clock::system().now();
            let origins = origins.iter().map(String::as_str).collect();
            let site = NewSite { name: &name, origins, time_zone: &time_zone, currency: &currency }.check(None, now)?;
            let mut tx = db.begin().await?;
            create(&mut tx, &site, "cli", now).await?;
            tx.commit().await?;
            println!("{}", site.key);
            eprintln!("\nPaste this into every page of {}:\n", site.name);
            eprintln!("  <script async src=\"https://YOUR-EXITPOLL/embed.js\" data-site=\"{}\"></script>", site.key);
        }
        Command::List => {
            for site in sites::visible_to(db, None).await? {
                println!("{}\t{}\t{}", site.key, site.name, site.origins.join(" "));
            }
        }
    }
    Ok(())
}
