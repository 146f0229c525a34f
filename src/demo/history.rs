//! Three months in the life of a small store. The events take the same way into the database as real ones, from the moment on
//! where a real one has been checked.

use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

use crate::clock::{DAY, HOUR, MINUTE, Millis, SECOND};
use crate::collect::offer::{Offer, session_hash, visitor_hash};
use crate::collect::store_checked;
use crate::collect::submission::{Given, Submission, Touch};
use crate::domain::schedule::{day_range, local_day};
use crate::domain::survey::{Kind, QuestionType};
use crate::id::uuid7;
use crate::store::sites::Site;
use crate::store::surveys::Revision;
use crate::store::{Db, StoreError};

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
const PAGES: &[&str] =
    &["/demo/", "/demo/cart", "/demo/p/birch-express", "/demo/p/six-arch-rainbow", "/demo/c/on-the-move", "/demo/checkout"];

struct Writer<'a> {
    random: StdRng,
    site: &'a Site,
    zone: TimeZone,
    /// Visitors made so far.
    visitors: u64,
}

/// Writes `days` days of answers, up to an hour before `now`.
pub async fn write(db: &Db, site: &Site, live: &[Revision], days: i32, now: Millis) -> anyhow::Result<()> {
    let zone = TimeZone::get(&site.time_zone)?;
    let today = local_day(now, &zone);
    let mut writer = Writer { random: StdRng::seed_from_u64(7), site, zone, visitors: 0 };
    for day in today - days..=today {
        let mut batch = Vec::new();
        for revision in live {
            for at in writer.moments(day, revision.document.kind, now - HOUR) {
                batch.push(writer.visit(revision, at));
            }
        }
        store(db, batch).await?;
    }
    Ok(())
}

async fn store(db: &Db, batch: Vec<Submission>) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    store_checked(&mut tx, &batch).await?;
    tx.commit().await
}

impl Writer<'_> {
    /// When the survey was shown that day: more at weekends, more with the weeks, none at night.
    fn moments(&mut self, day: i32, kind: Kind, until: Millis) -> Vec<Millis> {
        let range = day_range(day, &self.zone);
        let base = if kind == Kind::ExitIntent { 48.0 } else { 14.0 };
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
            id: uuid7(at - 2 * SECOND),
            visitor,
            withhold: false,
            manual: false,
            order: post_purchase.then(|| format!("H{}", self.visitors)),
        };
        let page = if post_purchase { "/demo/order/thanks" } else { self.one_of(PAGES) };
        let mut touch = Touch {
            day: local_day(offer.made_at(), &self.zone),
            offer,
            variant: None,
            session: session_hash(id, &format!("history {}", self.visitors)),
            fired_at: Some(at),
            fired_by: Some(revision.document.trigger.type_name().to_owned()),
            given: Vec::new(),
            completed_at: None,
            dismissed: None,
            page: Some(format!("http://localhost:8080{page}")),
            device: Some(if self.random.random_bool(0.62) { "mobile" } else { "desktop" }.to_owned()),
            locale: Some("en".to_owned()),
            events: Vec::new(),
        };
        let answers = self.random.random_bool(if post_purchase { 0.46 } else { 0.17 });
        let mut then = at;
        if answers {
            for question in &revision.document.questions {
                then += self.random.random_range(3 * SECOND..20 * SECOND);
                // Not everybody goes on, and fewer like to write.
                let goes_on = if question.kind == QuestionType::ShortText { 0.35 } else { 0.85 };
                if !touch.given.is_empty() && !self.random.random_bool(goes_on) {
                    continue;
                }
                let items = vec![self.answer(&question.key)];
                touch.given.push(Given { question: question.key.clone(), items, at: then, sender_at: then });
            }
            if self.random.random_bool(0.93) {
                touch.completed_at = Some(then + 2 * SECOND);
            }
        } else if self.random.random_bool(0.8) {
            let by = *[("close", 6), ("escape", 3), ("outside", 1)]
                .choose_weighted(&mut self.random, |(_, w)| *w)
                .unwrap_or(&("close", 1));
            touch.dismissed = Some((at + self.random.random_range(SECOND..MINUTE), by.0.to_owned()));
        }
        debug_assert!(then - at < DAY);
        Submission { site: id, visitor, now: then, touches: vec![touch], reports: Vec::new() }
    }

    fn answer(&mut self, question: &str) -> (String, Option<String>) {
        let item = match question {
            "reason" => self.weighted(REASONS),
            "channel" => self.weighted(CHANNELS),
            "nps" => self.weighted(SCORES),
            _ => "~text",
        };
        let body = match (question, item) {
            ("reason", "~other") => Some(self.one_of(OTHER_REASONS)),
            (_, "~other") => Some(self.one_of(OTHER_CHANNELS)),
            ("more", _) => Some(self.one_of(WISHES)),
            ("why", _) => Some(self.one_of(REASONS_FOR_SCORE)),
            _ => None,
        };
        (item.to_owned(), body.map(str::to_owned))
    }

    fn one_of(&mut self, list: &'static [&'static str]) -> &'static str {
        list.choose(&mut self.random).copied().unwrap_or("")
    }

    fn weighted(&mut self, list: &'static [(&'static str, u32)]) -> &'static str {
        list.choose_weighted(&mut self.random, |(_, weight)| *weight).map_or("", |(item, _)| item)
    }
}
