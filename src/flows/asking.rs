//! A mail that leads to a survey: the link, and, where a click can say it, a link for each answer of the first question.

use url::Url;

use super::letter::Desk;
use super::survey_link::SurveyLink;
use crate::domain::branching::Answers;
use crate::domain::pipe;
use crate::domain::stream;
use crate::domain::survey::{Edition, OTHER, Question, QuestionType};
use crate::mail::data::AnswerLink;
use crate::store::surveys::{self, Status};
use crate::store::{StoreError, Tx, customers, streams};

/// More choices than a mail can show at a glance.
const MOST_CHOICES: usize = 6;
/// Answers to which a question stream looks back.
const STREAM: usize = 1000;

/// What a mail says of its survey.
#[derive(Default)]
pub(super) struct Asking {
    pub link: String,
    /// As it is asked.
    pub question: String,
    pub answers: Vec<AnswerLink>,
    /// What the ends of a scale mean.
    pub scale: Option<String>,
}

impl Desk<'_> {
    /// `None`: the survey is not live.
    pub(super) async fn asking(&self, tx: &mut Tx, key: &str, locale: &str) -> Result<Option<Asking>, StoreError> {
        let site = self.site.id;
        let found = surveys::by_key(&mut *tx, site, key).await?.filter(|survey| survey.status == Status::Live);
        let Some(entry) = found else { return Ok(None) };
        let Some(revision) = surveys::revision(&mut *tx, site, entry.id, entry.revision).await? else { return Ok(None) };
        let asked = match revision.document.stream {
            true => {
                let visitors = customers::visitors_of(&mut *tx, site, self.known.customer.id).await?;
                let past = streams::past(&mut *tx, site, entry.id, visitors, STREAM).await?;
                stream::question(&revision.document, &past, &self.known.facts(), self.now)
            }
            false => None,
        };
        let link = SurveyLink { site, survey: entry.id, message: Some(self.name().0) };
        let url = link.url(&self.sender.keys.link, &self.sender.public_url);
        let edition = Edition::new(&revision.document, locale, None, asked);
        let Some(first) = edition.survey.questions.first() else { return Ok(None) };
        let known = |name: &str| match name {
            "customer.name" => self.known.customer.name.clone(),
            "order.id" => self.known.order.as_ref().map(|order| order.number.clone().unwrap_or_else(|| order.id.clone())),
            _ => None,
        };
        Ok(Some(Asking {
            question: pipe::fill(&first.prompt, &edition.survey, &Answers::new(), known),
            answers: answers(first, edition.word("other"), &url),
            scale: ends(first),
            link: url.into(),
        }))
    }
}

/// One link for each answer, where there are few and one is the whole answer.
fn answers(question: &Question, other: &str, url: &Url) -> Vec<AnswerLink> {
    let link = |value: &str, label: &str| {
        let mut url = url.clone();
        url.query_pairs_mut().append_pair("q", &question.key).append_pair("a", value);
        AnswerLink { label: label.to_owned(), url: url.into() }
    };
    match question.scale() {
        Some((low, high)) => (low..=high).map(|n| link(&n.to_string(), &n.to_string())).collect(),
        None if question.kind == QuestionType::SingleChoice && question.choices.len() <= MOST_CHOICES => {
            let choices = question.choices.iter().map(|choice| link(&choice.key, &choice.label));
            // What else it is, the page asks.
            choices.chain(question.other.then(|| link(OTHER, other))).collect()
        }
        None => Vec::new(),
    }
}

fn ends(question: &Question) -> Option<String> {
    let (low, high) = question.scale()?;
    Some(format!("{low} = {}, {high} = {}", question.low.as_deref()?, question.high.as_deref()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_click_can_say_has_a_link() {
        let url: Url = "https://polls.example/s/token".parse().unwrap();
        let links = |mut document: serde_json::Value| {
            document["key"] = json!("q");
            document["prompt"] = json!("?");
            let question: Question = serde_json::from_value(document).unwrap();
            answers(&question, "Other", &url).into_iter().map(|answer| (answer.label, answer.url)).collect::<Vec<_>>()
        };
        let choice = |key: &str| json!({"key": key, "label": key.to_uppercase()});
        let nps = links(json!({"type": "nps"}));
        assert_eq!(nps.len(), 11);
        assert_eq!(nps[10], ("10".to_owned(), "https://polls.example/s/token?q=q&a=10".to_owned()));
        let few = json!({"type": "single_choice", "choices": [choice("a"), choice("b")]});
        assert_eq!(links(few.clone())[1], ("B".to_owned(), "https://polls.example/s/token?q=q&a=b".to_owned()));
        let mut other = few;
        other["other"] = json!(true);
        let many: Vec<_> = "abcdefg".chars().map(|c| choice(&c.to_string())).collect();
        assert_eq!(links(other)[2], ("Other".to_owned(), "https://polls.example/s/token?q=q&a=other".to_owned()));
        for without in [json!({"type": "single_choice", "choices": many}), json!({"type": "short_text"})] {
            assert_eq!(links(without), []);
        }
    }
}
