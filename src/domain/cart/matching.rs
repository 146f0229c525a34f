//! Which cart an order was made of.

use super::{CartRules, CartStatus};
use crate::domain::words::words;

words! {
    /// What an order and its cart have in common, the surest first.
    pub enum Match {
        CartToken = "cart_token",
        CheckoutToken = "checkout_token",
        /// Only the person; the order came after the cart.
        Customer = "customer",
    }
}

/// What is known of an order for finding its cart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderRef<'a> {
    /// When it was placed, in milliseconds.
    pub at: i64,
    /// The shop's token of the cart it was made of.
    pub cart_token: Option<&'a str>,
    /// The shop's token of the checkout.
    pub checkout_token: Option<&'a str>,
    /// Who ordered.
    pub customer: Option<&'a str>,
}

/// What is known of a cart for finding its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartRef<'a> {
    /// The shop's token.
    pub token: &'a str,
    /// The shop's token of the checkout.
    pub checkout_token: Option<&'a str>,
    /// Whose it is.
    pub customer: Option<&'a str>,
    /// What it is.
    pub status: CartStatus,
    /// The last that was heard of it, in milliseconds.
    pub last_activity: i64,
}

/// The cart an order was made of, as an index, and what says so.
///
/// A token settles it. Where none does, it is the customer's open cart that was last heard of, if that was before the order and
/// not so long before that the two can have nothing to do with each other. The same answer comes out whichever of order and
/// cart became known first, as long as it is asked again when either arrives.
pub fn match_order(order: &OrderRef<'_>, carts: &[CartRef<'_>], rules: &CartRules) -> Option<(usize, Match)> {
    let both = |a: Option<&str>, b: Option<&str>| matches!((a, b), (Some(a), Some(b)) if same_token(a, b));
    let reach = rules.recovery_ms.saturating_add(rules.abandon_after_ms);
    let how = |cart: &CartRef<'_>| {
        let near = (0..=reach).contains(&order.at.saturating_sub(cart.last_activity));
        if both(order.cart_token, Some(cart.token)) {
            Some(Match::CartToken)
        } else if both(order.checkout_token, cart.checkout_token) {
            Some(Match::CheckoutToken)
        } else {
            let theirs = order.customer.is_some() && order.customer == cart.customer;
            (theirs && near && cart.status.is_open()).then_some(Match::Customer)
        }
    };
    let found = carts.iter().enumerate().filter_map(|(at, cart)| Some((at, how(cart)?, cart)));
    // Of equals, always the same one, whatever order the database lists them in.
    let best = found.min_by_key(|(_, how, cart)| (*how, std::cmp::Reverse(cart.last_activity), cart.token));
    best.map(|(at, how, _)| (at, how))
}

/// Whether two tokens mean the same cart: some shops add `?key=…` in one place and leave it out in another.
pub fn same_token<'a>(a: &'a str, b: &'a str) -> bool {
    let bare = |token: &'a str| token.split_once('?').map_or(token, |(bare, _)| bare);
    !bare(a).is_empty() && bare(a) == bare(b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::duration::{DAY, HOUR};

    const NOW: i64 = 100 * DAY;

    fn cart<'a>(token: &'a str, checkout: Option<&'a str>, customer: Option<&'a str>, ago: i64) -> CartRef<'a> {
        CartRef { token, checkout_token: checkout, customer, status: CartStatus::Abandoned, last_activity: NOW - ago }
    }

    fn matched(order: OrderRef<'_>, carts: &[CartRef<'_>]) -> Option<(usize, Match)> {
        match_order(&OrderRef { at: NOW, ..order }, carts, &CartRules::default())
    }

    #[test]
    fn the_surest_sign_wins() {
        let carts =
            [cart("a", None, Some("zoe"), HOUR), cart("b", Some("c1"), Some("zoe"), DAY), cart("c?key=9", None, None, 90 * DAY)];
        let order = OrderRef { cart_token: Some("c"), checkout_token: Some("c1"), customer: Some("zoe"), ..OrderRef::default() };
        assert_eq!(matched(order.clone(), &carts), Some((2, Match::CartToken)));
        assert_eq!(matched(OrderRef { cart_token: Some("x"), ..order.clone() }, &carts), Some((1, Match::CheckoutToken)));
        let by_person = OrderRef { cart_token: None, checkout_token: None, ..order };
        assert_eq!(matched(by_person, &carts), Some((0, Match::Customer)), "the one last heard of");
    }

    #[test]
    fn a_person_alone_is_not_enough_for_every_cart() {
        let order = || OrderRef { customer: Some("zoe"), ..OrderRef::default() };
        assert_eq!(matched(order(), &[cart("a", None, Some("ann"), HOUR)]), None, "another person's");
        assert_eq!(matched(order(), &[cart("a", None, Some("zoe"), -HOUR)]), None, "begun after the order");
        assert_eq!(matched(order(), &[cart("a", None, Some("zoe"), 30 * DAY)]), None, "too long ago");
        let ended = CartRef { status: CartStatus::Ordered, ..cart("a", None, Some("zoe"), HOUR) };
        assert_eq!(matched(order(), &[ended]), None, "ended by another order");
        assert_eq!(matched(OrderRef::default(), &[cart("a", None, None, HOUR)]), None, "nobody is nobody's match");
    }

    #[test]
    fn tokens_are_compared_without_their_key() {
        assert!(same_token("hWN1?key=abc", "hWN1"));
        assert!(!same_token("hWN1", "hWN2") && !same_token("", "") && !same_token("?key=a", "?key=a"));
    }

    #[test]
    fn the_order_of_the_list_does_not_matter() {
        let (a, b) = (cart("a", None, Some("zoe"), HOUR), cart("b", None, Some("zoe"), HOUR));
        let order = OrderRef { customer: Some("zoe"), ..OrderRef::default() };
        assert_eq!(matched(order.clone(), &[a.clone(), b.clone()]), Some((0, Match::Customer)));
        assert_eq!(matched(order, &[b, a]), Some((1, Match::Customer)));
    }
}
