//! Who waits to hear of answers. Asked in the midst of storing them, so no more than a look into an index.

use super::{On, StoreError, q};
use crate::domain::flow::Trigger;
use crate::id::SiteId;
use crate::sql;

#[derive(Clone, Copy, Debug, Default)]
pub struct Listeners {
    /// A live flow begins with a completed response or a low score.
    pub flows: bool,
    /// An endpoint is not switched off; it may listen to other things.
    pub endpoints: bool,
}

pub async fn of_answers(on: impl Into<On<'_>>, site: SiteId) -> Result<Listeners, StoreError> {
    let query = q(sql!(
        "select exists (select 1 from flows {by_index:flows_live}
                        where site_id = $1 and event in ($2, $3) and status = 'live'),
                exists (select 1 from endpoints where site_id = $1 and status <> 'disabled')"
    ));
    let (flows, endpoints): (bool, bool) =
        query.bind(site).bind(Trigger::ResponseCompleted.as_str()).bind(Trigger::ScoreLow.as_str()).one(on).await?;
    Ok(Listeners { flows, endpoints })
}
