//! What the answers to one question come to, from their counts: for each type of question the figure that fits it.

use std::collections::BTreeMap;

use crate::domain::score::{self, Score};
use crate::domain::stats::{Interval, mean_interval, wilson};
use crate::domain::survey::{OTHER, Question, QuestionType};

/// Counts by item, as roll-ups have them: see [`crate::domain::answer::tallies`].
pub type Counts = BTreeMap<String, i64>;

pub enum Summary {
    /// In the document's order; choices that are gone from it come last. Shares of several choices exceed the whole.
    Choices {
        bars: Vec<Bar>,
        several: bool,
    },
    Scale(Scale),
    /// The best first.
    Ranking(Vec<Place>),
    Matrix {
        columns: Vec<String>,
        rows: Vec<Row>,
    },
    /// Listed as texts, not counted.
    Texts,
    /// Addresses are counted only. Who allowed marketing mail, where that was asked.
    Addresses {
        agreed: Option<Share>,
    },
}

/// `n` of `of`, with Wilson's 95 % interval.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    pub of: i64,
    pub n: i64,
    /// 0 to 1.
    pub value: f64,
    pub interval: Interval,
}

impl Share {
    pub fn new(n: i64, of: i64) -> Option<Self> {
        let interval = wilson(u64::try_from(n.min(of)).ok()?, u64::try_from(of).ok()?)?;
        Some(Self { of, n, value: n as f64 / of as f64, interval })
    }
}

pub struct Bar {
    pub label: String,
    pub n: i64,
    /// Of those who answered the question.
    pub share: Option<Share>,
}

pub struct Scale {
    pub score: Option<ScoreResult>,
    /// Every number of the scale, from low to high.
    pub points: Vec<Bar>,
    /// Detractors, passives and promoters of an NPS.
    pub groups: Vec<Bar>,
    /// What the ends of the scale are called.
    pub ends: [String; 2],
}

pub struct ScoreResult {
    pub name: &'static str,
    pub value: f64,
    pub interval: Option<Interval>,
    pub n: u64,
    /// Below 30 answers a score says little.
    pub enough: bool,
    /// After the number: `%` or nothing.
    pub unit: &'static str,
}

impl ScoreResult {
    /// A figure of its scale as people read it: `+32`, `80%`, `5.8`.
    pub fn write(&self, value: f64) -> String {
        match (self.name, self.unit) {
            // An NPS without its sign is easily misread.
            ("NPS", _) if value.round() > 0.0 => format!("+{value:.0}"),
            ("NPS", _) if value.round() < 0.0 => format!("−{:.0}", -value),
            ("NPS", _) => "0".into(),
            (_, "%") => format!("{value:.0}%"),
            (_, unit) => format!("{value:.1}{unit}"),
        }
    }
}

/// One choice of a ranking.
pub struct Place {
    pub label: String,
    /// 1 is the best; `None` if nobody placed it.
    pub mean: Option<f64>,
    /// Absent below 30 answers, where it would be too sure of itself.
    pub interval: Option<Interval>,
    /// Who put it first, of those who answered.
    pub first: Option<Share>,
    /// Who gave it a place.
    pub n: u64,
    /// The last place there is.
    pub last: usize,
}

/// One row of a matrix.
pub struct Row {
    pub label: String,
    pub answered: i64,
    /// By column, of those who answered this row.
    pub cells: Vec<Option<Share>>,
}

/// The summary of a question's counts; `answered` is how many answered it at all.
pub fn summarize(question: &Question, locale: &str, counts: Counts, answered: i64) -> Summary {
    match question.kind {
        QuestionType::Ranking => Summary::Ranking(places(question, &counts, answered)),
        QuestionType::Matrix => matrix(question, &counts),
        QuestionType::ShortText | QuestionType::LongText | QuestionType::Statement => Summary::Texts,
        QuestionType::Email => Summary::Addresses {
            agreed: question.consent.as_ref().and_then(|_| Share::new(counts.get("~consent").copied().unwrap_or(0), answered)),
        },
        _ => match (question.scale(), question.ends(locale)) {
            (Some((low, high)), Some(ends)) => {
                Summary::Scale(scale(question.kind, low..=high, ends.map(str::to_owned), &counts, answered))
            }
            _ => Summary::Choices { bars: choices(question, counts, answered), several: question.takes_several() },
        },
    }
}

fn choices(question: &Question, mut counts: Counts, answered: i64) -> Vec<Bar> {
    let mut known: Vec<(String, String)> =
        question.choices.iter().map(|choice| (choice.key.clone(), choice.label.clone())).collect();
    if question.other {
        known.retain(|(key, _)| key != OTHER);
        known.push(("~other".into(), "Other".into()));
    }
    let mut bars = Vec::new();
    for (item, label) in known {
        let n = counts.remove(&item).unwrap_or(0);
        bars.push(Bar { label, n, share: Share::new(n, answered) });
    }
    // Of an earlier revision; what was typed is listed as text instead.
    counts.retain(|item, n| !item.starts_with('~') && *n > 0);
    bars.extend(counts.into_iter().map(|(label, n)| Bar { label, n, share: Share::new(n, answered) }));
    bars
}

