//! A store with two flows lives through events in any order, late and doubled. Whatever happens, nobody gets a mail that they must
//! not get.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::json;

use super::{flow, zoe};
use crate::domain::{
    cart::{Cart, CartEvent, CartRules, CartStatus},
    consent::{Statement, Suppressed, Suppression},
    customer::Customer,
    duration::{DAY, HOUR, MINUTE},
    flow::{
        Action, Candidate, Enrollment, EnrollmentStatus, Entry, Flow, Happened, Known, MailRules, Moment, Past, QuietHours,
        StepVerdict, StopEvent, enroll, next,
    },
    frequency::{Exposure, SiteCaps},
};

#[derive(Debug, Clone)]
enum Event {
    Cart(CartEvent),
    Shown(i64),
    Refused(i64),
    Unsubscribed(i64),
}

/// The present after a rest, and what is heard then.
#[derive(Debug, Clone)]
struct Arrival {
    rest: i64,
    event: Event,
}

#[derive(Debug)]
struct Run {
    flow: usize,
    since: i64,
    cause: String,
    entered_at: i64,
    status: EnrollmentStatus,
    step: usize,
    due: i64,
    done: Vec<usize>,
}

#[derive(Debug, Clone, PartialEq)]
struct Mail {
    run: usize,
    step: usize,
    at: i64,
}

struct Store {
    flows: Vec<Flow>,
    customer: Customer,
    cart: Cart,
    orders: BTreeSet<i64>,
    shows: Vec<Exposure>,
    runs: Vec<Run>,
    mails: Vec<Mail>,
    zone: TimeZone,
    now: i64,
    /// When an order, a no or an unsubscription was first known of.
    known: BTreeMap<&'static str, i64>,
}

const RULES: CartRules = CartRules { abandon_after_ms: HOUR, recovery_ms: 14 * DAY };

