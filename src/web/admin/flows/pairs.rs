//! The fields of a form whose rows come and go: `steps.0.after`, `steps.0.when.1.value`.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};

/// Names and values, in the order they were sent.
pub struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

impl Pairs {
    /// The first value of a field, empty where it is missing.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// The numbers of the rows below a prefix, in order. They may have gaps.
    pub fn indexes(&self, prefix: &str) -> BTreeSet<usize> {
        let index = |name: &str| name.strip_prefix(prefix)?.strip_prefix('.')?.split('.').next()?.parse().ok();
        self.0.iter().filter_map(|(name, _)| index(name)).collect()
    }
}
