//! Mail: from a store's template to a message, to a mail server, and what comes back.
//!
//! ```text
//! template  what a store writes, checked when it is saved      data      what it may speak of
//! ready     four to begin with                                 engine    the sandbox it runs in
//! message   headers and parts, the same bytes every time       dkim      the sender's signature
//! transport one message → what became of it                    smtp      one conversation with a mail server
//! sender    settings and keys of all mail
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
pub mod sender;
mod smtp;
pub mod template;
mod text;
pub mod transport;

pub use address::Mailbox;
pub use data::Data;
pub use message::{Draft, Message};
pub use sender::Sender;
pub use template::{Rendered, Template};
pub use transport::{Outcome, Transport};
