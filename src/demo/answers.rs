//! What the demo's shoppers answer: as they might, whatever the question's type.

use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

use crate::domain::survey::{Choice, Question, QuestionType};

const REASONS: &[(&str, u32)] =
    &[("shipping", 36), ("price", 22), ("unsure", 16), ("delivery", 9), ("browsing", 13), ("~other", 4)];
const CHANNELS: &[(&str, u32)] =
    &[("friend", 31), ("search", 24), ("instagram", 19), ("kindergarten", 11), ("podcast", 8), ("market", 5), ("~other", 2)];
const SCORES: &[(&str, u32)] =
    &[("10", 38), ("9", 22), ("8", 15), ("7", 9), ("6", 4), ("5", 4), ("4", 2), ("3", 2), ("2", 1), ("1", 1), ("0", 2)];
const OTHER_REASONS: &[&str] = &[
    "My daughter already has it",
    "I could not find the right size of track",
    "Wanted to ask my husband first",
    "The voucher from the fair did not work",
    "Looking for something without small parts",
    "I wanted it gift-wrapped",
];
const OTHER_CHANNELS: &[&str] = &[
    "A blog about wooden toys",
    "Saw it at my sister's",
    "The waiting room of our doctor",
    "A present from the neighbours",
    "Radio, but I forget which programme",
];
const WISHES: &[&str] = &[
    "Photos of the toy next to a child, to see how big it is",
    "Shipping to Austria for less than 9 euros",
    "Whether the paint is safe if she chews on it",
    "A wish list I can send to the grandparents",
    "To know if it arrives before Saturday",
    "More reviews from other parents",
    "Paying by invoice",
    "A discount for the second one, we have twins",
    "Is the rainbow the large or the small one?",
    "I will come back on payday",
    "A video of somebody playing with it",
    "How long the wood needs to dry if it gets wet",
    "Which age it is really for, the page says 1+ and 3+",
    "Free returns",
    "Nothing, I will buy it tomorrow",
    "If there is a spare wheel to buy",
    "Is it made in Europe?",
];
const REASONS_FOR_SCORE: &[&str] = &[
    "Beautifully made, and no plastic in the parcel",
    "The train is loved every single day",
    "Arrived two days late, but the toy is great",
    "A hand-written note in the box!",
    "One wheel was loose, they sent a new one at once",
    "Good quality, a bit expensive",
    "You can feel that somebody thought about it",
    "The colours are softer than in the photo",
    "It will outlive me",
    "My third order, never disappointed",
    "The parcel was open when it came",
    "Good toys, slow website",
    "You answered my mail within an hour",
    "Smells of wood, not of paint",
    "Would be a ten with gift wrapping",
];
const IDEAS: &[&str] = &[
    "A wooden camera with a lens that turns",
    "A tram, please! Everything else has wheels by now",
    "Something quiet for the train",
    "A bird house to paint",
    "A set of tools that fits small hands",
    "A marble run out of one piece",
    "A fire station for the wooden train",
    "An egg that fits the kitchen",
    "Animals of the Alps, with an ibex",
    "A calendar to turn by hand",
];
const PEOPLE: &[&str] = &["anna", "ben", "clara", "david", "emma", "felix", "greta", "hannes", "ida", "jonas"];

/// What is stored of an answer: one row for each thing said, and what was typed, in the order of the database.
pub fn answer(random: &mut StdRng, question: &Question) -> Vec<(String, Option<String>)> {
    let mut items = match question.key.as_str() {
        "reason" => vec![other(random, REASONS, OTHER_REASONS)],
        "channel" => vec![other(random, CHANNELS, OTHER_CHANNELS)],
        "nps" => vec![(weighted(random, SCORES).to_owned(), None)],
        "more" => text(random, WISHES),
        "why" => text(random, REASONS_FOR_SCORE),
        "idea" => text(random, IDEAS),
        _ => of_type(random, question),
    };
    items.sort_unstable();
    items
}

fn of_type(random: &mut StdRng, question: &Question) -> Vec<(String, Option<String>)> {
    match question.kind {
        QuestionType::Ranking => ranking(random, &question.choices),
        QuestionType::Matrix => question.rows.iter().enumerate().map(|(at, row)| cell(random, question, at, row)).collect(),
        QuestionType::Email => {
            let person = one_of(random, PEOPLE);
            let n = random.random_range(10..100);
            let mut items = vec![("~text".to_owned(), Some(format!("{person}{n}@example.com")))];
            if question.consent.is_some() && random.random_bool(0.6) {
                items.push(("~consent".to_owned(), None));
            }
            items
        }
        _ => match question.scale() {
            Some((low, high)) => {
                // The better of two throws: shops that ask are mostly liked.
                let point = random.random_range(low..=high).max(random.random_range(low..=high));
                vec![(point.to_string(), None)]
            }
            None => chosen(random, question),
        },
    }
}

