use jiff::tz::TimeZone;
use serde_json::json;

use super::{flow, zoe};
use crate::domain::{
    cart::CartStatus::{self, *},
    consent::{Policy, Preference, Statement, Suppressed, Suppression},
    customer::Customer,
    duration::{DAY, HOUR, MINUTE},
    facts::Facts,
    flow::{
        CartFacts, EnrollmentStatus, Flow, Happened, Known, MailRules, Moment, SkipReason, StepVerdict, StopEvent, StopReason,
        WaitReason, next,
    },
    flow::{Enrollment, StepVerdict::*},
    frequency::{Exposure, SiteCaps},
};

/// A noon.
const NOON: i64 = 1000 * DAY + 12 * HOUR;

/// A moment at which the mail is sent; tests change one thing of it.
struct Scene {
    now: i64,
    due: i64,
    flow: Flow,
    live: bool,
    status: EnrollmentStatus,
    done: Vec<usize>,
    step: usize,
    customer: Customer,
    facts: Facts,
    cart: Option<(CartStatus, Option<i64>)>,
    happened: Vec<Happened>,
    shows: Vec<Exposure>,
    mails: Vec<i64>,
    rules: MailRules,
    zone: Option<TimeZone>,
}

const SINCE: i64 = NOON - 2 * HOUR;

impl Scene {
    fn new() -> Self {
        let cart = CartFacts { value: 4990, items: 2, product_ids: vec![] };
        Self {
            now: NOON,
            due: NOON - MINUTE,
            flow: flow(json!({"when": {"field": "cart.value", "op": "gte", "value": 3000}})),
            live: true,
            status: EnrollmentStatus::Running,
            done: vec![],
            step: 0,
            customer: zoe(),
            facts: Known { cart: Some(cart), ..Known::default() }.facts(),
            cart: Some((Abandoned, None)),
            happened: vec![],
            shows: vec![],
            mails: vec![],
            rules: MailRules::default(),
            zone: None,
        }
    }

    fn verdict(&self) -> StepVerdict {
        next(&Moment {
            now: self.now,
            flow: &self.flow,
            live: self.live,
            enrollment: Enrollment { status: self.status, since: SINCE, done: &self.done },
            step: self.step,
            due: self.due,
            customer: &self.customer,
            zone: self.zone.as_ref(),
            facts: &self.facts,
            cart: self.cart,
            happened: &self.happened,
            shows: &self.shows,
            mails: &self.mails,
            rules: &self.rules,
            caps: &SiteCaps::default(),
            site_zone: &TimeZone::UTC,
        })
    }
}

/// The verdict after one change.
fn after(change: impl FnOnce(&mut Scene)) -> StepVerdict {
    let mut scene = Scene::new();
    change(&mut scene);
    scene.verdict()
}

#[test]
fn all_is_well() {
    assert_eq!(Scene::new().verdict(), Send);
}

#[test]
fn what_ends_the_enrollment() {
    let happened = |what, at| move |scene: &mut Scene| scene.happened.push(Happened { what, at });
    let cart = |status| move |scene: &mut Scene| scene.cart = Some((status, None));
    let suppressed = |reason| move |scene: &mut Scene| scene.customer.suppressed = Some(Suppressed { reason, at: SINCE });
    for (verdict, expected) in [
        (after(|scene| scene.status = EnrollmentStatus::Stopped), StopReason::Ended),
        (after(|scene| scene.status = EnrollmentStatus::Withheld), StopReason::Ended),
        (after(|scene| scene.live = false), StopReason::SwitchedOff),
        (after(suppressed(Suppression::Erased)), StopReason::Erased),
        (after(suppressed(Suppression::Unsubscribed)), StopReason::Unsubscribed),
        (after(cart(Ordered)), StopReason::Ordered),
        (after(cart(Recovered)), StopReason::Ordered),
        (after(cart(Emptied)), StopReason::CartEmptied),
        (after(|scene| scene.cart = None), StopReason::CartGone),
        (after(happened(StopEvent::OrderCompleted, SINCE)), StopReason::Ordered),
        (after(happened(StopEvent::OrderCompleted, NOON + DAY)), StopReason::Ordered),
        (after(happened(StopEvent::Unsubscribed, NOON)), StopReason::Unsubscribed),
        (after(|scene| scene.step = 3), StopReason::Finished),
    ] {
        assert_eq!(verdict, Stop(expected));
    }
    assert_eq!(after(happened(StopEvent::OrderCompleted, SINCE - 1)), Send, "before the cart was left");
    assert_eq!(after(happened(StopEvent::ResponseCompleted, NOON)), Send, "the document does not stop on it");
}

#[test]
fn a_cart_that_was_ordered_ends_its_flow_whatever_the_document_says() {
    let stubborn = after(|scene| {
        scene.flow = flow(json!({"stop_on": []}));
        scene.cart = Some((Ordered, None));
    });
    assert_eq!(stubborn, Stop(StopReason::Ordered));
}

#[test]
fn the_order_that_began_a_flow_does_not_end_it() {
    let thanks = |at| {
        after(|scene| {
            scene.flow = flow(json!({"on": "order.completed", "stop_on": ["order.completed"]}));
            scene.cart = None;
            scene.happened.push(Happened { what: StopEvent::OrderCompleted, at });
        })
    };
    assert_eq!(thanks(SINCE), Send);
    assert_eq!(thanks(SINCE + 1), Stop(StopReason::Ordered));
}

