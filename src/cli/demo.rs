//! `exitpoll demo`: everything a newcomer needs, in one process, on loopback, gone afterwards.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::net::TcpListener;

use crate::boot::{self, App, Role};
use crate::clock::Clock;
use crate::config::{Config, Limits, Secret};
use crate::demo::{API_KEY, EMAIL, PASSWORD, SITE_KEY, seed};

#[derive(clap::Args)]
pub struct Args {
    /// Address to listen on; loopback only
    #[arg(long, env = "EXITPOLL_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

/// Removed when the demo ends.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("exitpoll-demo-{}", crate::id::secret(9)));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(e) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(path = %self.0.display(), error = %e, "the demo's files are left behind");
        }
    }
}

pub async fn run(args: Args) -> anyhow::Result<()> {
    anyhow::ensure!(args.listen.ip().is_loopback(), "the demo's login is public knowledge: it listens on loopback only");
    let stop = super::serve::stop_signal();
    let listener = TcpListener::bind(args.listen).await?;
    let address = listener.local_addr()?;
    let scratch = Scratch::make()?;
    let config = Config {
        database_url: format!("sqlite://{}", scratch.0.join("demo.db").display()),
        public_url: format!("http://localhost:{}", address.port()).parse()?,
        secret: Secret::resolve(Some(&crate::id::secret(32)), "")?,
        trusted_proxies: Vec::new(),
        // Nobody outside gets mail from a demo.
        smtp_url: None,
        mail_from: None,
        // Its CRM is on this machine, too.
        allow_private_targets: true,
        metrics_token: None,
        // One person clicks here, perhaps with a script.
        limits: Limits { decide: 6_000, events: 6_000, coupon: 6_000, login: 600, hooks: 6_000, api: 6_000 },
    };
    let app = App::build(config, Clock::shifted(), true).await?;
    seed(&app).await?;
    let at = app.config.public_url.as_str().trim_end_matches('/');
    println!(
        "
  Exitpoll demo, with 90 days of made-up history. Stop it with Ctrl-C; nothing is kept.

  Toy store   {at}/demo/      look around, then move the mouse out through the top of the page;
                                      or order something, to be asked after the purchase
  Outbox      {at}/demo/outbox  what shoppers who left their cart are mailed: leave one, with a mail
                                      address and the box ticked, then move the clock on by an hour,
                                      at the foot of every page
  CRM         {at}/demo/crm   what the webhooks told it
  Admin       {at}/admin      {EMAIL} / {PASSWORD}
  Site key    {SITE_KEY}
  API         {at}/api/docs   key {API_KEY}
"
    );
    boot::serve(app, listener, &[Role::Web, Role::Worker], stop).await
}
