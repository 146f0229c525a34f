//! Services that are told what happens: making, changing, testing and replaying.

use std::ops::Range;

use serde_json::json;
use uuid::Uuid;

use super::Refused;
use crate::clock::{DAY, Millis};
use crate::domain::connector::Kind;
use crate::domain::report::is_key;
use crate::domain::webhook::{DeliveryState, Ending, EndpointStatus, EventType, Secret, parse_headers};
use crate::id::{EndpointId, SiteId, random};
use crate::keys::Vault;
use crate::outbound::{Event, Guard, What, emit_to, open_secrets, seal_headers, seal_old_secret, seal_secret};
use crate::store::endpoints::{self, Endpoint};
use crate::store::rollups::first_id_at;
use crate::store::{Db, StoreError, Tx, audit, deliveries};

/// Both secrets sign for so long after one followed the other.
const OVERLAP: Millis = DAY;
/// Most endpoints of one site: every event asks for all of them.
const MOST: usize = 50;

/// What an owner says of an endpoint.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub name: &'a str,
    /// Made of the name when empty.
    pub key: &'a str,
    pub url: &'a str,
    pub events: Vec<EventType>,
    /// One a line; `None`: as they are.
    pub headers: Option<&'a str>,
}

impl Wanted<'_> {
    /// Everything that is wrong, by field.
    pub fn problems(&self, guard: &Guard) -> Vec<(&'static str, String)> {
        let mut problems = Vec::new();
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            problems.push(("name", "needs 1 to 100 characters on one line".to_owned()));
        }
        if !self.key.trim().is_empty() && !is_key(self.key.trim()) {
            problems.push(("key", format!("{:?} should be 1 to 64 of the characters a-z 0-9 _ -", self.key.trim())));
        }
        if let Err(why) = guard.check(self.url) {
            problems.push(("url", format!("the address {why}")));
        }
        if let Some(Err(why)) = self.headers.map(parse_headers) {
            problems.push(("headers", why.to_string()));
        }
        problems
    }

    fn check(&self, guard: &Guard) -> Result<(), Refused> {
        match self.problems(guard).into_iter().next() {
            Some((field, message)) => Err(Refused::invalid(field, message)),
            None => Ok(()),
        }
    }

    fn key(&self) -> String {
        match self.key.trim() {
            "" => slug(self.name, "webhook"),
            key => key.to_owned(),
        }
    }

    /// Only what an endpoint can choose from.
    fn events(&self) -> Vec<EventType> {
        EventType::CHOICE.into_iter().filter(|kind| self.events.contains(kind)).collect()
    }
}

/// A key made of a name: `Our CRM!` → `our-crm`. `otherwise`: of a name without a letter that keys know.
pub(super) fn slug(name: &str, otherwise: &str) -> String {
    let mut key = String::new();
    for c in name.trim().to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => key.push(c),
            _ if key.ends_with('-') || key.is_empty() => {}
            _ => key.push('-'),
        }
    }
    key.truncate(64);
    match key.trim_end_matches('-') {
        "" => otherwise.to_owned(),
        key => key.to_owned(),
    }
}

/// Whether a store may have one more.
pub(super) async fn room(tx: &mut Tx, site: SiteId) -> Result<(), Refused> {
    match endpoints::list(&mut *tx, site).await?.len() {
        ..MOST => Ok(()),
        _ => Err(Refused::invalid(
            "name",
            format!("a store has {MOST} webhooks and services at most: delete one that is not used"),
        )),
    }
}

/// Makes an endpoint; its secret is shown now and never again. A key that is taken is [`StoreError::Duplicate`].
pub async fn create(
    tx: &mut Tx,
    vault: &Vault,
    guard: &Guard,
    site: SiteId,
    wanted: &Wanted<'_>,
    by: &str,
    now: Millis,
) -> Result<(Endpoint, Secret), Refused> {
    wanted.check(guard)?;
    room(tx, site).await?;
    let (id, secret) = (EndpointId::new(now), Secret::new(random()));
    let endpoint = Endpoint {
        site,
        id,
        kind: Kind::Webhook,
        key: wanted.key(),
        name: wanted.name.trim().to_owned(),
        url: wanted.url.trim().to_owned(),
        settings: json!({}),
        mapping: Vec::new(),
        events: wanted.events(),
        status: EndpointStatus::Active,
        reason: None,
        trouble: None,
        secret: seal_secret(vault, site, id, &secret),
        old_secret: None,
        headers: wanted.headers.and_then(|headers| seal_headers(vault, site, id, headers)),
        failing_since: None,
        delivered_at: None,
        failed_at: None,
        held_until: 0,
        created_at: now,
        updated_at: now,
    };
    endpoints::insert(tx, &endpoint).await?;
    audit::record(tx, site, by, "webhook.create", &endpoint.key, now).await?;
    Ok((endpoint, secret))
}

/// The endpoint, which may have been switched off since the owner looked at it.
pub(super) async fn as_it_is(tx: &mut Tx, seen: &Endpoint) -> Result<Endpoint, StoreError> {
    endpoints::lock(tx, seen.site, seen.id).await?.ok_or(StoreError::RowCount(0))
}

