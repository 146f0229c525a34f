//! For the shop's pages: `docs/protocol.md`. Public, no cookies.

mod body;
mod config;
mod coupon;
mod decide;
mod events;
mod preview;
mod shop;

pub use config::config;
pub use coupon::coupon;
pub use decide::decide;
pub use events::events;
pub use preview::{page as preview_page, preview};
pub use shop::preflight;
