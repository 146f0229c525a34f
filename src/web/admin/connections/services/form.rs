//! The form of a service: its name, what its vendor asks for, and what it is told.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::webhook::EventType;
use crate::manage::services::Service;
use crate::outbound::connectors::{Field, Given, Input, Vendor};
use crate::outbound::{Answer, Guard};
use crate::store::endpoints::Endpoint;
use crate::web::admin::connections::webhooks::words::failure as failure_words;
use crate::web::admin::fields::Faults;

#[derive(Default, Deserialize)]
pub struct Entered {
    pub name: String,
    #[serde(default)]
    pub key: String,
    /// It is to be stored although nobody could be asked.
    #[serde(default)]
    pub untested: String,
    /// The vendor's own fields by their keys, and one tick for each event.
    #[serde(flatten)]
    pub rest: BTreeMap<String, String>,
}

/// A field as the page shows it.
pub struct Shown {
    pub field: &'static Field,
    /// Of a credential only what was entered just now.
    pub value: String,
    pub fault: String,
    /// A credential is stored and stays if the field is left empty.
    pub stored: bool,
}

impl Shown {
    pub fn choices(&self) -> &'static [(&'static str, &'static str)] {
        match self.field.input {
            Input::Choice(of) => of,
            _ => &[],
        }
    }

    pub fn is_text(&self) -> bool {
        matches!(self.field.input, Input::Text)
    }

    /// Type of the input.
    pub const fn kind(&self) -> &'static str {
        if self.field.secret { "password" } else { "text" }
    }

    pub fn hint(&self) -> String {
        match self.stored {
            true if self.field.hint.is_empty() => "Stored. Leave it empty to keep it.".to_owned(),
            true => format!("{} Stored; leave it empty to keep it.", self.field.hint),
            false => self.field.hint.to_owned(),
        }
    }

    /// What browsers are told of the field.
    pub fn extra(&self) -> String {
        let required = if self.field.required && !self.stored { "required " } else { "" };
        format!("{required}maxlength={} spellcheck=false autocapitalize=none autocomplete=off", self.field.most)
    }
}

impl Entered {
    /// What most stores want at first.
    pub fn fresh(vendor: &dyn Vendor) -> Self {
        let about = vendor.about();
        let ticks = about.events.iter().take(about.chosen).map(|kind| (kind.to_string(), "on".to_owned()));
        Self { name: about.label.to_owned(), rest: ticks.collect(), ..Self::default() }
    }

    /// The service as it is, without its credentials.
    pub fn of(endpoint: &Endpoint) -> Self {
        let settings: BTreeMap<String, String> = serde_json::from_value(endpoint.settings.clone()).unwrap_or_default();
        let ticks = endpoint.events.iter().map(|kind| (kind.to_string(), "on".to_owned()));
        Self {
            name: endpoint.name.clone(),
            key: endpoint.key.clone(),
            rest: settings.into_iter().chain(ticks).collect(),
            ..Self::default()
        }
    }

    pub fn given(&self, vendor: &dyn Vendor) -> Given {
        let fields = vendor.about().fields.iter();
        fields.filter_map(|field| Some((field.key.to_owned(), self.rest.get(field.key)?.trim().to_owned()))).collect()
    }

    pub fn service(&self, vendor: &'static dyn Vendor, given: Given) -> Service<'_> {
        let ticked = |kind: &EventType| self.rest.contains_key(kind.as_str());
        Service {
            vendor,
            name: &self.name,
            key: &self.key,
            events: EventType::CHOICE.into_iter().filter(ticked).collect(),
            given,
        }
    }

    pub fn faults(&self, service: &Service<'_>, guard: &Guard) -> Faults {
        let mut faults = Faults::default();
        for (field, message) in service.problems(guard) {
            faults.add(field, message);
        }
        faults
    }

    /// The vendor's fields as they are shown: those that everybody needs, and the others.
    pub fn fields(&self, vendor: &dyn Vendor, faults: &Faults, stored: &dyn Fn(&Field) -> bool) -> (Vec<Shown>, Vec<Shown>) {
        let shown = vendor.about().fields.iter().map(|field| Shown {
            field,
            // Of a credential only what was entered just now: what is stored is not read back into the form.
            value: self.rest.get(field.key).map_or(field.default, String::as_str).to_owned(),
            fault: faults.of(field.key).to_owned(),
            stored: field.secret && stored(field),
        });
        shown.partition(|shown| !shown.field.advanced)
    }

    /// Word, sentence and whether it is ticked.
    pub fn choices(&self, vendor: &dyn Vendor) -> Vec<(&'static str, &'static str, bool)> {
        let all = vendor.about().events.iter();
        all.map(|kind| (kind.as_str(), kind.sentence(), self.rest.contains_key(kind.as_str()))).collect()
    }
}

/// What came of asking the service whether the credentials are right, for the owner.
pub struct Asked {
    pub passed: bool,
    /// One sentence.
    pub verdict: String,
    /// What it said.
    pub answer: Option<String>,
    /// Nobody could be asked, or was too busy: it may be stored all the same.
    pub may_store: bool,
}

impl Asked {
    /// Whether what was entered may be stored.
    pub fn will_do(&self, entered: &Entered) -> bool {
        self.passed || (self.may_store && !entered.untested.is_empty())
    }

    pub fn of(label: &str, answer: Answer, passed: bool) -> Self {
        let (verdict, may_store) = match answer.outcome {
            _ if passed => (format!("{label} accepted the credentials."), true),
            Ok(401 | 403) => (format!("{label} refused the credentials. Are they complete, and allowed to do this?"), false),
            Ok(404) => (format!("{label} knows nothing at that address (404). Is everything below spelled right?"), false),
            Ok(status @ (429 | 500..=599)) => (format!("{label} could not answer just now ({status})."), true),
            Ok(status) => (format!("{label} did not accept the test (status {status})."), false),
            Err(failure) => (format!("{label} could not be reached. {}.", failure_words(failure.as_str())), true),
        };
        Self { passed, verdict, answer: answer.text.filter(|_| !passed), may_store }
    }
}
