//! Three months in the life of a small store. The events take the same way into the database as real ones, from the moment on
//! where a real one has been checked.

use std::ops::Range;

use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use super::answers::answer;
use super::people::{TOYS, person};
use crate::clock::{DAY, HOUR, MINUTE, Millis, SECOND};
use crate::collect::offer::{Offer, session_hash, visitor_hash};
use crate::collect::state::State;
use crate::collect::submission::{Report, Submission, Touch, What};
use crate::collect::{Shown, store_checked};
use crate::commerce::{self, OrderReport, Source};
use crate::domain::schedule::{day_range, local_day};
use crate::domain::survey::{Kind, QuestionType};
use crate::id::uuid7;
use crate::store::sites::Site;
use crate::store::surveys::Revision;
use crate::store::{Db, Writer};

const PAGES: &[&str] =
    &["/demo/", "/demo/cart", "/demo/p/birch-express", "/demo/p/six-arch-rainbow", "/demo/c/on-the-move", "/demo/checkout"];

/// Made-up shoppers.
struct Crowd<'a> {
    random: StdRng,
    site: &'a Site,
    zone: TimeZone,
    /// When fewer answered.
    bad_days: Range<Millis>,
    /// Visitors made so far.
    visitors: u64,
    /// And people with a name among them.
    buyers: usize,
}

/// Writes `days` days of answers, up to an hour before `now`.
pub async fn write(db: &Db, site: &Site, live: &[Revision], days: i32, now: Millis) -> anyhow::Result<()> {
    let zone = TimeZone::get(&site.time_zone)?;
    let today = local_day(now, &zone);
    let bad_days = super::alerts::bad_days(now);
    let mut crowd = Crowd { random: StdRng::seed_from_u64(7), site, zone, bad_days, visitors: 0, buyers: 0 };
    let mut writer = Writer::new(db.clone());
    for day in today - days..=today {
        let mut batch = Vec::new();
        for revision in live {
            for at in crowd.moments(day, revision.document.kind, now - HOUR) {
                batch.push(crowd.visit(revision, at));
            }
        }
        store_checked(&mut writer, &batch, Shown::New).await?;
    }
    Ok(())
}

impl Crowd<'_> {
    /// When the survey was shown that day: more at weekends, more with the weeks, none at night.
    fn moments(&mut self, day: i32, kind: Kind, until: Millis) -> Vec<Millis> {
        let range = day_range(day, &self.zone);
        let base = match kind {
            Kind::ExitIntent => 48.0,
            Kind::PostPurchase => 14.0,
            _ => 6.0,
        };
        // Day 0 was a Thursday.
        let weekend = if matches!(day.rem_euclid(7), 2 | 3) { 1.35 } else { 1.0 };
        let chance = self.random.random_range(0.8..1.2);
        let n = (base * weekend * chance) as usize;
        let from = range.start + 7 * HOUR;
        let mut moments: Vec<_> =
            (0..n).map(|_| from + self.random.random_range(0..16 * HOUR)).filter(|at| *at < until).collect();
        moments.sort_unstable();
        moments
    }

    fn visit(&mut self, revision: &Revision, at: Millis) -> Submission {
        let id = self.site.id;
        self.visitors += 1;
        let visitor = visitor_hash(id, &format!("history {}", self.visitors));
        let post_purchase = revision.document.kind == Kind::PostPurchase;
        let offer = Offer {
            site: id,
            survey: revision.survey,
            revision: revision.number,
            variant: None,
            question: None,
            id: uuid7(at - 2 * SECOND),
            visitor,
            withhold: false,
            manual: false,
            hosted: false,
            order: post_purchase.then(|| format!("H{}", self.visitors)),
        };
        let page = if post_purchase { "/demo/order/thanks" } else { self.one_of(PAGES) };
        let mut state = State::of(&offer, revision, session_hash(id, &format!("history {}", self.visitors)));
        let device = if self.random.random_bool(0.62) { "mobile" } else { "desktop" };
        state.seen(at);
        state.hear(
            || Some(revision.document.trigger.type_name().to_owned()),
            || Some(format!("http://localhost:8080{page}")),
            || Some(device.to_owned()),
            || Some("en".to_owned()),
        );
        // Who opened it on purpose mostly answers.
        let answers = self.random.random_bool(match revision.document.kind {
            Kind::PostPurchase => 0.46,
            Kind::ExitIntent if self.bad_days.contains(&at) => 0.06,
            Kind::ExitIntent => 0.17,
            _ => 0.72,
        });
        let (mut then, mut answered) = (at, false);
        if answers {
            for question in revision.document.questions.iter().filter(|q| q.kind != QuestionType::Statement) {
                then += self.random.random_range(3 * SECOND..20 * SECOND);
                // Not everybody goes on, and fewer like to write.
                let goes_on = match question.kind {
                    QuestionType::ShortText | QuestionType::LongText | QuestionType::Email => 0.35,
                    _ => 0.85,
                };
                if answered && !self.random.random_bool(goes_on) {
                    continue;
                }
                let items = answer(&mut self.random, question);
                state.answered(question.key.clone(), items, then, then);
                answered = true;
            }
            if self.random.random_bool(0.93) {
                state.completed(then + 2 * SECOND);
            }
        } else if self.random.random_bool(0.8) {
            let by = *[("close", 6), ("escape", 3), ("outside", 1)]
                .choose_weighted(&mut self.random, |(_, w)| *w)
                .unwrap_or(&("close", 1));
            state.dismissed(at + self.random.random_range(SECOND..MINUTE), by.0);
        }
        debug_assert!(then - at < DAY);
        state.settle();
        let day = local_day(offer.made_at(), &self.zone);
        let touch = Touch { state, day, fired: true, events: Vec::new() };
        let reports = match &offer.order {
            Some(order) if answers => vec![self.bought(order, at)],
            _ => Vec::new(),
        };
        Submission { site: id, visitor, now: then, listened: false, touches: vec![touch], reports }
    }

    /// The order that somebody who answered had placed just before; every fifth is by one who has bought before.
    fn bought(&mut self, id: &str, at: Millis) -> Report {
        let again = self.buyers > 4 && self.random.random_bool(0.2);
        let who = if again { self.random.random_range(0..self.buyers) } else { self.buyers };
        self.buyers = self.buyers.max(who + 1);
        let person = person(who, self.random.random_bool(0.55));
        let items: Vec<_> = (0..self.random.random_range(1..=3)).filter_map(|_| TOYS.choose(&mut self.random)).collect();
        let value = items.iter().map(|(_, _, price)| price).sum();
        let items =
            items.iter().map(|(id, name, price)| json!({"id": id, "name": name, "quantity": 1, "price": price})).collect();
        let order = OrderReport {
            id: id.to_owned(),
            number: Some(format!("#{}", 1000 + self.visitors)),
            value,
            currency: self.site.currency.clone(),
            items,
            new_customer: Some(!again),
            person,
            past: true,
            ..OrderReport::default()
        };
        let what = What::Told(Source::Import, commerce::What::Order(order));
        Report { event: String::new(), at: at - MINUTE, what }
    }

    fn one_of(&mut self, list: &'static [&'static str]) -> &'static str {
        list.choose(&mut self.random).copied().unwrap_or("")
    }
}