fn scale(kind: QuestionType, range: std::ops::RangeInclusive<i64>, ends: [String; 2], counts: &Counts, answered: i64) -> Scale {
    let numbers: Vec<(i64, u64)> =
        counts.iter().filter_map(|(item, n)| Some((item.parse().ok()?, u64::try_from(*n).ok()?))).collect();
    let bar = |label: String, range: std::ops::RangeInclusive<i64>| {
        let n = range.map(|number| counts.get(&number.to_string()).copied().unwrap_or(0)).sum();
        Bar { label, n, share: Share::new(n, answered) }
    };
    let groups = match kind {
        QuestionType::Nps => [("Detractors, 0 to 6", 0..=6), ("Passives, 7 and 8", 7..=8), ("Promoters, 9 and 10", 9..=10)]
            .map(|(label, range)| bar(label.into(), range))
            .into(),
        _ => Vec::new(),
    };
    let score = score_of(kind, &range, &numbers);
    Scale { score, points: range.map(|number| bar(number.to_string(), number..=number)).collect(), groups, ends }
}

fn score_of(kind: QuestionType, range: &std::ops::RangeInclusive<i64>, counts: &[(i64, u64)]) -> Option<ScoreResult> {
    let (name, unit, score): (_, _, Option<Score>) = match kind {
        QuestionType::Nps => ("NPS", "", score::nps(counts)),
        QuestionType::Csat => ("CSAT", "%", score::csat(counts)),
        QuestionType::Ces => ("CES", "", score::ces(counts)),
        _ => ("Mean", "", score::mean(counts, *range.start(), *range.end())),
    };
    let score = score?;
    Some(ScoreResult { name, value: score.value, interval: score.interval, n: score.n, enough: score.is_enough(), unit })
}

fn places(question: &Question, counts: &Counts, answered: i64) -> Vec<Place> {
    let mut by_choice: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for (item, n) in counts.iter().filter(|(_, n)| **n > 0) {
        let Some((key, place)) = item.split_once(':') else { continue };
        let Ok(place) = place.parse::<u32>() else { continue };
        by_choice.entry(key).or_default().push((place.into(), *n as f64));
    }
    let last = question.choices.len();
    let place = |label: &str, key: &str, given: Vec<(f64, f64)>| {
        let sum = |of: fn(f64) -> f64| given.iter().map(|(place, n)| of(*place) * n).sum::<f64>();
        let (n, total, squares) = (sum(|_| 1.0), sum(|place| place), sum(|place| place * place));
        let best = |i: Interval| Interval { low: i.low.max(1.0), high: i.high.min(last as f64) };
        Place {
            label: label.to_owned(),
            mean: (n > 0.0).then(|| total / n),
            interval: mean_interval(n as u64, total, squares).filter(|_| n as u64 >= score::ENOUGH).map(|(_, found)| best(found)),
            first: Share::new(counts.get(&format!("{key}:1")).copied().unwrap_or(0), answered),
            n: n as u64,
            last,
        }
    };
    let mut places: Vec<Place> = Vec::new();
    for choice in &question.choices {
        let given = by_choice.remove(choice.key.as_str()).unwrap_or_default();
        places.push(place(&choice.label, &choice.key, given));
    }
    // Of an earlier revision.
    places.extend(by_choice.into_iter().map(|(key, given)| place(key, key, given)));
    places.sort_by(|a, b| a.mean.unwrap_or(f64::MAX).total_cmp(&b.mean.unwrap_or(f64::MAX)));
    places
}

