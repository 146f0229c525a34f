use jiff::tz::TimeZone;
use serde_json::json;

use super::{flow, zoe};
use crate::domain::{
    cart::CartStatus::{self, *},
    consent::{Policy, Preference, Statement, Suppressed, Suppression},
    customer::Customer,
    duration::{DAY, HOUR},
    facts::Facts,
    flow::{CartFacts, EnrollmentStatus, Flow, Happened, Known, MailRules, Moment, SkipReason, StepVerdict, StopEvent, StopReason, WaitReason, next},
    flow::{Enrollment, StepVerdict::*},
    frequency::{Exposure, SiteCaps},
};

/// A noon.
const NOON: i64 = 1000 * DAY + 12 * HOUR;

/// A moment at which the mail is sent; tests change one thing of it.
struct Scene {
    now: i64,
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

const DUE: i64 = NOON - 60_000;
const SINCE: i64 = DUE - 2 * HOUR;

impl Scene {
    fn new() -> Self {
        let cart = CartFacts { value: 4990, items: 2, product_ids: vec![] };
        Self {
            now: NOON,
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
            due: DUE + self.now - NOON.min(self.now).max(NOON - 12 * HOUR),
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
