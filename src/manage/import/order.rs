//! An order of a file, as reports.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::read::{Record, written};
use crate::clock::{DAY, Millis};
use crate::commerce::{OrderEnd, OrderReport, Person, Report, Source, What};
use crate::domain::money::{Currency, Money};
use crate::store::imports::Flaw;

/// From an order older than this nothing follows: no mail, and no cart ends by it.
const FRESH: Millis = DAY;

const MOST_ITEMS: usize = 500;

/// `currency` is the store's, for files that name none.
pub fn reports(record: &Record, currency: &str, zone: &TimeZone, now: Millis) -> Result<Vec<Report>, Flaw> {
    let missing = |field| record.flaw(field, "is missing");
    let number = record.text("number", 64)?;
    let id = record.text("id", 128)?.or_else(|| number.clone()).ok_or_else(|| missing("id"))?;
    let at = record.moment("at", zone)?.ok_or_else(|| missing("at"))?;
    let currency = match record.text("currency", 3)? {
        Some(code) => code.parse::<Currency>().map_err(|e| record.flaw("currency", e.to_string()))?.code().to_owned(),
        None => currency.to_owned(),
    };
    let (minor, decimal) = (record.minor("value")?, record.decimal("total", &currency)?);
    let value = minor.or(decimal).ok_or_else(|| missing("total"))?;
    // Written like the amount itself.
    let refunded = match minor {
        Some(_) => record.minor("refunded")?,
        None => record.decimal("refunded", &currency)?,
    };
    let end = end(record, &id, zone, (value, refunded))?;
    let person = Person {
        external_id: record.text("customer_id", 128)?.filter(|id| id != "0"),
        email: record.email("email")?,
        name: record.name()?,
        ..Person::default()
    };
    let order = OrderReport {
        id,
        number,
        value,
        currency: currency.clone(),
        items: items(record, &currency)?,
        new_customer: record.yes_or_no("new_customer")?,
        cart_token: record.text("cart_token", 128)?,
        checkout_token: None,
        coupon: record.text("coupon", 128)?,
        person,
        placed_at: Some(at),
        past: at < now - FRESH,
    };
    // What only a page ever claimed stays a claim: a shop's word replaces it.
    let claimed = record.written("source").is_some_and(|source| source == "page");
    let source = if claimed { Source::Page } else { Source::Import };
    let report = |what| Report { source, visitor: None, at, what };
    Ok([Some(What::Order(order)), end.map(What::OrderEnd)].into_iter().flatten().map(report).collect())
}

/// What became of it, if it came to nothing in whole or in part. Refuses what was never placed.
fn end(record: &Record, id: &str, zone: &TimeZone, (value, refunded): (i64, Option<i64>)) -> Result<Option<OrderEnd>, Flaw> {
    let word = record.written("status").unwrap_or_default().to_lowercase();
    let word = word.strip_prefix("wc-").unwrap_or(&word);
    if matches!(word, "failed" | "draft" | "checkout-draft" | "auto-draft" | "trash") {
        return Err(record.flaw("status", format!("{word:?}: this order was never placed")));
    }
    let cancelled = matches!(word, "cancelled" | "canceled" | "voided") || record.moment("cancelled_at", zone)?.is_some();
    let refunded = match word {
        "refunded" => Some(value),
        _ => refunded.filter(|minor| *minor > 0),
    };
    Ok((cancelled || refunded.is_some()).then(|| OrderEnd { id: id.to_owned(), cancelled, refunded }))
}

/// A list of `{id, name, quantity, price}`, the price in minor units.
fn items(record: &Record, currency: &str) -> Result<Value, Flaw> {
    let list = match record.fields.get("items") {
        Some(Value::Array(list)) => list.clone(),
        Some(value) => match written(value) {
            Some(text) => serde_json::from_str(&text).map_err(|_| record.flaw("items", "is not a JSON list"))?,
            None => Vec::new(),
        },
        None => record.items.iter().filter_map(|row| item(record, row, currency).transpose()).collect::<Result<_, _>>()?,
    };
    match list.len() {
        n if n > MOST_ITEMS => Err(record.flaw("items", format!("are {n}, at most {MOST_ITEMS} are possible"))),
        _ if !list.iter().all(Value::is_object) => {
            Err(record.flaw("items", "should be a list of objects {id, name, quantity, price}"))
        }
        _ => Ok(Value::Array(list)),
    }
}

