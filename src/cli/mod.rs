//! The command line: one file for each group of commands.

mod coupon;
mod data;
mod demo;
mod doctor;
mod document;
mod flow;
mod key;
mod migrate;
mod report;
mod serve;
mod site;
mod suppression;
mod survey;
mod user;
mod webhook;

use std::io::IsTerminal as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::DatabaseArgs;
use crate::store::{self, Db};
use crate::telemetry::{Masked, log_panics};

/// Exit-intent and post-purchase surveys for online stores, self-hosted.
#[derive(Parser)]
#[command(name = "exitpoll", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    database: DatabaseArgs,
    /// What to log: error, warn, info, debug, or a filter such as exitpoll=debug
    #[arg(long, env = "EXITPOLL_LOG", default_value = "info", global = true)]
    log: String,
    /// How to log: for people or for machines
    #[arg(long, env = "EXITPOLL_LOG_FORMAT", default_value = "text", global = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server: web and workers
    Serve(serve::Args),
    /// Run everything with a fresh database and a toy store, to try it out
    Demo(demo::Args),
    /// Bring the database up to date (serve does so, too)
    Migrate,
    /// Make, list and help people who can log in
    #[command(subcommand)]
    User(user::Command),
    /// Make and list sites
    #[command(subcommand)]
    Site(site::Command),
    /// Survey documents as files, JSON or YAML
    #[command(subcommand)]
    Survey(survey::Command),
    /// Follow-ups as files, JSON or YAML
    #[command(subcommand)]
    Flow(flow::Command),
    /// Orders, customers and responses as files, CSV or NDJSON
    #[command(subcommand)]
    Data(data::Command),
    /// Fill coupon pools
    #[command(subcommand)]
    Coupon(coupon::Command),
    /// Make, list and revoke keys of the management interface
    #[command(subcommand)]
    Key(key::Command),
    /// Addresses that must not be mailed
    #[command(subcommand)]
    Suppression(suppression::Command),
    /// List webhooks, and send again what was given up
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// Reports without a browser
    #[command(subcommand)]
    Report(report::Command),
    /// Check that everything is as it should be
    Doctor(doctor::Args),
}

/// Reads the command line and does what it says.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    init_log(&cli.log, cli.log_format);
    // Fails only if another provider is in place, and nothing here sets one.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("error: {e}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    let url = cli.database.database_url;
    match cli.command {
        Command::Serve(args) => serve::run(url, args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Migrate => migrate::run(&url).await,
        Command::User(command) => user::run(&open(&url).await?, command).await,
        Command::Site(command) => site::run(&open(&url).await?, command).await,
        Command::Survey(command) => survey::run(&url, command).await,
        Command::Flow(command) => flow::run(&url, command).await,
        Command::Data(command) => data::run(&open(&url).await?, command).await,
        Command::Coupon(command) => coupon::run(&open(&url).await?, command).await,
        Command::Key(command) => key::run(&open(&url).await?, command).await,
        Command::Suppression(command) => suppression::run(&url, command).await,
        Command::Webhook(command) => webhook::run(&open(&url).await?, command).await,
        Command::Report(command) => report::run(&open(&url).await?, command).await,
        Command::Doctor(args) => return doctor::run(&url, args).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The database, up to date.
async fn open(url: &str) -> anyhow::Result<Db> {
    let db = Db::open(url).await?;
    store::migrate(&db).await?;
    Ok(db)
}

fn init_log(filter: &str, format: LogFormat) {
    // What Postgres notices of a migration table that is there already is no news; what others read off the wire holds secrets.
    let filter = tracing_subscriber::EnvFilter::try_new(format!("sqlx::postgres::notice=warn,h2=info,hyper=info,{filter}"))
        .unwrap_or_else(|e| {
            eprintln!("warning: EXITPOLL_LOG: {e}; logging info");
            tracing_subscriber::EnvFilter::new("info")
        });
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(Masked).with_ansi(std::io::stderr().is_terminal());
    match format {
        LogFormat::Text => log.with_target(false).init(),
        LogFormat::Json => log.json().init(),
    }
    log_panics();
}
