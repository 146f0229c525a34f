//! Group reads. Decisions wait in a bounded queue; a reader takes whatever waits and fetches all their visitors' histories at
//! once, so the way to the database and back is shared by many, as a disk sync is in [`super::ingest`].
//!
//! A person is the visitor, and once a customer is known, all visitors tied to that customer. The shared read says whose browser
//! it is; what only known people have, other browsers and mails, each decision about one of them reads for itself.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::clock::Millis;
use crate::commerce::Person;
use crate::domain::frequency::Exposure;
use crate::domain::stream;
use crate::id::{CustomerId, SiteId, SurveyId};
use crate::store::customers::{self, Customer};
use crate::store::impressions::{self, Known, Past};
use crate::store::{Db, StoreError, messages, streams};

/// How many decisions may wait for each reader; more read for themselves.
const QUEUE: usize = 1024;
/// How many visitors one statement looks up.
const BATCH: usize = 64;
/// A hundred offers span the longest rule, a year, many times over.
pub(super) const LONGEST: usize = 100;
const READERS: usize = 2;
/// Answers of one survey to which a question stream looks back.
pub(super) const STREAM: usize = 1000;

/// One browser's history.
#[derive(Clone, Default)]
struct Browser {
    /// In no order.
    shows: Vec<Past>,
    /// Whose it is.
    customer: Option<CustomerId>,
}

/// What a person was shown and sent.
#[derive(Default)]
pub struct History {
    /// Newest first, at most a hundred.
    pub shows: Vec<Exposure>,
    /// When mails were sent to them, as far back as was asked for.
    pub mails: Vec<Millis>,
}

struct Asked {
    site: SiteId,
    visitor: Uuid,
    /// Gets `None` when the shared read did not work out.
    reply: oneshot::Sender<Option<Browser>>,
}

/// What visitors were shown, and how they took it.
pub struct Histories {
    db: Db,
    queues: Vec<mpsc::Sender<Asked>>,
}

impl Histories {
    pub fn start(db: &Db) -> Self {
        let reader = |_| {
            let (queue, inbox) = mpsc::channel(QUEUE);
            tokio::spawn(read(db.clone(), inbox));
            queue
        };
        Self { db: db.clone(), queues: (0..READERS).map(reader).collect() }
    }

    /// The history of whoever uses this browser. `named`: who the page says they are, if it does. `mails_from`: earlier mails do
    /// not matter.
    pub async fn of(
        &self,
        site: SiteId,
        visitor: Uuid,
        named: Option<&Person>,
        mails_from: Millis,
    ) -> Result<History, StoreError> {
        let (reply, wait) = oneshot::channel();
        let queue = &self.queues[visitor.as_u128() as usize % self.queues.len()];
        if queue.try_send(Asked { site, visitor, reply }).is_ok()
            && let Ok(Some(browser)) = wait.await
        {
            return joined(&self.db, site, browser, named, mails_from).await;
        }
        // Alone: what spoilt the shared read may be someone else's, and what is ours is reported.
        alone(&self.db, site, visitor, named, mails_from).await
    }
}

/// The history of whoever uses a browser, read for one decision only.
pub(super) async fn alone(
    db: &Db,
    site: SiteId,
    visitor: Uuid,
    named: Option<&Person>,
    mails_from: Millis,
) -> Result<History, StoreError> {
    let shows = impressions::history(db, site, visitor, LONGEST).await?;
    let customer = customers::behind(db, site, visitor).await?;
    joined(db, site, Browser { shows, customer }, named, mails_from).await
}

/// A browser's history with those of the other browsers of its person.
async fn joined(
    db: &Db,
    site: SiteId,
    browser: Browser,
    named: Option<&Person>,
    mails_from: Millis,
) -> Result<History, StoreError> {
    let Browser { mut shows, customer } = browser;
    let named = match named {
        Some(person) => find(db, site, person).await?.filter(|named| Some(*named) != customer),
        None => None,
    };
    let mut mails = Vec::new();
    for customer in customer.into_iter().chain(named) {
        shows.extend(impressions::of_person(db, site, customer, LONGEST).await?);
        mails.extend(messages::times(db, site, customer, mails_from).await?);
    }
    shows.sort_unstable_by_key(|past| std::cmp::Reverse(past.id));
    shows.dedup_by_key(|past| past.id);
    shows.truncate(LONGEST);
    Ok(History { shows: shows.into_iter().map(Exposure::from).collect(), mails })
}

