//! Follow-ups: what happened takes people into flows, and steps are decided at the moment they would be carried out.

mod announce;

pub use announce::{Happening, announce};
