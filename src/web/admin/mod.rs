//! For store owners: pages drawn on the server, which work without scripts. One action, one file; `templates/admin` mirrors it.
//!
//! Who is asking is settled by extractors: [`access::CurrentUser`] for a page, [`access::SiteAccess`] for a store's page, and
//! [`csrf::CsrfForm`] and [`csrf::CsrfUpload`] for everything that changes something.

mod access;
pub mod account;
pub mod alerts;
pub mod connections;
mod cookie;
pub mod coupons;
mod csrf;
mod editor;
mod error;
mod fields;
pub mod flows;
mod format;
pub mod headers;
pub mod imports;
pub mod keys;
pub mod login;
pub mod logout;
pub mod mail;
mod next;
mod page;
pub mod people;
pub mod queue;
mod session;
pub mod setup;
pub mod sites;
pub mod suppressions;
pub mod surveys;
mod upload;

pub use error::not_found;
