//! The signed links in mails. Each names its mail and nothing else: who it was for, and what it was about, the mail's row knows.
//!
//! base64url of: version, purpose, site (8), message (16), tag (16). No end: whoever finds an old mail must still be able to leave.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use url::Url;
use uuid::Uuid;

use crate::id::SiteId;
use crate::keys::Key;

const VERSION: u8 = 1;
const BODY: usize = 26;
const TAG: usize = 16;

/// What a link is for; one does not open another's door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `/r/…`
    Cart,
    /// `/u/…`
    Unsubscribe,
    /// `/p/…`
    Preferences,
}

impl Purpose {
    const fn byte(self) -> u8 {
        match self {
            Self::Cart => b'r',
            Self::Unsubscribe => b'u',
            Self::Preferences => b'p',
        }
    }
}

/// A mail of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub site: SiteId,
    pub message: Uuid,
}

impl Link {
    pub fn seal(&self, purpose: Purpose, key: &Key) -> String {
        let mut bytes = Vec::with_capacity(BODY + TAG);
        bytes.extend([VERSION, purpose.byte()]);
        bytes.extend(self.site.0.to_be_bytes());
        bytes.extend(self.message.as_bytes());
        let tag = key.sign(&bytes);
        bytes.extend(&tag[..TAG]);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` for what this server did not make, or made for another purpose. The signature is checked before anything is believed.
    pub fn open(token: &str, purpose: Purpose, key: &Key) -> Option<Self> {
        if token.len() != (BODY + TAG) * 4 / 3 {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY)?;
        if !key.verify(body, tag) || body[..2] != [VERSION, purpose.byte()] {
            return None;
        }
        let site = i64::from_be_bytes(body[2..10].try_into().ok()?);
        Some(Self { site: SiteId(site), message: Uuid::from_slice(&body[10..]).ok()? })
    }

    /// The whole address.
    pub fn url(&self, purpose: Purpose, key: &Key, public: &Url) -> Url {
        let mut url = public.clone();
        url.set_path(&format!("/{}/{}", char::from(purpose.byte()), self.seal(purpose, key)));
        url.set_query(None);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINK: Link = Link { site: SiteId(7), message: Uuid::from_u128(9) };

    #[test]
    fn a_link_holds_for_its_purpose_and_its_key() {
        let key = Key::derive(b"secret", "link");
        let token = LINK.seal(Purpose::Unsubscribe, &key);
        assert_eq!(Link::open(&token, Purpose::Unsubscribe, &key), Some(LINK));
        assert_eq!(Link::open(&token, Purpose::Cart, &key), None);
        assert_eq!(Link::open(&token, Purpose::Unsubscribe, &Key::derive(b"secret", "preview")), None);
        let url = LINK.url(Purpose::Cart, &key, &"https://polls.example/?x".parse().unwrap());
        assert_eq!(url.as_str(), format!("https://polls.example/r/{}", LINK.seal(Purpose::Cart, &key)));
    }

    proptest! {
        #[test]
        fn any_changed_letter_is_noticed(at in 0usize..56, letter in "[A-Za-z0-9_-]") {
            let key = Key::derive(b"secret", "link");
            let token = LINK.seal(Purpose::Cart, &key);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            prop_assume!(changed != token);
            prop_assert_eq!(Link::open(&changed, Purpose::Cart, &key), None);
        }

        #[test]
        fn nonsense_is_refused(token in ".{0,80}") {
            prop_assert_eq!(Link::open(&token, Purpose::Cart, &Key::derive(b"secret", "link")), None);
        }
    }
}
