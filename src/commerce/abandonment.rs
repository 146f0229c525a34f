//! A cart's one job. It wakes when the cart would count as abandoned; if something was heard meanwhile, it sets itself anew.

use serde::{Deserialize, Serialize};

use super::cart;
use crate::clock::Millis;
use crate::domain::cart::CartEvent;
use crate::flows::{self, Happening};
use crate::id::SiteId;
use crate::jobs::{self, Context, Job, JobError, Outcome};
use crate::outbound::{self, Event, What};
use crate::store::{StoreError, Tx, carts, sites};

#[derive(Debug, Serialize, Deserialize)]
pub struct Abandonment {
    site: SiteId,
    cart: String,
}

impl Abandonment {
    /// Sets the job, unless it is set already: one that wakes too early sets itself anew.
    pub(super) async fn arm(tx: &mut Tx, site: SiteId, cart: &str, at: Millis, now: Millis) -> Result<(), StoreError> {
        let job = Self { site, cart: cart.to_owned() };
        jobs::enqueue(tx, &job, Some(&format!("cart.deadline:{site}:{cart}")), at, now).await.map(drop)
    }
}

impl Job for Abandonment {
    const KIND: &'static str = "cart.deadline";

    async fn run(self, context: &Context) -> Result<Outcome<Self>, JobError> {
        let now = context.clock.now();
        let mut tx = context.db.begin().await?;
        let Some(site) = sites::by_id(&mut tx, self.site).await? else { return Ok(Outcome::Done(tx)) };
        let Some(mut found) = carts::lock(&mut tx, site.id, &self.cart).await? else { return Ok(Outcome::Done(tx)) };
        let rules = &site.settings.carts;
        found.life.apply(&CartEvent::DeadlineReached { at: now }, rules);
        if let Some(deadline) = found.life.deadline(rules) {
            return Ok(Outcome::Again(tx, self, deadline.max(now + 1)));
        }
        let abandonment = found.life.abandonment(rules);
        let (customer, visitor) = (found.customer, found.visitor);
        cart::settle(&mut tx, &site, found, now).await?;
        if let Some(left) = abandonment {
            let happening = Happening::CartAbandoned { cart: self.cart.clone(), since: left.since };
            flows::announce(&mut tx, site.id, happening, now).await?;
            let what = What::CartAbandoned { cart: self.cart, at: left.at };
            outbound::emit(&mut tx, site.id, Event { what, customer, visitor }, now).await?;
        }
        Ok(Outcome::Done(tx))
    }
}
