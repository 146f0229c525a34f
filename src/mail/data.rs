//! What a template may speak of. A field that is absent is undefined in the template, so that `default` and `if` work on it.
//! Money is in minor units, times are milliseconds since 1970.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::clock::Millis;

/// Everything one mail is made of.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Data {
    /// The sender.
    pub shop: Shop,
    /// The reader.
    pub customer: Customer,
    /// Where the mail leads.
    pub links: Links,
    /// What was left behind.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart: Option<Cart>,
    /// What was bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
    /// Question key → what the reader answered.
    pub answers: BTreeMap<String, Answer>,
    /// A code of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon: Option<Coupon>,
}

/// The store.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Shop {
    /// As shoppers know it.
    pub name: String,
    /// Postal address; the law of most countries wants it in every mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Colour of buttons and marks, `#0b6e4f`.
    pub accent: String,
    /// IANA name; `date` writes times in it.
    pub time_zone: String,
}

/// Whom the mail is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Customer {
    /// Where it is sent.
    pub email: String,
    /// Full name, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Orders so far.
    pub orders: u32,
    /// What the store said of them.
    pub attributes: BTreeMap<String, serde_json::Value>,
}

/// A cart.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Cart {
    /// What it costs.
    pub value: i64,
    /// ISO 4217.
    pub currency: String,
    /// What is in it.
    pub items: Vec<Item>,
}

/// An order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Order {
    /// The store's own number.
    pub id: String,
    /// What it cost.
    pub value: i64,
    /// ISO 4217.
    pub currency: String,
    /// When it was placed.
    pub at: Millis,
    /// What was bought.
    pub items: Vec<Item>,
}

/// A line of a cart or an order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// How many.
    pub quantity: u32,
    /// Of one.
    pub price: i64,
    /// Its page; left out unless it is a web address.
    #[serde(skip_serializing_if = "not_web")]
    pub url: Option<String>,
    /// Its picture; left out unless it is a web address.
    #[serde(skip_serializing_if = "not_web")]
    pub image: Option<String>,
}

/// An answer, in the shape of the events that bring it. A question that was not asked has none.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Answer {
    /// Key of the choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<String>,
    /// Keys of the choices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// What the choice is called, in the reader's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// A score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<f64>,
    /// In their own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A coupon.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Coupon {
    /// What is typed in at the checkout.
    pub code: String,
    /// Until when it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

/// Signed addresses, made for this one mail.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Links {
    /// The store.
    pub shop: String,
    /// Ends all mail. Every template must show it.
    pub unsubscribe: String,
    /// The page that lets them choose what they get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<String>,
    /// Back to the cart as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart: Option<String>,
    /// The hosted survey.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey: Option<String>,
    /// The survey's first question, as it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey_question: Option<String>,
    /// What the ends of its scale mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub survey_scale: Option<String>,
    /// The survey, opened with an answer chosen already: one link for each answer of its first question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub survey_answers: Vec<AnswerLink>,
}

/// One answer that can be clicked in the mail.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct AnswerLink {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// Pages name products as they like; `javascript:` is no picture.
fn not_web(url: &Option<String>) -> bool {
    !url.as_deref().is_some_and(|url| url.starts_with("https://") || url.starts_with("http://"))
}

impl Data {
    /// An example with everything in it, for previews and checks.
    pub fn full() -> Self {
        let items = vec![
            Item {
                name: "Beechwood train".into(),
                quantity: 1,
                price: 3_490,
                url: Some("https://shop.example/train".into()),
                image: Some("https://shop.example/train.jpg".into()),
            },
            Item { name: "Knitted hare".into(), quantity: 2, price: 1_250, url: None, image: None },
        ];
        let link = |path: &str| format!("https://polls.example/{path}/example");
        Self {
            shop: Shop {
                name: "Hazelmouse".into(),
                address: Some("Hazelmouse Toys, Lindenweg 4, 04229 Leipzig".into()),
                accent: "#b1432c".into(),
                time_zone: "Europe/Berlin".into(),
            },
            customer: Customer {
                email: "mia@example.com".into(),
                name: Some("Mia Albers".into()),
                orders: 2,
                attributes: BTreeMap::new(),
            },
            links: Links {
                shop: "https://shop.example/".into(),
                unsubscribe: link("u"),
                preferences: Some(link("p")),
                cart: Some(link("r")),
                survey: Some(link("s")),
                survey_question: Some("How likely are you to recommend us to a friend?".into()),
                survey_scale: Some("0 = Not at all likely, 10 = Extremely likely".into()),
                survey_answers: (0..=10)
                    .map(|n| AnswerLink { label: n.to_string(), url: format!("{}?q=nps&a={n}", link("s")) })
                    .collect(),
            },
            cart: Some(Cart { value: 5_990, currency: "EUR".into(), items: items.clone() }),
            order: Some(Order { id: "1042".into(), value: 5_990, currency: "EUR".into(), at: 1_795_521_600_000, items }),
            answers: [
                ("reason", Answer { choice: Some("shipping".into()), label: Some("Shipping cost".into()), ..Answer::default() }),
                ("more", Answer { text: Some("The parcel cost more than the hare.".into()), ..Answer::default() }),
            ]
            .map(|(key, answer)| (key.to_owned(), answer))
            .into(),
            coupon: Some(Coupon { code: "SHIP-7Q2M".into(), until: Some(1_796_126_400_000) }),
        }
    }

    /// The same with nothing that may be missing: no name, no pictures, no answers, no coupon.
    pub fn bare() -> Self {
        let full = Self::full();
        let bare = |items: Vec<Item>| items.into_iter().map(|item| Item { url: None, image: None, ..item }).collect();
        Self {
            shop: Shop { address: None, ..full.shop },
            customer: Customer { name: None, ..full.customer },
            links: Links {
                preferences: None,
                survey_question: None,
                survey_scale: None,
                survey_answers: Vec::new(),
                ..full.links
            },
            cart: full.cart.map(|cart| Cart { items: bare(cart.items), ..cart }),
            order: full.order.map(|order| Order { items: bare(order.items), ..order }),
            answers: BTreeMap::new(),
            coupon: None,
        }
    }
}
