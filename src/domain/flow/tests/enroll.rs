use serde_json::json;

use super::{flow, zoe};
use crate::domain::{
    consent::{Policy, Statement, Suppressed, Suppression},
    customer::{Customer, Proof},
    duration::{DAY, HOUR},
    facts::Facts,
    flow::{Candidate, Entry, Flow, Known, MailRules, Past, Refusal, enroll},
};

const NOW: i64 = 1000 * DAY;

fn candidate<'a>(
    flow: &'a Flow,
    customer: &'a Customer,
    facts: &'a Facts,
    past: &'a [Past],
    rules: &'a MailRules,
) -> Candidate<'a> {
    Candidate { flow, live: true, cause: "cart-1@5", customer, facts, past, rules, now: NOW }
}

fn of(flow: &Flow, customer: &Customer, past: &[Past]) -> Result<Entry, Refusal> {
    enroll(&candidate(flow, customer, &Known::default().facts(), past, &MailRules::default()))
}

fn past(cause: &str, ago: i64, running: bool) -> Past {
    Past { cause: cause.into(), entered_at: NOW - ago, running }
}

#[test]
fn the_first_step_falls_due_after_its_wait() {
    assert_eq!(of(&flow(json!({})), &zoe(), &[]), Ok(Entry::Run { due: NOW + HOUR }));
}

#[test]
fn the_same_person_may_enter_again_after_a_while() {
    let (monthly, once, always) = (flow(json!({})), flow(json!({"re_entry": "never"})), flow(json!({"re_entry": "0s"})));
    let too_soon = |ago_ms| Err(Refusal::TooSoon { ago_ms, rest_ms: 30 * DAY });
    let run = Ok(Entry::Run { due: NOW + HOUR });
    for (flow, past, expected) in [
        (&monthly, vec![past("cart-0@1", 12 * DAY, false)], too_soon(12 * DAY)),
        (&monthly, vec![past("cart-0@1", 30 * DAY, false)], run.clone()),
        (&monthly, vec![past("cart-0@2", 40 * DAY, false), past("cart-0@1", DAY, false)], too_soon(DAY)),
        (&monthly, vec![past("cart-0@1", -DAY, false)], too_soon(0)),
        (&monthly, vec![past("cart-1@5", 40 * DAY, false)], Err(Refusal::SameCause)),
        (&always, vec![past("cart-1@5", DAY, false)], Err(Refusal::SameCause)),
        (&always, vec![past("cart-0@1", 0, false)], run),
        (&always, vec![past("cart-0@1", 90 * DAY, true)], Err(Refusal::Running)),
        (&once, vec![past("cart-0@1", 900 * DAY, false)], Err(Refusal::OnceOnly)),
    ] {
        assert_eq!(of(flow, &zoe(), &past), expected, "{past:?}");
    }
}

#[test]
fn who_cannot_be_written_to_does_not_enter_a_flow_that_writes() {
    let without = |change: &dyn Fn(&mut Customer)| {
        let mut customer = zoe();
        change(&mut customer);
        customer
    };
    let suppressed = |reason| without(&|zoe| zoe.suppressed = Some(Suppressed { reason, at: 1 }));
    let tells = flow(json!({"steps": [{"do": "notify", "to": "crm"}]}));
    for (customer, expected, may_be_told_of) in [
        (without(&|zoe| zoe.address = None), Refusal::NoAddress, true),
        (without(&|zoe| zoe.address.as_mut().unwrap().proof = Proof::Claimed), Refusal::NoAddress, true),
        (without(&|zoe| zoe.consent = None), Refusal::NoConsent, true),
        (without(&|zoe| zoe.consent = Some(Statement { at: 0, granted: false })), Refusal::NoConsent, true),
        (suppressed(Suppression::Bounced), Refusal::Suppressed(Suppression::Bounced), true),
        (suppressed(Suppression::Erased), Refusal::Suppressed(Suppression::Erased), false),
    ] {
        assert_eq!(of(&flow(json!({})), &customer, &[]), Err(expected.clone()));
        assert_eq!(of(&tells, &customer, &[]).is_ok(), may_be_told_of, "{expected}");
    }
}

#[test]
fn the_policy_decides_about_those_who_said_nothing() {
    let (flow, facts) = (flow(json!({})), Known::default().facts());
    let silent = Customer { consent: None, ordered_at: Some(NOW - DAY), ..zoe() };
    let soft = MailRules { policy: Policy::SoftOptIn, ..MailRules::default() };
    assert!(enroll(&candidate(&flow, &silent, &facts, &[], &soft)).is_ok());
    assert_eq!(of(&flow, &silent, &[]), Err(Refusal::NoConsent));
}

#[test]
fn conditions_and_switches() {
    let picky = flow(json!({"when": {"field": "cart.value", "op": "gte", "value": 3000}}));
    assert_eq!(of(&picky, &zoe(), &[]), Err(Refusal::ConditionNotMet { field: Some("cart.value".into()) }));
    let (customer, rules) = (zoe(), MailRules::default());
    let unknown = Facts::new();
    let open = candidate(&picky, &customer, &unknown, &[], &rules);
    assert_eq!(enroll(&open), Err(Refusal::ConditionNotMet { field: None }), "what is not known does not hold");
    assert_eq!(enroll(&Candidate { live: false, ..open }), Err(Refusal::NotLive));
}

#[test]
fn the_holdout_is_drawn_from_those_who_would_enter() {
    let all = flow(json!({"holdout": 1.0}));
    assert_eq!(of(&all, &zoe(), &[]), Ok(Entry::Withheld));
    assert_eq!(of(&all, &Customer { consent: None, ..zoe() }, &[]), Err(Refusal::NoConsent));
    let tenth = flow(json!({"holdout": 0.1}));
    let withheld =
        (0..2000).filter(|i| of(&tenth, &Customer { id: format!("c{i}"), ..zoe() }, &[]) == Ok(Entry::Withheld)).count();
    assert!((150..250).contains(&withheld), "{withheld}");
}

#[test]
fn a_refusal_speaks_to_the_owner() {
    for (refusal, code, words) in [
        (
            Refusal::TooSoon { ago_ms: 12 * DAY, rest_ms: 30 * DAY },
            "too_soon",
            "went through this flow 12 days ago, may again after 30 days",
        ),
        (
            Refusal::ConditionNotMet { field: Some("cart.value".into()) },
            "condition_not_met",
            "the flow's condition does not hold: cart.value",
        ),
        (Refusal::ConditionNotMet { field: None }, "condition_not_met", "the flow's condition does not hold"),
        (Refusal::Suppressed(Suppression::Complained), "suppressed", "called an earlier mail spam"),
    ] {
        assert_eq!((refusal.code(), refusal.to_string().as_str()), (code, words));
    }
}
