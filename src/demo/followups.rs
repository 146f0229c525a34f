//! Three months of people who left their carts: mailed or withheld, and what they ordered afterwards. Whatever was sent is long
//! gone, so no mail of it is kept; and nobody is on the way any more, so nothing is queued.

use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::clock::{DAY, HOUR, MINUTE, Millis};
use crate::domain::consent::Statement;
use crate::domain::customer::{Address, Proof};
use crate::domain::flow::{EnrollmentStatus, SkipReason, StopReason};
use crate::domain::schedule::{day_range, local_day};
use crate::id::{FlowId, uuid7};
use crate::store::customers::{self, Customer};
use crate::store::enrollments::{self, Enrollment, StepRecord, StepResult};
use crate::store::messages::{self, Message, MessageStatus};
use crate::store::orders::{self, Order, OrderStatus};
use crate::store::sites::Site;
use crate::store::{Db, StoreError, Tx};

/// Share of people who were withheld while the store wanted to know what its mails bring.
pub const HOLDOUT: f64 = 0.2;
/// People a day.
const A_DAY: usize = 4;
const FIRST: &[&str] = &[
    "Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hannes", "Ida", "Jonas", "Katrin", "Lukas", "Mara", "Noah",
    "Olivia", "Paul", "Rosa", "Simon", "Tilda", "Viktor",
];
const LAST: &[&str] =
    &["Adler", "Berger", "Conrad", "Engel", "Falk", "Graf", "Huber", "Jansen", "Keller", "Lang", "Moser", "Novak"];

struct Writer<'a> {
    random: StdRng,
    site: &'a Site,
    flow: FlowId,
    /// People made so far.
    people: usize,
}

