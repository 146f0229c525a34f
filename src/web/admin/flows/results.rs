//! What came of a follow-up, as its page tells it.

use jiff::tz::TimeZone;

use super::words;
use crate::domain::flow::EnrollmentStatus;
use crate::domain::money::Money;
use crate::domain::stats::Interval;
use crate::insight::flows::{Arm, ENOUGH, FlowResults, Lift, StepResults, WINDOW_DAYS};
use crate::store::flow_results::Walker;
use crate::web::admin::format;

pub struct ResultsView {
    pub figures: Vec<Figure>,
    /// What went wrong with mails, in words.
    pub troubles: Vec<String>,
    /// Steps left out: reason and count.
    pub skipped: Vec<(String, String)>,
    pub failed: Vec<(String, String)>,
    /// How people came to the end: reason and count.
    pub ended: Vec<(String, String)>,
    pub arms: Vec<ArmView>,
    pub lift: LiftView,
    pub window: i64,
}

pub struct Figure {
    pub label: &'static str,
    pub value: String,
    pub note: String,
}

pub struct ArmView {
    pub label: &'static str,
    pub people: String,
    pub ordered: String,
    pub share: String,
    pub value: String,
    pub each: String,
}

/// What the comparison says.
pub struct LiftView {
    /// The verdict in one sentence.
    pub verdict: String,
    /// Its numbers, where there are any.
    pub numbers: Vec<String>,
}

/// One of those who entered last.
pub struct WalkerView {
    pub customer: String,
    pub who: String,
    pub entered: String,
    pub datetime: String,
    /// Where they are.
    pub place: String,
}

impl ResultsView {
    pub fn new(found: &FlowResults, currency: &str) -> Self {
        let figure = |label, n, note| Figure { label, value: format::count(n), note };
        let mails = found.mails;
        let clicked = match mails.sent {
            0 => String::new(),
            sent => format!("{} of mails sent", format::percent(mails.clicked as f64 / sent as f64)),
        };
        let share = |arm: &Arm| {
            arm.share().map_or_else(String::new, |share| format!("{} of those who entered", format::percent(share.value)))
        };
        let counted = |list: &[(String, i64)], words: fn(&str) -> &str| -> Vec<_> {
            list.iter().map(|(code, n)| (words(code).to_owned(), format::count(*n))).collect()
        };
        let mut ended = counted(&found.stopped, words::ended);
        if found.finished > 0 {
            ended.insert(0, ("Went through every step".into(), format::count(found.finished)));
        }
        if found.running > 0 {
            ended.push(("Still on the way".into(), format::count(found.running)));
        }
        Self {
            figures: vec![
                figure("Entered", found.entered, String::new()),
                figure("Withheld", found.withheld, if found.withheld > 0 { "to compare with".into() } else { String::new() }),
                figure("Mails sent", mails.sent, String::new()),
                figure("Clicked", mails.clicked, clicked),
                figure("Ordered", found.sent.ordered, share(&found.sent)),
            ],
            troubles: troubles(found),
            skipped: counted(&found.skipped, words::skipped),
            failed: counted(&found.failed, words::failed),
            ended,
            arms: [("Sent to", &found.sent), ("Withheld", &found.held)]
                .map(|(label, arm)| ArmView::new(label, arm, currency))
                .into(),
            lift: LiftView::new(found, currency),
            window: WINDOW_DAYS,
        }
    }
}

fn troubles(found: &FlowResults) -> Vec<String> {
    let mails = found.mails;
    let count = |n: i64, one: &str, many: &str| match n {
        0 => None,
        1 => Some(format!("1 mail {one}")),
        n => Some(format!("{} mails {many}", format::count(n))),
    };
    let all = [
        count(mails.failed, "was not taken by the mail server", "were not taken by the mail server"),
        count(
            mails.uncertain,
            "may or may not have gone out, and is not sent again",
            "may or may not have gone out, and are not sent again",
        ),
        count(mails.bounced, "came back", "came back"),
        count(mails.complained, "was called spam", "were called spam"),
    ];
    all.into_iter().flatten().collect()
}

impl ArmView {
    fn new(label: &'static str, arm: &Arm, currency: &str) -> Self {
        Self {
            label,
            people: format::count(arm.people),
            ordered: format::count(arm.ordered),
            share: arm
                .share()
                .map_or_else(|| "–".into(), |s| format!("{} ({})", format::percent(s.value), format::percent_range(s.interval))),
            value: money(arm.value as f64, currency),
            each: arm.value_each().map_or_else(|| "–".into(), |each| money(each, currency)),
        }
    }
}

