//! Claims what is due, endpoint by endpoint, and calls. Each endpoint has places of its own: one that is slow keeps only itself waiting.
//!
//! A delivery is claimed under a lease and committed, then sent outside of any transaction, then recorded. A worker that died loses its
//! lease; what it sent may have arrived and is sent again, under the same id.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use uuid::Uuid;

use super::client::Client;
use super::load;
use super::pace::Pace;
use super::record::record;
use super::send::{Parcel, Sending};
use crate::clock::{Clock, MINUTE, Millis};
use crate::domain::webhook::{DeliveryState, Ending, EndpointStatus};
use crate::id::{EndpointId, SiteId, uuid7};
use crate::keys::Vault;
use crate::store::{Db, StoreError, Tx, deliveries, endpoints, outbound_events, sites};
use crate::telemetry::DeliveryMeter;

/// Calls to one endpoint at once, and to one that has been failing.
const PLACES: usize = 4;
const PLACES_WHILE_FAILING: usize = 1;
/// Calls at once in all: what a connection costs, not what it delays.
const IN_ALL: usize = 256;
/// Longer than all calls of a delivery take.
const LEASE: Millis = 4 * MINUTE;
/// How often to look without being called.
const POLL: Duration = Duration::from_secs(1);

pub struct Dispatcher {
    db: Db,
    clock: Clock,
    vault: Vault,
    client: Client,
    pace: Pace,
    meter: DeliveryMeter,
    busy: Mutex<HashMap<EndpointId, usize>>,
    /// Rung when something may be due.
    bell: Notify,
    /// Rung when a call has ended.
    freed: Notify,
}

/// A place at an endpoint; free again when it is dropped.
struct Place(Arc<Dispatcher>, EndpointId);

impl Drop for Place {
    fn drop(&mut self) {
        let mut busy = self.0.busy();
        if let Some(n) = busy.get_mut(&self.1) {
            *n -= 1;
            if *n == 0 {
                busy.remove(&self.1);
            }
        }
        drop(busy);
        self.0.freed.notify_waiters();
    }
}

