//! An answer as a plain HTML form writes it: `a` for what is chosen or written, repeated for several; `other`, `consent`; `rank.<key>`
//! and `row.<key>` for rankings and grids. Unlike [`super::check`], it also says what is missing before one may go on.

use serde_json::{Map, Value, json};

use super::{Answer, MAX_TEXT, check};
use crate::domain::survey::{OTHER, Question, QuestionType};

/// The fields of a form, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of a field.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a field has this value, among others.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|found| found == value)
    }
}

/// What keeps a shopper from going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Required,
    /// Choices.
    AtLeast(usize),
    AtMost(usize),
    /// Characters.
    TooShort(usize),
    TooLong(usize),
    Email,
    /// Two things on one place of a ranking.
    OnceEach,
}

/// Reads the answer to a question. What was not offered counts as not chosen.
///
/// # Errors
/// [`Fault`] says what is missing or too much.
pub fn read(question: &Question, form: &Fields) -> Result<Answer, Fault> {
    let wire = wire(question, form)?;
    let empty = wire.as_object().is_some_and(Map::is_empty);
    if question.required && question.kind != QuestionType::Statement && (empty || !is_whole(question, &wire)) {
        return Err(Fault::Required);
    }
    if let Some(fault) = bounds(question, &wire) {
        return Err(fault);
    }
    check(question, &wire).map_err(|_| if question.kind == QuestionType::Email { Fault::Email } else { Fault::Required })
}

/// The fields that write this answer.
pub fn write(answer: &Answer) -> Fields {
    let one = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let with_other = |mut fields: Vec<_>, other: &Option<String>| {
        fields.extend(other.iter().map(|other| one(OTHER, other)));
        fields
    };
    Fields(match answer {
        Answer::Choice { key, other } => with_other(vec![one("a", key)], other),
        Answer::Choices { keys, other } => with_other(keys.iter().map(|key| one("a", key)).collect(), other),
        Answer::Number(number) => vec![one("a", &number.to_string())],
        Answer::Text(text) => vec![one("a", text)],
        Answer::Email { email, consent } => {
            let mut fields = vec![one("a", email)];
            fields.extend(consent.then(|| one("consent", "yes")));
            fields
        }
        Answer::Ranking(keys) => keys.iter().enumerate().map(|(at, key)| (format!("rank.{key}"), (at + 1).to_string())).collect(),
        Answer::Matrix(cells) => cells.iter().map(|(row, choice)| (format!("row.{row}"), choice.clone())).collect(),
        Answer::Withdrawn => Vec::new(),
    })
}

fn wire(question: &Question, form: &Fields) -> Result<Value, Fault> {
    use QuestionType as T;
    let written = |name: &str| form.get(name).map(str::trim).filter(|text| !text.is_empty());
    let none = || json!({});
    Ok(match question.kind {
        T::Statement => none(),
        T::ShortText | T::LongText => written("a").map_or_else(none, |text| json!({"text": plain_lines(text)})),
        T::Email => match written("a") {
            Some(email) => json!({"email": email, "consent": form.get("consent").is_some()}),
            None => none(),
        },
        T::Ranking => ranking(question, form)?,
        T::Matrix => {
            let cells = question.rows.iter().filter_map(|row| {
                let choice = form.get(&format!("row.{}", row.key)).filter(|choice| question.has_choice(choice))?;
                Some((row.key.clone(), json!(choice)))
            });
            let cells: Map<String, Value> = cells.collect();
            if cells.is_empty() { none() } else { json!({"matrix": cells}) }
        }
        _ if question.scale().is_some() => {
            let (low, high) = question.scale().unwrap_or_default();
            let number = written("a").and_then(|n| n.parse::<i64>().ok()).filter(|n| (low..=high).contains(n));
            number.map_or_else(none, |n| json!({"number": n}))
        }
        _ => choices(question, form),
    })
}

/// Browsers write line ends as CR LF.
fn plain_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn choices(question: &Question, form: &Fields) -> Value {
    let mut keys: Vec<&str> = form.all("a").filter(|key| question.has_choice(key)).collect();
    let other = form.get(OTHER).map(str::trim).filter(|text| !text.is_empty() && question.other);
    // Without scripts nothing chooses "other" for whoever writes into its field.
    if other.is_some() && (keys.is_empty() || (question.takes_several() && !keys.contains(&OTHER))) {
        keys.push(OTHER);
    }
    let mut wire = match (question.takes_several(), keys.first()) {
        (_, None) => return json!({}),
        (true, _) => json!({"choices": keys}),
        (false, Some(key)) => json!({"choice": key}),
    };
    if let Some(other) = other.filter(|_| keys.contains(&OTHER) && (question.takes_several() || keys[0] == OTHER)) {
        wire[OTHER] = json!(other.chars().take(MAX_TEXT).collect::<String>());
    }
    wire
}

fn ranking(question: &Question, form: &Fields) -> Result<Value, Fault> {
    let places = question.choices.iter().filter_map(|choice| {
        let place: usize = form.get(&format!("rank.{}", choice.key))?.parse().ok()?;
        Some((place, choice.key.as_str()))
    });
    let mut places: Vec<_> = places.filter(|(place, _)| (1..=question.choices.len()).contains(place)).collect();
    places.sort_by_key(|(place, _)| *place);
    if places.windows(2).any(|two| two[0].0 == two[1].0) {
        return Err(Fault::OnceEach);
    }
    let keys: Vec<&str> = places.into_iter().map(|(_, key)| key).collect();
    Ok(if keys.is_empty() { json!({}) } else { json!({"ranking": keys}) })
}

