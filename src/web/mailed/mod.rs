//! What links in mails lead to. Readers have no login: the signed link is the whole permission.

mod cart;
mod page;
mod phrases;
mod preferences;
mod unsubscribe;

pub use cart::follow as cart;
pub use preferences::{form as preferences_form, submit as preferences};
pub use unsubscribe::{form as unsubscribe_form, submit as unsubscribe};
