//! What happened, as the flows hear of it: a job, committed with its cause.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Millis;
use crate::id::SiteId;
use crate::store::{StoreError, Tx};

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

/// Makes it known, in the transaction of its cause.
pub async fn announce(tx: &mut Tx, site: SiteId, happening: Happening, now: Millis) -> Result<(), StoreError> {
    let _ = (tx, site, happening, now);
    Ok(())
}