/// Whether no row of a grid and no place of a ranking is left open.
fn is_whole(question: &Question, wire: &Value) -> bool {
    match question.kind {
        QuestionType::Matrix => wire["matrix"].as_object().is_some_and(|cells| cells.len() == question.rows.len()),
        QuestionType::Ranking => wire["ranking"].as_array().is_some_and(|keys| keys.len() == question.choices.len()),
        _ => true,
    }
}

fn bounds(question: &Question, wire: &Value) -> Option<Fault> {
    let (min, max) = (question.min.unwrap_or(0) as usize, question.max.map_or(usize::MAX, |max| max as usize));
    if let Some(keys) = wire["choices"].as_array() {
        return match keys.len() {
            n if n < min => Some(Fault::AtLeast(min)),
            n if n > max => Some(Fault::AtMost(max)),
            _ => None,
        };
    }
    let characters = wire["text"].as_str()?.chars().count();
    let max = max.min(MAX_TEXT);
    match characters {
        n if n < min => Some(Fault::TooShort(min)),
        n if n > max => Some(Fault::TooLong(max)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(mut document: Value) -> Question {
        document["key"] = json!("q");
        document["prompt"] = json!("?");
        serde_json::from_value(document).unwrap()
    }

    fn form(text: &str) -> Fields {
        Fields(url::form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    fn choices() -> Value {
        json!([{"key": "a", "label": "A"}, {"key": "b", "label": "B"}, {"key": "c", "label": "C"}])
    }

    #[test]
    fn reads_every_type() {
        let several = json!({"type": "multi_choice", "choices": choices(), "other": true, "min": 2, "max": 3});
        let one = json!({"type": "single_choice", "choices": choices(), "other": true, "required": true});
        let ranking = json!({"type": "ranking", "choices": choices()});
        let matrix = json!({"type": "matrix", "choices": choices(), "rows": choices()});
        let with = |mut document: Value, field: &str, value: Value| {
            document[field] = value;
            document
        };
        let text = json!({"type": "long_text", "min": 2, "max": 4});
        for (document, sent, expected) in [
            (one.clone(), "a=b", Ok(json!({"choice": "b"}))),
            (one.clone(), "a=other&other=+dust+", Ok(json!({"choice": "other", "other": "dust"}))),
            (one.clone(), "other=dust", Ok(json!({"choice": "other", "other": "dust"}))),
            (one.clone(), "a=b&other=dust", Ok(json!({"choice": "b"}))),
            (one.clone(), "a=zzz", Err(Fault::Required)),
            (one, "", Err(Fault::Required)),
            (several.clone(), "a=a&a=c", Ok(json!({"choices": ["a", "c"]}))),
            (several.clone(), "a=a&other=x", Ok(json!({"choices": ["a", "other"], "other": "x"}))),
            (several.clone(), "a=a", Err(Fault::AtLeast(2))),
            (several.clone(), "a=a&a=b&a=c&a=other", Err(Fault::AtMost(3))),
            (several, "", Ok(json!({}))),
            (json!({"type": "dropdown", "choices": choices()}), "a=", Ok(json!({}))),
            (json!({"type": "nps"}), "a=10", Ok(json!({"number": 10}))),
            (json!({"type": "nps", "required": true}), "a=11", Err(Fault::Required)),
            (json!({"type": "rating", "max": 3}), "a=0", Ok(json!({}))),
            (text.clone(), "a=a%0D%0Ab", Ok(json!({"text": "a\nb"}))),
            (text.clone(), "a=+", Ok(json!({}))),
            (text.clone(), "a=x", Err(Fault::TooShort(2))),
            (text, "a=xxxxx", Err(Fault::TooLong(4))),
            (
                json!({"type": "email"}),
                "a=mia%40example.com&consent=yes",
                Ok(json!({"email": "mia@example.com", "consent": false})),
            ),
            (
                json!({"type": "email", "consent": "Yes"}),
                "a=mia%40example.com&consent=yes",
                Ok(json!({"email": "mia@example.com", "consent": true})),
            ),
            (json!({"type": "email"}), "a=mia", Err(Fault::Email)),
            (ranking.clone(), "rank.a=2&rank.b=1&rank.c=", Ok(json!({"ranking": ["b", "a"]}))),
            (ranking.clone(), "rank.a=2&rank.b=2", Err(Fault::OnceEach)),
            (with(ranking, "required", json!(true)), "rank.a=2&rank.b=1", Err(Fault::Required)),
            (matrix.clone(), "row.a=b&row.zzz=a&row.b=zzz", Ok(json!({"matrix": {"a": "b"}}))),
            (with(matrix, "required", json!(true)), "row.a=b", Err(Fault::Required)),
            (json!({"type": "statement", "required": true}), "a=1", Ok(json!({}))),
        ] {
            let question = question(document);
            let read = read(&question, &form(sent));
            assert_eq!(read.clone().map(|answer| answer.to_value()), expected, "{sent}");
            // What was read and written again is read the same.
            if let Ok(answer) = read {
                assert_eq!(super::read(&question, &write(&answer)), Ok(answer), "{sent}");
            }
        }
    }
}
