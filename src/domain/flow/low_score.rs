//! Which answers are so low that somebody should look after the person: the trigger `score.low`.

use crate::domain::{
    answer::Answer,
    survey::{Question, QuestionType},
};

/// An answer that is low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowScore<'a> {
    /// Key of the question.
    pub question: &'a str,
    /// What was answered.
    pub value: i64,
    /// The highest that counts as low.
    pub threshold: i64,
}

/// The highest answer that counts as low; `None` for questions without a score.
///
/// NPS: a detractor's. CSAT and CES: below the middle. A rating: the lower two fifths of its scale, as in CSAT.
pub fn threshold(question: &Question) -> Option<i64> {
    match (question.kind, question.scale()?) {
        (QuestionType::Nps, _) => Some(6),
        (QuestionType::Csat, _) => Some(2),
        (QuestionType::Ces, _) => Some(3),
        (_, (_, highest)) => Some((highest * 2 / 5).max(1)),
    }
}

/// The low ones among the answers of one response, in the order of the questions.
pub fn low_scores<'a>(questions: &'a [Question], answer: impl Fn(&str) -> Option<&'a Answer>) -> Vec<LowScore<'a>> {
    let low = |question: &'a Question| match (threshold(question)?, answer(&question.key)?) {
        (threshold, Answer::Number(value)) if *value <= threshold => {
            Some(LowScore { question: &question.key, value: *value, threshold })
        }
        _ => None,
    };
    questions.iter().filter_map(low).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn question(kind: &str, max: Option<u32>) -> Question {
        let mut question = json!({"key": kind, "type": kind, "prompt": "?"});
        if let Some(max) = max {
            question["max"] = json!(max);
        }
        serde_json::from_value(question).unwrap()
    }

    #[test]
    fn thresholds_of_each_scale() {
        for (kind, max, expected) in [
            ("nps", None, Some(6)),
            ("csat", None, Some(2)),
            ("ces", None, Some(3)),
            ("rating", None, Some(2)),
            ("rating", Some(3), Some(1)),
            ("rating", Some(4), Some(1)),
            ("rating", Some(10), Some(4)),
            ("short_text", None, None),
            ("single_choice", None, None),
            ("statement", None, None),
        ] {
            assert_eq!(threshold(&question(kind, max)), expected, "{kind} {max:?}");
        }
    }

    #[test]
    fn only_low_answers_count() {
        let questions = ["nps", "csat", "ces", "short_text"].map(|kind| question(kind, None));
        let (low, high, text) = (Answer::Number(2), Answer::Number(7), Answer::Text("bad".into()));
        let found = low_scores(&questions, |key| match key {
            "nps" => Some(&high),
            "csat" | "ces" => Some(&low),
            _ => Some(&text),
        });
        assert_eq!(
            found,
            [LowScore { question: "csat", value: 2, threshold: 2 }, LowScore { question: "ces", value: 2, threshold: 3 }]
        );
        assert_eq!(low_scores(&questions, |_| None), []);
        let withdrawn = Answer::Withdrawn;
        assert_eq!(low_scores(&questions, |_| Some(&withdrawn)), []);
        let detractor = Answer::Number(6);
        assert_eq!(low_scores(&questions[..1], |_| Some(&detractor)).len(), 1);
    }
}
