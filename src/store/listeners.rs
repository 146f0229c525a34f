//! Who waits to hear of answers.

use std::collections::HashSet;

use super::{On, StoreError, q};
use crate::domain::flow::Trigger;
use crate::id::SiteId;
use crate::sql;

/// Sites that have a live flow which begins with either of two events, or an endpoint that is not switched off, whatever it listens to.
pub async fn sites(on: impl Into<On<'_>>, events: [Trigger; 2]) -> Result<HashSet<SiteId>, StoreError> {
    let query = q(sql!(
        "select site_id from flows {by_index:flows_live} where event in ($1, $2) and status = 'live'
         union select site_id from endpoints where status <> 'disabled'"
    ));
    let rows: Vec<(SiteId,)> = query.bind(events[0].as_str()).bind(events[1].as_str()).all(on).await?;
    Ok(rows.into_iter().map(|(site,)| site).collect())
}
