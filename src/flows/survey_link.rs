//! The signed link to a hosted survey: `/s/…`, in one mail or for everybody.
//!
//! base64url of: version, `s`, site (8), survey (8), in a mail message (16), tag (16). No end: it works as long as the survey does.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use url::Url;
use uuid::Uuid;

use crate::id::{SiteId, SurveyId};
use crate::keys::Key;

const VERSION: u8 = 1;
const PURPOSE: u8 = b's';
const SHARED: usize = 18;
const MAILED: usize = SHARED + 16;
const TAG: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurveyLink {
    pub site: SiteId,
    pub survey: SurveyId,
    /// The mail it is in: one reader, one response. `None`: whoever comes is somebody new.
    pub message: Option<Uuid>,
}

impl SurveyLink {
    pub fn seal(&self, key: &Key) -> String {
        let mut bytes = Vec::with_capacity(MAILED + TAG);
        bytes.extend([VERSION, PURPOSE]);
        bytes.extend(self.site.0.to_be_bytes());
        bytes.extend(self.survey.0.to_be_bytes());
        bytes.extend(self.message.iter().flat_map(|message| *message.as_bytes()));
        let tag = key.sign(&bytes);
        bytes.extend(&tag[..TAG]);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` for what this server did not make. The signature is checked before anything is believed.
    pub fn open(token: &str, key: &Key) -> Option<Self> {
        if token.len() > (MAILED + TAG).div_ceil(3) * 4 {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        if ![SHARED, MAILED].contains(&body.len()) || !key.verify(body, tag) || body[..2] != [VERSION, PURPOSE] {
            return None;
        }
        let long = |at: usize| Some(i64::from_be_bytes(body.get(at..at + 8)?.try_into().ok()?));
        Some(Self { site: SiteId(long(2)?), survey: SurveyId(long(10)?), message: Uuid::from_slice(&body[SHARED..]).ok() })
    }

    /// The whole address.
    pub fn url(&self, key: &Key, public: &Url) -> Url {
        let mut url = public.clone();
        url.set_path(&format!("/s/{}", self.seal(key)));
        url.set_query(None);
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flows::{Link, Purpose};
    use proptest::prelude::*;

    const SHARED_LINK: SurveyLink = SurveyLink { site: SiteId(7), survey: SurveyId(9), message: None };
    const MAIL_LINK: SurveyLink = SurveyLink { message: Some(Uuid::from_u128(3)), ..SHARED_LINK };

    #[test]
    fn a_link_holds_for_its_key_and_nothing_else() {
        let key = Key::derive(b"secret", "link");
        for link in [SHARED_LINK, MAIL_LINK] {
            let token = link.seal(&key);
            assert_eq!(SurveyLink::open(&token, &key), Some(link));
            assert_eq!(SurveyLink::open(&token, &Key::derive(b"secret", "preview")), None);
            assert_eq!(Link::open(&token, Purpose::Unsubscribe, &key), None);
            assert_eq!(SurveyLink::open(&token[..token.len() - 1], &key), None);
        }
        let other = Link { site: SiteId(7), message: Uuid::from_u128(3) }.seal(Purpose::Cart, &key);
        assert_eq!(SurveyLink::open(&other, &key), None);
        let url = SHARED_LINK.url(&key, &"https://polls.example/?x".parse().unwrap());
        assert_eq!(url.as_str(), format!("https://polls.example/s/{}", SHARED_LINK.seal(&key)));
    }

    proptest! {
        #[test]
        fn any_changed_letter_is_noticed(at in 0usize..67, letter in "[A-Za-z0-9_-]") {
            let key = Key::derive(b"secret", "link");
            let token = MAIL_LINK.seal(&key);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            prop_assume!(changed != token);
            prop_assert_eq!(SurveyLink::open(&changed, &key), None);
        }

        #[test]
        fn nonsense_is_refused(token in ".{0,120}") {
            prop_assert_eq!(SurveyLink::open(&token, &Key::derive(b"secret", "link")), None);
        }
    }
}
