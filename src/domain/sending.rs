//! What a store's mail says of its sender, and how fast it goes out.

use serde::{Deserialize, Serialize};

/// Most mails a minute that a store may ask for: beyond it the installation's own pace counts.
pub const MAX_PER_MINUTE: u32 = 600;

/// What a site decides about its sender. The address mail comes from is the installation's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sending {
    /// The name beside the sender's address; the installation's or else the store's when absent.
    pub name: Option<String>,
    /// A mailbox that people read.
    pub reply_to: Option<String>,
    /// The store's postal address, in one line: the law of most countries wants it in every mail.
    pub address: Option<String>,
    /// Under which name the public half of the store's DKIM key is published; nothing is signed without.
    pub dkim_selector: Option<String>,
    /// Mails a minute at most, of each worker.
    pub per_minute: Option<u32>,
    /// Grows when the owner wants other addresses for bounces and complaints.
    pub round: u32,
}

/// Whether a text is one label of a domain name, as a selector is here: small letters, digits, and `-` within.
pub fn is_selector(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-') && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_are_labels() {
        assert!(["exitpoll", "s1", "mail-2027"].into_iter().all(is_selector));
        assert!(["", "-a", "a-", "A", "a.b", "a_b", "ä", &"a".repeat(64)].into_iter().all(|bad| !is_selector(bad)));
    }
}