/// A row of an order that has a row for each item; nothing, where the row names none.
fn item(record: &Record, row: &Map<String, Value>, currency: &str) -> Result<Option<Value>, Flaw> {
    let of = |field: &str| row.get(field).and_then(written);
    let (Some(name), sku) = (of("item.name"), of("item.id")) else { return Ok(None) };
    let quantity = match of("item.quantity") {
        Some(text) => text.parse::<f64>().map_err(|_| record.flaw("item.quantity", format!("{text:?} is not a number")))?,
        None => 1.0,
    };
    let price = match of("item.price") {
        Some(text) => Some(Money::parse(&text, currency).map_err(|e| record.flaw("item.price", e.to_string()))?.minor),
        None => None,
    };
    let mut item = json!({"id": sku.as_ref().unwrap_or(&name), "name": name, "quantity": quantity as i64});
    if let Some(price) = price {
        item["price"] = price.into();
    }
    Ok(Some(item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MINUTE;

    const NOW: Millis = 1_795_521_600_000;

    fn read(fields: Value) -> Result<Vec<Report>, Flaw> {
        let record = Record { line: 1, fields: fields.as_object().unwrap().clone(), items: Vec::new() };
        reports(&record, "EUR", &TimeZone::UTC, NOW)
    }

    fn with(fields: Value) -> Value {
        let mut all = json!({"id": "1", "at": "2026-01-01T00:00:00Z", "total": "49.90"});
        all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        all
    }

    fn order(told: &[Report]) -> &OrderReport {
        let What::Order(order) = &told[0].what else { panic!("{told:?}") };
        order
    }

    #[test]
    fn amounts_are_minor_units_or_decimals() {
        for (fields, value, refunded) in [
            (json!({}), (4990, "EUR"), None),
            (json!({"currency": "jpy", "total": "5000", "refunded": "0"}), (5000, "JPY"), None),
            (json!({"refunded": "10.00"}), (4990, "EUR"), Some(1000)),
            (json!({"value": 4990, "total": "", "refunded": 10}), (4990, "EUR"), Some(10)),
            (json!({"status": "refunded"}), (4990, "EUR"), Some(4990)),
        ] {
            let told = read(with(fields.clone())).unwrap();
            assert_eq!((order(&told).value, &*order(&told).currency), value, "{fields}");
            let end = told.get(1).map(|report| &report.what);
            assert_eq!(
                end.map(|what| matches!(what, What::OrderEnd(end) if end.refunded == refunded && !end.cancelled)),
                refunded.map(|_| true)
            );
        }
    }

    #[test]
    fn nothing_follows_from_an_order_of_long_ago() {
        let past = |at: Millis| order(&read(with(json!({"at": at}))).unwrap()).past;
        assert!(past(NOW - FRESH - 1) && !past(NOW - FRESH) && !past(NOW - MINUTE));
    }

    #[test]
    fn shops_say_cancelled_in_their_own_ways() {
        for fields in [json!({"status": "wc-cancelled"}), json!({"status": "Voided"}), json!({"cancelled_at": "2026-01-02"})] {
            let told = read(with(fields.clone())).unwrap();
            assert!(matches!(&told[1].what, What::OrderEnd(end) if end.cancelled), "{fields}");
        }
        for status in ["paid", "completed", "on-hold", "shipped by cargo bike", ""] {
            assert_eq!(read(with(json!({"status": status}))).unwrap().len(), 1, "{status}");
        }
    }

    #[test]
    fn what_cannot_be_believed_names_its_field() {
        let items: Vec<_> = (0..501).map(|_| json!({})).collect();
        for (fields, field) in [
            (json!({"id": ""}), "id"),
            (json!({"at": ""}), "at"),
            (json!({"at": "12/31/2025"}), "at"),
            (json!({"total": "49,90"}), "total"),
            (json!({"total": ""}), "total"),
            (json!({"value": "49.90"}), "value"),
            (json!({"currency": "EURO"}), "currency"),
            (json!({"currency": "XYZ"}), "currency"),
            (json!({"email": "mia@"}), "email"),
            (json!({"status": "checkout-draft"}), "status"),
            (json!({"items": "a train"}), "items"),
            (json!({"items": [1]}), "items"),
            (json!({"items": items}), "items"),
            (json!({"id": "x".repeat(129)}), "id"),
        ] {
            assert_eq!(read(with(fields.clone())).unwrap_err().field, field, "{fields}");
        }
    }

    #[test]
    fn a_row_for_each_item_makes_a_list() {
        let row = |name: &str, quantity: &str, price: &str| {
            let row = json!({"item.name": name, "item.quantity": quantity, "item.price": price, "item.id": "'0815"});
            row.as_object().unwrap().clone()
        };
        let fields = with(json!({})).as_object().unwrap().clone();
        let record = Record { line: 1, fields, items: vec![row("Train", "2", "19.95"), row("", "", ""), row("Rings", "", "")] };
        let told = reports(&record, "EUR", &TimeZone::UTC, NOW).unwrap();
        let expected = json!([{"id": "0815", "name": "Train", "quantity": 2, "price": 1995}, {"id": "0815", "name": "Rings", "quantity": 1}]);
        assert_eq!(order(&told).items, expected);
    }
}
