//! Why a delivery cannot be read. Each names the field, so that whoever looks into the log knows what to repair.

use crate::domain::money::BadMoney;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Line and column are in the message.
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("{0}: should be an object")]
    NotAnObject(String),
    #[error("{0}: is missing")]
    Missing(String),
    #[error("{field}: {problem}")]
    Money { field: String, problem: BadMoney },
    /// A name or an id that the database has no room for.
    #[error("{0}: is too long")]
    TooLong(String),
    /// The database does not take what was read.
    #[error("something in it cannot be stored")]
    NotStorable,
    /// A delivery of another shop, with this one's secret.
    #[error("it comes from {found}, but this connection is to {known}")]
    OtherShop { known: String, found: String },
}
