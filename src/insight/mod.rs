//! What the answers say.

pub mod flows;
pub mod results;
pub mod summary;
