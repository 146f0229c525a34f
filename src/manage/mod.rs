//! What owners and operators do, the same whether through the admin, the command line or the demo. Each function works in the
//! caller's transaction and leaves its line in the audit log.

pub mod api_keys;
pub mod coupons;
pub mod endpoints;
pub mod export;
pub mod flows;
pub mod import;
pub mod people;
pub mod queue;
pub mod services;
pub mod sites;
pub mod suppressions;
pub mod surveys;
pub mod templates;
pub mod users;

use crate::store::StoreError;

/// Why something an owner asked for is not done.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Names the field and what is wrong with it.
    #[error("{field}: {message}")]
    Invalid { field: &'static str, message: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Refused {
    fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid { field, message: message.into() }
    }
}
