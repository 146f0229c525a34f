//! What a follow-up of a store can be made of, each with its name: mails, coupon pools, surveys, and what conditions may ask.

use crate::domain::survey::{OTHER, Question, QuestionType, Survey};
use crate::id::PoolId;
use crate::mail::ready;
use crate::manage::templates;
use crate::store::sites::Site;
use crate::store::surveys::Status;
use crate::store::{Db, StoreError, coupons, surveys};

/// A key and what people call it.
pub struct Named {
    pub key: String,
    pub name: String,
}

pub struct Parts {
    pub currency: String,
    /// As they were published, or else as they were last saved.
    pub surveys: Vec<Survey>,
    /// Keys of those that are shown to shoppers.
    pub live: Vec<String>,
    pub templates: Vec<Named>,
    pub pools: Vec<Named>,
    /// Keys and ids of pools that do not give now.
    pub dry: Vec<(String, PoolId)>,
    facts: Vec<Fact>,
}

/// Something that a condition may ask about.
#[derive(Clone)]
pub struct Fact {
    /// As documents name it: `answer.why-leaving.reason`.
    pub field: String,
    pub group: String,
    pub label: String,
    pub kind: Kind,
}

/// What its values are.
#[derive(Clone, PartialEq)]
pub enum Kind {
    /// Keys and labels of choices.
    Choice(Vec<(String, String)>),
    Number,
    /// Minor units of the site's currency.
    Money,
    Flag,
    Text,
    /// Ids of products.
    Items,
}

impl Parts {
    pub async fn load(db: &Db, site: &Site, now: i64) -> Result<Self, StoreError> {
        let documents = surveys::documents(db, site.id).await?;
        let read = |stored: surveys::Stored| Survey::parse(&stored.published.unwrap_or(stored.draft).0).ok();
        let surveys: Vec<Survey> = documents.into_iter().filter_map(read).collect();
        let entries = surveys::list(db, site.id).await?;
        let live = entries.into_iter().filter(|entry| entry.status == Status::Live).map(|entry| entry.key).collect();
        let stocked = coupons::list(db, site.id).await?;
        let dry = stocked.iter().filter(|stocked| !stocked.supply().state(now).gives());
        let dry = dry.map(|stocked| (stocked.pool.key.clone(), stocked.pool.id)).collect();
        let pools = stocked.into_iter().map(|stocked| Named { key: stocked.pool.key, name: stocked.pool.name }).collect();
        let named = templates::list(db, site.id).await?.into_iter().map(|(key, name)| Named { key, name });
        Ok(Self { live, templates: named.collect(), pools, dry, ..Self::new(&site.currency, surveys) })
    }

    /// Those of a store that has nothing but surveys, none of which is live.
    pub fn new(currency: &str, surveys: Vec<Survey>) -> Self {
        let templates = ready::templates().into_iter().map(|template| Named { key: template.key, name: template.name }).collect();
        let facts = surveys.iter().flat_map(answers).chain(known()).collect();
        let (live, pools, dry) = (Vec::new(), Vec::new(), Vec::new());
        Self { currency: currency.to_owned(), surveys, live, templates, pools, dry, facts }
    }

    pub fn survey(&self, key: &str) -> Option<&Survey> {
        self.surveys.iter().find(|survey| survey.key == key)
    }

    /// Facts by group, in order.
    pub fn groups(&self) -> Vec<(&str, Vec<&Fact>)> {
        let mut groups: Vec<(&str, Vec<&Fact>)> = Vec::new();
        for fact in &self.facts {
            match groups.last_mut().filter(|(group, _)| *group == fact.group) {
                Some((_, facts)) => facts.push(fact),
                None => groups.push((&fact.group, vec![fact])),
            }
        }
        groups
    }

    /// A fact by its field, also where a survey or a question is gone; `None` for what only a document can ask.
    pub fn fact(&self, field: &str) -> Option<Fact> {
        if let Some(known) = self.facts.iter().find(|fact| fact.field == field) {
            return Some(known.clone());
        }
        let text = |label: String| Some(Fact { field: field.to_owned(), group: String::new(), label, kind: Kind::Text });
        if let Some((survey, question)) = field.strip_prefix("answer.").and_then(|rest| rest.split_once('.')) {
            return text(format!("The answer to “{question}” in the survey “{survey}”, which this store does not have"));
        }
        field.strip_prefix("customer.attributes.").and_then(|name| text(format!("The customer’s “{name}”, as your shop says it")))
    }

    /// Whether it is an answer to a question that no survey of this store asks.
    pub fn is_lost(&self, field: &str) -> bool {
        field.starts_with("answer.") && !self.facts.iter().any(|fact| fact.field == field)
    }
}

pub fn name_of<'a>(list: &'a [Named], key: &'a str) -> &'a str {
    list.iter().find(|named| named.key == key).map_or(key, |named| &named.name)
}

fn answers(survey: &Survey) -> Vec<Fact> {
    let fact = |question: &Question| {
        let kind = match question.kind {
            QuestionType::SingleChoice | QuestionType::MultiChoice | QuestionType::Dropdown | QuestionType::ImageChoice => {
                let other = question.other.then(|| (OTHER.to_owned(), "Something else".to_owned()));
                let choices = question.choices.iter().map(|choice| (choice.key.clone(), choice.label.clone()));
                Kind::Choice(choices.chain(other).collect())
            }
            QuestionType::ShortText | QuestionType::LongText | QuestionType::Email => Kind::Text,
            _ if question.scale().is_some() => Kind::Number,
            _ => return None,
        };
        Some(Fact {
            field: format!("answer.{}.{}", survey.key, question.key),
            group: format!("Answers to “{}”", survey.name),
            label: format!("“{}”", question.prompt),
            kind,
        })
    };
    survey.questions.iter().filter_map(fact).collect()
}

fn known() -> Vec<Fact> {
    const CART: &str = "The cart they left";
    const ORDER: &str = "The order they placed";
    const CUSTOMER: &str = "The customer";
    let facts = [
        ("cart.value", CART, "The cart’s value", Kind::Money),
        ("cart.items", CART, "Pieces in the cart", Kind::Number),
        ("cart.product_ids", CART, "Products in the cart, by id", Kind::Items),
        ("order.value", ORDER, "The order’s value", Kind::Money),
        ("order.number", ORDER, "Which of their orders it is, 1 for the first", Kind::Number),
        ("order.new_customer", ORDER, "It is a new customer’s first order", Kind::Flag),
        ("order.product_ids", ORDER, "Products in the order, by id", Kind::Items),
        ("customer.orders", CUSTOMER, "Orders so far", Kind::Number),
        ("customer.lifetime_value", CUSTOMER, "Spent so far", Kind::Money),
    ];
    let fact = |(field, group, label, kind): (&str, &str, &str, Kind)| Fact {
        field: field.to_owned(),
        group: group.to_owned(),
        label: label.to_owned(),
        kind,
    };
    facts.into_iter().map(fact).collect()
}
