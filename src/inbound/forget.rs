//! A shop has left and asks that its people be forgotten: a job does it, a few in each transaction, so that nobody waits behind it.

use serde::{Deserialize, Serialize};

use super::System;
use crate::clock::Millis;
use crate::commerce;
use crate::id::{CustomerId, SiteId};
use crate::jobs::{self, Context, Job, JobError, Outcome};
use crate::store::{StoreError, Tx, audit, customers, sites};

/// People forgotten in one transaction.
const PORTION: i64 = 25;

#[derive(Debug, Serialize, Deserialize)]
pub struct ForgetShop {
    site: SiteId,
    system: System,
    /// Those from here on are left: they came after the request, or are forgotten.
    before: CustomerId,
}

impl ForgetShop {
    pub(super) async fn begin(tx: &mut Tx, site: SiteId, system: System, now: Millis) -> Result<(), StoreError> {
        audit::record(tx, site, system.as_str(), "shop.redact", system.name(), now).await?;
        let job = Self { site, system, before: CustomerId::new(now) };
        jobs::enqueue(tx, &job, Some(&format!("shop.forget:{site}")), now, now).await.map(drop)
    }
}

impl Job for ForgetShop {
    const KIND: &'static str = "shop.forget";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        let Some(site) = sites::by_id(&mut tx, self.site).await? else { return Ok(Outcome::Done(tx)) };
        let people = customers::page(&mut tx, site.id, Some(self.before), PORTION).await?;
        for person in &people {
            commerce::erase(&mut tx, &context.sender.keys, &site, person.id, self.system.as_str(), now).await?;
        }
        match people.last() {
            Some(last) => Ok(Outcome::Again(tx, Self { before: last.id, ..self }, now)),
            None => Ok(Outcome::Done(tx)),
        }
    }
}
