//! The figures of a store's week, and of the week before it.

use jiff::tz::TimeZone;

use super::flows::{self, FlowWeek};
use super::needs::{self, Need};
use super::surveys::{self, AnswerWeek, Quote, SurveyWeek};
use crate::clock::DAY;
use crate::domain::weekly::Week;
use crate::store::orders::{self, Attributed};
use crate::store::sites::Site;
use crate::store::{Db, StoreError, carts, messages};

/// What a store's people are told. A pair is the week's figure and the week before's.
pub struct Figures {
    pub week: Week,
    /// Those that are live or were shown, the most shown first.
    pub surveys: Vec<SurveyWeek>,
    /// Answers to questions with choices: those that moved most, then the most frequent.
    pub answers: Vec<AnswerWeek>,
    /// The newest first.
    pub texts: Vec<Quote>,
    /// Carts first heard of that week: how many were left alone, and how many of those were ordered after all so far.
    pub carts: [(i64, i64); 2],
    pub orders: [Attributed; 2],
    /// Mails of follow-ups.
    pub mails: [i64; 2],
    pub flows: Vec<FlowWeek>,
    pub needs: Vec<Need>,
}

pub async fn figures(db: &Db, site: &Site, week: Week) -> Result<Figures, StoreError> {
    let zone = TimeZone::get(&site.time_zone).unwrap_or(TimeZone::UTC);
    let window = i64::from(site.settings.attribution_days) * DAY;
    let (mut carts, mut orders, mut mails) = (Vec::new(), Vec::new(), Vec::new());
    for range in [week.range(&zone), week.earlier(1).range(&zone)] {
        carts.push(carts::left(db, site.id, range.clone()).await?);
        orders.push(orders::attributed(db, site.id, range.clone(), window, &site.currency).await?);
        mails.push(messages::sent(db, site.id, range).await?);
    }
    let found = surveys::load(db, site, week, &zone).await?;
    Ok(Figures {
        week,
        carts: [carts[0], carts[1]],
        orders: [orders[0], orders[1]],
        mails: [mails[0], mails[1]],
        flows: flows::load(db, site, week, &zone).await?,
        needs: needs::load(db, site, &found.surveys, &zone).await?,
        surveys: found.surveys,
        answers: found.answers,
        texts: found.texts,
    })
}

impl Figures {
    /// Nothing happened that week.
    pub fn is_quiet(&self) -> bool {
        let asked = self.surveys.iter().any(|survey| survey.shown[0] > 0 || survey.answered[0] > 0);
        let entered = self.flows.iter().any(|flow| flow.entered > 0);
        !asked && !entered && self.carts[0].0 == 0 && self.orders[0].after_survey == 0 && self.mails[0] == 0
    }
}
