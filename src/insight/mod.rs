//! What the answers say.

pub mod results;
pub mod summary;