impl Dispatcher {
    pub fn new(db: Db, clock: Clock, vault: Vault, client: Client, meter: DeliveryMeter) -> Self {
        Self {
            db,
            clock,
            vault,
            client,
            pace: Pace::default(),
            meter,
            busy: Mutex::default(),
            bell: Notify::new(),
            freed: Notify::new(),
        }
    }

    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Something is due now.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Works until told to stop; what was begun is finished.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut working = JoinSet::new();
        while !stop.is_cancelled() {
            // Listen first, then look: what is emitted in between still rings.
            let rung = self.bell.notified();
            let mut pause = POLL;
            if let Err(e) = self.look(&mut working).await {
                tracing::error!(error = %e, "deliveries cannot be read");
                pause = 5 * POLL;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = rung => {}
                Some(ended) = working.join_next() => note(ended),
                () = tokio::time::sleep(pause) => {}
            }
        }
        while let Some(ended) = working.join_next().await {
            note(ended);
        }
    }

    /// Sends everything that is due now; answers how many calls that were. Waits for those that others of this process began.
    pub async fn run_due(self: &Arc<Self>) -> Result<usize, StoreError> {
        let (mut working, mut calls) = (JoinSet::new(), 0);
        loop {
            let freed = self.freed.notified();
            calls += self.look(&mut working).await?;
            if let Some(ended) = working.join_next().await {
                note(ended);
            } else if self.busy().is_empty() {
                return Ok(calls);
            } else {
                freed.await;
            }
        }
    }

    /// One look: begins what is due and has a place.
    async fn look(self: &Arc<Self>, working: &mut JoinSet<()>) -> Result<usize, StoreError> {
        let now = self.clock.now();
        if deliveries::any_lost(&self.db, now).await? {
            let mut tx = self.db.begin().await?;
            let lost = deliveries::expire_leases(&mut tx, now).await?;
            tx.commit().await?;
            tracing::warn!(deliveries = lost, "a worker was lost amid deliveries; they are sent again");
        }
        let mut begun = 0;
        for (site, endpoint, failing) in endpoints::due(&self.db, now).await? {
            let places = self.take(endpoint, if failing { PLACES_WHILE_FAILING } else { PLACES });
            if places.is_empty() {
                continue;
            }
            let parcels = match self.claim(site, endpoint, places.len(), now).await {
                Ok(parcels) => parcels,
                // One endpoint's broken row must not keep the others waiting.
                Err(e @ StoreError::Corrupt { .. }) => {
                    tracing::error!(%endpoint, error = %e, "deliveries cannot be read");
                    continue;
                }
                Err(e) => return Err(e),
            };
            begun += parcels.len();
            for (parcel, place) in parcels.into_iter().zip(places) {
                let dispatcher = self.clone();
                let span = tracing::error_span!("delivery", endpoint = %endpoint, event = %parcel.delivery.event);
                let call = async move {
                    let _place = place;
                    dispatcher.deliver(parcel).await;
                };
                working.spawn(call.instrument(span));
            }
        }
        Ok(begun)
    }

    fn busy(&self) -> MutexGuard<'_, HashMap<EndpointId, usize>> {
        // Each change is one number: a panic elsewhere cannot have left it half made.
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All free places at an endpoint.
    fn take(self: &Arc<Self>, endpoint: EndpointId, most: usize) -> Vec<Place> {
        let mut busy = self.busy();
        let in_all: usize = busy.values().sum();
        let taken = busy.get(&endpoint).copied().unwrap_or(0);
        let free = most.saturating_sub(taken).min(IN_ALL.saturating_sub(in_all));
        if free > 0 {
            busy.insert(endpoint, taken + free);
        }
        (0..free).map(|_| Place(self.clone(), endpoint)).collect()
    }

    async fn claim(&self, site: SiteId, id: EndpointId, places: usize, now: Millis) -> Result<Vec<Parcel>, StoreError> {
        let mut tx = self.db.begin().await?;
        let found = endpoints::find(&mut tx, site, id).await?.filter(|e| e.status == EndpointStatus::Active);
        let Some(endpoint) = found.map(Arc::new) else { return Ok(Vec::new()) };
        let lease = uuid7(now);
        let mut parcels = Vec::with_capacity(places);
        for mut delivery in deliveries::claim(&mut tx, site, id, lease, now, now + LEASE, places as i64).await? {
            match body(&mut tx, site, delivery.event).await {
                Ok((body, at)) => parcels.push(Parcel { endpoint: endpoint.clone(), delivery, body, at, lease }),
                Err(Unsendable::Never(why)) => {
                    (delivery.state, delivery.reason) = (DeliveryState::Dead, Some(why.as_str().to_owned()));
                    deliveries::settle(&mut tx, site, &delivery, lease).await?;
                }
                Err(Unsendable::Store(e)) => return Err(e),
            }
        }
        tx.commit().await?;
        Ok(parcels)
    }

    async fn deliver(&self, parcel: Parcel) {
        let sending = Sending { client: &self.client, clock: &self.clock, vault: &self.vault, pace: &self.pace };
        let sent = sending.send(&parcel).await;
        let Parcel { endpoint, delivery, lease, .. } = parcel;
        for tried in &sent.tried {
            tracing::debug!(call = tried.call, outcome = ?tried.answer.outcome, ms = tried.answer.ms, "delivery");
        }
        match record(&self.db, &endpoint, delivery, lease, sent, self.clock.now()).await {
            Ok(Some(DeliveryState::Delivered)) => self.meter.delivered.increment(1),
            Ok(Some(DeliveryState::Dead)) => self.meter.given_up.increment(1),
            Ok(Some(DeliveryState::Waiting | DeliveryState::Sending)) => self.meter.retried.increment(1),
            Ok(None) => tracing::warn!("the lease was lost; the outcome is dropped"),
            // The lease runs out and it is sent again.
            Err(e) => tracing::error!(error = %e, "a delivery's outcome cannot be recorded"),
        }
    }
}

fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(e) = ended {
        // The lease runs out and the delivery is sent again.
        tracing::error!(error = %e, "a delivery panicked");
    }
}

enum Unsendable {
    Never(Ending),
    Store(StoreError),
}

impl From<StoreError> for Unsendable {
    fn from(e: StoreError) -> Self {
        match e {
            // Broken data stays broken; it must not keep the rest from being sent.
            StoreError::Corrupt { .. } => {
                tracing::error!(error = %e, "an event cannot be told");
                Self::Never(Ending::Unreadable)
            }
            e => Self::Store(e),
        }
    }
}

/// What is sent, made at the first try and kept, and when it happened.
async fn body(tx: &mut Tx, site: SiteId, event: Uuid) -> Result<(String, Millis), Unsendable> {
    let event = outbound_events::lock(tx, site, event).await?.ok_or(Unsendable::Never(Ending::Forgotten))?;
    if let Some(body) = event.body {
        return Ok((body, event.at));
    }
    let site = sites::by_id(&mut *tx, site).await?.ok_or(Unsendable::Never(Ending::Forgotten))?;
    let body = load::body(tx, &site, &event).await?.ok_or(Unsendable::Never(Ending::Forgotten))?;
    outbound_events::set_body(tx, site.id, event.id, &body).await?;
    Ok((body, event.at))
}
