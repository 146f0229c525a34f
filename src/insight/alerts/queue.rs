//! Work that waits. It is told to each store whose work it is: the queue is the installation's, but only that store's people
//! notice, and work that is nobody's can wait.

use std::collections::BTreeMap;

use super::{Found, words};
use crate::clock::{MINUTE, Millis};
use crate::domain::alert::level;
use crate::domain::webhook::EndpointStatus;
use crate::id::SiteId;
use crate::outbound::alert::Alert;
use crate::store::endpoints::Endpoint;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, deliveries, jobs};

pub const CAUSE: &str = "queue.lag";

/// Overdue jobs that are looked at: those behind them wait less.
const LOOKED_AT: i64 = 500;

/// Since when each store's oldest job waits.
pub type Waiting = BTreeMap<SiteId, Millis>;

pub async fn waiting(db: &Db, now: Millis) -> Result<Waiting, StoreError> {
    let mut waiting = Waiting::new();
    for (since, payload) in jobs::overdue(db, now - MINUTE, LOOKED_AT).await? {
        if let Some(site) = payload["site"].as_str().and_then(|site| site.parse().ok()) {
            waiting.entry(site).or_insert(since);
        }
    }
    Ok(waiting)
}

/// What of a store's work waits for too long.
pub async fn late(db: &Db, site: &Site, all: &[Endpoint], waiting: &Waiting, now: Millis) -> Result<Vec<Found>, StoreError> {
    let patience = i64::from(site.settings.alerts.queue_minutes) * MINUTE;
    let mut found = Vec::new();
    let mut add = |subject: &str, what: &str, since: Millis, path: String| {
        let waited = now - since;
        if waited >= patience {
            found.push(Found {
                alert: Alert {
                    cause: CAUSE,
                    subject: subject.to_owned(),
                    title: format!("{what} wait"),
                    detail: format!(
                        "The oldest has been due for {}; usually it takes seconds. The server may have too much to do, or too few workers: \
                         whoever runs it sees more with “exitpoll doctor”.",
                        words::span(waited)
                    ),
                    path,
                },
                level: level(waited as f64, patience as f64),
            });
        }
    };
    if let Some(since) = waiting.get(&site.id) {
        add("jobs", "Mails, follow-ups and imports", *since, "alerts".to_owned());
    }
    // One that fails is called less often, which is another alert.
    for endpoint in all.iter().filter(|e| e.status == EndpointStatus::Active && e.failing_since.is_none()) {
        if let Some(since) = deliveries::oldest_due_of(db, site.id, endpoint.id, now).await? {
            let what = format!("Calls of the webhook “{}”", endpoint.name);
            add(&endpoint.key, &what, since, format!("connections/webhooks/{}", endpoint.id));
        }
    }
    Ok(found)
}
