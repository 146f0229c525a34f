use serde_json::{Value, json};

use super::*;
use crate::domain::duration::{DAY, HOUR};

const NOW: i64 = 1_795_521_600_000;

/// A survey with these fields over the usual ones.
fn survey(fields: Value) -> Survey {
    let mut document = json!({
        "key": "s", "kind": "on_site", "name": "S", "trigger": {"type": "delay", "seconds": 1},
        "questions": [{"key": "q", "type": "short_text", "prompt": "?"}],
    });
    document.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Survey::parse(&document).unwrap()
}

fn case<'a>(survey: &'a Survey, caps: &'a SiteCaps, facts: &'a Facts) -> Case<'a, impl Fn() -> &'a Facts> {
    const UTC: &TimeZone = &TimeZone::UTC;
    Case {
        survey,
        id: 1,
        answered: Answered { all: 12, today: 3 },
        zone: UTC,
        caps,
        respect_gpc: true,
        gpc: false,
        user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        manual: false,
        visitor: "anna",
        session: 9,
        order: None,
        facts: move || facts,
        now: NOW,
    }
}

fn told(explained: &[Explained], gate: Gate) -> (bool, &str) {
    explained.iter().find(|e| e.gate == gate).map(|e| (e.passed, e.text.as_str())).unwrap_or_else(|| panic!("{gate} is not told"))
}

#[test]
fn each_gate_is_told_with_its_value_and_threshold() {
    let (caps, mut facts) = (SiteCaps::default(), Facts::new());
    facts.set("cart.value", 2000);
    let targeting = |value: i64| json!({"targeting": {"field": "cart.value", "op": "gte", "value": value}});
    for (fields, gate, expected) in [
        (json!({}), Gate::Schedule, (true, "no schedule: at any time")),
        (json!({"schedule": {"until": "2026-11-26T12:00"}}), Gate::Schedule, (true, "inside its schedule, which ends in 2 days")),
        (json!({"schedule": {"from": "2026-11-26T12:00"}}), Gate::Schedule, (false, "the survey starts in 2 days")),
        (json!({"schedule": {"until": "2026-11-24T11:00"}}), Gate::Schedule, (false, "the survey's schedule is over")),
        (json!({}), Gate::Quota, (true, "as many responses as come")),
        (json!({"quota": {"responses": 12}}), Gate::Quota, (false, "12 of 12 responses")),
        (json!({"quota": {"responses": 50, "per_day": 3}}), Gate::Quota, (false, "12 of 50 responses, 3 of 3 today")),
        (json!({}), Gate::Targeting, (true, "for everybody")),
        (targeting(3000), Gate::Targeting, (false, "cart.value is 2000, needs at least 3000")),
        (targeting(2000), Gate::Targeting, (true, "all that is needed is there")),
        (
            json!({"targeting": {"field": "country", "op": "eq", "value": "AT"}}),
            Gate::Targeting,
            (true, "depends on what only the page knows"),
        ),
        (json!({"sample": 0.0}), Gate::Sample, (false, "not among the 0% of visitors who are asked")),
        (json!({}), Gate::Holdout, (true, "no holdout: nobody is only counted")),
        (json!({"holdout": 1.0}), Gate::Holdout, (false, "in the holdout of 100%: counted, and nothing is shown")),
        (json!({"frequency": {"max_shows": 3}}), Gate::MaxShows, (true, "shown 0 times, 3 allowed")),
    ] {
        let survey = survey(fields.clone());
        assert_eq!(told(&case(&survey, &caps, &facts).explain(&[], &[], false), gate), expected, "{fields}");
    }
}

#[test]
fn a_history_is_told_with_its_times() {
    let (caps, facts) = (SiteCaps::default(), Facts::new());
    let survey = survey(json!({"frequency": {"show": "until_answered"}}));
    let days = |n: i64| NOW - n * DAY;
    let seen = |survey: i64, at: i64| Exposure { survey, session: 1, shown_at: at, ..Exposure::default() };
    let answered = Exposure { answered_at: Some(days(12)), ..seen(1, days(12)) };
    let dismissed = Exposure { dismissed_at: Some(days(9)), ..seen(1, days(9)) };
    for (history, gate, expected) in [
        (vec![answered.clone()], Gate::RecentlyAnswered, (false, "answered 12 days ago, waits 90 days")),
        (vec![dismissed.clone()], Gate::RecentlyDismissed, (false, "dismissed 9 days ago, waits 30 days")),
        (vec![seen(2, days(9))], Gate::Gap, (true, "last asked by any survey 9 days ago, waits 7 days")),
        (vec![seen(2, days(3))], Gate::Gap, (false, "last asked by any survey 3 days ago, waits 7 days")),
        (
            vec![Exposure { session: 9, ..seen(2, NOW - HOUR) }],
            Gate::Session,
            (false, "a survey was already shown during this visit"),
        ),
        (
            vec![seen(2, days(3)); 8],
            Gate::AttentionBudget,
            (false, "contacted 8 times in 30 days, 8 allowed, free again in 27 days"),
        ),
        (vec![], Gate::Gap, (true, "never asked by any survey")),
        (vec![], Gate::RecentlyDismissed, (true, "not dismissed")),
        (vec![answered.clone(), seen(1, days(200))], Gate::AlreadyShown, (true, "shown before, and may come again")),
        (
            vec![answered.clone(), Exposure { shown_at: days(20), ..dismissed.clone() }],
            Gate::RecentlyDismissed,
            (true, "answered since the last dismissal"),
        ),
    ] {
        assert_eq!(told(&case(&survey, &caps, &facts).explain(&history, &[], false), gate), expected, "{history:?}");
    }
}

#[test]
fn the_privacy_signal_and_crawlers_are_heeded() {
    let (caps, facts, survey) = (SiteCaps::default(), Facts::new(), survey(json!({})));
    for (gpc, respect_gpc, manual, bot, expected) in [
        (false, true, false, false, None),
        (true, true, false, false, Some(Reason::Privacy)),
        (true, true, true, false, Some(Reason::Privacy)),
        (true, false, false, false, None),
        (false, true, true, true, Some(Reason::Bot)),
    ] {
        let usual = case(&survey, &caps, &facts);
        let user_agent = if bot { "Googlebot/2.1" } else { usual.user_agent };
        let case = Case { gpc, respect_gpc, manual, user_agent, ..usual };
        assert_eq!(case.admits().err().map(|denial| denial.reason), expected);
    }
}

#[test]
fn what_is_decided_and_what_is_told_agree() {
    let (caps, facts) = (SiteCaps::default(), Facts::new());
    let documents = [json!({}), json!({"sample": 0.5}), json!({"quota": {"responses": 5}}), json!({"kind": "post_purchase"})];
    for (document, visitor) in documents.iter().flat_map(|d| ["anna", "ben", "cleo"].map(|v| (d, v))) {
        let survey = survey(document.clone());
        for ago in [0, 3, 8, 400] {
            let history = [Exposure { survey: 2, session: 1, shown_at: NOW - ago * DAY, ..Exposure::default() }];
            let case = Case { visitor, ..case(&survey, &caps, &facts) };
            let decided = case.admits().and_then(|()| case.rested(&history, &[])).is_ok();
            let told = case.explain(&history, &[], false);
            assert_eq!(decided, told.iter().all(|e| e.passed), "{document} {visitor} {ago}");
            assert!(told.iter().all(|e| !e.text.is_empty() && e.passed == (e.reason.is_none())));
        }
    }
}
