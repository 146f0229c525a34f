//! What a service would be asked: of the last thing it was told of, or of an example with the store's own questions.

use crate::boot::App;
use crate::domain::answer::Answer as Given;
use crate::domain::survey::{Question, Survey};
use crate::domain::webhook::EventType;
use crate::domain::webhook::payload::Answer;
use crate::outbound::connectors::Told;
use crate::store::endpoints::Endpoint;
use crate::store::{StoreError, deliveries, outbound_events};

/// The last event of a type that the service was told of and whose body is kept; whether there is one. Otherwise an example.
pub async fn told(app: &App, endpoint: &Endpoint, kind: EventType, surveys: &[Survey]) -> Result<(Told, bool), StoreError> {
    let last = deliveries::page(&app.db, endpoint.site, endpoint.id, None, Some(kind), None, 1).await?.pop();
    if let Some(delivery) = last
        && let Some(event) = outbound_events::by_id(&app.db, endpoint.site, delivery.event).await?
        && let Some(told) = event.body.and_then(|body| Told::read(event.id, event.kind, event.at, &body).ok())
    {
        return Ok((told, true));
    }
    Ok((Told::sample(kind, answers(endpoint, surveys)), false))
}

/// An answer to each mapped question, or to the first questions of the first survey.
fn answers(endpoint: &Endpoint, surveys: &[Survey]) -> Vec<Answer> {
    let mapped = |survey: &Survey, question: &Question| {
        endpoint.mapping.iter().any(|line| line.survey == survey.key && line.question == question.key)
    };
    let all = surveys.iter().flat_map(|survey| survey.questions.iter().map(move |question| (survey, question)));
    let chosen: Vec<_> = match endpoint.mapping.is_empty() {
        true => all.take(2).collect(),
        false => all.filter(|(survey, question)| mapped(survey, question)).collect(),
    };
    chosen.into_iter().filter_map(|(survey, question)| example(survey, question)).collect()
}

fn example(survey: &Survey, question: &Question) -> Option<Answer> {
    let first = question.choices.first();
    let (given, text) = match (first, question.scale()) {
        (Some(choice), _) if question.takes_several() => {
            (Given::Choices { keys: vec![choice.key.clone()], other: None }, choice.label.clone())
        }
        (Some(choice), _) => (Given::Choice { key: choice.key.clone(), other: None }, choice.label.clone()),
        (None, Some((_, high))) => (Given::Number(high), high.to_string()),
        (None, None) if question.kind.to_string() == "email" => {
            (Given::Email { email: "anna@example.com".to_owned(), consent: true }, "anna@example.com".to_owned())
        }
        (None, None) if question.kind.to_string() == "statement" => return None,
        (None, None) => (Given::Text("Words of a shopper".to_owned()), "Words of a shopper".to_owned()),
    };
    Some(Answer {
        survey: survey.key.clone(),
        question: question.key.clone(),
        kind: question.kind.to_string(),
        prompt: question.prompt.clone(),
        answer: given.to_value(),
        text,
    })
}
