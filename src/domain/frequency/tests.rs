use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::domain::duration::{HOUR, Span};

#[derive(Deserialize)]
struct Case {
    name: String,
    caps: SiteCaps,
    survey: CaseSurvey,
    history: Vec<Exposure>,
    ask: CaseAsk,
    #[serde(default)]
    mails: Vec<i64>,
    now: i64,
    expect: Value,
}

#[derive(Deserialize)]
struct CaseSurvey {
    kind: Kind,
    frequency: Frequency,
}

#[derive(Deserialize)]
struct CaseAsk {
    survey: i64,
    session: i64,
    order: Option<String>,
}

#[test]
fn agrees_with_the_table() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/frequency_cases.json")).unwrap();
    for case in cases {
        let ask = Ask {
            survey: case.ask.survey,
            kind: case.survey.kind,
            rules: &case.survey.frequency,
            session: case.ask.session,
            order: case.ask.order.as_deref(),
            now: case.now,
        };
        let found = match check_with_mails(&case.caps, &ask, &case.history, &case.mails) {
            Ok(()) => json!({"ok": true}),
            Err(denial) => json!({"reason": denial.reason, "until": denial.until}),
        };
        assert_eq!(found, case.expect, "{}", case.name);
    }
}

const NOW: i64 = 1000 * DAY;

prop_compose! {
    fn exposure(span: i64)(
        survey in 1..4i64, session in 1..5i64, ago in 0..span, reaction in 0..4, delay in 0..HOUR, order in 0..3i64, withheld in prop::bool::weighted(0.2), manual in prop::bool::weighted(0.1)
    ) -> Exposure {
        let shown_at = NOW - ago - HOUR;
        Exposure {
            survey, session, shown_at, withheld, manual,
            answered_at: (reaction == 1 && !withheld).then_some(shown_at + delay),
            dismissed_at: (reaction == 2 && !withheld).then_some(shown_at + delay),
            order: (order > 0).then(|| order.to_string()),
        }
    }
}

fn history() -> impl Strategy<Value = Vec<Exposure>> {
    let newest_first = |mut list: Vec<Exposure>| {
        list.sort_by_key(|seen| -seen.shown_at);
        list
    };
    prop_oneof![
        prop::collection::vec(exposure(40 * DAY), 0..14).prop_map(newest_first),
        prop::collection::vec(exposure(600 * DAY), 0..8).prop_map(newest_first),
    ]
}

fn rules() -> impl Strategy<Value = Frequency> {
    let show = prop::sample::select(vec![Show::Once, Show::Times, Show::UntilAnswered, Show::Every, Show::Always]);
    (show, prop::option::of(1..6u32), prop::option::of(0..60i64), 0..120i64, 0..60i64, 1.0..4.0).prop_map(
        |(show, max_shows, gap, after_answer, after_dismiss, backoff)| Frequency {
            show,
            max_shows,
            gap: gap.map(Span::days),
            after_answer: Span::days(after_answer),
            after_dismiss: Span::days(after_dismiss),
            backoff,
        },
    )
}

fn ask(rules: &Frequency, kind: Kind, session: i64, now: i64) -> Ask<'_> {
    Ask { survey: 1, kind, rules, session, order: (kind == Kind::PostPurchase).then_some("1"), now }
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(vec![Kind::ExitIntent, Kind::PostPurchase, Kind::OnSite])
}

