//! A server of its own for each test, on a database of its own, with a clock that stands still until told otherwise.

pub mod binary;
pub mod browser;
pub mod database;
pub mod receiver;
pub mod schema;
pub mod shop;
pub mod smtp;

use std::net::SocketAddr;
use std::sync::Arc;

use exitpoll::boot::{self, App, Role};
use exitpoll::clock::{Clock, Millis};
use exitpoll::config::{Config, Limits, Secret};
use exitpoll::domain::survey::Survey;
use exitpoll::id::{SurveyId, uuid7};
use exitpoll::manage::sites::NewSite;
use exitpoll::manage::{sites, surveys};
use exitpoll::outbound::Client;
use exitpoll::store::Db;
use exitpoll::store::sites::Site;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use database::{Backend, Database};

/// 2026-11-24 12:00 UTC, a Tuesday.
pub const NOON: Millis = 1_795_521_600_000;
pub const ORIGIN: &str = "https://shop.example";

/// Runs a test's body on both databases.
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($app:ident: $kind:ident) $body:block) => {
        mod $name {
            use super::*;

            async fn body($app: $kind) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::support::TestApp::start($crate::support::Backend::Sqlite).await).await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body($crate::support::TestApp::start($crate::support::Backend::Postgres).await).await;
            }
        }
    };
}

/// Runs a test's body on an empty database of either kind.
#[macro_export]
macro_rules! on_both_empty {
    (async fn $name:ident($database:ident: $kind:ident) $body:block) => {
        mod $name {
            use super::*;

            async fn body($database: $kind) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                body($crate::support::Database::create($crate::support::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                body($crate::support::Database::create($crate::support::Backend::Postgres).await).await;
            }
        }
    };
}

pub struct TestApp {
    pub app: Arc<App>,
    pub site: Site,
    pub base: String,
    http: reqwest::Client,
    stop: CancellationToken,
    /// Last: its files go after everything that uses them.
    pub database: Arc<Database>,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// More than any test asks for.
const AMPLE: Limits = Limits { decide: 60_000, events: 60_000, coupon: 60_000, login: 600, hooks: 60_000, api: 60_000 };

impl TestApp {
    pub async fn start(backend: Backend) -> Self {
        Self::start_with(backend, AMPLE).await
    }

    pub async fn start_with(backend: Backend, limits: Limits) -> Self {
        let database = Arc::new(Database::create(backend).await);
        let app = build(&database, Clock::manual(NOON), limits, None).await;
        Self::open(app, database).await
    }

    /// One that sends its mail to a server.
    pub async fn start_with_mail(backend: Backend, smtp_url: &str) -> Self {
        let database = Arc::new(Database::create(backend).await);
        let app = build(&database, Clock::manual(NOON), AMPLE, Some(smtp_url)).await;
        Self::open(app, database).await
    }

    /// One with a way of its own to call other services.
    pub async fn calling(database: Database, client: Client) -> Self {
        let app = App::build_with(config(&database, AMPLE, None), Clock::manual(NOON), false, client).await.unwrap();
        Self::open(app, Arc::new(database)).await
    }

    async fn open(app: Arc<App>, database: Arc<Database>) -> Self {
        let site = new_site(&app.db, "Shop", ORIGIN, app.clock.now()).await;
        Self::serve(app, site, database).await
    }

    /// A second node on the same database.
    pub async fn another_node(&self) -> Self {
        let app = build(&self.database, self.app.clock.clone(), AMPLE, None).await;
        Self::serve(app, self.site.clone(), self.database.clone()).await
    }

    async fn serve(app: Arc<App>, site: Site, database: Arc<Database>) -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        tokio::spawn(boot::serve(app.clone(), listener, &[Role::Web], stop.clone()));
        Self { app, site, base, http: client(), stop, database }
    }

    pub fn now(&self) -> Millis {
        self.app.clock.now()
    }

    pub fn advance(&self, by: Millis) {
        self.app.clock.advance(by);
    }

    /// Saves and publishes a document, as the admin does.
    pub async fn publish(&self, document: Value) -> SurveyId {
        self.publish_for(&self.site, document).await
    }

    pub async fn publish_for(&self, site: &Site, document: Value) -> SurveyId {
        let document = Survey::parse(&document).unwrap_or_else(|problems| panic!("{problems:#?}"));
        let mut tx = self.app.db.begin().await.unwrap();
        let (id, _) = surveys::save(&mut tx, site.id, &document, "test", self.now()).await.unwrap();
        surveys::publish(&mut tx, site.id, id, &document, "test", self.now()).await.unwrap();
        tx.commit().await.unwrap();
        self.app.catalog.refresh(&site.key).await.unwrap();
        id
    }

    pub async fn another_site(&self, origin: &str) -> Site {
        new_site(&self.app.db, "Other shop", origin, self.now()).await
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.base))
    }

    pub fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.base)).header("content-type", "text/plain").body(body)
    }

    pub fn form(&self, path: &str, body: String) -> RequestBuilder {
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        request.header("content-type", "application/x-www-form-urlencoded")
    }

    pub fn request(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// A path of the site's own: `config`, `decide`, `events`.
    pub fn v1(&self, what: &str) -> String {
        format!("/v1/{}/{what}", self.site.key)
    }

    /// Asks for one survey as a browser would; the whole answer.
    pub async fn decide(&self, ask: Value) -> Value {
        let response = self.post(&self.v1("decide"), ask.to_string()).header("origin", ORIGIN).send().await.unwrap();
        json_of(response, StatusCode::OK).await
    }

    /// An offer for a visitor; fails the test if there is none.
    pub async fn offer(&self, visitor: &str, survey: &str) -> String {
        let session = format!("{visitor} at {}", self.now());
        let answer = self.decide(json!({"visitor": visitor, "session": session, "candidates": [survey]})).await;
        answer["offers"][0]["token"].as_str().unwrap_or_else(|| panic!("no offer: {answer}")).to_owned()
    }

    /// The reason why a visitor may not see a survey; `None` if they may.
    pub async fn denial(&self, visitor: &str, session: &str, survey: &str) -> Option<String> {
        let answer = self.decide(json!({"visitor": visitor, "session": session, "candidates": [survey]})).await;
        answer["denied"][0]["reason"].as_str().map(str::to_owned)
    }

    /// Sends events and expects 202; the receipt.
    pub async fn send(&self, visitor: &str, events: Value) -> Value {
        self.send_in(visitor, &format!("{visitor} at {}", self.now()), events).await
    }

    pub async fn send_in(&self, visitor: &str, session: &str, events: Value) -> Value {
        let batch = json!({"visitor": visitor, "session": session, "sent_at": self.now(), "events": events});
        let response = self.post(&self.v1("events"), batch.to_string()).header("origin", ORIGIN).send().await.unwrap();
        json_of(response, StatusCode::ACCEPTED).await
    }

    /// Works every due job and delivery.
    pub async fn run_jobs(&self) -> usize {
        self.app.run_due().await.unwrap()
    }
}

