//! What is known of a shop's people, carts and orders, whoever tells: a page, a shop's webhooks, the management interface, a file.
//!
//! Reports come late, twice, in any order and from several tellers about the same thing; [`apply`] leads to the same state all
//! the same. A cart's state follows from `domain::cart`, whose events commute; orders and people keep what is surest and newest.

mod abandonment;
mod attribution;
mod cart;
mod erase;
mod order;
mod person;
mod record;
mod refunds;
mod said;

use uuid::Uuid;

use crate::clock::Millis;
use crate::domain::customer::Proof;
use crate::domain::words::words;
use crate::store::sites::Site;
use crate::store::{Db, StoreError, Tx};

pub use abandonment::Abandonment;
pub use cart::CartReport;
pub use erase::{EraseAll, erase};
pub use order::{OrderEnd, OrderReport};
pub use person::{Person, YesOrNo};
pub use record::record;
pub use refunds::{Refund, Refunds};
pub use said::{Said, said};

words! {
    /// Who tells.
    pub enum Source {
        /// The shop's page, in a stranger's browser.
        Page = "page",
        /// A person, in a survey.
        Survey = "survey",
        Shopify = "shopify",
        WooCommerce = "woocommerce",
        Api = "api",
        Import = "import",
        /// A person, on a page of ours that a mail led to.
        Link = "link",
    }
}

impl Source {
    /// Whether a server of the store speaks, whose word replaces what browsers said.
    pub const fn is_store(self) -> bool {
        matches!(self, Self::Shopify | Self::WooCommerce | Self::Api | Self::Import)
    }

    /// How sure it is that an address from here is the person's.
    pub const fn proof(self) -> Proof {
        match self {
            Self::Page => Proof::Claimed,
            Self::Survey | Self::Link => Proof::Answered,
            _ => Proof::Store,
        }
    }
}

/// Something that was told.
#[derive(Clone, Debug)]
pub struct Report {
    pub source: Source,
    /// A hash of the browser's random id, where a browser is known.
    pub visitor: Option<Uuid>,
    /// When it happened.
    pub at: Millis,
    pub what: What,
}

#[derive(Clone, Debug)]
pub enum What {
    Cart(CartReport),
    Order(OrderReport),
    /// An order was cancelled or paid back.
    OrderEnd(OrderEnd),
    Refunds(Refunds),
    /// `signed`: the shop's server vouches for what its page says.
    Person {
        person: Person,
        signed: bool,
    },
}

/// Takes note of a report, in the caller's transaction. `now` is the server's clock; nothing can have happened after it.
pub async fn apply(tx: &mut Tx, site: &Site, report: &Report, now: Millis) -> Result<(), StoreError> {
    let report = Report { at: report.at.min(now), ..report.clone() };
    match &report.what {
        What::Cart(cart) => cart::apply(tx, site, &report, cart, now).await,
        What::Order(order) => order::apply(tx, site, &report, order, now).await,
        What::OrderEnd(end) => order::end(tx, site, end, report.at).await,
        What::Refunds(said) => refunds::apply(tx, site, said, report.at).await,
        What::Person { person, signed } => person::apply(tx, site, &report, person, *signed, now).await.map(drop),
    }
}

/// Two writers meet at the same person or cart now and then, not again and again.
const TRIES: u32 = 5;

/// [`apply`] in transactions of its own: all reports, or none.
pub async fn commit(db: &Db, site: &Site, reports: &[Report], now: Millis) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        let mut tx = db.begin().await?;
        match all(&mut tx, site, reports, now).await {
            Ok(()) => return tx.commit().await,
            Err(StoreError::Overtaken) if tries < TRIES => tries += 1,
            Err(e) => return Err(e),
        }
    }
}

async fn all(tx: &mut Tx, site: &Site, reports: &[Report], now: Millis) -> Result<(), StoreError> {
    for report in reports {
        apply(tx, site, report, now).await?;
    }
    Ok(())
}

/// A shop's token without what some shops add behind a `?` in one place and leave out in another.
pub fn bare_token(token: &str) -> &str {
    token.split_once('?').map_or(token, |(bare, _)| bare)
}
