//! The report as a mail: the same sentences in HTML and in plain text.

use askama::Template;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use url::Url;

use super::compare::{Change, points};
use super::figures::Figures;
use super::flows::{FlowWeek, MEASURED};
use super::surveys::{AnswerWeek, ScoreWeek, SurveyWeek};
use crate::domain::money::Money;
use crate::domain::numbers::{count, percent, percent_range};
use crate::domain::score::ENOUGH;
use crate::domain::stats::Interval;
use crate::domain::weekly::Week;
use crate::insight::flows::{Difference, Lift, WINDOW_DAYS};
use crate::insight::results::Period;
use crate::jobs::{Letter, Text};
use crate::store::sites::Site;

/// What the outbox calls it.
pub const KIND: &str = "weekly-report";
/// Surveys that are told of each; a mail much longer would be cut off by its reader's program.
const SURVEYS: usize = 12;

struct View {
    store: String,
    /// `Monday 16 to Sunday 22 November 2026`.
    week: String,
    quiet: bool,
    needs: Vec<Line>,
    surveys: Vec<SurveyView>,
    /// Surveys that are left out.
    more: usize,
    answers: Vec<AnswerView>,
    texts: Vec<QuoteView>,
    shop: Vec<String>,
    flows: Vec<FlowView>,
    install: String,
    admin: String,
    stop: String,
}

struct Line {
    sentence: String,
    link: String,
}

struct SurveyView {
    name: String,
    link: String,
    /// Label, figure, note.
    figures: [(&'static str, String, String); 3],
    sentences: Vec<String>,
}

struct AnswerView {
    prompt: String,
    label: String,
    words: String,
}

struct QuoteView {
    prompt: String,
    text: String,
}

struct FlowView {
    name: String,
    link: String,
    sentences: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/weekly.html")]
struct Html<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "mail/weekly.txt")]
struct Plain<'a> {
    view: &'a View,
}

/// The report in words.
pub struct Written {
    /// After the store's name and a colon.
    pub subject: String,
    pub html: String,
    pub text: String,
}

/// `public_url`: where its links lead.
pub fn write(figures: &Figures, site: &Site, public_url: &Url) -> Result<Written, askama::Error> {
    let view = View::new(figures, site, public_url);
    let (html, text) = (Html { view: &view }.render()?, Plain { view: &view }.render()?);
    Ok(Written { subject: format!("your week, {}", short(figures.week)), html, text })
}

impl From<Written> for Letter {
    fn from(Written { subject, html, text }: Written) -> Self {
        Self { kind: KIND.to_owned(), subject, text: Text::Written { html, text } }
    }
}

impl View {
    fn new(found: &Figures, site: &Site, public_url: &Url) -> Self {
        let link = |path: &str| format!("{}/admin/{}/{path}", public_url.as_str().trim_end_matches('/'), site.key);
        let admin = link("").trim_end_matches('/').to_owned();
        let period = Period { from: found.week.monday, until: found.week.sunday() };
        let days = format!("?from={}&until={}", period.first(), period.last_day());
        let told = found.surveys.iter().filter(|survey| survey.shown[0] > 0 || survey.answered[0] > 0);
        let survey = |survey: &SurveyWeek| SurveyView {
            name: survey.name.clone(),
            link: link(&format!("surveys/{}{days}", survey.id)),
            figures: survey_figures(survey),
            sentences: survey_sentences(survey),
        };
        let flow = |flow: &FlowWeek| FlowView {
            name: flow.name.clone(),
            link: link(&format!("flows/{}{days}", flow.id)),
            sentences: flow_sentences(flow, &site.currency),
        };
        let need = |need: &super::needs::Need| Line {
            sentence: need.sentence.clone(),
            link: if need.path.is_empty() { admin.clone() } else { link(&need.path) },
        };
        Self {
            store: site.name.clone(),
            week: long(found.week),
            quiet: found.is_quiet(),
            needs: found.needs.iter().map(need).collect(),
            more: told.clone().count().saturating_sub(SURVEYS),
            surveys: told.take(SURVEYS).map(survey).collect(),
            answers: found.answers.iter().map(answer).collect(),
            texts: found.texts.iter().map(|q| QuoteView { prompt: q.prompt.clone(), text: q.text.clone() }).collect(),
            shop: shop(found, site),
            flows: found.flows.iter().map(flow).collect(),
            install: link("install"),
            stop: link("settings/weekly"),
            admin,
        }
    }
}