#[test]
fn what_is_left_out() {
    let mails = |ago: [i64; 3]| move |scene: &mut Scene| scene.mails = ago.map(|days| NOON - days * DAY).to_vec();
    let suppressed = |reason| move |scene: &mut Scene| scene.customer.suppressed = Some(Suppressed { reason, at: SINCE });
    for (verdict, expected) in [
        (after(|scene| scene.done = vec![0]), SkipReason::AlreadyDone),
        (after(|scene| scene.due = NOON - 13 * HOUR), SkipReason::TooLate),
        (after(|scene| scene.facts = Known::default().facts()), SkipReason::ConditionNotMet { field: Some("cart.value".into()) }),
        (after(|scene| scene.customer.address = None), SkipReason::NoAddress),
        (after(|scene| scene.customer.consent = None), SkipReason::NoConsent),
        (after(|scene| scene.customer.consent = Some(Statement { at: NOON, granted: false })), SkipReason::NoConsent),
        (after(suppressed(Suppression::Bounced)), SkipReason::Suppressed(Suppression::Bounced)),
        (after(suppressed(Suppression::Complained)), SkipReason::Suppressed(Suppression::Complained)),
        (after(|scene| scene.customer.preference = Preference::OrdersOnly), SkipReason::OrdersOnly),
        (after(|scene| scene.customer.preference = Preference::PausedUntil(NOON + 1)), SkipReason::Paused),
        (after(mails([1, 2, 3])), SkipReason::MailCap { mails: 3, days: 7 }),
    ] {
        assert_eq!(verdict, Skip(expected));
    }
    assert_eq!(after(|scene| scene.customer.preference = Preference::PausedUntil(NOON)), Send);
    assert_eq!(after(mails([1, 2, 8])), Send);
    let shown = after(|scene| {
        let show = |days| Exposure { shown_at: NOON - days * DAY, ..Exposure::default() };
        scene.shows = (1..=8).map(show).collect();
    });
    assert_eq!(shown, Skip(SkipReason::AttentionBudget { contacts: 8, days: 30 }));
}

#[test]
fn a_purchase_allows_mail_where_the_policy_says_so() {
    let soft = after(|scene| {
        scene.rules.policy = Policy::SoftOptIn;
        (scene.customer.consent, scene.customer.ordered_at) = (None, Some(NOON - 90 * DAY));
    });
    assert_eq!(soft, Send);
}

#[test]
fn what_waits() {
    let morning = NOON + DAY - 4 * HOUR;
    let night = |scene: &mut Scene| (scene.now, scene.due) = (NOON + 10 * HOUR, NOON + 10 * HOUR);
    assert_eq!(after(night), Wait(morning, WaitReason::QuietHours));
    assert_eq!(after(|scene| scene.due = NOON + 1), Wait(NOON + 1, WaitReason::NotDue));
    let back = |left_at| after(move |scene| scene.cart = Some((Checkout, Some(left_at))));
    assert_eq!(back(NOON + HOUR), Wait(NOON + HOUR, WaitReason::ShopperIsBack));
    assert_eq!(back(NOON), Send, "left again, though no job has said so yet");
    let capped_at_night = after(|scene| {
        night(scene);
        scene.mails = vec![NOON - 7 * DAY + 11 * HOUR; 3];
    });
    assert_eq!(capped_at_night, Wait(morning, WaitReason::QuietHours), "by then one more may be allowed");
}

#[test]
fn night_is_where_the_person_lives() {
    let in_tokyo = |utc_hour: i64| {
        after(move |scene| {
            (scene.now, scene.due) = (NOON + (utc_hour - 12) * HOUR, NOON + (utc_hour - 12) * HOUR);
            scene.zone = TimeZone::get("Asia/Tokyo").ok();
            scene.happened.clear();
        })
    };
    assert_eq!(in_tokyo(12), Wait(NOON + 11 * HOUR, WaitReason::QuietHours), "21:00 there, until 08:00");
    assert_eq!(in_tokyo(23), Send, "08:00 there, late in the evening for the store");
}

#[test]
fn machines_are_told_at_any_hour_and_need_no_consent() {
    let told = after(|scene| {
        (scene.now, scene.due, scene.step) = (NOON + 12 * HOUR, NOON + 12 * HOUR, 2);
        scene.customer.consent = None;
        scene.mails = vec![NOON; 9];
    });
    assert_eq!(told, Send);
    let erased = after(|scene| {
        scene.step = 2;
        scene.customer.suppressed = Some(Suppressed { reason: Suppression::Erased, at: 0 });
    });
    assert_eq!(erased, Stop(StopReason::Erased), "not even machines are told of who asked to be forgotten");
}

#[test]
fn steps_have_conditions_of_their_own() {
    let step = |value: i64| {
        after(|scene| {
            let when = json!({"field": "cart.value", "op": "gte", "value": value});
            scene.flow = flow(json!({"steps": [{"do": "email", "template": "t", "when": when}]}));
        })
    };
    assert_eq!(step(4990), Send);
    assert_eq!(step(5000), Skip(SkipReason::ConditionNotMet { field: Some("cart.value".into()) }));
}

#[test]
fn a_verdict_speaks_to_the_owner() {
    let said = |reason: SkipReason| format!("{}: {reason}", reason.code());
    assert_eq!(
        said(SkipReason::MailCap { mails: 3, days: 7 }),
        "mail_cap: was sent 3 mails in 7 days, which is as many as allowed"
    );
    assert_eq!(
        said(SkipReason::ConditionNotMet { field: Some("cart.value".into()) }),
        "condition_not_met: the condition does not hold: cart.value"
    );
    assert_eq!(WaitReason::QuietHours.to_string(), "waits for the morning");
    assert_eq!(StopReason::Ordered.to_string(), "ordered");
}
