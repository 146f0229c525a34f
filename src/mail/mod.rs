//! Mail: from a store's template to a message, to a mail server, and what comes back.
//!
//! ```text
//! template  what a store writes, checked when it is saved      data      what it may speak of
//! ready     four to begin with                                 engine    the sandbox it runs in
//! shelf     a store's own, else the ready-made                 secrets   a store's keys, sealed
//! message   headers and parts, the same bytes every time       dkim      the sender's signature
//! transport one message → what became of it                    smtp      one conversation with a mail server
//! sender    settings and keys of all mail                      turns     how fast each store's goes out
//! feedback  bounces and complaints, by mail and by webhook     reply     what a server's answer says of the address
//! ```

pub mod address;
pub mod data;
pub mod dkim;
mod engine;
pub mod feedback;
pub mod message;
pub mod ready;
pub mod reply;
pub mod secrets;
pub mod sender;
pub mod shelf;
mod smtp;
pub mod template;
mod text;
pub mod transport;
pub mod turns;

pub use address::Mailbox;
pub use data::Data;
pub use engine::written_date;
pub use message::{Draft, Message};
pub use sender::Sender;
pub use template::{Rendered, Template};
pub use transport::{Outcome, Transport};
