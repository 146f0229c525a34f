//! For the shop's pages: `docs/protocol.md`. Public, no cookies; which pages may ask is settled by [`cors`].

mod body;
mod config;
pub mod cors;
mod decide;
mod events;

pub use config::config;
pub use decide::decide;
pub use events::events;
