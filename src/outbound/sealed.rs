//! An endpoint's secrets and credentials, sealed for the one field of the one row that they are in.

use serde_json::Value;

use super::connectors::{Field, Given};
use crate::clock::Millis;
use crate::domain::webhook::{Header, Secret, parse_headers};
use crate::id::{EndpointId, SiteId};
use crate::keys::{NotOurs, Vault};
use crate::store::endpoints::Endpoint;

fn place(site: SiteId, id: EndpointId, field: &str) -> String {
    format!("endpoint:{site}:{id}:{field}")
}

pub fn seal_secret(vault: &Vault, site: SiteId, id: EndpointId, secret: &Secret) -> Vec<u8> {
    vault.seal(&secret.reveal(), &place(site, id, "secret"))
}

/// The secret that another one follows.
pub fn seal_old_secret(vault: &Vault, site: SiteId, id: EndpointId, secret: &Secret) -> Vec<u8> {
    vault.seal(&secret.reveal(), &place(site, id, "old_secret"))
}

/// `headers`: as they were entered, one a line.
pub fn seal_headers(vault: &Vault, site: SiteId, id: EndpointId, headers: &str) -> Option<Vec<u8>> {
    (!headers.trim().is_empty()).then(|| vault.seal(headers, &place(site, id, "headers")))
}

/// What calls are signed with now: the secret and, while a receiver changes over, the one before.
pub fn open_secrets(vault: &Vault, e: &Endpoint, now: Millis) -> Result<Vec<Secret>, NotOurs> {
    let open = |sealed: &[u8], field| {
        vault.open(sealed, &place(e.site, e.id, field)).and_then(|text| Secret::parse(&text).ok_or(NotOurs))
    };
    let mut secrets = vec![open(&e.secret, "secret")?];
    if let Some((sealed, until)) = &e.old_secret
        && now < *until
    {
        secrets.push(open(sealed, "old_secret")?);
    }
    Ok(secrets)
}

/// What an owner entered for a service: settings to be stored as they are, and credentials, sealed.
pub fn seal_given(vault: &Vault, site: SiteId, id: EndpointId, given: &Given, fields: &[Field]) -> (Value, Vec<u8>) {
    let (settings, credentials) = given.split(fields);
    // Texts by name.
    let text = serde_json::to_string(&credentials).expect("plain values");
    let settings = serde_json::to_value(&settings).expect("plain values");
    (settings, vault.seal(&text, &place(site, id, "credentials")))
}

/// The same again in one.
pub fn open_given(vault: &Vault, e: &Endpoint) -> Result<Given, NotOurs> {
    let text = vault.open(&e.secret, &place(e.site, e.id, "credentials"))?;
    let credentials = serde_json::from_str(&text).map_err(|_| NotOurs)?;
    let settings = serde_json::from_value(e.settings.clone()).map_err(|_| NotOurs)?;
    Ok(Given::join(settings, credentials))
}

/// The owner's own headers.
pub fn open_headers(vault: &Vault, e: &Endpoint) -> Result<Vec<Header>, NotOurs> {
    let Some(sealed) = &e.headers else { return Ok(Vec::new()) };
    let text = vault.open(sealed, &place(e.site, e.id, "headers"))?;
    // They were read before they were sealed.
    parse_headers(&text).map_err(|_| NotOurs)
}