/// Writes `days` days, up to yesterday. The flow's first revision is the one they went through.
pub async fn write(db: &Db, site: &Site, flow: FlowId, days: i32, now: Millis) -> anyhow::Result<()> {
    let zone = TimeZone::get(&site.time_zone)?;
    let today = local_day(now, &zone);
    let mut writer = Writer { random: StdRng::seed_from_u64(11), site, flow, people: 0 };
    let mut tx = db.begin().await?;
    for day in today - days..today - 1 {
        let morning = day_range(day, &zone).start + 9 * HOUR;
        for _ in 0..A_DAY {
            let at = morning + writer.random.random_range(0..11 * HOUR);
            writer.person(&mut tx, at).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

impl Writer<'_> {
    /// One person, who left a cart an hour before `at`.
    async fn person(&mut self, tx: &mut Tx, at: Millis) -> Result<(), StoreError> {
        self.people += 1;
        let (first, last) = (self.one_of(FIRST), self.one_of(LAST));
        let email = format!("{}.{}{}@example.com", first.to_lowercase(), last.to_lowercase(), self.people);
        let withheld = self.random.random_bool(HOLDOUT);
        let order = self.random.random_bool(if withheld { 0.10 } else { 0.19 });
        let ordered_at = order.then(|| at + self.random.random_range(30 * MINUTE..4 * DAY));
        let value = 100 * self.random.random_range(18..120);
        let mut customer = Customer::new(self.site.id, at - DAY);
        customer.address = Some(Address { email: email.clone(), proof: Proof::Answered, at: at - DAY });
        customer.name = Some(format!("{first} {last}"));
        customer.consent = Some(Statement { at: at - DAY, granted: true });
        if let Some(ordered_at) = ordered_at {
            (customer.orders, customer.spent) = (1, value);
            (customer.first_order_at, customer.last_order_at) = (Some(ordered_at), Some(ordered_at));
        }
        customers::insert(tx, &customer).await?;
        let token = format!("history-{}", self.people);
        let mut run = Enrollment {
            site: self.site.id,
            id: uuid7(at),
            flow: self.flow,
            revision: 1,
            customer: customer.id,
            cause: format!("cart:{token}@{}", at - HOUR),
            subject: json!({ "cart": token }),
            since: at - HOUR,
            status: EnrollmentStatus::Withheld,
            step: 0,
            due_at: None,
            enrolled_at: at,
            ended_at: Some(at),
            ended_by: None,
        };
        let walked = if withheld { Vec::new() } else { self.walk(&mut run, ordered_at) };
        enrollments::insert(tx, &run).await?;
        for (record, message) in walked {
            if let Some(status) = message {
                let mail = self.mail(&run, &record, &email, status);
                messages::put(tx, &mail).await?;
            }
            enrollments::record(tx, self.site.id, run.id, &record).await?;
        }
        if let Some(ordered_at) = ordered_at {
            let order = self.order(&customer, &email, &token, value, ordered_at);
            orders::claim(tx, &order).await?;
        }
        Ok(())
    }

    /// Takes somebody through both steps, or as far as they came; what became of each, and of its mail.
    fn walk(&mut self, run: &mut Enrollment, ordered_at: Option<Millis>) -> Vec<(StepRecord, Option<MessageStatus>)> {
        let mut walked = Vec::new();
        for (step, at) in [run.enrolled_at, run.enrolled_at + DAY].into_iter().enumerate() {
            let stop = match ordered_at {
                Some(ordered) if ordered <= at => Some(StopReason::Ordered),
                _ if step > 0 && self.random.random_bool(0.03) => Some(StopReason::Unsubscribed),
                _ if step > 0 && self.random.random_bool(0.04) => Some(StopReason::CartEmptied),
                _ => None,
            };
            run.step = step;
            if let Some(reason) = stop {
                (run.status, run.ended_at) = (EnrollmentStatus::Stopped, Some(at));
                run.ended_by = Some(reason.code().to_owned());
                return walked;
            }
            walked.push(self.step(step, at));
            run.ended_at = Some(at);
        }
        (run.status, run.step) = (EnrollmentStatus::Finished, 2);
        walked
    }

    fn step(&mut self, step: usize, at: Millis) -> (StepRecord, Option<MessageStatus>) {
        let record =
            |result, reason: Option<&str>| StepRecord { step, at, result, reason: reason.map(str::to_owned), message: None };
        let skip = |reason: SkipReason| (record(StepResult::Skipped, Some(reason.code())), None);
        match self.random.random_range(0..100) {
            0..3 => skip(SkipReason::OrdersOnly),
            3..6 => skip(SkipReason::AttentionBudget { contacts: 8, days: 30 }),
            6 => skip(SkipReason::Paused),
            7 => (record(StepResult::Failed, Some("refused")), Some(MessageStatus::Bounced)),
            _ => (record(StepResult::Done, None), Some(MessageStatus::Sent)),
        }
    }

    fn mail(&mut self, run: &Enrollment, record: &StepRecord, to: &str, status: MessageStatus) -> Message {
        let sent = status == MessageStatus::Sent;
        let clicked = sent && self.random.random_bool(0.21);
        Message {
            site: run.site,
            id: uuid7(record.at),
            customer: Some(run.customer),
            enrollment: Some(run.id),
            step: i64::try_from(record.step).ok(),
            template: "cart-recovery".into(),
            recipient: to.to_owned(),
            subject: format!("Your cart at {} is still here", self.site.name),
            status,
            detail: (!sent).then(|| "5.1.1 user unknown".to_owned()),
            raw: None,
            tries: 1,
            created_at: record.at,
            sent_at: sent.then_some(record.at),
            clicked_at: clicked.then(|| record.at + self.random.random_range(2 * MINUTE..9 * HOUR)),
        }
    }

    fn order(&self, customer: &Customer, email: &str, cart: &str, value: i64, at: Millis) -> Order {
        Order {
            site: self.site.id,
            id: format!("R{}", self.people),
            visitor: None,
            customer: Some(customer.id),
            number: None,
            value,
            refunded: 0,
            currency: self.site.currency.clone(),
            items: json!([]),
            email: Some(email.to_owned()),
            new_customer: Some(true),
            cart_token: Some(cart.to_owned()),
            checkout_token: None,
            coupon: None,
            source: "page".into(),
            status: OrderStatus::Placed,
            at,
            updated_at: at,
        }
    }

    fn one_of(&mut self, list: &'static [&'static str]) -> &'static str {
        list.choose(&mut self.random).copied().unwrap_or("")
    }
}
