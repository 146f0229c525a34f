//! Conversations with a mail server. The library speaks the protocol; the stages are ours, because only they tell whether a lost
//! connection may have sent something: before the message began it has not.

use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use percent_encoding::percent_decode_str;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout_at};
use url::{Host, Url};

use super::message::Message;
use super::reply::{self, Enhanced};
use super::transport::Outcome;

/// How long an idle connection is kept; servers hang up after a few minutes.
const IDLE: Duration = Duration::from_secs(60);

/// A server and the connections to it that are open.
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    credentials: Option<Credentials>,
    hello: ClientId,
    timeout: Duration,
    slots: Semaphore,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

enum Encryption {
    None,
    /// From the first byte.
    Implicit(TlsParameters),
    /// STARTTLS, or nothing.
    Required(TlsParameters),
    /// STARTTLS where it is offered.
    Opportunistic(TlsParameters),
}

/// A mail server's URL that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Not a URL with a host.
    #[error("EXITPOLL_SMTP_URL is not like smtps://user:password@host:465")]
    Malformed,
    /// Neither `smtp` nor `smtps`.
    #[error("EXITPOLL_SMTP_URL begins with {0}://, it must be smtp:// or smtps://")]
    Scheme(String),
    /// An unknown `tls`.
    #[error("EXITPOLL_SMTP_URL has tls={0}, it must be required or opportunistic")]
    Tls(String),
    /// A password in the clear over the network.
    #[error("EXITPOLL_SMTP_URL would send its password unencrypted: write smtps://, or add ?tls=required")]
    PasswordInTheClear,
}

