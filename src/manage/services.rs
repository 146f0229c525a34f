//! Services with a way of their own to be told: connecting them, and which answer goes where.

use super::Refused;
use super::endpoints::{Wanted, as_it_is, slug};
use crate::clock::Millis;
use crate::domain::connector::Mapped;
use crate::domain::webhook::{EndpointStatus, EventType};
use crate::id::{EndpointId, SiteId};
use crate::keys::Vault;
use crate::outbound::connectors::{Given, Vendor};
use crate::outbound::{Guard, open_given, seal_given};
use crate::store::endpoints::{self, Endpoint};
use crate::store::{Tx, audit};

/// What an owner says of a service.
pub struct Service<'a> {
    pub vendor: &'static dyn Vendor,
    pub name: &'a str,
    /// Made of the name when empty.
    pub key: &'a str,
    pub events: Vec<EventType>,
    /// Settings and credentials.
    pub given: Given,
}

/// Longest name of a property, in characters.
const PROPERTY: usize = 100;

impl Service<'_> {
    /// Everything that is wrong, by field; messages are sentences.
    pub fn problems(&self, guard: &Guard) -> Vec<(&'static str, String)> {
        let url = self.vendor.base(&self.given);
        let common = Wanted { name: self.name, key: self.key, url: &url, events: Vec::new(), headers: None };
        let mut problems = Vec::new();
        for (field, message) in common.problems(guard) {
            problems.push(match field {
                "name" => ("name", "Please enter a name of 1 to 100 characters.".to_owned()),
                "key" => ("key", "Please use 1 to 64 of the characters a–z, 0–9, - and _.".to_owned()),
                _ => (self.vendor.address_field(), format!("T{}.", &message[1..])),
            });
        }
        let own = self.given.problems(self.vendor.about().fields);
        // What is missing or malformed need not be looked at twice.
        let deeper = if own.is_empty() { self.vendor.problems(&self.given) } else { Vec::new() };
        // An address made of fields that are wrong is wrong, too, and says nothing new.
        if !own.is_empty() || !deeper.is_empty() {
            problems.retain(|(field, _)| matches!(*field, "name" | "key"));
        }
        problems.extend(own);
        problems.extend(deeper);
        problems
    }

    /// What it can be told, of what was chosen.
    fn events(&self) -> Vec<EventType> {
        let possible = self.vendor.about().events;
        EventType::CHOICE.into_iter().filter(|kind| possible.contains(kind) && self.events.contains(kind)).collect()
    }

    fn key(&self) -> String {
        match self.key.trim() {
            "" => slug(self.name, self.vendor.about().kind.as_str()),
            key => key.to_owned(),
        }
    }

    fn check(&self, guard: &Guard) -> Result<(), Refused> {
        match self.problems(guard).into_iter().next() {
            Some((field, message)) => Err(Refused::invalid(field, message)),
            None => Ok(()),
        }
    }
}

/// Connects a service. A key that is taken is [`StoreError::Duplicate`].
pub async fn connect(
    tx: &mut Tx,
    vault: &Vault,
    guard: &Guard,
    site: SiteId,
    service: &Service<'_>,
    by: &str,
    now: Millis,
) -> Result<Endpoint, Refused> {
    service.check(guard)?;
    super::endpoints::room(tx, site).await?;
    let id = EndpointId::new(now);
    let about = service.vendor.about();
    let (settings, secret) = seal_given(vault, site, id, &service.given, about.fields);
    let endpoint = Endpoint {
        site,
        id,
        kind: about.kind,
        key: service.key(),
        name: service.name.trim().to_owned(),
        url: service.vendor.base(&service.given),
        settings,
        mapping: Vec::new(),
        events: service.events(),
        status: EndpointStatus::Active,
        reason: None,
        trouble: None,
        secret,
        old_secret: None,
        headers: None,
        failing_since: None,
        delivered_at: None,
        failed_at: None,
        held_until: 0,
        created_at: now,
        updated_at: now,
    };
    endpoints::insert(tx, &endpoint).await?;
    audit::record(tx, site, by, "service.connect", &endpoint.key, now).await?;
    Ok(endpoint)
}

/// Stores what an owner changed; one that we paused for its credentials goes on. A key that is taken is [`StoreError::Duplicate`].
pub async fn update(
    tx: &mut Tx,
    vault: &Vault,
    guard: &Guard,
    seen: &Endpoint,
    service: &Service<'_>,
    by: &str,
    now: Millis,
) -> Result<(), Refused> {
    service.check(guard)?;
    let endpoint = as_it_is(tx, seen).await?;
    let (settings, secret) = seal_given(vault, endpoint.site, endpoint.id, &service.given, service.vendor.about().fields);
    let mended = endpoint.trouble.is_some();
    let changed = Endpoint {
        key: service.key(),
        name: service.name.trim().to_owned(),
        url: service.vendor.base(&service.given),
        settings,
        secret,
        events: service.events(),
        status: if mended { EndpointStatus::Active } else { endpoint.status },
        trouble: None,
        updated_at: now,
        ..endpoint
    };
    endpoints::update(tx, &changed).await?;
    if mended {
        endpoints::forgive(tx, changed.site, changed.id).await?;
    }
    Ok(audit::record(tx, changed.site, by, "service.update", &changed.key, now).await?)
}

/// What is stored for a service, with what was entered now in its place; a credential that was left empty stays as it is.
pub fn merged(vault: &Vault, endpoint: &Endpoint, vendor: &dyn Vendor, entered: &Given) -> Given {
    // Credentials sealed with another master key are asked for anew.
    let stored = open_given(vault, endpoint).unwrap_or_default();
    let fields = vendor.about().fields;
    let kept = |field: &&crate::outbound::connectors::Field| field.secret && !entered.has(field.key);
    let mut all = entered.clone();
    for field in fields.iter().filter(kept) {
        all.set(field.key, stored.get(field));
    }
    all
}

/// Stores which answer goes to which property. Empty properties are left out.
pub async fn map(tx: &mut Tx, seen: &Endpoint, mapping: Vec<Mapped>, by: &str, now: Millis) -> Result<(), Refused> {
    let mapping: Vec<Mapped> = mapping.into_iter().filter(|line| !line.property.trim().is_empty()).collect();
    for line in &mapping {
        if let Some(problem) = property_problem(&line.property) {
            return Err(Refused::invalid("mapping", problem));
        }
    }
    let trimmed = mapping.into_iter().map(|line| Mapped { property: line.property.trim().to_owned(), ..line }).collect();
    let endpoint = Endpoint { mapping: trimmed, updated_at: now, ..as_it_is(tx, seen).await? };
    endpoints::update(tx, &endpoint).await?;
    Ok(audit::record(tx, endpoint.site, by, "service.map", &endpoint.key, now).await?)
}

/// What is wrong with the name of a property.
pub fn property_problem(name: &str) -> Option<String> {
    let name = name.trim();
    let fits = name.chars().count() <= PROPERTY && !name.chars().any(char::is_control);
    (!fits).then(|| format!("Please use at most {PROPERTY} characters on one line."))
}
