//! Reading an answer from its wire shape.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Answer, MAX_TEXT, Reason, Refusal};
use crate::domain::{
    report::show,
    survey::{OTHER, Question, QuestionType},
};

/// Reads an answer to a question from its wire shape.
pub fn check(question: &Question, value: &Value) -> Result<Answer, Refusal> {
    use QuestionType as T;
    let reader = Reader(question);
    let fields = value.as_object().ok_or_else(|| reader.wrong(value))?;
    if fields.is_empty() {
        return Ok(Answer::Withdrawn);
    }
    let allowed: &[&str] = match question.kind {
        _ if question.takes_several() => &["choices", "other"],
        T::SingleChoice | T::MultiChoice | T::Dropdown | T::ImageChoice => &["choice", "other"],
        T::Nps | T::Csat | T::Ces | T::Rating => &["number"],
        T::ShortText | T::LongText => &["text"],
        T::Email => &["email", "consent"],
        T::Ranking => &["ranking"],
        T::Matrix => &["matrix"],
        T::Statement => &[],
    };
    if allowed.first().is_none_or(|main| !fields.contains_key(*main))
        || fields.keys().any(|name| !allowed.contains(&name.as_str()))
    {
        return Err(reader.wrong(value));
    }
    match allowed[0] {
        "choice" => reader.choice(fields),
        "choices" => reader.choices(fields),
        "number" => reader.number(&fields["number"]),
        "text" => Ok(reader
            .text(&fields["text"], question.max.map_or(MAX_TEXT, |max| max as usize))?
            .map_or(Answer::Withdrawn, Answer::Text)),
        "email" => reader.email(fields),
        "ranking" => Ok(Answer::Ranking(reader.keys(&fields["ranking"])?)),
        _ => reader.matrix(&fields["matrix"]),
    }
    .map(Answer::or_withdrawn)
}

struct Reader<'a>(&'a Question);

impl Reader<'_> {
    fn refuse(&self, reason: Reason, detail: impl std::fmt::Display) -> Refusal {
        Refusal { reason, detail: format!("{}: {detail}", self.0.key) }
    }

    fn wrong(&self, value: &Value) -> Refusal {
        self.refuse(Reason::WrongAnswerType, format_args!("{} is no answer to a {} question", show(value), self.0.kind))
    }

    fn key(&self, value: &Value) -> Result<String, Refusal> {
        let key = value.as_str().ok_or_else(|| self.wrong(value))?;
        if self.0.has_choice(key) {
            Ok(key.to_owned())
        } else {
            Err(self.refuse(Reason::UnknownChoice, format_args!("no choice {}", show(value))))
        }
    }

    fn keys(&self, value: &Value) -> Result<Vec<String>, Refusal> {
        let mut keys = Vec::new();
        for item in value.as_array().ok_or_else(|| self.wrong(value))? {
            let key = self.key(item)?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    fn choice(&self, fields: &Map<String, Value>) -> Result<Answer, Refusal> {
        let key = self.key(&fields["choice"])?;
        let other = self.other(fields, key == OTHER)?;
        Ok(Answer::Choice { key, other })
    }

    fn choices(&self, fields: &Map<String, Value>) -> Result<Answer, Refusal> {
        let keys = self.keys(&fields["choices"])?;
        if let Some(max) = self.0.max.filter(|max| keys.len() > *max as usize) {
            return Err(self.refuse(Reason::AnswerOutOfRange, format_args!("{} choices, at most {max} are allowed", keys.len())));
        }
        let other = self.other(fields, keys.iter().any(|key| key == OTHER))?;
        Ok(Answer::Choices { keys, other })
    }

    /// The text beside `other`, which only makes sense with that choice.
    fn other(&self, fields: &Map<String, Value>, chosen: bool) -> Result<Option<String>, Refusal> {
        match fields.get(OTHER) {
            None => Ok(None),
            Some(value) if self.0.other && chosen => self.text(value, MAX_TEXT),
            Some(value) => Err(self.wrong(value)),
        }
    }

    fn number(&self, value: &Value) -> Result<Answer, Refusal> {
        // 9.0 is how some languages write 9.
        let whole = value.as_f64().filter(|number| number.fract() == 0.0).ok_or_else(|| self.wrong(value))?;
        let (low, high) = self.0.scale().ok_or_else(|| self.wrong(value))?;
        if whole < low as f64 || whole > high as f64 {
            return Err(self.refuse(Reason::AnswerOutOfRange, format_args!("{} is not between {low} and {high}", show(value))));
        }
        Ok(Answer::Number(whole as i64))
    }

    /// Without U+0000, which Postgres cannot store, and without blanks around it; `None` if nothing is left.
    fn text(&self, value: &Value, max: usize) -> Result<Option<String>, Refusal> {
        let raw = value.as_str().ok_or_else(|| self.wrong(value))?;
        let text = raw.replace('\0', "").trim().to_owned();
        let count = text.chars().count();
        if count > max.min(MAX_TEXT) {
            return Err(self.refuse(
                Reason::AnswerOutOfRange,
                format_args!("{count} characters, at most {} are allowed", max.min(MAX_TEXT)),
            ));
        }
        Ok((!text.is_empty()).then_some(text))
    }

    fn email(&self, fields: &Map<String, Value>) -> Result<Answer, Refusal> {
        let ticked = match fields.get("consent") {
            None => false,
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(value))?,
        };
        let Some(email) = self.text(&fields["email"], MAX_TEXT)? else { return Ok(Answer::Withdrawn) };
        if !is_email(&email) {
            return Err(self.refuse(Reason::AnswerOutOfRange, format_args!("{} is no mail address", show(&json!(email)))));
        }
        // Nobody can agree to what was not asked.
        Ok(Answer::Email { email, consent: ticked && self.0.consent.is_some() })
    }

    fn matrix(&self, value: &Value) -> Result<Answer, Refusal> {
        let mut cells = BTreeMap::new();
        for (row, choice) in value.as_object().ok_or_else(|| self.wrong(value))? {
            if !self.0.rows.iter().any(|known| known.key == *row) {
                return Err(self.refuse(Reason::UnknownChoice, format_args!("no row {row:?}")));
            }
            cells.insert(row.clone(), self.key(choice)?);
        }
        Ok(Answer::Matrix(cells))
    }
}

/// Whether this can be a mail address: enough to catch slips, the mail itself proves the rest.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control() || "@,;:<>()[]\\\"".contains(c));
    let dots = |part: &str| part.split('.').all(|label| !label.is_empty());
    text.len() <= 254 && local.len() <= 64 && plain(local) && plain(domain) && dots(local) && dots(domain) && domain.contains('.')
}
