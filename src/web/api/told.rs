//! What carts, orders and customers have in common: their lines, and whose they are.

use serde_json::Value;

use super::shape::{Field, Read, Shape, Takes};
use crate::commerce::{Person, YesOrNo};
use crate::domain::report::Problem;

/// One line of a cart or an order.
pub const ITEM: Shape = Shape {
    name: "Item",
    about: "One line of a cart or an order.",
    fields: &[&[
        Field::optional("id", Takes::Id, "The store's id of the product; targeting compares it."),
        Field::optional("name", Takes::Text(500), "As the shopper knows it."),
        Field::optional("quantity", Takes::Count, "How many; one, when absent."),
        Field::optional("price", Takes::Amount, "Of one piece, in minor units."),
        Field::optional("variant", Takes::Text(200), "Such as a size."),
        Field::optional("sku", Takes::Text(128), "The store's stock number."),
        Field::optional("url", Takes::Url, "Where it is sold; mails link to it."),
        Field::optional("image", Takes::Url, "Its picture; mails show it."),
    ]],
    example: r#"{"id": "mug", "name": "Mug", "quantity": 2, "price": 1495}"#,
};

const CONSENT: Shape = Shape {
    name: "Consent",
    about: "What a person said about marketing mail. Leave it out if they were not asked: a box that was not ticked says neither yes nor no.",
    fields: &[&[
        Field::needed("marketing", Takes::Flag, "Yes or no."),
        Field::optional("text", Takes::Text(500), "What was agreed to, in the words that were shown."),
        Field::optional("page", Takes::Url, "Where."),
    ]],
    example: r#"{"marketing": true, "text": "Mail me news and offers"}"#,
};

/// Everything of a person but their id.
pub const PERSON: &[Field] = &[
    Field::optional("email", Takes::Email, "Kept in small letters. A store's word replaces what a page said."),
    Field::optional("name", Takes::Text(200), "As mails greet them."),
    Field::optional("locale", Takes::Text(35), "Language, such as `de-AT`."),
    Field::optional("time_zone", Takes::TimeZone, "IANA name; quiet hours follow it."),
    Field::optional(
        "attributes",
        Takes::Attributes,
        "Whatever else: each field replaces the one of the same name, `null` removes it. Targeting and mails can use them.",
    ),
    Field::optional("consent", Takes::Object(&CONSENT), "What they said about marketing mail."),
];

/// Whose a cart or an order is.
pub const BUYER: Shape = Shape {
    name: "Buyer",
    about: "Whose it is. An id finds a person before an address does.",
    fields: &[&[Field::optional("id", Takes::Id, "The store's own id of the customer.")], PERSON],
    example: r#"{"id": "c-17", "email": "anna@buyer.example", "consent": {"marketing": true}}"#,
};

/// A person as a body says it.
pub fn person(read: &Read) -> Person {
    let marketing = read
        .object("consent")
        .and_then(|said| Some(YesOrNo { granted: said.flag("marketing")?, wording: said.text("text"), page: said.text("page") }));
    Person {
        external_id: read.text("id"),
        email: read.text("email"),
        name: read.text("name"),
        locale: read.text("locale"),
        time_zone: read.text("time_zone"),
        attributes: read.value("attributes").cloned(),
        marketing,
    }
}

/// Whose a cart or an order is: `customer`, and `email` as pages write it.
pub fn buyer(read: &Read, problems: &mut Vec<Problem>) -> Person {
    let mut buyer = read.object("customer").map(|customer| person(&customer)).unwrap_or_default();
    if let Some(email) = read.text("email") {
        if buyer.email.as_ref().is_some_and(|known| *known != email) {
            problems.push(problem("email", "another address is in customer.email: write one of the two"));
        }
        buyer.email = Some(email);
    }
    buyer
}

/// The name in the address, which a body may repeat but not contradict. `sent` is the body's.
pub fn same_name(field: &str, name: &str, sent: Option<String>, problems: &mut Vec<Problem>) {
    if let Some(sent) = sent.filter(|sent| sent != name) {
        problems.push(problem(field, &format!("{sent:?} is not the {name:?} of the address: leave it out")));
    }
}

pub fn problem(path: &str, message: &str) -> Problem {
    Problem { path: path.to_owned(), message: message.to_owned() }
}

/// The list that is stored, and how many pieces are in it.
pub fn items(read: &Read) -> (Value, Option<u64>) {
    match read.value("items") {
        Some(Value::Array(lines)) => {
            let pieces = lines.iter().map(|line| line["quantity"].as_u64().unwrap_or(1)).sum();
            (Value::Array(lines.clone()), Some(pieces))
        }
        Some(count) => (Value::Array(Vec::new()), count.as_u64()),
        None => (Value::Array(Vec::new()), None),
    }
}
