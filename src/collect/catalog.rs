//! The live surveys of each site, in memory: what `config` and `decide` read on every page view.
//!
//! A change bumps the site's version in the database. The node that made it looks again at once, the others within a second.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, RwLock};

use jiff::tz::TimeZone;
use serde_json::json;
use serde_json::value::RawValue;

use super::packed::Packed;
use crate::clock::Clock;
use crate::domain::gates::Answered;
use crate::domain::schedule::local_day;
use crate::domain::survey::{Theme, localize, only};
use crate::flows::BY_RESPONSE;
use crate::id::{SiteId, SurveyId};
use crate::keys::digest;
use crate::store::sites::Site;
use crate::store::surveys::{self, Revision};
use crate::store::{Db, StoreError, listeners, reports, sites};

/// Older revisions that offers still refer to; there are few of them at any time.
const OLD_REVISIONS: usize = 1000;
/// Languages of one survey kept ready; a visitor may ask in any number of made-up ones.
const LANGUAGES: usize = 64;

/// A site as pages see it.
pub struct LiveSite {
    pub site: Site,
    pub zone: TimeZone,
    pub surveys: Vec<LiveSurvey>,
    /// The answer to `GET config`, ready to send.
    pub config: Packed,
    /// Its ETag. Weak: the bytes differ with the coding, the content does not.
    pub etag: String,
    listened: AtomicBool,
}

impl LiveSite {
    /// Whether a flow or an endpoint may wait to hear of answers, as of the last look.
    pub fn listened(&self) -> bool {
        self.listened.load(Ordering::Relaxed)
    }
}

/// Documents for the page, ready to send, by language, variant, and question of a stream.
type Texts = HashMap<(String, Option<u8>, Option<u8>), Arc<RawValue>>;

pub struct LiveSurvey {
    pub revision: Arc<Revision>,
    /// How many answered, in all and today, for the quota; as of the last look.
    answered: AtomicI64,
    answered_today: AtomicI64,
    texts: RwLock<Texts>,
}

impl LiveSurvey {
    /// Any revision, as if it were live and nobody had answered.
    pub(super) fn new(revision: Revision) -> Self {
        Self {
            revision: Arc::new(revision),
            answered: AtomicI64::new(0),
            answered_today: AtomicI64::new(0),
            texts: RwLock::default(),
        }
    }

    /// How many have answered, as of the last look.
    pub fn answered(&self) -> Answered {
        let load = |n: &AtomicI64| n.load(Ordering::Relaxed);
        Answered { all: load(&self.answered), today: load(&self.answered_today) }
    }

    /// Looks how many have answered; `today` is the site's.
    pub(super) async fn count(&self, db: &Db, site: SiteId, today: i32) -> Result<(), StoreError> {
        let (all, on_day) = reports::answered(db, site, self.revision.survey, today).await?;
        self.answered.store(all, Ordering::Relaxed);
        self.answered_today.store(on_day, Ordering::Relaxed);
        Ok(())
    }

    /// The document for the page, in the language nearest to `locale`; with one `question` only, if it is to ask no more.
    pub fn localized(&self, locale: &str, variant: Option<u8>, question: Option<u8>, site: &Site) -> Arc<RawValue> {
        let key = (locale.to_owned(), variant, question);
        if let Some(ready) = read(&self.texts).get(&key) {
            return ready.clone();
        }
        let document = &self.revision.document;
        let variant_key = variant.and_then(|n| document.variants.get(usize::from(n))).map(|v| v.key.as_str());
        let mut page = localize(document, locale, variant_key);
        if let Some(question) = question {
            only(&mut page, usize::from(question));
        }
        // What a survey's theme leaves open comes from the site's. One that cannot be read would be no document.
        let theme: Theme = serde_json::from_value(page["theme"].take()).unwrap_or_default();
        page["theme"] = json!(theme.or(&site.settings.theme));
        // A JSON value always has a JSON text.
        let text: Arc<RawValue> = Arc::from(serde_json::value::to_raw_value(&page).expect("JSON of JSON"));
        let mut texts = write(&self.texts);
        if texts.len() >= LANGUAGES {
            texts.clear();
        }
        texts.insert(key, text.clone());
        text
    }
}

/// The addresses of the scripts that `config` names.
#[derive(Clone)]
pub struct Scripts {
    pub core: String,
    pub ui: String,
}

pub struct Catalog {
    db: Db,
    clock: Clock,
    scripts: Scripts,
    sites: RwLock<HashMap<String, Arc<LiveSite>>>,
    old: RwLock<HashMap<(SiteId, SurveyId, i64), Arc<Revision>>>,
}

impl Catalog {
    pub fn new(db: Db, clock: Clock, scripts: Scripts) -> Self {
        Self { db, clock, scripts, sites: RwLock::default(), old: RwLock::default() }
    }

