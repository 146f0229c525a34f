//! What links in mails lead to. Readers have no login: the signed link is the whole permission.

mod cart;
mod page;
mod unsubscribe;

pub use cart::follow as cart;
pub use unsubscribe::{form as unsubscribe_form, submit as unsubscribe};
