//! What the answers say.

pub mod results;
