//! A store's people: who they are, what happened between them and the store, and what may be done about them.

pub mod download;
pub mod erase;
pub mod list;
pub mod mail;
mod moments;
pub mod show;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Redirect;

use super::access::{SiteAccess, param};
use super::error::PageError;
use crate::boot::App;
use crate::domain::money::{Currency, Money};
use crate::id::CustomerId;
use crate::store::customers::{self, Customer};

/// A person of a store that this user may see.
pub struct PersonAccess {
    pub site: SiteAccess,
    pub person: Customer,
}

impl FromRequestParts<Arc<App>> for PersonAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, PageError> {
        let site = SiteAccess::from_request_parts(parts, app).await?;
        let id: CustomerId = param(parts, app, "id").await?.parse().map_err(|_| PageError::NotFound)?;
        let person = customers::by_id(&app.db, site.site.id, id).await?.ok_or(PageError::NotFound)?;
        Ok(Self { site, person })
    }
}

impl PersonAccess {
    /// Back to the person, whose page says what was done.
    fn done(&self, done: &str) -> Redirect {
        Redirect::to(&format!("/admin/{}/people/{}?done={done}", self.site.site.key, self.person.id))
    }
}

/// What somebody is called, as well as it is known.
fn title(person: &Customer) -> String {
    let email = || person.address.as_ref().map(|address| address.email.clone());
    let shop = || person.external_id.as_ref().map(|id| format!("Customer {id}"));
    person.name.clone().or_else(email).or_else(shop).unwrap_or_else(|| "Somebody".to_owned())
}

/// An amount as people write it; of a currency that is none, the bare number.
fn money(minor: i64, currency: &str) -> String {
    match currency.parse::<Currency>() {
        Ok(currency) => Money { minor, currency }.format("en"),
        Err(_) => format!("{minor} {currency}"),
    }
}

/// What they said of marketing mail, and the colour of its badge.
fn consent(person: &Customer) -> (&'static str, &'static str) {
    match person.consent.map(|said| said.granted) {
        Some(true) => ("Agreed", "live"),
        Some(false) => ("Declined", "bad"),
        None => ("Never asked", ""),
    }
}
