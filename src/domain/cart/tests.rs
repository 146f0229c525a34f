use proptest::prelude::*;

use super::*;
use crate::domain::duration::HOUR;

const RULES: CartRules = CartRules { abandon_after_ms: HOUR, recovery_ms: 14 * DAY };

fn cart(events: &[CartEvent]) -> Cart {
    let mut cart = Cart::default();
    events.iter().for_each(|event| cart.apply(event, &RULES));
    cart
}

fn updated(minute: i64) -> CartEvent {
    CartEvent::Updated { at: minute * MINUTE, filled: true }
}

fn checkout(minute: i64) -> CartEvent {
    CartEvent::CheckoutStarted { at: minute * MINUTE }
}

fn emptied(minute: i64) -> CartEvent {
    CartEvent::Emptied { at: minute * MINUTE }
}

fn ordered(minute: i64) -> CartEvent {
    CartEvent::Ordered { at: minute * MINUTE, order: "1001".into() }
}

fn looked(minute: i64) -> CartEvent {
    CartEvent::DeadlineReached { at: minute * MINUTE }
}

#[test]
fn goes_through_its_states() {
    use CartStatus::*;
    for (events, status) in [
        (vec![], Active),
        (vec![updated(0)], Active),
        (vec![updated(0), checkout(5)], Checkout),
        (vec![updated(0), checkout(5), updated(7)], Checkout),
        (vec![updated(0), checkout(5), ordered(9)], Ordered),
        (vec![updated(0), looked(59)], Active),
        (vec![updated(0), looked(60)], Abandoned),
        (vec![updated(0), checkout(5), looked(65)], Abandoned),
        (vec![updated(0), looked(60), updated(90)], Active),
        (vec![updated(0), looked(60), ordered(90)], Recovered),
        (vec![updated(0), looked(60), updated(80), ordered(90)], Recovered),
        (vec![updated(0), looked(60), emptied(80)], Emptied),
        (vec![updated(0), emptied(1), looked(61)], Emptied),
        (vec![updated(0), emptied(1), updated(2)], Active),
        (vec![emptied(0), updated(90), ordered(95)], Ordered),
        (vec![updated(0), CartEvent::Updated { at: MINUTE, filled: false }], Emptied),
        (vec![ordered(9)], Ordered),
        (vec![updated(0), ordered(9), emptied(10), updated(30), looked(200)], Ordered),
    ] {
        assert_eq!(cart(&events).status(&RULES), status, "{events:?}");
    }
}

#[test]
fn an_abandonment_counts_even_if_nobody_looked() {
    let abandoned = cart(&[updated(0), ordered(61)]);
    assert_eq!(abandoned.recovered_from(&RULES), Some(Abandonment { since: 0, at: HOUR }));
    assert_eq!(cart(&[updated(0), ordered(59)]).recovered_from(&RULES), None);
}

#[test]
fn an_order_long_after_is_no_recovery() {
    let days = |days: i64| cart(&[updated(0), looked(60), ordered(60 + days * 24 * 60)]).status(&RULES);
    assert_eq!(days(14), CartStatus::Recovered);
    assert_eq!(days(15), CartStatus::Ordered);
}

#[test]
fn a_late_report_takes_a_wrong_abandonment_back() {
    let mut cart = cart(&[updated(0), looked(60)]);
    assert_eq!(cart.abandonment(&RULES), Some(Abandonment { since: 0, at: HOUR }));
    cart.apply(&updated(30), &RULES);
    assert_eq!(cart.abandonment(&RULES), None);
    assert_eq!(cart.deadline(&RULES), Some(90 * MINUTE));
    cart.apply(&ordered(65), &RULES);
    assert_eq!(cart.status(&RULES), CartStatus::Ordered, "it was never left alone for an hour");
}

#[test]
fn one_job_is_armed_and_left_alone_while_it_will_do() {
    let mut cart = cart(&[updated(0)]);
    assert_eq!(cart.rearm(None, &RULES), Some(60 * MINUTE));
    cart.apply(&updated(10), &RULES);
    assert_eq!(cart.rearm(Some(60 * MINUTE), &RULES), None, "it wakes too early and sets itself anew");
    assert_eq!(cart.rearm(Some(90 * MINUTE), &RULES), Some(70 * MINUTE), "the threshold was shortened");
    cart.apply(&looked(60), &RULES);
    assert_eq!(cart.rearm(None, &RULES), Some(70 * MINUTE), "as it does here");
    cart.apply(&looked(70), &RULES);
    assert_eq!(cart.rearm(None, &RULES), None, "abandoned: nothing more to wait for");
    cart.apply(&updated(80), &RULES);
    assert_eq!(cart.rearm(None, &RULES), Some(140 * MINUTE), "back, and waited for again");
    cart.apply(&ordered(81), &RULES);
    assert_eq!(cart.rearm(None, &RULES), None);
    assert_eq!(Cart::default().rearm(None, &RULES), None);
}

#[test]
fn what_no_order_can_make_good_is_forgotten() {
    let mut cart = Cart::default();
    (0..5000).for_each(|visit| cart.apply(&updated(visit * 120), &RULES));
    assert!(serde_json::to_string(&cart).unwrap().len() < 14 * 12 * 80);
}

