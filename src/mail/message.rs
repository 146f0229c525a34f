//! A message as it goes over the wire. The same draft makes the same bytes every time (but for a DKIM signature's own time), so a
//! mail that is tried twice is one mail to whoever receives it.

use std::time::{Duration, UNIX_EPOCH};

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart, header::ContentType};
use url::{Host, Url};

use super::address::Mailbox;
use super::dkim::Dkim;
use super::template::{Rendered, one_line};
use crate::clock::Millis;
use crate::keys::{Key, hex};

/// Longest value of a header that is not folded.
const MAX_HEADER: usize = 900;

/// What a message is made of.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The store.
    pub from: &'a Mailbox,
    /// A mailbox that people read.
    pub reply_to: Option<&'a Mailbox>,
    /// The reader.
    pub to: &'a Mailbox,
    /// Where bounces go, unless to the sender.
    pub bounces_to: Option<&'a Mailbox>,
    /// The texts.
    pub texts: &'a Rendered,
    /// From [`message_id`].
    pub id: &'a str,
    /// When it was written.
    pub at: Millis,
    /// How to end such mail; all mail of a flow has it.
    pub list: Option<&'a List<'a>>,
}

/// What marks mail that one can leave.
#[derive(Debug, Clone)]
pub struct List<'a> {
    /// The page; its address alone must say who leaves. One-click needs https, except on this machine.
    pub unsubscribe: &'a Url,
    /// The same by mail.
    pub unsubscribe_by_mail: Option<&'a Mailbox>,
    /// A stable name such as `recover.st_demo`, to sort and count by; letters, digits, `.`, `-` and `_`.
    pub name: &'a str,
}

/// A message with its envelope.
#[derive(Debug, Clone)]
pub struct Message {
    /// Without the angle brackets.
    pub id: String,
    /// As it was sent, in the form of RFC 5322.
    pub raw: Vec<u8>,
    pub(super) envelope: Envelope,
}

/// Why a message cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// A name that goes into a header has letters that do not.
    #[error("{0} cannot be written into a header")]
    Header(&'static str),
    /// The library refused it.
    #[error("the message cannot be made: {0}")]
    Build(String),
}

impl Message {
    /// One that was kept, as it was made.
    ///
    /// # Errors
    /// [`BadMessage`], when nothing can be sent from one to the other.
    pub fn kept(id: &str, raw: &str, from: &Mailbox, to: &Mailbox) -> Result<Self, BadMessage> {
        let envelope = Envelope::new(Some(from.envelope_address()), vec![to.envelope_address()])
            .map_err(|error| BadMessage::Build(error.to_string()))?;
        Ok(Self { id: id.to_owned(), raw: raw.as_bytes().to_vec(), envelope })
    }

    /// The addresses it is sent to.
    pub fn to(&self) -> impl Iterator<Item = &str> {
        self.envelope.to().iter().map(AsRef::as_ref)
    }
}

/// The name of the mail that `step` of `enrollment` sends: the same at every try, and not to be guessed, so that a bounce that
/// names it is believed.
pub fn message_id(key: &Key, enrollment: &str, step: u32, sender: &Mailbox) -> String {
    let tag = key.sign(format!("message-id {enrollment} {step}").as_bytes());
    format!("{}@{}", hex(&tag[..16]), sender.domain())
}

impl Draft<'_> {
    /// Writes the message, and signs it if there is a key.
    ///
    /// # Errors
    /// [`BadMessage`], when a part does not fit into a header.
    pub fn build(&self, dkim: Option<&Dkim>) -> Result<Message, BadMessage> {
        if !self.id.bytes().all(|b| b.is_ascii_graphic() && !b"<>".contains(&b)) || !self.id.contains('@') {
            return Err(BadMessage::Header("the message's id"));
        }
        let sender = self.bounces_to.unwrap_or(self.from);
        let envelope = Envelope::new(Some(sender.envelope_address()), vec![self.to.envelope_address()])
            .map_err(|error| BadMessage::Build(error.to_string()))?;
        let date = UNIX_EPOCH + Duration::from_millis(self.at.max(0).unsigned_abs());
        let mut builder = lettre::Message::builder()
            .envelope(envelope.clone())
            .from(self.from.to_lettre())
            .to(self.to.to_lettre())
            .subject(one_line(&self.texts.subject))
            .date(date)
            .message_id(Some(format!("<{}>", self.id)));
        if let Some(reply_to) = self.reply_to {
            builder = builder.reply_to(reply_to.to_lettre());
        }
        if self.list.is_some() {
            // Postmark changes Message-IDs, and tells of bounces with what it finds here: 80 letters at most.
            let digits = self.id.split('@').next().unwrap_or_default().to_owned();
            builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("X-PM-Metadata-mail"), digits));
        }
        if let Some(list) = self.list {
            for (name, value) in list.headers(self.from)? {
                builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
            }
        }
        let part = |kind, text: &str| SinglePart::builder().header(kind).body(text.to_owned());
        // A boundary of its own id: drawn by lot, it would make every try another mail.
        let parts = MultiPart::alternative()
            .boundary(format!("=_{}", self.id.split('@').next().unwrap_or_default()))
            .singlepart(part(ContentType::TEXT_PLAIN, &self.texts.text))
            .singlepart(part(ContentType::TEXT_HTML, &self.texts.html));
        let mut message = builder.multipart(parts).map_err(|error| BadMessage::Build(error.to_string()))?;
        if let Some(dkim) = dkim {
            dkim.sign(&mut message);
        }
        Ok(Message { id: self.id.to_owned(), raw: message.formatted(), envelope })
    }
}

impl List<'_> {
    fn headers(&self, from: &Mailbox) -> Result<Vec<(&'static str, String)>, BadMessage> {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
        if self.name.is_empty() || self.name.len() > 100 || !self.name.chars().all(plain) {
            return Err(BadMessage::Header("the list's name"));
        }
        // A `Url` is written in ASCII without spaces; `<>` it encodes.
        let mut ways = format!("<{}>", self.unsubscribe);
        if let Some(mailbox) = self.unsubscribe_by_mail {
            ways.push_str(&format!(", <mailto:{}?subject=unsubscribe>", mailbox.address()));
        }
        if ways.len() > MAX_HEADER {
            return Err(BadMessage::Header("the link to unsubscribe"));
        }
        let mut headers = vec![
            ("List-Unsubscribe", ways),
            ("List-Id", format!("<{}.{}>", self.name, from.domain())),
            // Nobody's holiday reply is wanted (RFC 3834).
            ("Auto-Submitted", "auto-generated".to_owned()),
            ("Feedback-ID", format!("{}:flow:exitpoll", self.name)),
        ];
        // RFC 8058 wants https; nobody listens in on the way to this machine itself.
        if self.unsubscribe.scheme() == "https" || is_local(self.unsubscribe) {
            headers.insert(1, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        Ok(headers)
    }
}

/// Whether an address leads to this very machine, as in a trial.
fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests;