fn survey_figures(survey: &SurveyWeek) -> [(&'static str, String, String); 3] {
    let before = |n: i64| format!("{} the week before", count(n));
    let (rate, sure) = match survey.rate {
        Some(rate) => (percent(rate.value), format!("95% interval {}", percent_range(rate.interval))),
        None => ("–".into(), String::new()),
    };
    [
        ("Shown", count(survey.shown[0]), before(survey.shown[1])),
        ("Answered", count(survey.answered[0]), before(survey.answered[1])),
        ("Answer rate", rate, sure),
    ]
}

fn survey_sentences(survey: &SurveyWeek) -> Vec<String> {
    let rate = match survey.rate {
        Some(rate) if rate.of < ENOUGH.cast_signed() => "Answer rate: of so few, it says little.".to_owned(),
        Some(_) => {
            let usual = survey.usual.map(|range| format!(" In the eight weeks before: {}.", percent_range(range)));
            format!("Answer rate: {}.{}", survey.change.words(|share| points(share * 100.0)), usual.unwrap_or_default())
        }
        None => "Nobody was shown it; answers came to what was shown before.".to_owned(),
    };
    let gone = (!survey.live).then(|| "It is not live any more.".to_owned());
    [rate].into_iter().chain(survey.scores.iter().map(score)).chain(gone).collect()
}

fn score(found: &ScoreWeek) -> String {
    let score = &found.score;
    let range = |range: Interval| format!(" (95% interval {} to {})", score.write(range.low), score.write(range.high));
    let range = score.interval.map(range).unwrap_or_default();
    let (name, value, n) = (score.name, score.write(score.value), count(score.n.cast_signed()));
    if !score.enough {
        let answers = if score.n == 1 { "answer" } else { "answers" };
        return format!("{name} {value} from only {n} {answers}{range}: too few to say much.");
    }
    let amount = |moved: f64| if name == "CES" { format!("{moved:.1}") } else { points(moved) };
    format!("{name} {value} from {n} answers{range}: {}.", found.change.words(amount))
}

fn answer(found: &AnswerWeek) -> AnswerView {
    let share = percent(found.share.value);
    let of = format!("{share} of {}", count(found.share.of));
    let words = match (found.change, found.before) {
        _ if found.share.of < ENOUGH.cast_signed() => format!("{of}: too few to say much"),
        (Change::New | Change::Few, _) | (_, None) => format!("{of} (95% interval {})", percent_range(found.share.interval)),
        (change, Some(before)) => {
            format!("{of}, {} the week before: {}", percent(before.value), change.words(|share| points(share * 100.0)))
        }
    };
    AnswerView { prompt: found.prompt.clone(), label: found.label.clone(), words }
}

fn shop(found: &Figures, site: &Site) -> Vec<String> {
    let ([(left, won), (left_before, _)], [orders, orders_before]) = (found.carts, found.orders);
    let mut lines = Vec::new();
    if left + left_before > 0 {
        let were = if left == 1 { "1 cart was".into() } else { format!("{} carts were", count(left)) };
        let won = match (left, won) {
            (0, _) => String::new(),
            (_, 0) => " None of them has been ordered since.".into(),
            (_, 1) => " 1 of them has been ordered since.".into(),
            (_, won) => format!(" {} of them have been ordered since.", count(won)),
        };
        lines.push(format!("{were} left behind ({} the week before).{won}", count(left_before)));
    }
    if orders.after_survey + orders_before.after_survey > 0 {
        let days = match site.settings.attribution_days {
            1 => "the day before it".into(),
            days => format!("the {days} days before it"),
        };
        let of = if orders.orders == 1 { "1 order".into() } else { format!("{} orders", count(orders.orders)) };
        let before = count(orders_before.after_survey);
        lines.push(match orders.after_survey {
            0 => format!("Of {of}, none came from people who had seen a survey in {days} ({before} the week before)."),
            n => format!(
                "Of {of}, {} came from people who had seen a survey in {days}, worth {} ({before} the week before). That does \
                 not mean that a survey led to them.",
                count(n),
                money(orders.value as f64, &site.currency),
            ),
        });
    }
    if found.mails[0] + found.mails[1] > 0 {
        let mails = if found.mails[0] == 1 { "1 mail".into() } else { format!("{} mails", count(found.mails[0])) };
        lines.push(format!("Follow-ups sent {mails} ({} the week before).", count(found.mails[1])));
    }
    lines
}

fn flow_sentences(flow: &FlowWeek, currency: &str) -> Vec<String> {
    if flow.entered == 0 {
        return vec!["Nobody entered it.".into()];
    }
    let entered = match flow.entered {
        1 => "It began once".into(),
        n => format!("It began {} times", count(n)),
    };
    let mails = if flow.mails == 1 { "1 mail".into() } else { format!("{} mails", count(flow.mails)) };
    let ordered = match flow.ordered {
        0 => "nobody has ordered since".into(),
        1 => format!("1 person has ordered since, for {}", money(flow.value as f64, currency)),
        n => format!("{} people have ordered since, for {}", count(n), money(flow.value as f64, currency)),
    };
    vec![format!("{entered}, with {mails} so far; {ordered}."), lift(flow.lift, currency)]
}

/// What is known of its effect: nothing is claimed without people who were withheld.
fn lift(lift: Lift, currency: &str) -> String {
    let Difference { share: (share, range), value: (each, spread) } = match lift {
        Lift::NoHoldout => return "Nobody is withheld from it, so what they would have ordered anyway is not known.".into(),
        Lift::NotEnough => return "What it brings is not known yet: too few people entered or were withheld.".into(),
        Lift::Uneven => return "What it brings cannot be said: the two groups are not split as they should be.".into(),
        Lift::Known(known) => known,
    };
    let verdict = match (range.low > 0.0, range.high < 0.0) {
        (true, _) => "more people order because of it",
        (_, true) => "fewer people order because of it",
        _ => "no clear difference yet",
    };
    let share_of = |n: f64| {
        let sign = if n > 0.0 { "+" } else { "−" };
        let text = format!("{:.1}", n.abs() * 100.0);
        // Nothing has no sign.
        if text == "0.0" { text } else { format!("{sign}{text}") }
    };
    let value_of = |n: f64| format!("{}{}", if n.round() < 0.0 { "−" } else { "" }, money(n.abs(), currency));
    format!(
        "Over {MEASURED} weeks, against people withheld by chance: {verdict}. {} percentage points of people ordering within \
         {WINDOW_DAYS} days (95% interval {} to {}), {} for each person ({} to {}).",
        share_of(share),
        share_of(range.low),
        share_of(range.high),
        value_of(each),
        value_of(spread.low),
        value_of(spread.high),
    )
}

/// Rounded to the smallest unit.
fn money(minor: f64, currency: &str) -> String {
    let minor = minor.round() as i64;
    currency.parse().map_or_else(|_| minor.to_string(), |currency| Money { minor, currency }.format("en"))
}

fn day(days: i32) -> Date {
    date(1970, 1, 1).saturating_add(i64::from(days).clamp(-3_000_000, 2_900_000).days())
}

/// `16–22 Nov`, `28 Sep – 4 Oct`.
fn short(week: Week) -> String {
    let (monday, sunday) = (day(week.monday), day(week.sunday()));
    match monday.month() == sunday.month() {
        true => format!("{}–{}", monday.day(), sunday.strftime("%-d %b")),
        false => format!("{} – {}", monday.strftime("%-d %b"), sunday.strftime("%-d %b")),
    }
}

/// `Monday 16 to Sunday 22 November 2026`; month and year are said where they differ.
fn long(week: Week) -> String {
    let (monday, sunday) = (day(week.monday), day(week.sunday()));
    let from = match (monday.month() == sunday.month(), monday.year() == sunday.year()) {
        (true, _) => monday.strftime("%A %-d"),
        (false, true) => monday.strftime("%A %-d %B"),
        (false, false) => monday.strftime("%A %-d %B %Y"),
    };
    format!("{from} to {}", sunday.strftime("%A %-d %B %Y"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::summary::{ScoreResult, Share};
    use jiff::tz::TimeZone;

    fn score_of(name: &'static str, value: f64, n: u64, change: Change) -> String {
        let unit = if name == "CSAT" { "%" } else { "" };
        let interval = Some(Interval { low: value - 5.0, high: value + 5.0 });
        let score = ScoreResult { name, value, interval, n, enough: n >= ENOUGH, unit };
        score_sentence(score, change)
    }

    fn score_sentence(score: ScoreResult, change: Change) -> String {
        super::score(&ScoreWeek { prompt: "How likely?".into(), score, change })
    }

    #[test]
    fn a_score_is_never_bare() {
        assert_eq!(
            score_of("NPS", 32.0, 64, Change::Unclear),
            "NPS +32 from 64 answers (95% interval +27 to +37): no clear change."
        );
        assert_eq!(
            score_of("CSAT", 80.0, 1240, Change::Clear(-6.0)),
            "CSAT 80% from 1,240 answers (95% interval 75% to 85%): down 6 points, more than chance."
        );
        assert_eq!(
            score_of("CES", 5.8, 30, Change::Clear(0.42)),
            "CES 5.8 from 30 answers (95% interval 0.8 to 10.8): up 0.4, more than chance."
        );
        assert_eq!(
            score_of("NPS", 40.0, 29, Change::Few),
            "NPS +40 from only 29 answers (95% interval +35 to +45): too few to say much."
        );
        let one = ScoreResult { name: "CES", value: 7.0, interval: None, n: 1, enough: false, unit: "" };
        assert_eq!(score_sentence(one, Change::Few), "CES 7.0 from only 1 answer: too few to say much.");
    }

    #[test]
    fn an_answer_says_of_how_many_it_is() {
        let told = |n, of, before: Option<(i64, i64)>, change| {
            let before = before.and_then(|(n, of)| Share::new(n, of));
            let (prompt, label) = ("Why?".into(), "Price".into());
            answer(&AnswerWeek { prompt, label, share: Share::new(n, of).unwrap(), before, change }).words
        };
        assert_eq!(
            told(45, 120, Some((20, 100)), Change::Clear(0.175)),
            "38% of 120, 20% the week before: up 18 points, more than chance"
        );
        assert_eq!(told(45, 120, Some((36, 100)), Change::Unclear), "38% of 120, 36% the week before: no clear change");
        assert_eq!(told(3, 12, Some((36, 100)), Change::Few), "25% of 12: too few to say much");
        assert_eq!(told(3, 12, None, Change::New), "25% of 12: too few to say much");
        assert_eq!(told(45, 120, Some((1, 9)), Change::Few), "38% of 120 (95% interval 29–46%)");
        assert_eq!(told(45, 120, None, Change::New), "38% of 120 (95% interval 29–46%)");
    }

    #[test]
    fn nothing_is_claimed_without_people_who_were_withheld() {
        for (known, words) in
            [(Lift::NoHoldout, "Nobody is withheld"), (Lift::NotEnough, "not known yet"), (Lift::Uneven, "cannot be said")]
        {
            let told = lift(known, "EUR");
            assert!(told.contains(words) && !told.contains('€') && !told.contains("because"), "{told}");
        }
        let known = |low, high| {
            let range = Interval { low, high };
            let value = (41.6, Interval { low: -10.2, high: 93.0 });
            lift(Lift::Known(Difference { share: ((low + high) / 2.0, range), value }), "EUR")
        };
        assert_eq!(
            known(-0.01, 0.03),
            "Over 13 weeks, against people withheld by chance: no clear difference yet. +1.0 percentage points of people \
             ordering within 14 days (95% interval −1.0 to +3.0), €0.42 for each person (−€0.10 to €0.93)."
        );
        assert!(known(0.01, 0.03).contains("more people order because of it"));
        assert!(known(-0.03, -0.01).contains("fewer people order because of it"));
    }

    #[test]
    fn a_week_is_named_by_its_days() {
        let week = |utc: &str| Week::at(utc.parse::<jiff::Timestamp>().unwrap().as_millisecond(), &TimeZone::UTC);
        for (at, brief, whole) in [
            ("2026-11-18T12:00:00Z", "16–22 Nov", "Monday 16 to Sunday 22 November 2026"),
            ("2026-10-01T12:00:00Z", "28 Sep – 4 Oct", "Monday 28 September to Sunday 4 October 2026"),
            ("2026-12-31T12:00:00Z", "28 Dec – 3 Jan", "Monday 28 December 2026 to Sunday 3 January 2027"),
        ] {
            assert_eq!((short(week(at)), long(week(at))), (brief.to_owned(), whole.to_owned()));
        }
    }
}