impl LiftView {
    fn new(found: &FlowResults, currency: &str) -> Self {
        let plain = |verdict: String| Self { verdict, numbers: Vec::new() };
        let known = match found.lift {
            Lift::NoHoldout => {
                return plain(
                    "Nobody was withheld, so nobody can say what they would have ordered anyway. Withhold it from 10% to learn what it brings."
                        .into(),
                );
            }
            Lift::NotEnough => {
                let more = ENOUGH - found.sent.people.min(found.held.people);
                let of = if found.held.people <= found.sent.people { "withheld" } else { "entered" };
                return plain(format!("Not enough data yet: {more} more {of} people are needed to say anything."));
            }
            Lift::Uneven => {
                return plain(
                    "No verdict: far more or fewer people were withheld than should have been, so the two groups may differ by \
                     more than the follow-up."
                        .into(),
                );
            }
            Lift::Known(known) => known,
        };
        let (share, interval) = known.share;
        let verdict = match (interval.low > 0.0, interval.high < 0.0) {
            (true, _) => "It works: more people order because of it.",
            (_, true) => "It does harm: fewer people order because of it.",
            _ => "No clear difference yet: it may help, or make no difference. More people will tell.",
        };
        let (each, spread) = known.value;
        Self {
            verdict: verdict.into(),
            numbers: vec![
                format!("{} of people ordering (95% interval {})", points(share), points_range(interval)),
                format!(
                    "{} for each person (95% interval {} to {})",
                    signed(each, currency),
                    signed(spread.low, currency),
                    signed(spread.high, currency)
                ),
            ],
        }
    }
}

/// `+3.0 percentage points`.
fn points(share: f64) -> String {
    format!("{} percentage points", signed_number(share * 100.0))
}

fn points_range(interval: Interval) -> String {
    format!("{} to {}", signed_number(interval.low * 100.0), signed_number(interval.high * 100.0))
}

fn signed_number(n: f64) -> String {
    let text = format!("{:.1}", n.abs());
    // Nothing has no sign.
    if text == "0.0" { text } else { format!("{}{text}", if n < 0.0 { "−" } else { "+" }) }
}

fn signed(minor: f64, currency: &str) -> String {
    let sign = match minor.round() {
        n if n > 0.0 => "+",
        n if n < 0.0 => "−",
        _ => "",
    };
    format!("{sign}{}", money(minor.abs(), currency))
}

/// Rounded to the smallest unit.
fn money(minor: f64, currency: &str) -> String {
    let minor = minor.round() as i64;
    currency.parse().map_or_else(|_| minor.to_string(), |currency| Money { minor, currency }.format("en"))
}

/// `12 sent · 3 clicked · 1 left out`.
pub fn step_line(step: &StepResults) -> String {
    let parts = [
        (step.mails.sent, "sent"),
        (step.mails.clicked, "clicked"),
        (step.skipped, "left out"),
        (step.failed, "failed"),
        (step.uncertain, "uncertain"),
    ];
    let said: Vec<_> =
        parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", format::count(n))).collect();
    said.join(" · ")
}

impl WalkerView {
    pub fn new(walker: Walker, zone: &TimeZone) -> Self {
        let due = walker.due_at.map(|at| format!(", due {}", format::moment(at, zone))).unwrap_or_default();
        let ended = walker.ended_at.map(|at| format!(", {}", format::moment(at, zone))).unwrap_or_default();
        let place = match EnrollmentStatus::parse(&walker.status) {
            Some(EnrollmentStatus::Running) => format!("Before step {}{due}", walker.step + 1),
            Some(EnrollmentStatus::Finished) => format!("Through all steps{ended}"),
            Some(EnrollmentStatus::Stopped) => {
                format!("{}{ended}", words::ended(walker.ended_by.as_deref().unwrap_or("stopped")))
            }
            Some(EnrollmentStatus::Withheld) => "Withheld, to compare with".into(),
            None => walker.status.clone(),
        };
        Self {
            customer: walker.customer_id.to_string(),
            who: walker.name.or(walker.email).unwrap_or_else(|| "Somebody without a name".into()),
            entered: format::moment(walker.enrolled_at, zone),
            datetime: format::machine(walker.enrolled_at),
            place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::flows::Difference;

    fn verdict(low: f64, high: f64) -> LiftView {
        let share = ((low + high) / 2.0, Interval { low, high });
        let value = (-12.4, Interval { low: -250.0, high: 225.2 });
        LiftView::new(&FlowResults { lift: Lift::Known(Difference { share, value }), ..FlowResults::default() }, "EUR")
    }

    #[test]
    fn a_verdict_is_as_sure_as_its_interval() {
        assert!(verdict(0.01, 0.05).verdict.starts_with("It works"));
        assert!(verdict(-0.05, -0.01).verdict.starts_with("It does harm"));
        let unclear = verdict(-0.02, 0.08);
        assert!(unclear.verdict.starts_with("No clear difference"));
        assert_eq!(
            unclear.numbers,
            [
                "+3.0 percentage points of people ordering (95% interval −2.0 to +8.0)",
                "−€0.12 for each person (95% interval −€2.50 to +€2.25)"
            ]
        );
    }

    #[test]
    fn too_little_says_how_much_more() {
        let arm = |people| Arm { people, ..Arm::default() };
        let found = FlowResults { sent: arm(300), held: arm(21), lift: Lift::NotEnough, ..FlowResults::default() };
        assert_eq!(
            LiftView::new(&found, "EUR").verdict,
            "Not enough data yet: 9 more withheld people are needed to say anything."
        );
    }
}