/// Cells of rows or columns that are gone from the document are left out: a table has no place for them.
fn matrix(question: &Question, counts: &Counts) -> Summary {
    let row = |row: &crate::domain::survey::Choice| {
        let count = |column: &str| counts.get(&format!("{}:{column}", row.key)).copied().unwrap_or(0).max(0);
        let cells: Vec<i64> = question.choices.iter().map(|column| count(&column.key)).collect();
        let answered = cells.iter().sum();
        Row { label: row.label.clone(), answered, cells: cells.into_iter().map(|n| Share::new(n, answered)).collect() }
    };
    Summary::Matrix {
        columns: question.choices.iter().map(|column| column.label.clone()).collect(),
        rows: question.rows.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn summary(question: Value, counts: &[(&str, i64)], answered: i64) -> Summary {
        let question = serde_json::from_value(question).unwrap();
        summarize(&question, "en", counts.iter().map(|(item, n)| ((*item).to_owned(), *n)).collect(), answered)
    }

    fn list(keys: &[&str]) -> Value {
        keys.iter().map(|key| json!({"key": key, "label": key.to_uppercase()})).collect()
    }

    fn shares(bars: &[Bar]) -> Vec<(&str, i64, f64)> {
        bars.iter().map(|bar| (&*bar.label, bar.n, bar.share.map_or(-1.0, |share| share.value))).collect()
    }

    #[test]
    fn choices_are_shares_of_those_who_answered() {
        let one = json!({"key": "q", "type": "single_choice", "prompt": "?", "choices": list(&["a", "b"]), "other": true});
        let Summary::Choices { bars, several } = summary(one, &[("a", 3), ("~other", 1), ("gone", 4), ("~text", 9)], 8) else {
            panic!("choices")
        };
        assert_eq!(shares(&bars), [("A", 3, 0.375), ("B", 0, 0.0), ("Other", 1, 0.125), ("gone", 4, 0.5)]);
        assert!(!several);
        let many = json!({"key": "q", "type": "image_choice", "prompt": "?", "choices": list(&["a", "b"]), "max": 2});
        let Summary::Choices { bars, several } = summary(many, &[("a", 4), ("b", 2)], 4) else { panic!("choices") };
        assert_eq!(shares(&bars), [("A", 4, 1.0), ("B", 2, 0.5)]);
        assert!(several);
    }

    #[test]
    fn a_scale_has_its_score_every_point_and_its_ends() {
        let ask = |kind: &str| json!({"key": "q", "type": kind, "prompt": "?", "high": "Yes!"});
        for (kind, name, value, points) in [
            ("nps", "NPS", -50.0, 11),
            ("csat", "CSAT", 100.0 / 3.0, 5),
            ("ces", "CES", 20.0 / 6.0, 7),
            ("rating", "Mean", 16.0 / 6.0, 5),
        ] {
            let counts: &[(&str, i64)] = match kind {
                "nps" => &[("10", 1), ("8", 1), ("0", 4)],
                "ces" => &[("7", 2), ("2", 2), ("1", 2)],
                _ => &[("5", 2), ("2", 2), ("1", 2)],
            };
            let n = counts.iter().map(|(_, n)| n).sum();
            let Summary::Scale(found) = summary(ask(kind), counts, n) else { panic!("{kind}") };
            let score = found.score.unwrap();
            assert_eq!((score.name, score.n, found.points.len()), (name, 6, points), "{kind}");
            assert!((score.value - value).abs() < 1e-9, "{kind}: {}", score.value);
            assert_eq!(found.ends[1], "Yes!");
            assert!(!found.ends[0].is_empty());
            let groups: Vec<i64> = found.groups.iter().map(|bar| bar.n).collect();
            assert_eq!(groups, if kind == "nps" { vec![4, 1, 1] } else { vec![] }, "{kind}");
        }
        let Summary::Scale(empty) = summary(ask("nps"), &[], 0) else { panic!("nps") };
        assert!(empty.score.is_none() && empty.points.iter().all(|point| point.share.is_none()));
    }

    #[test]
    fn a_ranking_is_ordered_by_mean_place() {
        let question = json!({"key": "q", "type": "ranking", "prompt": "?", "choices": list(&["a", "b", "c", "d"])});
        let counts = [("a:1", 10), ("a:2", 30), ("b:1", 30), ("b:2", 10), ("c:3", 40), ("gone:4", 10)];
        let Summary::Ranking(places) = summary(question, &counts, 40) else { panic!("a ranking") };
        let found: Vec<_> = places.iter().map(|place| (&*place.label, place.mean, place.n)).collect();
        assert_eq!(
            found,
            [("B", Some(1.25), 40), ("A", Some(1.75), 40), ("C", Some(3.0), 40), ("gone", Some(4.0), 10), ("D", None, 0)]
        );
        assert_eq!(places[0].first.unwrap().value, 0.75);
        let interval = places[0].interval.unwrap();
        assert!(1.0 < interval.low && interval.low < 1.25 && 1.25 < interval.high, "{interval:?}");
        assert!(places[3].interval.is_none() && places[4].interval.is_none(), "too few, or none");
    }

    #[test]
    fn a_matrix_has_shares_by_row() {
        let question =
            json!({"key": "q", "type": "matrix", "prompt": "?", "choices": list(&["good", "bad"]), "rows": list(&["x", "y"])});
        let Summary::Matrix { columns, rows } = summary(question, &[("x:good", 3), ("x:bad", 1), ("z:bad", 9)], 4) else {
            panic!("a matrix")
        };
        assert_eq!(columns, ["GOOD", "BAD"]);
        let found: Vec<_> = rows.iter().map(|row| (row.answered, row.cells[0].map(|share| share.value))).collect();
        assert_eq!(found, [(4, Some(0.75)), (0, None)]);
    }

    #[test]
    fn texts_are_listed_and_addresses_counted() {
        for kind in ["short_text", "long_text"] {
            let found = summary(json!({"key": "q", "type": kind, "prompt": "?"}), &[("~text", 3)], 3);
            assert!(matches!(found, Summary::Texts), "{kind}");
        }
        let agreed = |question: Value| match summary(question, &[("~text", 4), ("~consent", 1)], 4) {
            Summary::Addresses { agreed } => agreed.map(|share| share.value),
            _ => panic!("addresses"),
        };
        assert_eq!(agreed(json!({"key": "q", "type": "email", "prompt": "?"})), None);
        assert_eq!(agreed(json!({"key": "q", "type": "email", "prompt": "?", "consent": "Yes"})), Some(0.25));
    }
}
