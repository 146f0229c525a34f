//! Who the page says the visitor is, and whether the shop's server vouches for it.

use serde::Deserialize;
use serde_json::Value;

use super::clean;
use super::reject::Reason;
use super::report::{Refusal, bad, mail};
use crate::commerce::{Person, What, YesOrNo};
use crate::keys::{Key, hex, unhex, verify_with};
use crate::store::sites::Site;

#[derive(Deserialize)]
struct Customer {
    #[serde(default, deserialize_with = "super::wire::maybe_text_or_number")]
    id: Option<String>,
    email: Option<String>,
    name: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    attributes: Option<Value>,
    consent: Option<Consent>,
    signature: Option<String>,
}

#[derive(Deserialize)]
struct Consent {
    marketing: Option<bool>,
    /// What was agreed to.
    text: Option<String>,
}

/// What a shop's server signs: `id`, a line feed, the address in small letters; what is absent is empty.
fn message(id: Option<&str>, email: Option<&str>) -> String {
    format!("{}\n{}", id.unwrap_or(""), email.unwrap_or(""))
}

/// The secret of a site, for its server, in hexadecimal. The server signs with HMAC-SHA256 and writes that in hexadecimal, too.
pub fn secret(key: &Key, site: &Site) -> String {
    hex(&key.sign(format!("{} {}", site.key, site.settings.identity.round).as_bytes()))
}

/// A wrong signature is refused, not taken for none: the shop's set-up is broken, and its owner wants to know.
fn verify(secret: &str, id: Option<&str>, email: Option<&str>, signature: &str) -> Result<bool, Refusal> {
    let tag = unhex(signature).unwrap_or_default();
    match verify_with(secret.as_bytes(), message(id, email).as_bytes(), &tag) {
        true => Ok(true),
        false => Err((Reason::BadSignature, "customer.signature: does not belong to this id and email".into())),
    }
}

pub(super) fn read(sent: Value, site: &Site, key: &Key, page: Option<&str>) -> Result<What, Refusal> {
    let mut sent = sent;
    clean::json(&mut sent);
    let sent: Customer = serde_json::from_value(sent).map_err(|e| bad(format!("customer: {e}")))?;
    let text = |raw: &Option<String>, max| raw.as_deref().and_then(|raw| clean::text(raw, max));
    let id = text(&sent.id, 128);
    let email = mail(sent.email.clone(), "customer.email")?;
    let signed = match text(&sent.signature, 64) {
        _ if !site.settings.identity.demand_signature => false,
        Some(signature) => verify(&secret(key, site), id.as_deref(), email.as_deref(), &signature)?,
        None if id.is_some() || email.is_some() => {
            return Err((Reason::BadSignature, "customer.signature: this site demands one".into()));
        }
        None => false,
    };
    let marketing = sent.consent.as_ref().and_then(|consent| consent.marketing).map(|granted| YesOrNo {
        granted,
        wording: sent.consent.as_ref().and_then(|consent| text(&consent.text, 500)),
        page: page.and_then(clean::page),
    });
    let person = Person {
        external_id: id,
        email,
        name: text(&sent.name, 200),
        locale: text(&sent.locale, 35),
        time_zone: text(&sent.time_zone, 64).filter(|name| jiff::tz::TimeZone::get(name).is_ok()),
        attributes: sent.attributes.filter(Value::is_object),
        marketing,
    };
    Ok(What::Person { person, signed })
}
