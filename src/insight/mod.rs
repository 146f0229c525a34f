//! What the answers say.

pub mod alerts;
pub mod flows;
pub mod person;
pub mod results;
pub mod summary;
pub mod weekly;
