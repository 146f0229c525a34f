//! One call: no redirect is followed, no proxy is asked, no more of the answer is read than is kept, and it ends in time.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use tokio::time::{Instant, timeout_at};

use super::guard::{Forbidden, Guard};
use crate::domain::webhook::{Failure, Outcome};

/// Most of an answer that is kept, in bytes.
const KEPT: usize = 4096;

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connect: Duration,
    /// From the first look-up to the last byte.
    pub total: Duration,
    /// Whether the pauses that services ask for are kept.
    pub paced: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(15), paced: true }
    }
}

#[derive(Debug)]
pub struct Client {
    /// `None`: this machine has no certificates to know a receiver by, and nothing can be called.
    http: Option<reqwest::Client>,
    guard: Guard,
    limits: Limits,
}

/// What came of a call.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Outcome,
    pub ms: i64,
    /// The first [`KEPT`] bytes.
    pub text: Option<String>,
    pub retry_after: Option<String>,
}

impl Client {
    pub fn new(guard: Guard, limits: Limits) -> Self {
        // Whoever comes first installs it; all install the same one.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let built = reqwest::Client::builder()
            .dns_resolver(guard.clone())
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(limits.connect)
            .pool_idle_timeout(Duration::from_secs(20))
            .user_agent(concat!("Exitpoll/", env!("CARGO_PKG_VERSION"), ")"))
            .build();
        if let Err(error) = &built {
            tracing::error!(error = %chain(error), "webhooks cannot be sent from this machine");
        }
        Self { http: built.ok(), guard, limits }
    }

    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    pub const fn paced(&self) -> bool {
        self.limits.paced
    }

    pub async fn send(&self, method: Method, url: &str, headers: HeaderMap, body: Option<String>) -> Answer {
        let begun = Instant::now();
        let ended = |outcome, text, retry_after| {
            let ms = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
            Answer { outcome, ms, text, retry_after }
        };
        // Stored addresses were checked by the rules of their day.
        let Ok(url) = self.guard.check(url) else { return ended(Err(Failure::ForbiddenTarget), None, None) };
        let Some(http) = &self.http else { return ended(Err(Failure::Tls), None, None) };
        let deadline = begun + self.limits.total;
        let response =
            match timeout_at(deadline, http.request(method, url).headers(headers).body(body.unwrap_or_default()).send()).await {
                Err(_) => return ended(Err(Failure::Timeout), None, None),
                Ok(Err(error)) => {
                    tracing::debug!(error = %chain(&error), "a webhook got no answer");
                    return ended(Err(failure(&error)), None, None);
                }
                Ok(Ok(response)) => response,
            };
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let text = read(response, deadline).await;
        // The status has been said, whatever becomes of the rest.
        ended(Ok(status), text, retry_after)
    }
}

/// As much of the answer as is kept and comes in time; the connection is dropped with the rest.
async fn read(mut response: reqwest::Response, deadline: Instant) -> Option<String> {
    let mut bytes = Vec::new();
    while bytes.len() < KEPT {
        match timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => bytes.extend_from_slice(&chunk[..chunk.len().min(KEPT - bytes.len())]),
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    // Postgres keeps no U+0000.
    let text = String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}");
    (!text.is_empty()).then_some(text)
}

fn failure(error: &reqwest::Error) -> Failure {
    let mut cause = error.source();
    while let Some(error) = cause {
        let mut inner: &(dyn std::error::Error + 'static) = error;
        // `source` of an I/O error skips the error that it holds, which may hold one itself.
        loop {
            if inner.is::<Forbidden>() {
                return Failure::ForbiddenTarget;
            }
            if inner.is::<rustls::Error>() {
                return Failure::Tls;
            }
            match inner.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
                Some(held) => inner = held,
                None => break,
            }
        }
        cause = error.source();
    }
    match error {
        e if e.is_timeout() => Failure::Timeout,
        e if e.is_dns() => Failure::Dns,
        e if e.is_connect() => Failure::Connect,
        _ => Failure::Closed,
    }
}

/// An error with its causes, without the address, which may hold a token.
fn chain(error: &reqwest::Error) -> String {
    let mut text = if error.is_builder() { error.to_string() } else { "no answer".to_owned() };
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