/// By the shop's id, then by the address, as reports find people.
async fn find(db: &Db, site: SiteId, person: &Person) -> Result<Option<CustomerId>, StoreError> {
    if let Some(id) = &person.external_id
        && let Some(found) = customers::by_external_id(db, site, id).await?
    {
        return Ok(Some(found.id));
    }
    let Some(email) = &person.email else { return Ok(None) };
    Ok(customers::by_email(db, site, email).await?.map(|found| found.id))
}

/// A visitor and what a question stream remembers of them.
pub struct Seen {
    /// Who it is, if that is known.
    pub customer: Option<Customer>,
    /// What they, on all their devices, were asked and said.
    pub past: Vec<stream::Past>,
}

impl Histories {
    /// Who uses this browser: whom the page names, if it does, else whose it is known to be.
    pub async fn person(&self, site: SiteId, visitor: Uuid, named: Option<&Person>) -> Result<Option<Customer>, StoreError> {
        if let Some(named) = named
            && let Some(found) = find(&self.db, site, named).await?
        {
            return customers::by_id(&self.db, site, found).await;
        }
        customers::of_visitor(&self.db, site, visitor).await
    }

    /// For a question stream; few surveys are one, so nothing is shared here.
    pub async fn stream(&self, site: SiteId, visitor: Uuid, survey: SurveyId) -> Result<Seen, StoreError> {
        let customer = customers::of_visitor(&self.db, site, visitor).await?;
        let mut visitors = match &customer {
            Some(customer) => customers::visitors_of(&self.db, site, customer.id).await?,
            None => Vec::new(),
        };
        if !visitors.contains(&visitor) {
            visitors.push(visitor);
        }
        let past = streams::past(&self.db, site, survey, visitors, STREAM).await?;
        Ok(Seen { customer, past })
    }
}

async fn read(db: Db, mut inbox: mpsc::Receiver<Asked>) {
    let mut batch = Vec::with_capacity(BATCH);
    while inbox.recv_many(&mut batch, BATCH).await > 0 {
        let mut by_site: BTreeMap<SiteId, Vec<Asked>> = BTreeMap::new();
        for asked in batch.drain(..) {
            by_site.entry(asked.site).or_default().push(asked);
        }
        for (site, asked) in by_site {
            answer(&db, site, asked).await;
        }
    }
}

async fn answer(db: &Db, site: SiteId, asked: Vec<Asked>) {
    let mut visitors: Vec<Uuid> = asked.iter().map(|a| a.visitor).collect();
    visitors.sort_unstable();
    visitors.dedup();
    let room = LONGEST * visitors.len();
    let found: Option<HashMap<Uuid, Browser>> = match impressions::known(db, site, visitors, room).await {
        // Cut off: someone's history is absurdly long, and nobody else's may be cut for it.
        Ok(all) if all.len() >= room => None,
        Ok(all) => Some(all.into_iter().fold(HashMap::new(), |mut by_visitor: HashMap<Uuid, Browser>, known| {
            match known {
                Known::Show(past) => by_visitor.entry(past.visitor).or_default().shows.push(past),
                Known::Person { visitor, customer } => by_visitor.entry(visitor).or_default().customer = Some(customer),
            }
            by_visitor
        })),
        Err(error) => {
            tracing::debug!(%error, "a shared read failed; each decision reads for itself");
            None
        }
    };
    for Asked { visitor, reply, .. } in asked {
        let browser = found.as_ref().map(|by_visitor| by_visitor.get(&visitor).cloned().unwrap_or_default());
        // The page may have gone away.
        let _gone = reply.send(browser);
    }
}
