//! Making a site.

use super::Refused;
use crate::clock::Millis;
use crate::domain::site::{Settings, parse_origin};
use crate::id::{SiteId, site_key};
use crate::store::sites::{self, Site};
use crate::store::{StoreError, Tx, audit};

/// What a new site is made of, as it was typed.
pub struct NewSite<'a> {
    pub name: &'a str,
    pub origins: Vec<&'a str>,
    pub time_zone: &'a str,
    pub currency: &'a str,
}

impl NewSite<'_> {
    /// Checks every field; `key` is made up when not given.
    pub fn check(&self, key: Option<&str>, now: Millis) -> Result<Site, Refused> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Refused::invalid("name", "needs 1 to 100 characters"));
        }
        let origins = self.origins.iter().map(|o| o.trim()).filter(|o| !o.is_empty()).map(parse_origin);
        let origins: Vec<_> = origins.collect::<Result<_, _>>().map_err(|e| Refused::invalid("origins", e))?;
        if origins.is_empty() {
            return Err(Refused::invalid("origins", "name at least one, such as https://shop.example"));
        }
        Ok(Site {
            id: SiteId::new(now),
            key: key.map_or_else(site_key, str::to_owned),
            name: name.to_owned(),
            origins,
            time_zone: check_time_zone(self.time_zone)?,
            currency: check_currency(self.currency)?,
            settings: Settings::default(),
            version: 1,
        })
    }
}

/// An IANA name such as Europe/Berlin.
pub fn check_time_zone(name: &str) -> Result<String, Refused> {
    let zone = jiff::tz::TimeZone::get(name.trim());
    let zone =
        zone.map_err(|_| Refused::invalid("time zone", format!("{name:?} is not an IANA time zone such as Europe/Berlin")))?;
    Ok(zone.iana_name().unwrap_or(name.trim()).to_owned())
}

/// ISO 4217.
pub fn check_currency(code: &str) -> Result<String, Refused> {
    let code = code.trim().to_ascii_uppercase();
    match code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        true => Ok(code),
        false => Err(Refused::invalid("currency", format!("{code:?} is not a code such as EUR"))),
    }
}

pub async fn create(tx: &mut Tx, site: &Site, by: &str, now: Millis) -> Result<(), StoreError> {
    sites::insert(tx, site, now).await?;
    audit::record(tx, site.id, by, "site.create", &site.name, now).await
}