/// The earlier a choice stands, the more like it.
fn chosen(random: &mut StdRng, question: &Question) -> Vec<(String, Option<String>)> {
    let mut order: Vec<&Choice> = by_liking(random, &question.choices);
    let most = question.max.map_or(3, |max| max as usize);
    order.truncate(if question.takes_several() { random.random_range(1..=most) } else { 1 });
    order.into_iter().map(|choice| (choice.key.clone(), None)).collect()
}

fn ranking(random: &mut StdRng, choices: &[Choice]) -> Vec<(String, Option<String>)> {
    let order = by_liking(random, choices);
    order.into_iter().enumerate().map(|(at, choice)| (format!("{}:{}", choice.key, at + 1), None)).collect()
}

/// A row's answers gather around a column of its own.
fn cell(random: &mut StdRng, question: &Question, at: usize, row: &Choice) -> (String, Option<String>) {
    let last = question.choices.len().saturating_sub(1);
    let usual = last.saturating_sub(at % 3);
    let column = (usual + random.random_range(0..3)).saturating_sub(1).min(last);
    (format!("{}:{}", row.key, question.choices[column].key), None)
}

fn by_liking<'a>(random: &mut StdRng, choices: &'a [Choice]) -> Vec<&'a Choice> {
    let spread = choices.len() as f64;
    let mut order: Vec<_> =
        choices.iter().enumerate().map(|(at, choice)| (at as f64 + random.random_range(0.0..spread), choice)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order.into_iter().map(|(_, choice)| choice).collect()
}

fn other(random: &mut StdRng, list: &[(&'static str, u32)], texts: &[&str]) -> (String, Option<String>) {
    let item = weighted(random, list);
    let body = (item == "~other").then(|| one_of(random, texts).to_owned());
    (item.to_owned(), body)
}

fn text(random: &mut StdRng, texts: &[&str]) -> Vec<(String, Option<String>)> {
    vec![("~text".to_owned(), Some(one_of(random, texts).to_owned()))]
}

fn one_of<'a>(random: &mut StdRng, list: &[&'a str]) -> &'a str {
    list.choose(random).copied().unwrap_or("")
}

fn weighted(random: &mut StdRng, list: &[(&'static str, u32)]) -> &'static str {
    list.choose_weighted(random, |(_, weight)| *weight).map_or("", |(item, _)| item)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::answer::{self, Answer};
    use crate::domain::survey::Survey;
    use rand::SeedableRng as _;

    /// What could not have been answered would be a history that no shop has.
    #[test]
    fn every_answer_fits_its_question() {
        let mut random = StdRng::seed_from_u64(1);
        for document in super::super::SURVEYS {
            let survey = Survey::parse(&serde_json::from_str(document).unwrap()).unwrap();
            for question in survey.questions.iter().filter(|question| question.kind != QuestionType::Statement) {
                for _ in 0..50 {
                    let items: Vec<_> = super::answer(&mut random, question).into_iter().map(|(item, _)| item).collect();
                    assert!(fits(question, &items), "{}: {items:?}", question.key);
                }
            }
        }
    }

    fn fits(question: &Question, items: &[String]) -> bool {
        let choice = |key: &String| question.has_choice(if key == "~other" { "other" } else { key });
        match question.kind {
            QuestionType::Email => items.iter().all(|item| item == "~text" || item == "~consent"),
            QuestionType::ShortText | QuestionType::LongText => items == ["~text"],
            QuestionType::Ranking | QuestionType::Matrix => {
                let pairs: Vec<_> = items.iter().map(|item| item.split_once(':').unwrap()).collect();
                let answer = match question.kind {
                    QuestionType::Matrix => {
                        Answer::Matrix(pairs.iter().map(|(row, column)| ((*row).into(), (*column).into())).collect())
                    }
                    _ => Answer::Ranking(pairs.iter().map(|(key, _)| (*key).into()).collect()),
                };
                pairs.len() == question.choices.len().max(question.rows.len())
                    && answer::check(question, &answer.to_value()).is_ok_and(|read| read == answer)
            }
            _ => match question.scale() {
                Some((low, high)) => items.len() == 1 && (low..=high).contains(&items[0].parse().unwrap()),
                None => {
                    let most = if question.takes_several() { question.max.unwrap_or(3) as usize } else { 1 };
                    (1..=most).contains(&items.len()) && items.iter().all(choice)
                }
            },
        }
    }
}
