//! Stores: the list, a new one, and the pages about one as a whole.

pub mod audit;
pub mod identity;
pub mod install;
pub mod list;
pub mod new;
pub mod settings;
pub mod shoppers;
pub mod weekly;
