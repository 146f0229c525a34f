//! A store's keys of the management interface: which there are, making one, ending one.

pub mod list;
pub mod new;
pub mod revoke;
