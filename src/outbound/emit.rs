//! Something happened: a row for it and one for each endpoint that listens, committed with its cause.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Millis;
use crate::domain::webhook::EventType;
use crate::id::{CustomerId, EndpointId, SiteId, uuid7};
use crate::store::outbound_events::{self, OutboundEvent};
use crate::store::{StoreError, Tx, Writes, deliveries, endpoints};

/// Something that happened, and whose it is: what is told of a person is forgotten with them.
#[derive(Clone, Debug)]
pub struct Event {
    pub what: What,
    pub customer: Option<CustomerId>,
    pub visitor: Option<Uuid>,
}

/// Names what is told of; [`super::load`] reads the rest when it is first sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    ResponseCreated {
        response: Uuid,
    },
    ResponseCompleted {
        response: Uuid,
    },
    CartAbandoned {
        cart: String,
        /// When it counted as abandoned.
        at: Millis,
    },
    CartRecovered {
        cart: String,
        /// When it had counted as abandoned.
        at: Option<Millis>,
    },
    OrderAttributed {
        order: String,
        impression: Uuid,
    },
    CustomerIdentified,
    CustomerUnsubscribed,
    AlertRaised {
        /// Stable; for programs.
        code: String,
        title: String,
        detail: String,
        /// What it is about.
        #[serde(default)]
        subject: String,
        #[serde(default)]
        severity: String,
        /// Where to look, after `/admin/{site}/`.
        #[serde(default)]
        path: String,
    },
    FlowStep {
        enrollment: Uuid,
        step: i64,
    },
    Ping,
}

impl What {
    pub const fn kind(&self) -> EventType {
        match self {
            Self::ResponseCreated { .. } => EventType::ResponseCreated,
            Self::ResponseCompleted { .. } => EventType::ResponseCompleted,
            Self::CartAbandoned { .. } => EventType::CartAbandoned,
            Self::CartRecovered { .. } => EventType::CartRecovered,
            Self::OrderAttributed { .. } => EventType::OrderAttributed,
            Self::CustomerIdentified => EventType::CustomerIdentified,
            Self::CustomerUnsubscribed => EventType::CustomerUnsubscribed,
            Self::AlertRaised { .. } => EventType::AlertRaised,
            Self::FlowStep { .. } => EventType::FlowStep,
            Self::Ping => EventType::Ping,
        }
    }

    /// Of a person.
    pub fn of(self, customer: CustomerId) -> Event {
        Event { what: self, customer: Some(customer), visitor: None }
    }
}

impl Event {
    fn row(&self, site: SiteId, now: Millis) -> OutboundEvent {
        OutboundEvent {
            site,
            id: uuid7(now),
            kind: self.what.kind(),
            at: now,
            // Plain values.
            subject: serde_json::to_string(&self.what).expect("plain values"),
            customer: self.customer,
            visitor: self.visitor,
            body: None,
        }
    }
}

/// Whether anybody is told of such events: for causes that would have to look something up first.
pub async fn listens(tx: &mut Tx, site: SiteId, kind: EventType) -> Result<bool, StoreError> {
    Ok(endpoints::listening(tx, site).await?.iter().any(|(_, events)| events.contains(&kind)))
}

/// Tells every endpoint that listens. Where none does, nothing is written.
pub async fn emit(tx: &mut Tx, site: SiteId, event: Event, now: Millis) -> Result<(), StoreError> {
    let listening = endpoints::listening(&mut *tx, site).await?;
    let mut writes = Writes::default();
    emit_all(&mut writes, site, &listening, &[event], now);
    writes.run(tx).await.map(drop)
}

/// The same for many at once, where the caller has seen who listens.
pub fn emit_all(writes: &mut Writes, site: SiteId, listening: &[(EndpointId, Vec<EventType>)], events: &[Event], now: Millis) {
    let told = |kind: EventType| listening.iter().filter(move |(_, events)| events.contains(&kind)).map(|(id, _)| *id);
    let (mut rows, mut on_their_way) = (Vec::new(), Vec::new());
    for event in events {
        let kind = event.what.kind();
        if told(kind).next().is_some() {
            let row = event.row(site, now);
            on_their_way.extend(told(kind).map(|endpoint| (endpoint, row.id, kind)));
            rows.push(row);
        }
    }
    outbound_events::insert(writes, &rows);
    deliveries::insert(writes, site, &on_their_way, now);
}

/// Tells one endpoint, whatever it listens to; the event's id.
pub async fn emit_to(tx: &mut Tx, site: SiteId, endpoint: EndpointId, event: Event, now: Millis) -> Result<Uuid, StoreError> {
    let row = event.row(site, now);
    let mut writes = Writes::default();
    outbound_events::insert(&mut writes, std::slice::from_ref(&row));
    deliveries::insert(&mut writes, site, &[(endpoint, row.id, row.kind)], now);
    writes.run(tx).await?;
    Ok(row.id)
}
