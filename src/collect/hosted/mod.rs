//! A survey on a page of ours, opened by a link: in a mail, one reader and one response; shared, somebody new at every visit. Nothing
//! is kept in the browser: the form carries its offer, and what was answered so far is read back.
//!
//! [`Visit::open`] finds out who asks for what, [`Visit::record`] sends what was said the way of all answers: check, ingest, apply.

mod opening;
mod record;
mod walk;

use std::sync::Arc;

use uuid::Uuid;

use super::catalog::{Catalog, LiveSite};
use super::check;
use super::ingest::Ingest;
use super::offer::Offer;
use crate::clock::Millis;
use crate::domain::branching::Answers;
use crate::domain::pipe;
use crate::domain::survey::Edition;
use crate::flows::Reader;
use crate::keys::Key;
use crate::store::Db;
use crate::store::surveys::Revision;

pub use record::NotRecorded;
pub use walk::Place;

/// What a visit needs of the application.
#[derive(Clone, Copy)]
pub struct Host<'a> {
    pub db: &'a Db,
    pub catalog: &'a Catalog,
    pub ingest: &'a Ingest,
    pub keys: &'a check::Keys,
    /// Signed the links.
    pub link: &'a Key,
}

/// A request for the page.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    /// The link's.
    pub token: &'a str,
    /// The offer that the form carries; absent at the first look.
    pub offer: Option<&'a str>,
    /// The language asked for by the link.
    pub lang: Option<&'a str>,
    /// Languages that the browser asks for, the best first.
    pub accepted: &'a [&'a str],
    pub now: Millis,
}

/// Why there is no survey to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPage {
    /// The link was cut off, or is not ours, or leads to what is forgotten.
    Broken,
    /// Paused, over, or full.
    Closed,
}

/// One shopper before one survey.
pub struct Visit {
    pub live: Arc<LiveSite>,
    pub offer: Offer,
    /// What is shown: of a stream, the one question.
    pub edition: Edition,
    /// All of it, in the language in which it is shown.
    whole: Revision,
    /// In a mail's link.
    reader: Option<Reader>,
    message: Option<Uuid>,
    /// What was answered so far.
    pub answers: Answers,
    pub completed: bool,
    /// Whether anything of this visit is stored.
    seen: bool,
    /// A shared link's first look: what a form said without its offer is nobody's.
    pub fresh: bool,
}

impl Visit {
    /// A text of the survey with what is known filled in.
    pub fn fill(&self, text: &str) -> String {
        pipe::fill(text, &self.edition.survey, &self.answers, |name| self.known(name))
    }

    fn known(&self, name: &str) -> Option<String> {
        let reader = self.reader.as_ref()?;
        let order = reader.order.as_ref();
        match name {
            "customer.name" => reader.customer.name.clone(),
            "customer.email" => reader.customer.address.as_ref().map(|address| address.email.clone()),
            "customer.id" => reader.customer.external_id.clone(),
            "order.id" => order.map(|order| order.number.clone().unwrap_or_else(|| order.id.clone())),
            "order.value" => order.map(|order| order.value.to_string()),
            "order.currency" => order.map(|order| order.currency.clone()),
            "cart.url" => reader.cart.as_ref().map(ToString::to_string),
            _ => {
                let attribute = reader.customer.attributes.get(name.strip_prefix("customer.attributes.")?)?;
                attribute.as_str().map(str::to_owned).or_else(|| attribute.as_number().map(ToString::to_string))
            }
        }
    }
}
