//! The signed link with which a survey is looked at before, or without, being shown to anybody. Whoever has it may see this one
//! document for a week; nothing about it can be recorded, because it is no offer.
//!
//! base64url of: version, site (8), survey (8), revision (4, 0 for the draft), end in milliseconds (8), tag (16).

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::value::RawValue;

use super::catalog::{LiveSite, LiveSurvey};
use crate::clock::{DAY, Millis};
use crate::domain::survey::Survey;
use crate::id::{SiteId, SurveyId};
use crate::keys::Key;
use crate::store::surveys::{self, Revision};
use crate::store::{Db, StoreError};

/// A link may be used for this long.
pub const LIFE: Millis = 7 * DAY;

const VERSION: u8 = 1;
const BODY: usize = 29;
const TAG: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    pub site: SiteId,
    pub survey: SurveyId,
    /// `None` is the draft, as it is when it is looked at.
    pub revision: Option<u32>,
    pub until: Millis,
}

impl Preview {
    /// A link that holds from now on.
    pub fn new(site: SiteId, survey: SurveyId, revision: Option<u32>, now: Millis) -> Self {
        Self { site, survey, revision, until: now.saturating_add(LIFE) }
    }

    pub fn seal(&self, key: &Key) -> String {
        let mut bytes = Vec::with_capacity(BODY + TAG);
        bytes.push(VERSION);
        bytes.extend(self.site.0.to_be_bytes());
        bytes.extend(self.survey.0.to_be_bytes());
        bytes.extend(self.revision.unwrap_or(0).to_be_bytes());
        bytes.extend(self.until.to_be_bytes());
        let tag = key.sign(&bytes);
        bytes.extend(&tag[..TAG]);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// `None` for what this server did not make, or made too long ago. The signature is checked before anything is believed.
    pub fn open(token: &str, key: &Key, now: Millis) -> Option<Self> {
        if token.len() != (BODY + TAG) * 4 / 3 {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY)?;
        if !key.verify(body, tag) || body[0] != VERSION {
            return None;
        }
        let long = |at: usize| Some(i64::from_be_bytes(body.get(at..at + 8)?.try_into().ok()?));
        let revision = u32::from_be_bytes(body.get(17..21)?.try_into().ok()?);
        let preview = Self {
            site: SiteId(long(1)?),
            survey: SurveyId(long(9)?),
            revision: (revision > 0).then_some(revision),
            until: long(21)?,
        };
        (now < preview.until).then_some(preview)
    }

    /// The document for the page, in the language nearest to `locale`; `None` if it is gone, or no longer valid, or another site's.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn document(&self, db: &Db, live: &LiveSite, locale: &str) -> Result<Option<Arc<RawValue>>, StoreError> {
        if self.site != live.site.id {
            return Ok(None);
        }
        let revision = match self.revision {
            Some(number) => surveys::revision(db, self.site, self.survey, i64::from(number)).await?,
            None => {
                let draft = surveys::draft(db, self.site, self.survey).await?;
                let document = draft.and_then(|draft| Survey::parse(&draft).ok());
                document.map(|document| Revision { survey: self.survey, number: 0, document })
            }
        };
        Ok(revision.map(|revision| LiveSurvey::new(revision).localized(locale, None, None, &live.site)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Millis = 1_795_521_600_000;

    fn preview() -> Preview {
        Preview::new(SiteId(7), SurveyId(9), Some(3), NOW)
    }

    #[test]
    fn a_link_holds_for_a_week_and_for_its_key() {
        let key = Key::derive(b"secret", "preview");
        for preview in [preview(), Preview { revision: None, ..preview() }] {
            let token = preview.seal(&key);
            assert_eq!(Preview::open(&token, &key, NOW + LIFE - 1), Some(preview));
            assert_eq!(Preview::open(&token, &key, NOW + LIFE), None);
            assert_eq!(Preview::open(&token, &Key::derive(b"secret", "offer"), NOW), None);
        }
    }

    proptest! {
        #[test]
        fn any_changed_letter_is_noticed(at in 0usize..60, letter in "[A-Za-z0-9_-]") {
            let key = Key::derive(b"secret", "preview");
            let token = preview().seal(&key);
            let mut changed = token.clone();
            changed.replace_range(at..=at, &letter);
            prop_assume!(changed != token);
            prop_assert_eq!(Preview::open(&changed, &key, NOW), None);
        }

        #[test]
        fn nonsense_is_refused(token in ".{0,80}") {
            prop_assert_eq!(Preview::open(&token, &Key::derive(b"secret", "preview"), NOW), None);
        }
    }
}
