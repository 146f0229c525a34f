//! One request's events, checked and folded: what the writer stores.

use serde_json::Value;
use uuid::Uuid;

use super::state::State;
use crate::clock::Millis;
use crate::commerce::{self, Source};
use crate::id::SiteId;

pub struct Submission {
    pub site: SiteId,
    pub visitor: Uuid,
    /// The server's clock when it came.
    pub now: Millis,
    /// A flow or an endpoint may wait to hear of it.
    pub listened: bool,
    pub touches: Vec<Touch>,
    pub reports: Vec<Report>,
}

/// What happened to one impression, by all its events in the request.
#[derive(Clone, Debug)]
pub struct Touch {
    /// The state that these events alone lead to, settled.
    pub state: State,
    /// The local day the offer was made: where it is counted.
    pub day: i32,
    /// It was shown, or, withheld, would have been.
    pub fired: bool,
    /// The events it was made of.
    pub events: Vec<String>,
}

/// What the page says of the visitor's business with the store.
#[derive(Clone, Debug)]
pub struct Report {
    pub event: String,
    pub at: Millis,
    pub what: What,
}

#[expect(clippy::large_enum_variant, reason = "reports are few, and each is moved once")]
#[derive(Clone, Debug)]
pub enum What {
    /// Of a cart, an order or a person.
    Told(Source, commerce::What),
    Custom {
        id: Uuid,
        name: String,
        properties: Value,
    },
    /// The script switched itself off on a page view.
    Fault(Fault),
}

/// A mistake inside our script, as a page reported it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The local day it is counted on.
    pub day: i32,
    pub message: String,
    /// Which script: `core`, `ui`, ….
    pub place: Option<String>,
    /// The page's address without its query.
    pub page: Option<String>,
}

impl Submission {
    pub fn is_empty(&self) -> bool {
        self.touches.is_empty() && self.reports.is_empty()
    }

    /// The same, one piece at a time, with the events behind each: for finding the piece that the database refuses.
    pub fn pieces(self) -> Vec<(Vec<String>, Submission)> {
        let (site, visitor, now, listened) = (self.site, self.visitor, self.now, self.listened);
        let piece = |touches, reports| Submission { site, visitor, now, listened, touches, reports };
        let touches = self.touches.into_iter().map(|t| (t.events.clone(), piece(vec![t], vec![])));
        let reports = self.reports.into_iter().map(|r| (vec![r.event.clone()], piece(vec![], vec![r])));
        touches.chain(reports).collect()
    }
}
