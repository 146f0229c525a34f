//! `{{answer.reason|this}}` in texts: what is known is filled in, else the text behind the bar. The script does the same
//! (`widget/src/ui/pipe.ts`). The result is plain text, to be escaped like any other.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::answer::Answer;
use super::branching::Answers;
use super::survey::Survey;

static PIPE: LazyLock<Regex> = LazyLock::new(|| {
    // A constant: the tests compile it.
    Regex::new(r"\{\{\s*([\w.-]+)\s*(?:\|([^}]*))?\}\}").expect("a regular expression")
});

/// Fills a text. `known` is asked for names such as `customer.name` and `order.id`; answers are told as the survey words them.
pub fn fill(text: &str, survey: &Survey, answers: &Answers, known: impl Fn(&str) -> Option<String>) -> String {
    let filled = PIPE.replace_all(text, |found: &Captures<'_>| {
        let name = &found[1];
        let value = match name.strip_prefix("answer.") {
            Some(key) => answers.get(key).and_then(|answer| told(survey, key, answer)),
            None => known(name),
        };
        let otherwise = || found.get(2).map_or("", |text| text.as_str()).trim().to_owned();
        value.filter(|value| !value.is_empty()).unwrap_or_else(otherwise)
    });
    filled.into_owned()
}

/// An answer in the survey's words.
fn told(survey: &Survey, question: &str, answer: &Answer) -> Option<String> {
    let choices = survey.question(question).map(|question| question.choices.as_slice()).unwrap_or_default();
    let label = |key: &String| choices.iter().find(|choice| choice.key == *key).map_or(key, |choice| &choice.label).clone();
    Some(match answer {
        Answer::Choice { other: Some(other), .. } | Answer::Choices { other: Some(other), .. } => other.clone(),
        Answer::Choice { key, .. } => label(key),
        Answer::Choices { keys, .. } | Answer::Ranking(keys) => keys.iter().map(label).collect::<Vec<_>>().join(", "),
        Answer::Number(number) => number.to_string(),
        Answer::Text(text) => text.clone(),
        Answer::Email { email, .. } => email.clone(),
        Answer::Matrix(cells) => cells.iter().map(|(row, choice)| format!("{row}:{choice}")).collect::<Vec<_>>().join(", "),
        Answer::Withdrawn => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fills_what_is_known() {
        let survey = Survey::parse(&json!({
            "key": "s", "kind": "link", "name": "S",
            "questions": [{"key": "why", "type": "multi_choice", "prompt": "?", "other": true,
                           "choices": [{"key": "a", "label": "Shipping"}, {"key": "b", "label": "Price"}]}]
        }))
        .unwrap();
        let said = |keys: &[&str], other: Option<&str>| {
            let keys = keys.iter().map(|key| (*key).to_owned()).collect();
            Answers::from([("why".to_owned(), Answer::Choices { keys, other: other.map(str::to_owned) })])
        };
        let known = |name: &str| (name == "customer.name").then(|| "Mia".to_owned());
        for (text, answers, filled) in [
            ("Hi {{ customer.name | there }}!", Answers::new(), "Hi Mia!"),
            ("Hi {{customer.first|there}}, {{nothing}}.", Answers::new(), "Hi there, ."),
            ("“{{answer.why}}”", said(&["a", "b"], None), "“Shipping, Price”"),
            ("{{answer.why}}", said(&["other"], Some("dust")), "dust"),
            ("{{answer.why|that}}", Answers::from([("why".to_owned(), Answer::Withdrawn)]), "that"),
            ("{{answer.gone| that }}", Answers::new(), "that"),
            ("{ {customer.name}} {{}}", Answers::new(), "{ {customer.name}} {{}}"),
        ] {
            assert_eq!(fill(text, &survey, &answers, known), filled, "{text}");
        }
    }
}
