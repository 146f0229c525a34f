//! One step's mail: its texts, its links, its coupon, ready to be handed over.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::back::home;
use super::known::{Dossier, Said, lines, quantity};
use super::link::{Link, Purpose};
use crate::clock::Millis;
use crate::domain::answer;
use crate::domain::coupon::{self, Supply};
use crate::domain::flow::Flow;
use crate::domain::survey::Coupon;
use crate::mail::data::{self, Data};
use crate::mail::message::{BadMessage, List, message_id};
use crate::mail::template::Fault;
use crate::mail::{Draft, Mailbox, Message, Sender, ready};
use crate::store::coupon_claims::{self, Claimant};
use crate::store::enrollments::Enrollment;
use crate::store::sites::Site;
use crate::store::{StoreError, Tx, coupons};

/// The colour of a store that chose none.
const ACCENT: &str = "#0b6e4f";

/// A mail and its names.
pub(super) struct Letter {
    /// The row's key.
    pub id: Uuid,
    pub to: String,
    pub subject: String,
    pub message: Message,
}

/// Why there is no mail.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("there is no template {0:?}")]
    NoTemplate(String),
    #[error(transparent)]
    Template(#[from] Fault),
    #[error("the pool {0:?} has no code to give")]
    NoCoupon(String),
    #[error(transparent)]
    Message(#[from] BadMessage),
    #[error("{0}: {1}")]
    Address(String, crate::mail::address::BadAddress),
}

impl Failure {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoTemplate(_) => "no_template",
            Self::Template(_) => "template",
            Self::NoCoupon(_) => "no_coupon",
            Self::Message(_) => "message",
            Self::Address(..) => "address",
        }
    }
}

/// Everything a letter is made of.
pub(super) struct Desk<'a> {
    pub sender: &'a Sender,
    pub site: &'a Site,
    pub flow: &'a Flow,
    pub enrollment: &'a Enrollment,
    pub known: &'a Dossier,
    /// When it was first written: the same at every try, so that it is the same mail.
    pub at: Millis,
    pub now: Millis,
}

