//! What makes a store: its name, where its pages are, its calendar and its money. Asked at set-up, for a new store, and in the
//! settings.

use serde::Deserialize;

use crate::domain::site::Settings;
use crate::id::{SiteId, site_key};
use crate::store::sites::Site;
use crate::web::admin::fields::{self, Faults};

/// As entered.
#[derive(Clone, Debug, Deserialize)]
pub struct IdentityFields {
    pub site_name: String,
    /// One a line.
    pub origins: String,
    pub time_zone: String,
    pub currency: String,
}

impl Default for IdentityFields {
    fn default() -> Self {
        Self { site_name: String::new(), origins: String::new(), time_zone: "UTC".into(), currency: "EUR".into() }
    }
}

impl From<&Site> for IdentityFields {
    fn from(site: &Site) -> Self {
        Self {
            site_name: site.name.clone(),
            origins: site.origins.join("\n"),
            time_zone: site.time_zone.clone(),
            currency: site.currency.clone(),
        }
    }
}

/// As read.
pub struct Identity {
    name: String,
    origins: Vec<String>,
    time_zone: String,
    currency: String,
}

impl IdentityFields {
    /// Reads every field, so that all faults are told at once.
    pub fn read(&self, faults: &mut Faults) -> Option<Identity> {
        let name = faults.take("site_name", fields::text(&self.site_name, "your store’s name", 100));
        let origins = faults.take("origins", fields::origins(&self.origins));
        let time_zone = faults.take("time_zone", fields::time_zone(&self.time_zone));
        let currency = faults.take("currency", fields::currency(&self.currency));
        Some(Identity { name: name?, origins: origins?, time_zone: time_zone?, currency: currency? })
    }
}

impl Identity {
    /// A store that did not exist before, with the usual settings.
    pub fn new_site(self, now: i64) -> Site {
        let Self { name, origins, time_zone, currency } = self;
        let (id, key, settings) = (SiteId::new(now), site_key(), Settings::default());
        Site { id, key, name, origins, time_zone, currency, settings, version: 1 }
    }

    /// An existing store, changed.
    pub fn apply(self, site: &mut Site) {
        let Self { name, origins, time_zone, currency } = self;
        (site.name, site.origins, site.time_zone, site.currency) = (name, origins, time_zone, currency);
    }
}
