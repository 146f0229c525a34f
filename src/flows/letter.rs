//! One step's mail: its texts, its links, its coupon, ready to be handed over.

use std::collections::BTreeMap;

use serde_json::Value;
use uuid::Uuid;

use super::asking::Asking;
use super::back::home;
use super::known::{Dossier, Said, lines, quantity};
use super::link::{Link, Purpose};
use crate::clock::Millis;
use crate::domain::answer;
use crate::domain::coupon::{self, Supply};
use crate::domain::flow::Flow;
use crate::domain::survey::Coupon;
use crate::mail::data::{self, Data};
use crate::mail::dkim::Dkim;
use crate::mail::message::{BadMessage, List, message_id};
use crate::mail::template::Fault;
use crate::mail::{Draft, Mailbox, Message, Sender, Template, secrets, shelf};
use crate::store::coupon_claims::{self, Claimant};
use crate::store::enrollments::Enrollment;
use crate::store::mail_secrets::MailSecret;
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
    #[error("the survey {0:?} is not live")]
    NoSurvey(String),
    #[error("there is no template {0:?}")]
    NoTemplate(String),
    #[error(transparent)]
    Template(#[from] Fault),
    #[error("the pool {0:?} has no code to give")]
    NoCoupon(String),
    #[error(transparent)]
    Message(#[from] BadMessage),
    #[error("the mail cannot be signed: {0}")]
    Dkim(String),
    #[error("{0}: {1}")]
    Address(String, crate::mail::address::BadAddress),
}

impl Failure {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSurvey(_) => "no_survey",
            Self::NoTemplate(_) => "no_template",
            Self::Template(_) => "template",
            Self::NoCoupon(_) => "no_coupon",
            Self::Message(_) => "message",
            Self::Dkim(_) => "dkim",
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
    pub async fn write(
        &self,
        tx: &mut Tx,
        template: &str,
        pool: Option<&Coupon>,
        survey: Option<&str>,
    ) -> Result<Result<Letter, Failure>, StoreError> {
        let Some(shelved) = shelf::find(&mut *tx, self.site.id, template).await? else {
            return Ok(Err(Failure::NoTemplate(template.to_owned())));
        };
        let dkim = match dkim(&mut *tx, self.sender, self.site).await? {
            Ok(dkim) => dkim,
            Err(failure) => return Ok(Err(failure)),
        };
        let coupon = match pool {
            Some(Coupon { pool }) => match self.coupon(tx, pool).await? {
                Some(coupon) => Some(coupon),
                None => return Ok(Err(Failure::NoCoupon(pool.clone()))),
            },
            None => None,
        };
        let asking = match survey {
            Some(survey) => match self.asking(tx, survey, self.locale().unwrap_or_default()).await? {
                Some(asking) => Some(asking),
                None => return Ok(Err(Failure::NoSurvey(survey.to_owned()))),
            },
            None => None,
        };
        Ok(self.compose(&shelved.template, dkim.as_ref(), coupon, asking))
    }

    /// The reader's language, as far as it is known.
    fn locale(&self) -> Option<&str> {
        let last = self.known.said.last().and_then(|said| said.response.locale.as_deref());
        self.known.customer.locale.as_deref().or(last)
    }

    fn compose(
        &self,
        template: &Template,
        dkim: Option<&Dkim>,
        coupon: Option<data::Coupon>,
        asking: Option<Asking>,
    ) -> Result<Letter, Failure> {
        let (sender, site, person) = (self.sender, self.site, &self.known.customer);
        let (id, name) = self.name();
        let link = Link { site: site.id, message: id };
        let url = |purpose| link.url(purpose, &sender.keys.link, &sender.public_url);
        let unsubscribe = url(Purpose::Unsubscribe);
        let address = self.known.person.mailbox().unwrap_or_default();
        let mut links = data::Links {
            shop: home_of(sender, site),
            unsubscribe: unsubscribe.to_string(),
            preferences: Some(url(Purpose::Preferences).into()),
            cart: self.known.cart.as_ref().map(|_| url(Purpose::Cart).into()),
            ..data::Links::default()
        };
        if let Some(asking) = asking {
            links.survey = Some(asking.link);
            links.survey_question = Some(asking.question);
            links.survey_answers = asking.answers;
            links.survey_scale = asking.scale;
        }
        let data = data(site, self.known, address, links, coupon);
        let texts = template.render(self.locale().unwrap_or(&template.locale), &data)?;
        let to = Mailbox::new(address).map_err(|why| Failure::Address(address.to_owned(), why))?;
        let to = to.named(person.name.as_deref().unwrap_or_default());
        let (from, reply_to) = (from(sender, site), reply_to(site));
        let list =
            List { unsubscribe: &unsubscribe, unsubscribe_by_mail: None, name: &format!("{}.{}", self.flow.key, site.key) };
        let draft = Draft {
            from: &from,
            reply_to: reply_to.as_ref(),
            to: &to,
            bounces_to: None,
            texts: &texts,
            id: &name,
            at: self.at,
            list: Some(&list),
        };
        let message = draft.build(dkim)?;
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
}

/// Who mail of a store is from: the installation's address under the store's name.
pub(super) fn from(sender: &Sender, site: &Site) -> Mailbox {
    match (&site.settings.sending.name, &sender.from.name) {
        (Some(name), _) => sender.from.clone().named(name),
        (None, Some(_)) => sender.from.clone(),
        (None, None) => sender.from.clone().named(&site.name),
    }
}

/// Where readers' answers go.
pub(super) fn reply_to(site: &Site) -> Option<Mailbox> {
    // It was checked when it was saved.
    site.settings.sending.reply_to.as_deref().and_then(|address| Mailbox::new(address).ok())
}

/// What the store's mail is signed with, if it is.
pub(super) async fn dkim(tx: &mut Tx, sender: &Sender, site: &Site) -> Result<Result<Option<Dkim>, Failure>, StoreError> {
    let Some(selector) = &site.settings.sending.dkim_selector else { return Ok(Ok(None)) };
    let Some(key) = secrets::open(tx, &sender.keys.vault, site.id, MailSecret::Dkim).await? else { return Ok(Ok(None)) };
    let signed = key.map_err(|why| why.to_string());
    let signed = signed.and_then(|key| Dkim::new(selector, sender.from.domain(), &key).map_err(|why| why.to_string()));
    Ok(signed.map(Some).map_err(Failure::Dkim))
}

/// Where a store is, or else where this server is.
pub(super) fn home_of(sender: &Sender, site: &Site) -> String {
    home(site).unwrap_or_else(|| sender.public_url.clone()).into()
}

/// What mails say of the store.
pub(super) fn shop(site: &Site) -> data::Shop {
    data::Shop {
        name: site.name.clone(),
        address: site.settings.sending.address.clone(),
        accent: site.settings.theme.accent.clone().unwrap_or_else(|| ACCENT.to_owned()),
        time_zone: site.time_zone.clone(),
    }
}

/// What a template may speak of, in a mail to this person.
pub(super) fn data(site: &Site, known: &Dossier, address: &str, links: data::Links, coupon: Option<data::Coupon>) -> Data {
    let attributes = known.customer.attributes.as_object().cloned().unwrap_or_default();
    Data {
        shop: shop(site),
        customer: data::Customer {
            email: address.to_owned(),
            name: known.customer.name.clone(),
            orders: u32::try_from(known.customer.orders).unwrap_or(0),
            attributes: attributes.into_iter().collect(),
        },
        links,
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