/// Stores what an owner changed. A key that is taken is [`StoreError::Duplicate`].
pub async fn update(
    tx: &mut Tx,
    vault: &Vault,
    guard: &Guard,
    endpoint: &Endpoint,
    wanted: &Wanted<'_>,
    by: &str,
    now: Millis,
) -> Result<(), Refused> {
    wanted.check(guard)?;
    let (endpoint, site, id) = (as_it_is(tx, endpoint).await?, endpoint.site, endpoint.id);
    let headers = match wanted.headers {
        Some(headers) => seal_headers(vault, site, id, headers),
        None => endpoint.headers.clone(),
    };
    let changed = Endpoint {
        key: wanted.key(),
        name: wanted.name.trim().to_owned(),
        url: wanted.url.trim().to_owned(),
        events: wanted.events(),
        headers,
        updated_at: now,
        ..endpoint
    };
    endpoints::update(tx, &changed).await?;
    Ok(audit::record(tx, site, by, "webhook.update", &changed.key, now).await?)
}

/// Gives an endpoint another secret. The one before signs as well for a day, so that the receiver can change over without a gap; one
/// that cannot be opened any more signs nothing.
pub async fn rotate(tx: &mut Tx, vault: &Vault, endpoint: &Endpoint, by: &str, now: Millis) -> Result<Secret, StoreError> {
    let (endpoint, secret) = (as_it_is(tx, endpoint).await?, Secret::new(random()));
    let (site, id) = (endpoint.site, endpoint.id);
    let old = open_secrets(vault, &endpoint, now).ok().and_then(|secrets| secrets.into_iter().next());
    let changed = Endpoint {
        secret: seal_secret(vault, site, id, &secret),
        old_secret: old.map(|old| (seal_old_secret(vault, site, id, &old), now + OVERLAP)),
        updated_at: now,
        ..endpoint
    };
    endpoints::update(tx, &changed).await?;
    audit::record(tx, site, by, "webhook.rotate", &changed.key, now).await?;
    Ok(secret)
}

/// Pauses an endpoint, switches it off, which gives up what waits, or lets it go on.
pub async fn set_status(
    tx: &mut Tx,
    endpoint: &Endpoint,
    status: EndpointStatus,
    by: &str,
    now: Millis,
) -> Result<(), StoreError> {
    let endpoint = Endpoint { status, reason: None, trouble: None, updated_at: now, ..as_it_is(tx, endpoint).await? };
    endpoints::update(tx, &endpoint).await?;
    let action = match status {
        EndpointStatus::Active => {
            // What happened while nobody called says nothing of how it is now.
            endpoints::forgive(tx, endpoint.site, endpoint.id).await?;
            "webhook.resume"
        }
        EndpointStatus::Paused => "webhook.pause",
        EndpointStatus::Disabled => {
            deliveries::give_up(tx, endpoint.site, endpoint.id, Ending::Disabled.as_str()).await?;
            "webhook.disable"
        }
    };
    audit::record(tx, endpoint.site, by, action, &endpoint.key, now).await
}

/// Removes an endpoint with all that was sent to it.
pub async fn delete(tx: &mut Tx, endpoint: &Endpoint, by: &str, now: Millis) -> Result<(), StoreError> {
    endpoints::delete(tx, endpoint.site, endpoint.id).await?;
    audit::record(tx, endpoint.site, by, "webhook.delete", &endpoint.key, now).await
}

/// Sends a test; the event's id.
pub async fn ping(tx: &mut Tx, endpoint: &Endpoint, by: &str, now: Millis) -> Result<Uuid, StoreError> {
    let event = Event { what: What::Ping, customer: None, visitor: None };
    let id = emit_to(tx, endpoint.site, endpoint.id, event, now).await?;
    audit::record(tx, endpoint.site, by, "webhook.test", &endpoint.key, now).await?;
    Ok(id)
}

/// What is sent again.
#[derive(Clone, Debug)]
pub struct Replay {
    /// When the events happened.
    pub when: Range<Millis>,
    /// What was delivered, too; else only what was given up.
    pub delivered: bool,
    /// To another endpoint than the one it was for; events that it was told of already are left out.
    pub to: Option<EndpointId>,
}

/// Sends a range of events again; how many.
pub async fn replay(tx: &mut Tx, endpoint: &Endpoint, replay: &Replay, by: &str, now: Millis) -> Result<u64, StoreError> {
    let (site, from) = (endpoint.site, endpoint.id);
    let events = first_id_at(replay.when.start)..first_id_at(replay.when.end);
    let n = match replay.to.filter(|to| *to != from) {
        Some(to) => deliveries::copy_range(tx, site, (from, to), events, replay.delivered, now).await?,
        None => deliveries::replay_range(tx, site, from, events, replay.delivered, now).await?,
    };
    audit::record(tx, site, by, "webhook.replay", &format!("{}: {n}", endpoint.key), now).await?;
    Ok(n)
}

/// Sends one event again. `false`: it is on its way.
pub async fn replay_one(tx: &mut Tx, endpoint: &Endpoint, event: Uuid, by: &str, now: Millis) -> Result<bool, StoreError> {
    let begun = deliveries::replay(tx, endpoint.site, endpoint.id, event, now).await?;
    if begun {
        audit::record(tx, endpoint.site, by, "webhook.replay", &format!("{}: 1", endpoint.key), now).await?;
    }
    Ok(begun)
}

/// What waits for an endpoint and what was given up, each counted up to `most`.
pub async fn backlog(db: &Db, endpoint: &Endpoint, most: i64) -> Result<(i64, i64), StoreError> {
    let count = |state| deliveries::count(db, endpoint.site, endpoint.id, state, most);
    Ok((count(DeliveryState::Waiting).await?, count(DeliveryState::Dead).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_of_names() {
        for (name, key) in
            [("Our CRM!", "our-crm"), ("  Zapier (orders)  ", "zapier-orders"), ("日本", "webhook"), ("É", "webhook")]
        {
            assert_eq!(slug(name, "webhook"), key);
        }
        assert!(is_key(&slug(&"long name ".repeat(20), "webhook")));
    }
}
