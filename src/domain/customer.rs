//! A known person: which address is theirs, how sure that is, and what decides whether they are written to.

use serde::{Deserialize, Serialize};

use super::{
    answer::is_email,
    consent::{Preference, Statement, Suppressed, Suppression},
    words::words,
};

words! {
    /// Where an address comes from, the surest last.
    pub enum Proof {
        /// A page said so, which anyone can make it say. Never written to: a shop's form would else send mail to strangers.
        Claimed = "claimed",
        /// The person wrote it into a question and ticked the box.
        Answered = "answered",
        /// The store's server signed it, imported it or sent it by the API.
        Store = "store",
        /// An order was placed with it.
        Ordered = "ordered",
    }
}

/// An address of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Normalised.
    pub email: String,
    /// Where it comes from.
    pub proof: Proof,
    /// When it was given, in milliseconds.
    pub at: i64,
}

impl Address {
    /// Whether it may be written to at all.
    pub fn may_be_mailed(&self) -> bool {
        self.proof > Proof::Claimed
    }

    /// Which of two is kept: one that may be written to before one that may not, then the later, then the surer.
    pub fn merge(a: Option<Self>, b: Option<Self>) -> Option<Self> {
        let rank = |address: &Self| (address.may_be_mailed(), address.at, address.proof);
        // The text decides what nothing else does, so that the order of arrival cannot.
        a.into_iter().chain(b).max_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.email.cmp(&b.email)))
    }
}

/// An address as it is compared and kept: without spaces around it, in small letters. `None` if it is none.
pub fn normalize_email(text: &str) -> Option<String> {
    let text = text.trim();
    is_email(text).then(|| text.to_lowercase())
}

/// What the rules ask about a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customer {
    /// Stable on this site; what samples are drawn by.
    pub id: String,
    /// Where they are written to.
    pub address: Option<Address>,
    /// What they last said about marketing mail.
    pub consent: Option<Statement>,
    /// What they chose on the preference page.
    pub preference: Preference,
    /// What stands against writing to the address.
    pub suppressed: Option<Suppressed>,
    /// Their last order, in milliseconds.
    pub ordered_at: Option<i64>,
}

impl Customer {
    /// The address, if it may be written to.
    pub fn mailbox(&self) -> Option<&str> {
        self.address.as_ref().filter(|address| address.may_be_mailed()).map(|address| address.email.as_str())
    }

    /// What stands against writing to them and still holds.
    pub fn suppression(&self) -> Option<Suppression> {
        self.suppressed.filter(|suppressed| suppressed.holds(self.consent)).map(|suppressed| suppressed.reason)
    }

    /// Whether they asked to be forgotten.
    pub fn is_erased(&self) -> bool {
        self.suppression() == Some(Suppression::Erased)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_compared_in_one_form() {
        assert_eq!(normalize_email("  Zoe@Buyer.Example "), Some("zoe@buyer.example".into()));
        for none in ["", "zoe", "zoe@", "@buyer.example", "zoe@buyer.example\r\nBcc: x@y.z", "a b@c.d"] {
            assert_eq!(normalize_email(none), None, "{none:?}");
        }
    }

    #[test]
    fn a_claim_is_never_written_to_and_never_displaces_what_is_sure() {
        let address = |email: &str, proof, at| Address { email: email.into(), proof, at };
        let of = |address| Customer { address: Some(address), ..Customer::default() };
        assert_eq!(of(address("a@b.c", Proof::Claimed, 9)).mailbox(), None);
        assert_eq!(of(address("a@b.c", Proof::Answered, 1)).mailbox(), Some("a@b.c"));
        let kept = Address::merge(Some(address("sure@b.c", Proof::Ordered, 1)), Some(address("claim@b.c", Proof::Claimed, 9)));
        assert_eq!(kept.unwrap().email, "sure@b.c");
        let moved = Address::merge(Some(address("old@b.c", Proof::Ordered, 1)), Some(address("new@b.c", Proof::Store, 9)));
        assert_eq!(moved.unwrap().email, "new@b.c");
    }

    fn address() -> impl Strategy<Value = Option<Address>> {
        let proof = prop::sample::select(vec![Proof::Claimed, Proof::Answered, Proof::Store, Proof::Ordered]);
        prop::option::of(("[ab]@c.d", proof, 0..3i64).prop_map(|(email, proof, at)| Address { email, proof, at }))
    }

    proptest! {
        #[test]
        fn addresses_merge_in_any_order(a in address(), b in address(), c in address()) {
            prop_assert_eq!(Address::merge(a.clone(), b.clone()), Address::merge(b.clone(), a.clone()));
            let left = Address::merge(a.clone(), Address::merge(b.clone(), c.clone()));
            prop_assert_eq!(left, Address::merge(Address::merge(a, b), c));
        }
    }
}
