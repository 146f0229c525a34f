//! A shop whose visitors answer, many at a time: load for the real binary, and the check of what became of it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use exitpoll::clock::{Clock, Millis};
use exitpoll::collect::offer::{Offer, visitor_hash};
use exitpoll::domain::schedule::{day_range, local_day};
use exitpoll::id::{SiteId, SurveyId, uuid7};
use exitpoll::keys::Key;
use exitpoll::manage::surveys;
use exitpoll::store::rollups::{self, first_id_at};
use exitpoll::store::{self, Db, responses};
use exitpoll::{config, domain};
use jiff::tz::TimeZone;
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::binary::SECRET;
use super::{Database, ORIGIN, event, new_site, survey};

const SENDERS: usize = 8;

/// Lets every visitor come from an address of their own, so that no rate limit is met.
pub const TRUST: [&str; 2] = ["--trusted-proxies", "127.0.0.0/8"];

pub struct Shop {
    pub site: SiteId,
    pub survey: SurveyId,
    key: String,
    zone: TimeZone,
    offers: Key,
    http: Client,
    visitors: AtomicUsize,
}

/// What one visitor said, and the request that tells it.
pub struct Visit {
    pub said: String,
    address: String,
    body: String,
}

impl Shop {
    /// A site with a published survey, in a database that nobody has open then.
    pub async fn open(database: &Database) -> Arc<Self> {
        let now = Clock::system().now();
        let db = Db::open(&database.url).await.unwrap();
        store::migrate(&db).await.unwrap();
        let site = new_site(&db, "Shop", ORIGIN, now).await;
        let document = domain::survey::Survey::parse(&survey("s")).unwrap();
        let mut tx = db.begin().await.unwrap();
        let (id, _) = surveys::save(&mut tx, site.id, &document, "test", now).await.unwrap();
        surveys::publish(&mut tx, site.id, id, &document, "test", now).await.unwrap();
        tx.commit().await.unwrap();
        db.close().await;
        let secret = config::Secret::resolve(Some(SECRET), "").unwrap();
        Arc::new(Self {
            site: site.id,
            survey: id,
            zone: TimeZone::get(&site.time_zone).unwrap(),
            key: site.key,
            offers: Key::derive(secret.bytes(), "offer"),
            http: super::client(),
            visitors: AtomicUsize::new(0),
        })
    }

    /// One more visitor. Their offer is made here, as `decide` would make it.
    fn visit(&self) -> Visit {
        let n = self.visitors.fetch_add(1, Ordering::Relaxed);
        let (now, said, visitor) = (Clock::system().now(), format!("word {n}"), format!("visitor {n}"));
        let offer = Offer {
            site: self.site,
            survey: self.survey,
            revision: 1,
            variant: None,
            question: None,
            id: uuid7(now),
            visitor: visitor_hash(self.site, &visitor),
            withhold: false,
            manual: false,
            hosted: false,
            order: None,
        };
        let token = offer.seal(&self.offers);
        let answers = json!({"reason": {"choice": "price"}, "score": {"number": n % 11}, "more": {"text": said}});
        let events = json!([
            event(now, "survey.shown", json!({"offer": token})),
            event(now, "survey.answered", json!({"offer": token, "answers": answers})),
            event(now, "survey.completed", json!({"offer": token})),
        ]);
        let body = json!({"visitor": visitor, "session": "1", "sent_at": now, "events": events}).to_string();
        Visit { said, address: format!("10.0.{}.{}", n / 256, n % 256), body }
    }

    /// The status of the answer, or `None` if there was none.
    pub async fn send(&self, base: &str, visit: &Visit) -> Option<StatusCode> {
        let url = format!("{base}/v1/{}/events", self.key);
        let request = self.http.post(url).header("x-forwarded-for", &visit.address).body(visit.body.clone());
        request.send().await.ok().map(|response| response.status())
    }

    /// Several visitors at a time, one after the other, until the server is gone. The channel ends when all have stopped.
    pub fn crowd(self: &Arc<Self>, base: &str) -> UnboundedReceiver<(Visit, Option<StatusCode>)> {
        let (outcomes, receiver) = unbounded_channel();
        for _ in 0..SENDERS {
            let (shop, base, outcomes) = (self.clone(), base.to_owned(), outcomes.clone());
            tokio::spawn(async move {
                loop {
                    let visit = shop.visit();
                    let status = shop.send(&base, &visit).await;
                    let gone = outcomes.send((visit, status)).is_err();
                    if gone || status != Some(StatusCode::ACCEPTED) {
                        return;
                    }
                }
            });
        }
        receiver
    }

    /// What was said in all, each visit found whole and once; and the roll-ups found equal to a count of the rows.
    pub async fn stored(&self, db: &Db) -> BTreeSet<String> {
        let stored = responses::page(db, self.site, self.survey, None, i64::MAX).await.unwrap();
        assert!(stored.iter().all(|r| r.completed_at.is_some()), "a visit is stored whole or not at all");
        let ids = stored.iter().map(|r| r.id).collect();
        let answers = responses::answers(db, self.site, ids).await.unwrap();
        assert_eq!(answers.len(), 3 * stored.len());
        let said: BTreeSet<_> = answers.into_iter().filter_map(|a| a.body).collect();
        assert_eq!(said.len(), stored.len(), "nothing is there twice");
        let now = Clock::system().now();
        let shown = counts_are_right(db, self.site, &self.zone, now).await;
        assert_eq!(shown, said.len() as i64);
        said
    }
}

/// Compares the roll-ups of the last two days with a count of the rows; how often a survey was shown.
pub async fn counts_are_right(db: &Db, site: SiteId, zone: &TimeZone, now: Millis) -> i64 {
    let today = local_day(now, zone);
    let mut shown = 0;
    for day in today - 1..=today {
        let range = day_range(day, zone);
        let mut tx = db.begin().await.unwrap();
        let counted = rollups::counted(&mut tx, site, day).await.unwrap();
        let (from, until) = (first_id_at(range.start), first_id_at(range.end));
        assert_eq!(counted, rollups::recount(&mut tx, site, day, from, until).await.unwrap(), "day {day}");
        tx.rollback().await.unwrap();
        shown += counted.iter().filter(|(c, _)| c.item == "shown").map(|(_, n)| n).sum::<i64>();
    }
    shown
}