#[test]
fn no_time_panics() {
    for at in [i64::MIN, -1, 0, i64::MAX] {
        for other in [i64::MIN, 0, i64::MAX] {
            let events = [updated(0), CartEvent::Emptied { at }, CartEvent::CheckoutStarted { at: other }];
            let ends = [CartEvent::DeadlineReached { at: other }, CartEvent::Ordered { at, order: String::new() }];
            for end in ends {
                let mut cart = cart(&events);
                cart.apply(&end, &RULES);
                let _ = (cart.status(&RULES), cart.deadline(&RULES), cart.recovered_from(&RULES), cart.abandonment(&RULES));
            }
        }
    }
}

fn event() -> impl Strategy<Value = CartEvent> {
    let minute = 0..60 * 48i64;
    prop_oneof![
        6 => minute.clone().prop_map(updated),
        2 => minute.clone().prop_map(checkout),
        1 => minute.clone().prop_map(emptied),
        3 => minute.clone().prop_map(looked),
        1 => (minute, "[12]").prop_map(|(minute, order)| CartEvent::Ordered { at: minute * MINUTE, order }),
    ]
}

/// A list, and the same with some of it doubled, in another order.
fn disturbed() -> impl Strategy<Value = (Vec<CartEvent>, Vec<CartEvent>)> {
    prop::collection::vec(event(), 0..14).prop_flat_map(|events| {
        let doubled = prop::sample::subsequence(events.clone(), 0..=events.len());
        let all = doubled.prop_map({
            let events = events.clone();
            move |again| [events.clone(), again].concat()
        });
        (Just(events), all.prop_shuffle())
    })
}

fn at(event: &CartEvent) -> i64 {
    match event {
        CartEvent::Updated { at, .. }
        | CartEvent::CheckoutStarted { at }
        | CartEvent::Emptied { at }
        | CartEvent::Ordered { at, .. }
        | CartEvent::DeadlineReached { at } => *at,
    }
}

/// The drawing, taken by its word: events in order, once, and a clock that never sleeps.
fn drawing(events: &[CartEvent]) -> CartStatus {
    let mut status = CartStatus::Active;
    let (mut begun, mut last, mut left) = (false, None, None);
    for event in events {
        let filled = status != CartStatus::Emptied;
        if let Some(last) = last
            && filled
            && at(event) >= last + HOUR
        {
            left = Some(last + HOUR);
        }
        let looked = matches!(event, CartEvent::DeadlineReached { .. });
        match event {
            CartEvent::Ordered { at, .. } => {
                let good = left.is_some_and(|left| at - left <= RULES.recovery_ms);
                return if good { CartStatus::Recovered } else { CartStatus::Ordered };
            }
            CartEvent::Emptied { .. } => status = CartStatus::Emptied,
            CartEvent::DeadlineReached { at } if filled && last.is_some_and(|last| *at >= last + HOUR) => {
                status = CartStatus::Abandoned;
            }
            CartEvent::DeadlineReached { .. } => {}
            CartEvent::CheckoutStarted { .. } | CartEvent::Updated { .. } => {
                begun |= matches!(event, CartEvent::CheckoutStarted { .. });
                status = if begun { CartStatus::Checkout } else { CartStatus::Active };
            }
        }
        if !looked {
            last = Some(at(event));
        }
    }
    status
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn neither_order_nor_repetition_matters((events, disturbed) in disturbed()) {
        prop_assert_eq!(cart(&events), cart(&disturbed));
    }

    #[test]
    fn is_what_the_drawing_says((mut events, disturbed) in disturbed()) {
        events.sort_by_key(at);
        prop_assume!(events.windows(2).all(|pair| at(&pair[0]) < at(&pair[1])));
        prop_assert_eq!(cart(&disturbed).status(&RULES), drawing(&events));
    }

    #[test]
    fn a_cart_survives_json((events, _) in disturbed()) {
        let cart = cart(&events);
        prop_assert_eq!(serde_json::from_value::<Cart>(serde_json::to_value(&cart).unwrap()).unwrap(), cart);
    }

    #[test]
    fn a_job_that_follows_the_rule_finds_every_abandonment(minutes in prop::collection::btree_set(0..60 * 24i64, 1..12)) {
        let mut cart = Cart::default();
        let mut armed: Option<i64> = None;
        let wake = |cart: &mut Cart, armed: &mut Option<i64>| {
            cart.apply(&CartEvent::DeadlineReached { at: armed.take().unwrap() }, &RULES);
            *armed = cart.rearm(None, &RULES);
        };
        for minute in &minutes {
            while armed.is_some_and(|due| due < minute * MINUTE) {
                wake(&mut cart, &mut armed);
            }
            cart.apply(&updated(*minute), &RULES);
            armed = cart.rearm(armed, &RULES).or(armed);
        }
        while armed.is_some() {
            wake(&mut cart, &mut armed);
        }
        let last = minutes.last().unwrap() * MINUTE;
        prop_assert_eq!(cart.abandonment(&RULES), Some(Abandonment { since: last, at: last + HOUR }));
    }
}
