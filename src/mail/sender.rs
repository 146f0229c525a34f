//! What every mail is sent with: the way out, who it is from, and the keys behind its links and its id.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use url::Url;

use super::address::{BadAddress, Mailbox};
use super::feedback::Source;
use super::message::Message;
use super::transport::{BadUrl, Limits, Outcome, Transport};
use super::turns::Turns;
use crate::id::SiteId;
use crate::keys::{Key, Vault};
use crate::telemetry::MailMeter;

/// Who captured mail is from where no sender is set: a domain that cannot exist (RFC 2606).
const NOBODY: &str = "exitpoll@captured.invalid";

/// Everything that is the same for all mail of an installation.
pub struct Sender {
    /// The way out.
    pub transport: Transport,
    /// Who it is from.
    pub from: Mailbox,
    /// Where links lead.
    pub public_url: Url,
    /// Behind links, ids and hashes.
    pub keys: Keys,
    /// Whose turn it is.
    pub turns: Turns,
    /// What came of it.
    pub meter: MailMeter,
}

/// One key for each purpose.
pub struct Keys {
    /// Signs links.
    pub link: Key,
    /// Makes Message-IDs that cannot be guessed.
    pub message: Key,
    /// Makes the addresses that bounces and complaints are sent to.
    pub feedback: Key,
    /// Seals what stores sign with.
    pub vault: Vault,
    /// Hashes addresses.
    address: Key,
}

/// Settings that no mail can be sent with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSender {
    /// The server's URL.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// The sender's address.
    #[error("EXITPOLL_MAIL_FROM: {0}")]
    From(#[from] BadAddress),
    /// A server, but no sender.
    #[error("EXITPOLL_MAIL_FROM is needed with EXITPOLL_SMTP_URL, such as \"Shop <hello@shop.example>\"")]
    FromNeeded,
}

impl Sender {
    /// Reads the settings. Without a server mail is captured, and needs no sender.
    ///
    /// # Errors
    /// [`BadSender`] says which setting is wrong.
    pub fn new(smtp_url: Option<&str>, from: Option<&str>, public_url: &Url, master: &[u8]) -> Result<Self, BadSender> {
        let from = match from {
            Some(from) => from.parse()?,
            None if smtp_url.is_some() => return Err(BadSender::FromNeeded),
            None => Mailbox::new(NOBODY)?,
        };
        let hello = public_url.host_str().unwrap_or("localhost");
        Ok(Self {
            transport: Transport::new(smtp_url, hello, Limits::default())?,
            from,
            public_url: public_url.clone(),
            turns: Turns::default(),
            meter: MailMeter::silent(),
            keys: Keys::new(master),
        })
    }

    /// Hands a message over, counts it, and logs what the server had against it.
    pub async fn send(&self, message: &Message) -> Outcome {
        let outcome = self.transport.send(message).await;
        let counter = match &outcome {
            Outcome::Sent => &self.meter.sent,
            Outcome::Captured => &self.meter.captured,
            Outcome::TemporarilyRefused { code, text } => {
                tracing::warn!(code, said = text, "the mail server does not take a mail now");
                &self.meter.deferred
            }
            Outcome::Refused { code, text, .. } => {
                tracing::warn!(code, said = text, "the mail server refuses a mail");
                &self.meter.refused
            }
            Outcome::NotSent { why } => {
                tracing::warn!(error = why, "a mail was not handed over");
                &self.meter.not_sent
            }
            Outcome::Uncertain { why } => {
                tracing::warn!(error = why, "nobody knows whether a mail was taken");
                &self.meter.uncertain
            }
        };
        counter.increment(1);
        outcome
    }
}

impl Keys {
    pub fn new(master: &[u8]) -> Self {
        Self {
            link: Key::derive(master, "link"),
            message: Key::derive(master, "message"),
            feedback: Key::derive(master, "feedback"),
            vault: Vault::new(master),
            address: Key::derive(master, "address"),
        }
    }

    /// The secret part of the address that one source of feedback is given for a site. `round` makes it another.
    pub fn feedback_token(&self, site: SiteId, source: Source, round: u32) -> String {
        let tag = self.feedback.sign(format!("{site} {source} {round}").as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(&tag[..24])
    }

    /// What an address is suppressed under; it cannot be read back.
    pub fn hash(&self, address: &str) -> [u8; 32] {
        self.address.sign(address.to_lowercase().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_needs_a_sender() {
        let new = |smtp, from| Sender::new(smtp, from, &"https://polls.example".parse().unwrap(), b"secret");
        assert_eq!(new(None, None).unwrap().from.to_string(), NOBODY);
        assert_eq!(new(Some("smtp://mx.example"), None).err(), Some(BadSender::FromNeeded));
        assert_eq!(new(None, Some("shop")).err(), Some(BadSender::From(BadAddress::Malformed)));
        assert!(matches!(new(Some("https://mx.example"), Some("a@shop.example")).err(), Some(BadSender::Url(_))));
        let sender = new(Some("smtp://mx.example"), Some("Shop <a@shop.example>")).unwrap();
        assert_eq!(sender.from.name.as_deref(), Some("Shop"));
        assert_eq!(sender.keys.hash("A@shop.example"), sender.keys.hash("a@shop.example"));
    }
}