    /// A site by its public key; read from the database the first time.
    pub async fn site(&self, key: &str) -> Result<Option<Arc<LiveSite>>, StoreError> {
        if let Some(live) = read(&self.sites).get(key) {
            return Ok(Some(live.clone()));
        }
        self.load(key).await
    }

    /// Lets this node's pages see a committed change at once. Should that fail, the next look, a second later, finds it.
    pub async fn changed(&self, key: &str) {
        if let Err(e) = self.refresh(key).await {
            tracing::warn!(error = %e, site = key, "a change will be seen a little later");
        }
    }

    /// Looks again at one site, after a change made on this node.
    pub async fn refresh(&self, key: &str) -> Result<(), StoreError> {
        self.load(key).await.map(|_| ())
    }

    /// Looks again at every site in memory whose version changed, at who listens, and at quotas that are filling.
    pub async fn poll(&self) -> Result<(), StoreError> {
        let versions: HashMap<SiteId, i64> = sites::versions(&self.db).await?.into_iter().collect();
        let known: Vec<Arc<LiveSite>> = read(&self.sites).values().cloned().collect();
        // Looked up after that: what is read anew meanwhile knows better.
        let listened = listeners::sites(&self.db, BY_RESPONSE).await?;
        for live in known {
            live.listened.store(listened.contains(&live.site.id), Ordering::Relaxed);
            match versions.get(&live.site.id) {
                Some(version) if *version == live.site.version => self.count(&live).await?,
                Some(_) => self.refresh(&live.site.key).await?,
                None => {
                    write(&self.sites).remove(&live.site.key);
                }
            }
        }
        Ok(())
    }

    /// The revision an offer was made of; not necessarily the newest.
    pub async fn revision(&self, live: &LiveSite, survey: SurveyId, number: i64) -> Result<Option<Arc<Revision>>, StoreError> {
        let is_it = |s: &&LiveSurvey| s.revision.survey == survey && s.revision.number == number;
        if let Some(found) = live.surveys.iter().find(is_it) {
            return Ok(Some(found.revision.clone()));
        }
        let key = (live.site.id, survey, number);
        if let Some(found) = read(&self.old).get(&key) {
            return Ok(Some(found.clone()));
        }
        let Some(found) = surveys::revision(&self.db, live.site.id, survey, number).await? else { return Ok(None) };
        let found = Arc::new(found);
        let mut old = write(&self.old);
        if old.len() >= OLD_REVISIONS {
            old.clear();
        }
        old.insert(key, found.clone());
        Ok(Some(found))
    }

    async fn load(&self, key: &str) -> Result<Option<Arc<LiveSite>>, StoreError> {
        let Some(site) = sites::by_key(&self.db, key).await? else {
            write(&self.sites).remove(key);
            return Ok(None);
        };
        let revisions = surveys::live(&self.db, site.id).await?;
        let config = self.config(&site, &revisions).to_string();
        let etag = format!("W/\"{}\"", &crate::keys::hex(&digest(&config))[..16]);
        let config = Packed::new(config);
        let zone = TimeZone::get(&site.time_zone).unwrap_or_else(|e| {
            tracing::error!(site.key = %site.key, error = %e, "unknown time zone, using UTC");
            TimeZone::UTC
        });
        let surveys = revisions.into_iter().map(LiveSurvey::new).collect();
        let listened = listeners::sites(&self.db, BY_RESPONSE).await?.contains(&site.id).into();
        let live = Arc::new(LiveSite { site, zone, surveys, config, etag, listened });
        self.count(&live).await?;
        let mut sites = write(&self.sites);
        // Two loads may cross; the newer one stays.
        match sites.get(key) {
            Some(other) if other.site.version > live.site.version => Ok(Some(other.clone())),
            _ => {
                sites.insert(key.to_owned(), live.clone());
                Ok(Some(live))
            }
        }
    }

    async fn count(&self, live: &LiveSite) -> Result<(), StoreError> {
        let today = local_day(self.clock.now(), &live.zone);
        for survey in live.surveys.iter().filter(|s| s.revision.document.quota.is_some()) {
            survey.count(&self.db, live.site.id, today).await?;
        }
        Ok(())
    }

    fn config(&self, site: &Site, revisions: &[Revision]) -> serde_json::Value {
        let surveys: Vec<_> = revisions
            .iter()
            .map(|r| {
                let d = &r.document;
                let mut survey = json!({"key": d.key, "kind": d.kind, "trigger": d.trigger, "placement": d.placement});
                if let Some(targeting) = &d.targeting {
                    survey["targeting"] = json!(targeting);
                }
                if d.priority != 0 {
                    survey["priority"] = json!(d.priority);
                }
                survey
            })
            .collect();
        json!({
            "core": self.scripts.core,
            "ui": self.scripts.ui,
            "storage": site.settings.storage,
            "gap": site.settings.caps.gap_ms,
            "block": site.settings.blocked_paths,
            "surveys": surveys,
        })
    }
}

/// Whole values are swapped under these locks: a panic elsewhere cannot have left one half changed.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(|poisoned| poisoned.into_inner())
}
