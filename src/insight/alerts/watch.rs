//! Every five minutes: webhooks, mail, the queue and the script.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::queue::Waiting;
use super::{endpoints, mails, queue, script, settle};
use crate::clock::{MINUTE, Millis};
use crate::id::SiteId;
use crate::jobs::{Context, Job, JobError, Outcome};
use crate::store::sites::{self, Site};
use crate::store::{Db, StoreError};

const EVERY: Millis = 5 * MINUTE;

#[derive(Default, Serialize, Deserialize)]
pub struct Watch {
    /// Stores whose work was late at the last look: a server that was just started has old work, and is soon done with it.
    #[serde(default)]
    late: BTreeSet<SiteId>,
}

impl Job for Watch {
    const KIND: &'static str = "alerts.watch";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let (db, now) = (&context.db, context.clock.now());
        let waiting = queue::waiting(db, now).await?;
        let mut late = BTreeSet::new();
        for site in sites::visible_to(db, None).await? {
            match look(db, &site, &waiting, self.late.contains(&site.id), now).await {
                Ok(true) => drop(late.insert(site.id)),
                Ok(false) => {}
                // One store's broken row must not hide what happens to the others.
                Err(e) => tracing::error!(site.key = %site.key, error = %e, "cannot look after a store"),
            }
        }
        Ok(Outcome::Again(db.begin().await?, Self { late }, now + EVERY))
    }
}

/// Whether the store's work is late.
async fn look(db: &Db, site: &Site, waiting: &Waiting, was_late: bool, now: Millis) -> Result<bool, StoreError> {
    let all = crate::store::endpoints::list(db, site.id).await?;
    endpoints::forget_what_is_over(db, site, &all, now).await?;
    settle(db, site, &[endpoints::FAILING], endpoints::failing(site, &all, now), now).await?;
    settle(db, site, &mails::CAUSES, mails::look(db, site, now).await?, now).await?;
    settle(db, site, &[script::CAUSE], script::look(db, site, now).await?.into_iter().collect(), now).await?;
    let late = queue::late(db, site, &all, waiting, now).await?;
    let is_late = !late.is_empty();
    if was_late || !is_late {
        settle(db, site, &[queue::CAUSE], late, now).await?;
    }
    Ok(is_late)
}