fn felt(seen: &Exposure) -> bool {
    !seen.manual && !seen.withheld
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn never_two_within_a_session(history in history(), rules in rules(), kind in kind(), session in 1..6i64, now in NOW..NOW + 800 * DAY) {
        if check(&SiteCaps::default(), &ask(&rules, kind, session, now), &history).is_ok() {
            prop_assert!(!history.iter().any(|seen| felt(seen) && seen.session == session));
        }
    }

    #[test]
    fn never_sooner_than_the_gap(history in history(), rules in rules(), now in NOW..NOW + 60 * DAY) {
        let caps = SiteCaps::default();
        if check(&caps, &ask(&rules, Kind::ExitIntent, 9, now), &history).is_ok() {
            prop_assert!(!history.iter().any(|seen| felt(seen) && now - seen.shown_at < caps.gap_ms));
        }
    }

    #[test]
    fn never_above_the_budget(history in history(), rules in rules(), kind in kind(), now in NOW..NOW + 60 * DAY) {
        let caps = SiteCaps { gap_ms: 0, ..SiteCaps::default() };
        if check(&caps, &ask(&rules, kind, 9, now), &history).is_ok() {
            prop_assert!(history.iter().filter(|seen| felt(seen) && now - seen.shown_at < caps.budget_ms).count() < 8);
        }
    }

    #[test]
    fn until_is_the_first_moment_it_is_allowed(history in history(), rules in rules(), kind in kind(), mails in prop::collection::vec(NOW - 40 * DAY..NOW, 0..6)) {
        let caps = SiteCaps::default();
        let at = |now| check_with_mails(&caps, &ask(&rules, kind, 9, now), &history, &mails);
        if let Err(Denial { until: Some(until), .. }) = at(NOW) {
            prop_assert!(until > NOW);
            prop_assert!(at(until - 1).is_err());
            prop_assert_eq!(at(until), Ok(()));
        }
    }

    #[test]
    fn once_allowed_stays_allowed(history in history(), rules in rules(), kind in kind(), later in 0..900 * DAY) {
        if check(&SiteCaps::default(), &ask(&rules, kind, 9, NOW), &history).is_ok() {
            prop_assert_eq!(check(&SiteCaps::default(), &ask(&rules, kind, 9, NOW + later), &history), Ok(()));
        }
    }

    #[test]
    fn another_dismissal_never_shortens_the_wait(history in history(), rules in rules(), kind in kind()) {
        let dismissed = Exposure { survey: 1, session: 8, shown_at: NOW, dismissed_at: Some(NOW), ..Exposure::default() };
        let answered = Exposure { answered_at: Some(NOW), dismissed_at: None, ..dismissed.clone() };
        let until = |first: &[Exposure]| {
            let all: Vec<_> = first.iter().chain(&history).cloned().collect();
            check(&SiteCaps::default(), &ask(&rules, kind, 9, NOW), &all).err().map(|denial| denial.until.unwrap_or(i64::MAX)).unwrap_or(NOW)
        };
        prop_assert!(until(std::slice::from_ref(&dismissed)) >= until(&[]));
        prop_assert!(until(&[dismissed.clone(), dismissed.clone()]) >= until(std::slice::from_ref(&dismissed)));
        // An answer resets the site's row of dismissals; the survey's own rest after an answer aside.
        let other = Ask { survey: 7, ..ask(&rules, Kind::ExitIntent, 9, NOW) };
        prop_assert_eq!(visitor_gap(&SiteCaps::default(), &other, &[&answered]).unwrap().until, Some(NOW + 7 * DAY));
    }

    #[test]
    fn a_clock_set_back_shows_nothing_earlier_and_locks_no_longer_than_the_rules(history in history(), rules in rules(), kind in kind(), back in 0..2000 * DAY) {
        let caps = SiteCaps::default();
        let now = NOW - back;
        let counted: Vec<Exposure> = history.iter().cloned().map(|seen| Exposure {
            shown_at: seen.shown_at.min(now), answered_at: seen.answered_at.map(|at| at.min(now)), dismissed_at: seen.dismissed_at.map(|at| at.min(now)), ..seen
        }).collect();
        let found = check(&caps, &ask(&rules, kind, 9, now), &history);
        prop_assert_eq!(found, check(&caps, &ask(&rules, kind, 9, now), &counted));
        if let Err(Denial { until: Some(until), .. }) = found {
            prop_assert!(until <= now + LONGEST.max(120 * DAY));
        }
    }

    #[test]
    fn the_holdout_rests_like_the_treated(history in history(), rules in rules(), kind in kind()) {
        let shown = Exposure { survey: 1, session: 8, shown_at: NOW, ..Exposure::default() };
        let withheld = Exposure { withheld: true, ..shown.clone() };
        let caps = SiteCaps { budget: u32::MAX, ..SiteCaps::default() };
        let verdict = |first: Exposure| {
            let all: Vec<_> = std::iter::once(first).chain(history.iter().cloned()).collect();
            check(&caps, &ask(&rules, kind, 9, NOW), &all)
        };
        prop_assert_eq!(verdict(shown), verdict(withheld));
    }
}

#[test]
fn backing_off_is_bounded() {
    assert_eq!(backed_off(30 * DAY, 2.0, 0), 30 * DAY);
    assert_eq!(backed_off(30 * DAY, 2.0, 3), 240 * DAY);
    assert_eq!(backed_off(30 * DAY, 2.0, 4), LONGEST);
    assert_eq!(backed_off(30 * DAY, 10.0, u32::MAX), LONGEST);
    assert_eq!(backed_off(500 * DAY, 2.0, 1), 500 * DAY, "an owner may ask for more than a year");
    assert_eq!(backed_off(DAY, f64::NAN, 3), DAY);
}
