//! What shops' webhooks say, as reports to `commerce`. Reading a body is pure; [`receive`] takes it in, once, in one transaction.

mod connection;
mod fields;
mod items;
mod privacy;
mod receive;
mod unreadable;

pub mod shopify;
pub mod woocommerce;

use uuid::Uuid;

use crate::clock::{DAY, Millis};
use crate::commerce::{Report, Source, What};
use crate::domain::money::Currency;
use crate::domain::words::words;
use crate::store::sites::Site;

pub use connection::{BadSecret, Connection, NewSecret, check_secret, connect, disconnect, end_change_over};
pub use fields::moment;
pub use receive::{Arrived, Taken, receive, refuse};
pub use unreadable::Unreadable;

words! {
    /// A shop system that sends webhooks.
    pub enum System {
        Shopify = "shopify",
        WooCommerce = "woocommerce",
    }
}

impl System {
    /// As its maker writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shopify => "Shopify",
            Self::WooCommerce => "WooCommerce",
        }
    }
}

/// The attribute of a cart or an order in which a store may hand on the id of the shopper's browser.
pub const VISITOR_MARK: &str = "_svy_vid";

/// An order that is older when it is first heard of is history: nothing follows from it.
const NEWS: Millis = 7 * DAY;

/// What a body is read with.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub site: &'a Site,
    /// When it happened, where the body does not say: by the shop, else when it arrived.
    pub at: Millis,
    pub now: Millis,
    /// What is kept of a browser's id.
    pub visitor: fn(&Site, &str) -> Uuid,
}

impl Reading<'_> {
    /// Of bodies that name none.
    fn currency(&self) -> Result<Currency, Unreadable> {
        self.site.currency.parse().map_err(|problem| Unreadable::Money { field: "currency".into(), problem })
    }

    fn mark(&self, id: Option<String>) -> Option<Uuid> {
        id.map(|id| (self.visitor)(self.site, &id))
    }
}

/// What a delivery asks for.
#[derive(Debug, Clone)]
pub enum Meaning {
    Reports(Vec<Report>),
    Privacy(Privacy),
    Nothing(Why),
}

words! {
    /// Why nothing follows from a delivery.
    pub enum Why {
        UnknownTopic = "unknown_topic",
        /// An order that was placed to try the shop out.
        Test = "test_order",
        /// Nothing in it can be told apart from anybody else's.
        Nameless = "nobody_is_named",
        /// An order that is being written, without an address yet.
        Unfinished = "unfinished",
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Privacy {
    /// A person wants to know what is held about them. `reference`: the shop's number of the request.
    Request {
        who: Who,
        reference: Option<String>,
    },
    Redact(Who),
    /// The shop has left: everybody is to be forgotten.
    RedactShop,
}

/// A person as a shop names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// The shop's own id.
    pub external_id: Option<String>,
    /// Normalised.
    pub email: Option<String>,
}

fn report(system: System, visitor: Option<Uuid>, at: Millis, what: What) -> Report {
    let source = match system {
        System::Shopify => Source::Shopify,
        System::WooCommerce => Source::WooCommerce,
    };
    Report { source, visitor, at, what }
}
