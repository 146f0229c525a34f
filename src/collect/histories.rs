//! Group reads. Decisions wait in a bounded queue; a reader takes whatever waits and fetches all their visitors' histories at
//! once, so the way to the database and back is shared by many, as a disk sync is in [`super::ingest`].

use std::collections::{BTreeMap, HashMap};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::domain::frequency::Exposure;
use crate::id::SiteId;
use crate::store::impressions::{self, Past};
use crate::store::{Db, StoreError};

/// How many decisions may wait for each reader; more read for themselves.
const QUEUE: usize = 1024;
/// How many visitors one statement looks up.
const BATCH: usize = 64;
/// A hundred offers span the longest rule, a year, many times over.
pub(super) const LONGEST: usize = 100;
const READERS: usize = 2;

struct Asked {
    site: SiteId,
    visitor: Uuid,
    /// Gets `None` when the shared read did not work out.
    reply: oneshot::Sender<Option<Vec<Exposure>>>,
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

    /// Newest first, at most a hundred.
    pub async fn of(&self, site: SiteId, visitor: Uuid) -> Result<Vec<Exposure>, StoreError> {
        let (reply, wait) = oneshot::channel();
        let queue = &self.queues[visitor.as_u128() as usize % self.queues.len()];
        if queue.try_send(Asked { site, visitor, reply }).is_ok()
            && let Ok(Some(history)) = wait.await
        {
            return Ok(history);
        }
        // Alone: what spoilt the shared read may be someone else's, and what is ours is reported.
        let history = impressions::history(&self.db, site, visitor, LONGEST).await?;
        Ok(history.into_iter().map(Exposure::from).collect())
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
    let mut found: Option<HashMap<Uuid, Vec<Past>>> = match impressions::histories(db, site, visitors, room).await {
        // Cut off: someone's history is absurdly long, and nobody else's may be cut for it.
        Ok(all) if all.len() >= room => None,
        Ok(all) => Some(all.into_iter().fold(HashMap::new(), |mut by_visitor, past| {
            by_visitor.entry(past.visitor).or_default().push(past);
            by_visitor
        })),
        Err(error) => {
            tracing::debug!(%error, "a shared read failed; each decision reads for itself");
            None
        }
    };
    for Asked { visitor, reply, .. } in asked {
        let history = found.as_mut().map(|by_visitor| {
            let mut past = by_visitor.get(&visitor).cloned().unwrap_or_default();
            past.sort_unstable_by_key(|p| std::cmp::Reverse(p.id));
            past.into_iter().map(Exposure::from).collect()
        });
        // The page may have gone away.
        let _gone = reply.send(history);
    }
}