impl Smtp {
    pub(super) fn new(url: &str, hello: &str, connections: usize, timeout: Duration) -> Result<Self, BadUrl> {
        let url = Url::parse(url).map_err(|_| BadUrl::Malformed)?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(BadUrl::Malformed)?.trim_matches(['[', ']']).to_owned();
        let tls = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let parameters = || TlsParameters::new(host.clone()).map_err(|_| BadUrl::Malformed);
        let (encryption, port) = match (url.scheme(), tls.as_deref()) {
            ("smtps", _) => (Encryption::Implicit(parameters()?), 465),
            ("smtp", None) => (Encryption::None, 25),
            ("smtp", Some("required")) => (Encryption::Required(parameters()?), 587),
            ("smtp", Some("opportunistic")) => (Encryption::Opportunistic(parameters()?), 587),
            ("smtp", Some(other)) => return Err(BadUrl::Tls(other.to_owned())),
            (other, _) => return Err(BadUrl::Scheme(other.to_owned())),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| BadUrl::Malformed);
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(decoded(url.username())?, decoded(password)?)),
            None => None,
        };
        let encrypted = matches!(encryption, Encryption::Implicit(_) | Encryption::Required(_));
        if credentials.is_some() && !encrypted && !is_loopback(&host) {
            return Err(BadUrl::PasswordInTheClear);
        }
        let name = Some(url.path().trim_matches('/')).filter(|path| !path.is_empty()).unwrap_or(hello);
        Ok(Self {
            port: url.port().unwrap_or(port),
            hello: client_id(name),
            host,
            encryption,
            credentials,
            timeout,
            slots: Semaphore::new(connections.max(1)),
            idle: Mutex::default(),
        })
    }

    /// Hands a message over.
    pub(super) async fn send(&self, message: &Message) -> Outcome {
        // Never closed, so it never fails; a slot is held no longer than the time limit.
        let Ok(_slot) = self.slots.acquire().await else {
            return Outcome::NotSent { why: "stopping".into() };
        };
        let deadline = Instant::now() + self.timeout;
        let mut connection = match timeout_at(deadline, self.connection()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Outcome::NotSent { why: error.to_string() },
            Err(_) => return Outcome::NotSent { why: "no connection in time".into() },
        };
        let outcome = match timeout_at(deadline, begin(&mut connection, message)).await {
            Err(_) => Outcome::NotSent { why: "no answer in time".into() },
            Ok(Err(outcome)) => outcome,
            Ok(Ok(())) => match timeout_at(deadline, connection.message(&message.raw)).await {
                Ok(Ok(_)) => Outcome::Sent,
                Ok(Err(error)) => refusal(&error, true).unwrap_or_else(|| Outcome::Uncertain { why: error.to_string() }),
                Err(_) => Outcome::Uncertain { why: "no answer in time after the message".into() },
            },
        };
        self.keep(connection, &outcome, deadline).await;
        outcome
    }

    /// Connects, logs in, and asks for an answer.
    pub(super) async fn check(&self) -> Result<(), String> {
        let deadline = Instant::now() + self.timeout;
        match timeout_at(deadline, self.connection()).await {
            Ok(Ok(connection)) => {
                self.keep(connection, &Outcome::Sent, deadline).await;
                Ok(())
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }

    /// An idle connection that still answers, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        loop {
            let Some((mut connection, since)) = self.idle.lock().await.pop() else {
                return self.connect().await;
            };
            if since.elapsed() < IDLE && connection.test_connected().await {
                return Ok(connection);
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let implicit = match &self.encryption {
            Encryption::Implicit(tls) => Some(tls.clone()),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.timeout), &self.hello, implicit, None).await?;
        match &self.encryption {
            Encryption::Required(tls) => connection.starttls(tls.clone(), &self.hello).await?,
            Encryption::Opportunistic(tls) if connection.can_starttls() => connection.starttls(tls.clone(), &self.hello).await?,
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    /// Keeps a connection on which nothing is left open; drops any other.
    async fn keep(&self, mut connection: AsyncSmtpConnection, outcome: &Outcome, deadline: Instant) {
        let clean = match outcome {
            Outcome::Sent => true,
            Outcome::TemporarilyRefused { .. } | Outcome::Refused { .. } => {
                matches!(timeout_at(deadline, connection.command(Rset)).await, Ok(Ok(_)))
            }
            Outcome::Captured | Outcome::NotSent { .. } | Outcome::Uncertain { .. } => false,
        };
        if clean {
            self.idle.lock().await.push((connection, Instant::now()));
        }
    }
}

/// Says who writes to whom and that the message follows.
async fn begin(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), Outcome> {
    let failed = |error: Error, about_the_reader| {
        refusal(&error, about_the_reader).unwrap_or_else(|| Outcome::NotSent { why: error.to_string() })
    };
    connection.command(Mail::new(message.envelope.from().cloned(), Vec::new())).await.map_err(|e| failed(e, false))?;
    for reader in message.envelope.to() {
        connection.command(Rcpt::new(reader.clone(), Vec::new())).await.map_err(|e| failed(e, true))?;
    }
    connection.command(Data).await.map_err(|e| failed(e, true))?;
    Ok(())
}

/// A server's "no", if it was one. A refusal of the sender says nothing about the reader.
fn refusal(error: &Error, about_the_reader: bool) -> Option<Outcome> {
    let code: u16 = error.status()?.into();
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Some(match error.is_transient() {
        true => Outcome::TemporarilyRefused { code, text },
        false => Outcome::Refused {
            code,
            enhanced: Enhanced::find(&text),
            mailbox_gone: about_the_reader && reply::mailbox_gone(code, &text),
            text,
        },
    })
}

fn client_id(name: &str) -> ClientId {
    match Host::parse(name) {
        Ok(Host::Ipv4(address)) => ClientId::Ipv4(address),
        Ok(Host::Ipv6(address)) => ClientId::Ipv6(address),
        Ok(Host::Domain(domain)) => ClientId::Domain(domain),
        Err(_) => ClientId::default(),
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_a_server() {
        let new = |url: &str| Smtp::new(url, "polls.example", 1, Duration::from_secs(1));
        for (url, host, port) in [
            ("smtps://user:p%40ss@mail.example", "mail.example", 465),
            ("smtps://user:pass@mail.example:2465", "mail.example", 2465),
            ("smtp://mail.example", "mail.example", 25),
            ("smtp://u:p@mail.example?tls=required", "mail.example", 587),
            ("smtp://mail.example?tls=opportunistic", "mail.example", 587),
            ("smtp://u:p@127.0.0.1:1025", "127.0.0.1", 1025),
            ("smtp://u:p@[::1]:1025", "::1", 1025),
        ] {
            let smtp = new(url).unwrap();
            assert_eq!((smtp.host.as_str(), smtp.port), (host, port), "{url}");
            assert_eq!(smtp.hello.to_string(), "polls.example");
        }
        assert_eq!(new("smtp://h.example/shop.example").unwrap().hello.to_string(), "shop.example");
        for (url, why) in [
            ("mail.example", BadUrl::Malformed),
            ("smtp://", BadUrl::Malformed),
            ("http://mail.example", BadUrl::Scheme("http".into())),
            ("smtp://mail.example?tls=yes", BadUrl::Tls("yes".into())),
            ("smtp://u:p@mail.example", BadUrl::PasswordInTheClear),
            ("smtp://u:p@mail.example?tls=opportunistic", BadUrl::PasswordInTheClear),
        ] {
            assert_eq!(new(url).err(), Some(why), "{url}");
        }
    }
}
