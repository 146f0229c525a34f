//! What happened, as the flows hear of it: a job, committed with its cause.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::enter::Enter;
use crate::clock::Millis;
use crate::domain::flow::Trigger;
use crate::id::SiteId;
use crate::jobs;
use crate::store::{StoreError, Tx, Writes, flows};

/// What flows may begin with when a response was completed.
pub const BY_RESPONSE: [Trigger; 2] = [Trigger::ResponseCompleted, Trigger::ScoreLow];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    /// `since`: the last that was heard of the cart. With the cart's token it names the abandonment.
    CartAbandoned {
        cart: String,
        since: Millis,
    },
    CartRecovered {
        cart: String,
    },
    OrderCompleted {
        order: String,
    },
    ResponseCompleted {
        response: Uuid,
    },
}

impl Happening {
    /// What flows may begin with it. A recovered cart begins none: it ends those of its cart, which they see for themselves.
    pub(super) fn triggers(&self) -> &'static [Trigger] {
        match self {
            Self::CartAbandoned { .. } => &[Trigger::CartAbandoned],
            Self::CartRecovered { .. } => &[],
            Self::OrderCompleted { .. } => &[Trigger::OrderCompleted],
            Self::ResponseCompleted { .. } => &BY_RESPONSE,
        }
    }
}

/// Makes it known, in the transaction of its cause. Where nothing would follow, nothing is written.
pub async fn announce(tx: &mut Tx, site: SiteId, happening: Happening, now: Millis) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (happening.triggers().first(), happening.triggers().last()) else { return Ok(()) };
    if flows::any_live(&mut *tx, site, [*first, *last]).await? {
        jobs::enqueue(tx, &Enter { site, happening }, None, now, now).await?;
    }
    Ok(())
}

/// Whether anything would follow from responses that are completed.
pub async fn hears_responses(tx: &mut Tx, site: SiteId) -> Result<bool, StoreError> {
    flows::any_live(tx, site, BY_RESPONSE).await
}

/// Makes completed responses known, where the caller has seen that something follows: answers are stored many at a time.
pub fn announce_responses(writes: &mut Writes, site: SiteId, completed: Vec<Uuid>, now: Millis) {
    let enter = |response| Enter { site, happening: Happening::ResponseCompleted { response } };
    jobs::enqueue_all(writes, completed.into_iter().map(enter), now);
}