impl Store {
    fn new(zone: &str) -> Self {
        let mail = |after: &str| json!({"after": after, "do": "email", "template": "t"});
        let steps = json!([mail("1h"), mail("1d"), mail("1d"), mail("0s"), mail("2h")]);
        Self {
            flows: vec![
                flow(json!({"steps": steps, "re_entry": "0s"})),
                flow(json!({"key": "again", "steps": [mail("0s"), mail("5m")], "re_entry": "1d", "stop_on": []})),
            ],
            customer: zoe(),
            cart: Cart::default(),
            orders: BTreeSet::new(),
            shows: Vec::new(),
            runs: Vec::new(),
            mails: Vec::new(),
            zone: TimeZone::get(zone).unwrap(),
            now: 0,
            known: BTreeMap::new(),
        }
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::Cart(event) => {
                if let CartEvent::Ordered { at, .. } = event {
                    self.orders.insert(*at);
                    self.known.entry("order").or_insert(self.now);
                }
                self.cart.apply(event, &RULES);
            }
            Event::Shown(at) => self.shows.push(Exposure { shown_at: *at, ..Exposure::default() }),
            Event::Refused(at) => {
                self.customer.consent =
                    crate::domain::consent::merge(self.customer.consent, Some(Statement { at: *at, granted: false }));
                self.known.entry("no").or_insert(self.now);
            }
            Event::Unsubscribed(at) => {
                self.customer.suppressed = Some(Suppressed { reason: Suppression::Unsubscribed, at: *at });
                self.known.entry("unsubscribed").or_insert(self.now);
            }
        }
    }

    /// The cart's job and every step that falls due until then, in their order.
    fn live_until(&mut self, end: i64) {
        loop {
            let step = self.runs.iter().enumerate().filter(|(_, run)| run.status == EnrollmentStatus::Running);
            let step = step.map(|(at, run)| (run.due, Some(at))).min();
            let deadline = self.cart.deadline(&RULES).map(|due| (due, None));
            let Some((due, run)) = step.into_iter().chain(deadline).min().filter(|(due, _)| *due <= end) else { break };
            self.now = self.now.max(due);
            match run {
                Some(run) => self.work(run),
                None => self.look_at_cart(),
            }
        }
        self.now = end;
    }

    fn look_at_cart(&mut self) {
        self.cart.apply(&CartEvent::DeadlineReached { at: self.now }, &RULES);
        let Some(left) = self.cart.abandonment(&RULES) else { return };
        for (at, flow) in self.flows.iter().enumerate() {
            let of_flow = self.runs.iter().filter(|run| run.flow == at);
            let past: Vec<Past> = of_flow
                .map(|run| Past {
                    cause: run.cause.clone(),
                    entered_at: run.entered_at,
                    running: run.status == EnrollmentStatus::Running,
                })
                .collect();
            let cause = left.since.to_string();
            let candidate = Candidate {
                flow,
                live: true,
                cause: &cause,
                customer: &self.customer,
                facts: &Known::default().facts(),
                past: &past,
                rules: &MailRules::default(),
                now: self.now,
            };
            if let Ok(Entry::Run { due }) = enroll(&candidate) {
                let status = EnrollmentStatus::Running;
                self.runs.push(Run {
                    flow: at,
                    since: left.since,
                    cause,
                    entered_at: self.now,
                    status,
                    step: 0,
                    due,
                    done: vec![],
                });
            }
        }
    }

    fn work(&mut self, at: usize) {
        let run = &self.runs[at];
        let flow = &self.flows[run.flow];
        let happened: Vec<Happened> =
            self.orders.iter().map(|at| Happened { what: StopEvent::OrderCompleted, at: *at }).collect();
        let mails: Vec<i64> = self.mails.iter().map(|mail| mail.at).collect();
        let verdict = next(&Moment {
            now: self.now,
            flow,
            live: true,
            enrollment: Enrollment { status: run.status, since: run.since, done: &run.done },
            step: run.step,
            due: run.due,
            customer: &self.customer,
            zone: None,
            facts: &Known::default().facts(),
            cart: Some((self.cart.status(&RULES), self.cart.deadline(&RULES))),
            happened: &happened,
            shows: &self.shows,
            mails: &mails,
            rules: &MailRules::default(),
            caps: &SiteCaps::default(),
            site_zone: &self.zone,
        });
        let mail = matches!(flow.steps.get(run.step).map(|step| &step.action), Some(Action::Email { .. }));
        let after = flow.due(run.step + 1, self.now).unwrap_or(self.now);
        let (now, run) = (self.now, &mut self.runs[at]);
        match verdict {
            StepVerdict::Wait(until, _) => {
                assert!(until > now, "a wait that ends at once would go round for ever");
                run.due = until;
            }
            StepVerdict::Stop(_) => run.status = EnrollmentStatus::Stopped,
            StepVerdict::Send | StepVerdict::Skip(_) => {
                if verdict == StepVerdict::Send && mail {
                    self.mails.push(Mail { run: at, step: run.step, at: now });
                    run.done.push(run.step);
                }
                (run.step, run.due) = (run.step + 1, after);
            }
        }
    }
}

