//! Permissions of keys, and what they are called.

use super::words::words;

words! {
    /// One permission of a key.
    pub enum Scope {
        ReadCustomers = "read:customers",
        WriteCustomers = "write:customers",
        /// Carts, too.
        ReadOrders = "read:orders",
        /// Carts, too.
        WriteOrders = "write:orders",
        ReadSurveys = "read:surveys",
        WriteSurveys = "write:surveys",
        ReadResponses = "read:responses",
        ReadReports = "read:reports",
        ReadFlows = "read:flows",
        WriteFlows = "write:flows",
        /// Reading the list, too.
        WriteSuppressions = "write:suppressions",
        /// Reading pools and their stock, too.
        WriteCoupons = "write:coupons",
        /// What was delivered, too.
        ReadEndpoints = "read:endpoints",
        WriteEndpoints = "write:endpoints",
    }
}

impl Scope {
    /// Every scope, in the order of [`Scope::WORDS`].
    pub fn all() -> impl Iterator<Item = Self> {
        Self::WORDS.iter().filter_map(|word| Self::parse(word))
    }

    /// What it allows, as a store owner says it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ReadCustomers => "See customers, and export what is known of one",
            Self::WriteCustomers => "Add, change and erase customers",
            Self::ReadOrders => "See carts and orders",
            Self::WriteOrders => "Add and change carts and orders",
            Self::ReadSurveys => "See surveys",
            Self::WriteSurveys => "Change, publish and pause surveys",
            Self::ReadResponses => "See what people answered",
            Self::ReadReports => "See results",
            Self::ReadFlows => "See follow-ups",
            Self::WriteFlows => "Change, publish and pause follow-ups",
            Self::WriteSuppressions => "See and change who gets no mail",
            Self::WriteCoupons => "See coupon pools, and add codes",
            Self::ReadEndpoints => "See webhooks and services, and what was delivered",
            Self::WriteEndpoints => "Make, change, pause and delete webhooks, and send events again",
        }
    }
}
