//! “Do not mail”: addresses that a store must not write to.

pub mod change;
pub mod files;
pub mod list;

use axum::response::Redirect;

use super::access::SiteAccess;
use crate::domain::suppression::Listed;
use crate::keys::unhex;

/// Why an address is listed, as a store owner says it.
pub fn reason(reason: Listed) -> &'static str {
    match reason {
        Listed::Unsubscribed => "unsubscribed",
        Listed::Bounced => "there is no such mailbox",
        Listed::Complained => "called a mail spam",
        Listed::Erased => "asked to be forgotten",
        Listed::Manual => "added by hand",
        Listed::Imported => "came with a list",
    }
}

/// Back to the list, which says what was done.
fn done(access: &SiteAccess, done: &str) -> Redirect {
    Redirect::to(&format!("/admin/{}/mail/suppressions?done={done}", access.site.key))
}

/// An address by its hash in hexadecimal, as pages name one that may be forgotten itself.
fn hash(text: &str) -> Option<[u8; 32]> {
    unhex(text)?.try_into().ok()
}