async fn build(database: &Database, clock: Clock, limits: Limits, smtp_url: Option<&str>) -> Arc<App> {
    App::build(config(database, limits, smtp_url), clock, false).await.unwrap()
}

fn config(database: &Database, limits: Limits, smtp_url: Option<&str>) -> Config {
    Config {
        database_url: database.url.clone(),
        public_url: "http://localhost:8080".parse().unwrap(),
        secret: Secret::resolve(Some(binary::SECRET), "").unwrap(),
        trusted_proxies: Vec::new(),
        smtp_url: smtp_url.map(str::to_owned),
        mail_from: smtp_url.map(|_| "Shop <hello@shop.example>".to_owned()),
        allow_private_targets: false,
        metrics_token: None,
        limits,
    }
}

/// A client that keeps cookies to itself and follows nothing: tests look at every answer.
pub fn client() -> reqwest::Client {
    // The binary does this first thing; a second time is refused, which is fine.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap()
}

pub async fn new_site(db: &Db, name: &str, origin: &str, now: Millis) -> Site {
    let new = NewSite { name, origins: vec![origin], time_zone: "Europe/Berlin", currency: "EUR" };
    let site = new.check(None, now).unwrap();
    let mut tx = db.begin().await.unwrap();
    sites::create(&mut tx, &site, "test", now).await.unwrap();
    tx.commit().await.unwrap();
    site
}

/// A setting for whoever wants a test to try harder.
pub fn number(variable: &str, otherwise: u32) -> u32 {
    std::env::var(variable).map_or(otherwise, |n| n.parse().unwrap_or_else(|_| panic!("{variable} is no number: {n}")))
}

/// The body, after the status was found as expected.
pub async fn json_of(response: Response, status: StatusCode) -> Value {
    let found = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// An event with a fresh id.
pub fn event(at: Millis, kind: &str, more: Value) -> Value {
    let mut event = json!({"id": uuid7(at), "type": kind, "at": at});
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

/// A survey with a choice, a score and a text.
pub fn survey(key: &str) -> Value {
    json!({
        "key": key, "kind": "on_site", "name": "A survey", "trigger": {"type": "delay", "seconds": 1},
        "frequency": {"show": "until_answered"},
        "questions": [
            {"key": "reason", "type": "single_choice", "prompt": "Why?", "other": true, "choices": [
                {"key": "shipping", "label": "Shipping"}, {"key": "price", "label": "Price"}]},
            {"key": "score", "type": "nps", "prompt": "How likely?"},
            {"key": "more", "type": "short_text", "prompt": "Anything else?"},
        ],
        "endings": [{"key": "bye", "title": "Thanks"}],
    })
}
