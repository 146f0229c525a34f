//! The signed token that says: this visitor may see this revision. It makes the impression's id, so nothing is stored until
//! the survey is really shown, and nobody can answer what they were not offered.
//!
//! base64url of: version, flags, variant, question, revision (4), site (8), survey (8), offer (16), visitor (16), order id, tag (16).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::clock::{HOUR, Millis};
use crate::id::{SiteId, SurveyId, uuid7_millis};
use crate::keys::Key;

/// An offer may be shown for this long after it was made,
pub const SHOW_WITHIN: Millis = HOUR;
/// and answered for this long.
pub const ANSWER_WITHIN: Millis = 24 * HOUR;

const VERSION: u8 = 2;
const HEAD: usize = 56;
const TAG: usize = 16;
/// Room for a shop's order ids.
const LONGEST: usize = HEAD + TAG + 128;
const NO_VARIANT: u8 = u8::MAX;
const WHOLE: u8 = u8::MAX;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub site: SiteId,
    pub survey: SurveyId,
    pub revision: i64,
    /// Index into the revision's variants.
    pub variant: Option<u8>,
    /// Index of the one question that is asked, in a question stream.
    pub question: Option<u8>,
    /// UUIDv7: also says when the offer was made.
    pub id: Uuid,
    pub visitor: Uuid,
    /// The holdout arm: counted, never shown.
    pub withhold: bool,
    /// Asked for by the page with `show`, without regard to the caps.
    pub manual: bool,
    /// Made by the hosted page, where it is good as long as the survey lives.
    pub hosted: bool,
    /// The order a post-purchase survey is about.
    pub order: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a token of this server")]
pub struct Forged;

impl Offer {
    /// When it was made.
    pub fn made_at(&self) -> Millis {
        uuid7_millis(self.id).unwrap_or(0)
    }

    pub fn seal(&self, key: &Key) -> String {
        let mut bytes = Vec::with_capacity(HEAD + TAG + 16);
        bytes.push(VERSION);
        bytes.push(u8::from(self.withhold) | u8::from(self.manual) << 1 | u8::from(self.hosted) << 2);
        bytes.push(self.variant.unwrap_or(NO_VARIANT));
        bytes.push(self.question.unwrap_or(WHOLE));
        bytes.extend((self.revision as u32).to_be_bytes());
        bytes.extend(self.site.0.to_be_bytes());
        bytes.extend(self.survey.0.to_be_bytes());
        bytes.extend(self.id.as_bytes());
        bytes.extend(self.visitor.as_bytes());
        bytes.extend(self.order.as_deref().unwrap_or("").as_bytes());
        let tag = key.sign(&bytes);
        bytes.extend(&tag[..TAG]);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The signature is checked before anything is believed.
    pub fn open(token: &str, key: &Key) -> Result<Self, Forged> {
        if token.len() > LONGEST.div_ceil(3) * 4 {
            return Err(Forged);
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| Forged)?;
        if bytes.len() < HEAD + TAG {
            return Err(Forged);
        }
        let (body, tag) = bytes.split_at(bytes.len() - TAG);
        if !key.verify(body, tag) || body[0] != VERSION {
            return Err(Forged);
        }
        // The length was checked above: these fixed slices exist.
        let long = |at: usize| i64::from_be_bytes(body[at..at + 8].try_into().expect("8 bytes"));
        let uuid = |at: usize| Uuid::from_bytes(body[at..at + 16].try_into().expect("16 bytes"));
        let order = std::str::from_utf8(&body[HEAD..]).map_err(|_| Forged)?;
        Ok(Self {
            withhold: body[1] & 1 != 0,
            manual: body[1] & 2 != 0,
            hosted: body[1] & 4 != 0,
            variant: (body[2] != NO_VARIANT).then_some(body[2]),
            question: (body[3] != WHOLE).then_some(body[3]),
            revision: i64::from(u32::from_be_bytes(body[4..8].try_into().expect("4 bytes"))),
            site: SiteId(long(8)),
            survey: SurveyId(long(16)),
            id: uuid(24),
            visitor: uuid(40),
            order: (!order.is_empty()).then(|| order.to_owned()),
        })
    }
}

/// What is kept of a browser's random id: a hash, different for every site. Our script's ids are UUIDv7s; of those the hash
/// keeps the time in front, so that this week's visitors stand together in the index and not all over it.
pub fn visitor_hash(site: SiteId, visitor: &str) -> Uuid {
    let hash = Sha256::new_with_prefix(site.0.to_be_bytes()).chain_update(visitor).finalize();
    // SHA-256 has 32 bytes.
    let mut bytes: [u8; 16] = hash[..16].try_into().expect("16 of 32 bytes");
    if let Some(id) = Uuid::try_parse(visitor).ok().filter(|id| id.get_version_num() == 7) {
        bytes[..6].copy_from_slice(&id.as_bytes()[..6]);
    }
    Uuid::from_bytes(bytes)
}

/// The same for a session, shorter: it only has to differ from the same visitor's other sessions.
pub fn session_hash(site: SiteId, session: &str) -> i64 {
    let hash = Sha256::new_with_prefix(site.0.to_be_bytes()).chain_update(b"session").chain_update(session).finalize();
    i64::from_be_bytes(hash[..8].try_into().expect("8 of 32 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer() -> Offer {
        Offer {
            site: SiteId(7),
            survey: SurveyId(9),
            revision: 3,
            variant: Some(1),
            question: Some(3),
            id: crate::id::uuid7(1_732_400_000_000),
            visitor: visitor_hash(SiteId(7), "v"),
            withhold: true,
            manual: false,
            hosted: true,
            order: Some("#1001".into()),
        }
    }

    #[test]
    fn a_token_opens_to_what_was_sealed() {
        let key = Key::derive(b"secret", "offer");
        let token = offer().seal(&key);
        assert_eq!(Offer::open(&token, &key), Ok(offer_with_id(&token, &key)));
        assert_eq!(Offer::open(&token, &key).map(|o| o.made_at()), Ok(1_732_400_000_000));
        assert_eq!(Offer::open(&token, &Key::derive(b"other", "offer")), Err(Forged));
    }

    fn offer_with_id(token: &str, key: &Key) -> Offer {
        Offer { id: Offer::open(token, key).map(|o| o.id).unwrap_or_default(), ..offer() }
    }

    #[test]
    fn visitors_keep_the_time_they_came_and_nothing_else() {
        let id = crate::id::uuid7(1_732_400_000_000);
        let (here, there) = (visitor_hash(SiteId(7), &id.to_string()), visitor_hash(SiteId(8), &id.to_string()));
        assert_eq!(here.as_bytes()[..6], id.as_bytes()[..6]);
        assert_ne!(here.as_bytes()[6..], id.as_bytes()[6..]);
        assert_ne!(here, there, "nobody is followed from site to site");
        assert_ne!(visitor_hash(SiteId(7), "anna"), visitor_hash(SiteId(7), "ben"));
    }

    proptest! {
        #[test]
        fn any_changed_letter_is_noticed(at in 0usize..95, letter in "[A-Za-z0-9_-]") {
            let key = Key::derive(b"secret", "offer");
            let token = offer().seal(&key);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            // The last letter's spare bits are refused by the decoder.
            prop_assume!(changed != token);
            prop_assert_eq!(Offer::open(&changed, &key), Err(Forged));
        }

        #[test]
        fn nonsense_is_refused(token in ".{0,300}") {
            prop_assert_eq!(Offer::open(&token, &Key::derive(b"secret", "offer")), Err(Forged));
        }
    }
}
