//! A store's alerts: what is not as it should be now, what was, and who is told of it.

pub mod actions;
pub mod list;
pub mod settings;
mod words;
