//! The toy store of `exitpoll demo`: a shop like any other, which knows nothing of us but the script tag.

mod catalog;
mod clock;
mod crm;
mod outbox;
mod pages;

pub use clock::advance as advance_clock;
pub use crm::{Inbox, json as crm_json, page as crm, receive as crm_receive};
pub use outbox::{json as outbox_json, list as outbox, show as outbox_mail};
pub use pages::routes;
