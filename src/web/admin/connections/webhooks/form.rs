//! The form of an endpoint: name, address, events, headers.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::webhook::EventType;
use crate::manage::endpoints::Wanted;
use crate::outbound::Guard;
use crate::store::endpoints::Endpoint;
use crate::web::admin::fields::{Faults, sentence};

#[derive(Default, Deserialize)]
pub struct Entered {
    pub name: String,
    pub key: String,
    pub url: String,
    #[serde(default)]
    pub headers: String,
    /// Empty: the headers that are stored stay.
    #[serde(default)]
    pub replace_headers: String,
    /// One tick for each event.
    #[serde(flatten)]
    pub ticks: BTreeMap<String, String>,
}

impl Entered {
    /// What most stores want at first.
    pub fn fresh() -> Self {
        let ticks = [EventType::ResponseCompleted, EventType::CartAbandoned, EventType::CartRecovered];
        Self { ticks: ticks.map(|kind| (kind.to_string(), "on".to_owned())).into(), ..Self::default() }
    }

    /// The endpoint as it is. Headers may be secret, and are not shown again.
    pub fn of(endpoint: &Endpoint) -> Self {
        Self {
            name: endpoint.name.clone(),
            key: endpoint.key.clone(),
            url: endpoint.url.clone(),
            ticks: endpoint.events.iter().map(|kind| (kind.to_string(), "on".to_owned())).collect(),
            ..Self::default()
        }
    }

    /// `stored`: headers are kept already, and stay unless they are to be replaced.
    pub fn wanted(&self, stored: bool) -> Wanted<'_> {
        let ticked = |kind: &EventType| self.ticks.contains_key(kind.as_str());
        let keep = stored && self.replace_headers.is_empty();
        Wanted {
            name: &self.name,
            key: &self.key,
            url: &self.url,
            events: EventType::CHOICE.into_iter().filter(ticked).collect(),
            headers: (!keep).then_some(&*self.headers),
        }
    }

    /// Everything that is wrong, as sentences.
    pub fn faults(&self, stored: bool, guard: &Guard) -> Faults {
        let mut faults = Faults::default();
        for (field, problem) in self.wanted(stored).problems(guard) {
            let message = match field {
                "name" => "Please enter a name of 1 to 100 characters.".to_owned(),
                "key" => "Please use 1 to 64 of the characters a–z, 0–9, - and _.".to_owned(),
                _ => sentence(&problem),
            };
            faults.add(field, message);
        }
        faults
    }

    /// Word, sentence and whether it is ticked.
    pub fn choices(&self) -> Vec<(&'static str, &'static str, bool)> {
        EventType::CHOICE.map(|kind| (kind.as_str(), kind.sentence(), self.ticks.contains_key(kind.as_str()))).into()
    }
}

/// What an owner should know of an address that is allowed.
pub fn remark(url: &str) -> Option<&'static str> {
    let url = url::Url::parse(url).ok()?;
    match (url.scheme(), url.port()) {
        ("http", _) => {
            Some("The address begins with http://, so everything on the way can read what is sent. Use https:// if you can.")
        }
        (_, Some(_)) => Some("The address names an unusual port. That works, if the receiver’s firewall lets it through."),
        _ => None,
    }
}