impl Desk<'_> {
    /// The key of the step's mail, and its Message-ID: the one is made of the other, so that a bounce that names the mail finds it.
    pub fn name(&self) -> (Uuid, String) {
        let step = u32::try_from(self.enrollment.step).unwrap_or(u32::MAX);
        let name = message_id(&self.sender.keys.message, &self.enrollment.id.to_string(), step, &self.sender.from);
        let digits = name.split('@').next().unwrap_or_default();
        (Uuid::parse_str(digits).expect("a Message-ID begins with 32 hexadecimal digits"), name)
    }

    /// Writes it. After a [`Failure`] nothing of the transaction may be committed: a coupon may be half given.
    pub async fn write(&self, tx: &mut Tx, template: &str, pool: Option<&Coupon>) -> Result<Result<Letter, Failure>, StoreError> {
        let coupon = match pool {
            Some(Coupon { pool }) => match self.coupon(tx, pool).await? {
                Some(coupon) => Some(coupon),
                None => return Ok(Err(Failure::NoCoupon(pool.clone()))),
            },
            None => None,
        };
        Ok(self.compose(template, coupon))
    }

    fn compose(&self, template: &str, coupon: Option<data::Coupon>) -> Result<Letter, Failure> {
        let template = ready::templates()
            .into_iter()
            .find(|known| known.key == template)
            .ok_or_else(|| Failure::NoTemplate(template.to_owned()))?;
        let (sender, site, person) = (self.sender, self.site, &self.known.customer);
        let (id, name) = self.name();
        let link = Link { site: site.id, message: id };
        let url = |purpose| link.url(purpose, &sender.keys.link, &sender.public_url);
        let unsubscribe = url(Purpose::Unsubscribe);
        let address = self.known.person.mailbox().unwrap_or_default();
        let data = self.data(address, unsubscribe.as_str(), url(Purpose::Cart).as_str(), coupon);
        let last = self.known.said.last().and_then(|said| said.response.locale.as_deref());
        let texts = template.render(person.locale.as_deref().or(last).unwrap_or(&template.locale), &data)?;
        let to = Mailbox::new(address).map_err(|why| Failure::Address(address.to_owned(), why))?;
        let to = to.named(person.name.as_deref().unwrap_or_default());
        let from = match &sender.from.name {
            Some(_) => sender.from.clone(),
            None => sender.from.clone().named(&site.name),
        };
        let list =
            List { unsubscribe: &unsubscribe, unsubscribe_by_mail: None, name: &format!("{}.{}", self.flow.key, site.key) };
        let draft = Draft {
            from: &from,
            reply_to: None,
            to: &to,
            bounces_to: None,
            texts: &texts,
            id: &name,
            at: self.at,
            list: Some(&list),
        };
        let message = draft.build(None)?;
        Ok(Letter { id, to: address.to_owned(), subject: texts.subject, message })
    }

    /// A code from a pool: the same one at every try of this enrollment.
    async fn coupon(&self, tx: &mut Tx, pool: &str) -> Result<Option<data::Coupon>, StoreError> {
        let Some(pool) = coupons::by_key(&mut *tx, self.site.id, pool).await? else { return Ok(None) };
        // Whether codes are left is only known once one is taken.
        let supply = Supply { free: None, total: 0, expires_at: pool.expires_at, retired: pool.retired_at.is_some() };
        if !supply.state(self.now).gives() {
            return Ok(None);
        }
        let name = self.enrollment.id.to_string();
        let claimant = Claimant { purpose: coupon::Purpose::Mail, name: &name, survey: None };
        let code = coupon_claims::claim(tx, self.site.id, &pool, &claimant, self.now).await?;
        Ok(code.map(|code| data::Coupon { code, until: pool.expires_at }))
    }

    fn data(&self, address: &str, unsubscribe: &str, back: &str, coupon: Option<data::Coupon>) -> Data {
        let (site, known) = (self.site, self.known);
        let attributes = known.customer.attributes.as_object().cloned().unwrap_or_default();
        Data {
            shop: data::Shop {
                name: site.name.clone(),
                address: None,
                accent: site.settings.theme.accent.clone().unwrap_or_else(|| ACCENT.to_owned()),
                time_zone: site.time_zone.clone(),
            },
            customer: data::Customer {
                email: address.to_owned(),
                name: known.customer.name.clone(),
                orders: u32::try_from(known.customer.orders).unwrap_or(0),
                attributes: attributes.into_iter().collect(),
            },
            links: data::Links {
                shop: home(site).unwrap_or_else(|| self.sender.public_url.clone()).into(),
                unsubscribe: unsubscribe.to_owned(),
                cart: known.cart.as_ref().map(|_| back.to_owned()),
                ..data::Links::default()
            },
            cart: known.cart.as_ref().map(|cart| data::Cart {
                value: cart.value,
                currency: cart.currency.clone(),
                items: lines(&cart.items).map(item).collect(),
            }),
            order: known.order.as_ref().map(|order| data::Order {
                id: order.number.clone().unwrap_or_else(|| order.id.clone()),
                value: order.value,
                currency: order.currency.clone(),
                at: order.at,
                items: lines(&order.items).map(item).collect(),
            }),
            answers: answers(&known.said),
            coupon,
        }
    }
}

fn item(line: &Value) -> data::Item {
    let text = |name: &str| line[name].as_str().map(str::to_owned);
    data::Item {
        name: text("name").or_else(|| text("id")).unwrap_or_default(),
        quantity: quantity(line),
        price: line["price"].as_i64().unwrap_or(0),
        url: text("url"),
        image: text("image"),
    }
}

/// By question; of several answers to questions of one name, the newest.
fn answers(said: &[Said]) -> BTreeMap<String, data::Answer> {
    let mut all = BTreeMap::new();
    for said in said {
        for (key, given) in &said.answers {
            let label = |choice: &str| {
                let question = said.survey.questions.iter().find(|question| question.key == *key)?;
                question.choices.iter().find(|known| known.key == choice).map(|known| known.label.clone())
            };
            let plain = match given {
                answer::Answer::Choice { key, other } => {
                    data::Answer { choice: Some(key.clone()), label: label(key), text: other.clone(), ..data::Answer::default() }
                }
                answer::Answer::Choices { keys, other } => {
                    data::Answer { choices: keys.clone(), text: other.clone(), ..data::Answer::default() }
                }
                answer::Answer::Number(number) => data::Answer { number: Some(*number as f64), ..data::Answer::default() },
                answer::Answer::Text(text) => data::Answer { text: Some(text.clone()), ..data::Answer::default() },
                answer::Answer::Ranking(keys) => data::Answer { choices: keys.clone(), ..data::Answer::default() },
                answer::Answer::Withdrawn => {
                    all.remove(key);
                    continue;
                }
                answer::Answer::Email { .. } | answer::Answer::Matrix(_) => continue,
            };
            all.insert(key.clone(), plain);
        }
    }
    all
}
