//! Builds the application from its configuration and a clock; the tests build the same one.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::collect::catalog::Catalog;
use crate::collect::check;
use crate::collect::histories::Histories;
use crate::collect::ingest::Ingest;
use crate::commerce;
use crate::config::Config;
use crate::flows;
use crate::insight::{alerts, weekly};
use crate::jobs::{self, Context, Registry, Runner};
use crate::keys::{Key, Vault};
use crate::mail::Sender;
use crate::mail::sender::BadSender;
use crate::manage::import;
use crate::outbound::{self, Client, Dispatcher, Guard};
use crate::store::{self, Db, StoreError};
use crate::telemetry::Meters;
use crate::web::limits::Limiters;
use crate::web::throttle::Throttle;

/// How often a node looks for changes that another one made.
const CATALOG_POLL: Duration = Duration::from_secs(1);

/// How often the figures' samples are put into their buckets, whether anybody reads them or not.
const SORT_SAMPLES: Duration = Duration::from_secs(1);

/// How long a request may take to end after the server was told to; a stranger's may never end.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

pub struct App {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub catalog: Catalog,
    pub histories: Histories,
    pub ingest: Ingest,
    pub keys: Keys,
    pub limiters: Limiters,
    pub throttle: Throttle,
    pub bell: Arc<Notify>,
    pub sender: Arc<Sender>,
    /// Calls other services.
    pub dispatcher: Arc<Dispatcher>,
    pub meters: Meters,
    /// Serves the toy store and its controls, too.
    pub demo: bool,
}

pub struct Keys {
    /// Of what pages send.
    pub collect: check::Keys,
    pub csrf: Key,
    pub preview: Key,
    /// Seals the secrets of shops and other services.
    pub vault: Vault,
}

/// Why the application cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Mail(#[from] BadSender),
}

/// Which parts of the work this process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    Web,
    Worker,
}

impl App {
    /// Opens and migrates the database.
    pub async fn build(config: Config, clock: Clock, demo: bool) -> Result<Arc<Self>, BuildError> {
        let client = Client::new(Guard::new(config.allow_private_targets), outbound::Limits::default());
        Self::build_with(config, clock, demo, client).await
    }

    /// The same with another way out to other services.
    pub async fn build_with(config: Config, clock: Clock, demo: bool, client: Client) -> Result<Arc<Self>, BuildError> {
        let (smtp_url, from) = (config.smtp_url.as_deref(), config.mail_from.as_deref());
        let meters = Meters::new(&job_kinds(), clock.wall());
        let mut sender = Sender::new(smtp_url, from, &config.public_url, config.secret.bytes())?;
        sender.meter = meters.mail.clone();
        let db = Db::open(&config.database_url).await?;
        store::migrate(&db).await?;
        let vault = Vault::new(config.secret.bytes());
        Ok(Arc::new(Self {
            dispatcher: Arc::new(Dispatcher::new(db.clone(), clock.clone(), vault.clone(), client, meters.deliveries.clone())),
            catalog: Catalog::new(db.clone(), clock.clone(), crate::web::assets::scripts()),
            histories: Histories::start(&db),
            ingest: Ingest::start(&db, meters.ingest.clone()),
            keys: Keys {
                collect: check::Keys {
                    offer: Key::derive(config.secret.bytes(), "offer"),
                    identity: Key::derive(config.secret.bytes(), "identity"),
                },
                csrf: Key::derive(config.secret.bytes(), "csrf"),
                preview: Key::derive(config.secret.bytes(), "preview"),
                vault,
            },
            limiters: Limiters::new(config.limits, &clock),
            throttle: Throttle::default(),
            bell: Arc::new(Notify::new()),
            sender: Arc::new(sender),
            meters,
            config,
            clock,
            db,
            demo,
        }))
    }

    pub fn runner(&self) -> Runner {
        let context =
            Context { db: self.db.clone(), clock: self.clock.clone(), bell: self.bell.clone(), sender: self.sender.clone() };
        Runner { registry: kinds(), context, meter: self.meters.jobs.clone() }
    }

    /// Works every due job and every due delivery, and what follows from them; answers how many that were.
    pub async fn run_due(&self) -> Result<usize, StoreError> {
        let runner = self.runner();
        let mut done = 0;
        loop {
            let round = runner.run_due().await? + self.dispatcher.run_due().await?;
            if round == 0 {
                return Ok(done);
            }
            done += round;
        }
    }
}

/// Every kind of work there is.
fn kinds() -> Registry {
    alerts::jobs(jobs::nightly())
        .with::<commerce::Abandonment>()
        .with::<commerce::EraseAll>()
        .with::<flows::Enter>()
        .with::<flows::Step>()
        .with::<flows::Trial>()
        .with::<import::Upload>()
        .with::<jobs::Notice>()
        .with::<outbound::AlertMail>()
        .with::<weekly::Rounds>()
        .with::<weekly::Report>()
}

/// What the kinds of work are called, in order of the alphabet.
pub fn job_kinds() -> Vec<&'static str> {
    let mut names: Vec<_> = kinds().kinds().collect();
    names.sort_unstable();
    names
}

/// Serves until `stop`; then answers what was accepted, stores what waits, and returns.
pub async fn serve(app: Arc<App>, listener: TcpListener, roles: &[Role], stop: CancellationToken) -> anyhow::Result<()> {
    let mut background: Vec<JoinHandle<()>> = Vec::new();
    if roles.contains(&Role::Worker) {
        jobs::ensure_nightly(&app.db, app.clock.now()).await?;
        weekly::ensure(&app.db, app.clock.now()).await?;
        alerts::ensure(&app.db, app.clock.now()).await?;
        background.push(tokio::spawn(app.runner().run(stop.clone())));
        background.push(tokio::spawn(app.dispatcher.clone().run(stop.clone())));
    }
    background.push(tokio::spawn(poll_catalog(app.clone(), stop.clone())));
    background.push(tokio::spawn(sort_samples(app.clone(), stop.clone())));
    let router = match roles.contains(&Role::Web) {
        true => crate::web::router(app.clone()),
        false => crate::web::ops_router(app.clone()),
    };
    let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        ended = serving.into_future() => ended?,
        () = async { stop.cancelled().await; tokio::time::sleep(LAST_REQUESTS).await } => {
            tracing::warn!("connections that did not end are cut");
        }
    }
    app.ingest.stop().await;
    for task in background {
        task.await?;
    }
    app.db.close().await;
    Ok(())
}

async fn poll_catalog(app: Arc<App>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(CATALOG_POLL) => {}
        }
        if let Err(e) = app.catalog.poll().await {
            tracing::warn!(error = %e, "cannot look for changes to sites");
        }
    }
}

async fn sort_samples(app: Arc<App>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(SORT_SAMPLES)).await.is_some() {
        app.meters.sort_samples();
    }
}
