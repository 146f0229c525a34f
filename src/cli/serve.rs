//! `exitpoll serve`.

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::boot::{self, App, Role};
use crate::clock::Clock;
use crate::config::{Config, Limits, Secret, ServerArgs};
use crate::manage::users;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: ServerArgs,
    /// Which parts to run here
    #[arg(long, env = "EXITPOLL_ROLES", value_delimiter = ',', default_value = "web,worker")]
    roles: Vec<Role>,
}

pub async fn run(database_url: String, args: Args) -> anyhow::Result<()> {
    let stop = stop_signal();
    let config = Config {
        secret: Secret::resolve(args.server.secret.as_deref(), &database_url)?,
        database_url,
        public_url: args.server.public_url,
        trusted_proxies: args.server.trusted_proxies,
        smtp_url: args.server.smtp_url,
        mail_from: args.server.mail_from,
        allow_private_targets: args.server.allow_private_targets,
        metrics_token: args.server.metrics_token,
        limits: Limits::default(),
    };
    let app = App::build(config, Clock::system(), false).await?;
    let listener = TcpListener::bind(args.server.listen).await?;
    tracing::info!(address = %listener.local_addr()?, public = %app.config.public_url, "listening");
    if let Some(token) = users::setup_token(&app.db).await? {
        let link = app.config.public_url.join(&format!("/setup/{token}"))?;
        println!("\nNobody can log in yet. Open this link once to make the owner's account:\n\n  {link}\n");
    }
    boot::serve(app, listener, &args.roles, stop).await
}

/// Cancelled by Ctrl-C or SIGTERM; a second one ends the process at once.
pub fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping: finishing what was accepted");
        told.cancel();
        wait_for_signal().await;
        std::process::exit(130);
    });
    stop
}

async fn wait_for_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(e) => {
                tracing::warn!(error = %e, "cannot listen for SIGTERM");
                let _ctrl_c = tokio::signal::ctrl_c().await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ctrl_c = tokio::signal::ctrl_c().await;
}
