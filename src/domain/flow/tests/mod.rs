//! Enrolment and steps by tables, and both together by a store that lives through anything.

mod enroll;
mod life;
mod step;

use serde_json::{Value, json};

use super::Flow;
use crate::domain::{
    consent::Statement,
    customer::{Address, Customer, Proof},
};

fn flow(change: Value) -> Flow {
    let mut document = json!({
        "key": "recover", "on": "cart.abandoned",
        "steps": [{"after": "1h", "do": "email", "template": "first"}, {"after": "1d", "do": "email", "template": "last"}, {"do": "notify", "to": "crm"}]
    });
    for (name, value) in change.as_object().unwrap() {
        document[name] = value.clone();
    }
    Flow::parse(&document).unwrap()
}

fn zoe() -> Customer {
    Customer {
        id: "zoe".into(),
        address: Some(Address { email: "zoe@buyer.example".into(), proof: Proof::Ordered, at: 0 }),
        consent: Some(Statement { at: 0, granted: true }),
        ..Customer::default()
    }
}