fn arrivals() -> impl Strategy<Value = Vec<Arrival>> {
    // What is heard happened up to two days ago.
    let late = prop_oneof![2 => Just(0), 1 => 0..2 * 24 * 60i64];
    let rest = prop_oneof![3 => 0..90i64, 2 => 0..2 * 24 * 60i64];
    let kind = prop_oneof![12 => Just(0), 3 => Just(1), 1 => Just(2), 1 => Just(3), 4 => Just(4), 1 => Just(5), 1 => Just(6)];
    let arrival = (rest, late, kind).prop_map(|(rest, late, kind)| (rest * MINUTE, late * MINUTE, kind));
    let doubled = prop::collection::vec((arrival, any::<prop::sample::Index>(), prop::bool::weighted(0.15)), 1..40);
    doubled.prop_map(|drawn| {
        let mut now = START;
        let mut arrivals: Vec<Arrival> = Vec::new();
        for ((rest, late, kind), again, double) in drawn {
            now += rest;
            let at = now - late;
            let event = match kind {
                0 => Event::Cart(CartEvent::Updated { at, filled: true }),
                1 => Event::Cart(CartEvent::CheckoutStarted { at }),
                2 => Event::Cart(CartEvent::Emptied { at }),
                3 => Event::Cart(CartEvent::Ordered { at, order: at.to_string() }),
                4 => Event::Shown(at),
                5 => Event::Refused(at),
                _ => Event::Unsubscribed(at),
            };
            let event = if double && !arrivals.is_empty() { again.get(&arrivals).event.clone() } else { event };
            arrivals.push(Arrival { rest, event });
        }
        arrivals
    })
}

/// A day before the clocks go forward in Europe.
const START: i64 = 1_806_055_200_000;

fn live(arrivals: &[Arrival], zone: &str) -> Store {
    let mut store = Store::new(zone);
    store.now = START;
    for arrival in arrivals {
        store.live_until(store.now + arrival.rest);
        store.hear(&arrival.event);
    }
    store.live_until(store.now + 30 * DAY);
    store
}

const ZONES: &[&str] = &["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn nobody_gets_a_mail_they_must_not_get(arrivals in arrivals(), zone in prop::sample::select(ZONES)) {
        let store = live(&arrivals, zone);
        let mails = &store.mails;
        for (what, since) in &store.known {
            prop_assert!(mails.iter().all(|mail| mail.at <= *since), "a mail after {what}: {mails:?}");
        }
        let caps = MailRules::default().caps;
        for mail in mails {
            prop_assert_eq!(QuietHours::default().ends(mail.at, &store.zone), None);
            let within = |window: i64| move |at: &i64| mail.at - window < *at && *at <= mail.at;
            let recent = mails.iter().map(|mail| mail.at).filter(within(caps.window_ms)).count();
            prop_assert!(recent <= caps.mails as usize, "{mails:?}");
        }
        let mut steps: Vec<(usize, usize)> = mails.iter().map(|mail| (mail.run, mail.step)).collect();
        steps.sort_unstable();
        prop_assert!(steps.windows(2).all(|pair| pair[0] != pair[1]), "twice: {mails:?}");
        prop_assert!(store.runs.iter().all(|run| run.status != EnrollmentStatus::Running), "every enrollment comes to an end");
        for at in 0..store.flows.len() {
            let causes: Vec<&String> = store.runs.iter().filter(|run| run.flow == at).map(|run| &run.cause).collect();
            prop_assert_eq!(causes.iter().collect::<BTreeSet<_>>().len(), causes.len(), "one abandonment, one enrollment");
        }
    }
}

#[test]
fn mails_are_sent_at_all() {
    let left = [Arrival { rest: 0, event: Event::Cart(CartEvent::Updated { at: START, filled: true }) }];
    let store = live(&left, "UTC");
    assert_eq!(store.cart.status(&RULES), CartStatus::Abandoned);
    assert_eq!(store.mails.len(), 3, "as many as the caps allow: {:?}", store.mails);
}

#[test]
fn an_order_cancels_the_rest() {
    let event = |rest, event| Arrival { rest, event: Event::Cart(event) };
    let ordered = START + 26 * HOUR;
    let store = live(
        &[
            event(0, CartEvent::Updated { at: START, filled: true }),
            event(26 * HOUR, CartEvent::Ordered { at: ordered, order: "1001".into() }),
        ],
        "UTC",
    );
    assert_eq!(store.cart.status(&RULES), CartStatus::Recovered);
    assert!(!store.mails.is_empty() && store.mails.iter().all(|mail| mail.at <= ordered), "{:?}", store.mails);
}
