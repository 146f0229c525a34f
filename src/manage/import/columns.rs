//! Which column holds what: as the owner says, as the vendor is known to call it, or by a field's own name.

use super::ImportError;
use super::vendors::VENDORS;
use crate::domain::report::did_you_mean;
use crate::store::imports::Kind;

/// The fields of orders and of customers; besides, customers have `attributes.*`.
pub const fn fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Orders => &ORDER_FIELDS,
        Kind::Customers => &CUSTOMER_FIELDS,
    }
}

const ORDER_FIELDS: [&str; 23] = [
    "id",
    "number",
    "at",
    "value",
    "total",
    "currency",
    "email",
    "customer_id",
    "name",
    "first_name",
    "last_name",
    "cart_token",
    "coupon",
    "new_customer",
    "status",
    "cancelled_at",
    "refunded",
    "items",
    "source",
    "item.id",
    "item.name",
    "item.quantity",
    "item.price",
];

const CUSTOMER_FIELDS: [&str; 16] = [
    "id",
    "email",
    "name",
    "first_name",
    "last_name",
    "locale",
    "time_zone",
    "consent",
    "consent_at",
    "consent_wording",
    "suppressed",
    "mail",
    "email_proof",
    "created_at",
    "updated_at",
    "attributes",
];

fn is_field(kind: Kind, field: &str) -> bool {
    let attribute = kind == Kind::Customers && field.strip_prefix("attributes.").is_some_and(|name| !name.is_empty());
    attribute || fields(kind).contains(&field)
}

/// The columns of a file with a first line.
#[derive(Clone, Debug)]
pub struct Columns {
    /// As the first line has them.
    pub names: Vec<String>,
    /// The field of each, where it has one.
    pub fields: Vec<Option<String>>,
    /// Whose export it is, where that is known.
    pub vendor: Option<&'static str>,
}

impl Columns {
    /// Finds the field of each column; `map` (field, column) goes first. What a file must hold, it must hold.
    pub fn recognise(kind: Kind, names: Vec<String>, map: &[(String, String)]) -> Result<Self, ImportError> {
        let vendor = VENDORS.iter().find(|v| v.kind == kind && v.marks.iter().all(|mark| names.iter().any(|n| same(n, mark))));
        let own = |name: &String| {
            let name = name.trim().to_lowercase();
            let name = if name.starts_with("attributes.") { name } else { name.replace([' ', '-'], "_") };
            is_field(kind, &name).then_some(name)
        };
        let theirs = |name: &String| vendor?.columns.iter().find(|(column, _)| same(name, column)).map(|(_, f)| (*f).to_owned());
        // A vendor's column that is called like a field of ours is the vendor's: Shopify calls an order's number "Name".
        let mut fields: Vec<_> = match vendor {
            Some(_) => names.iter().map(theirs).collect(),
            None => names.iter().map(own).collect(),
        };
        for (field, column) in map {
            check_field(kind, field)?;
            let Some(at) = names.iter().position(|name| same(name, column)) else {
                let known: Vec<&str> = names.iter().map(String::as_str).collect();
                let hint = did_you_mean(column, &known);
                return Err(ImportError::UnknownColumn { column: column.clone(), hint, names: quoted(&names) });
            };
            fields.iter_mut().filter(|known| known.as_ref() == Some(field)).for_each(|known| *known = None);
            fields[at] = Some(field.clone());
        }
        let columns = Self { names, fields, vendor: vendor.map(|vendor| vendor.name) };
        columns.check(kind)?;
        Ok(columns)
    }

    fn check(&self, kind: Kind) -> Result<(), ImportError> {
        let has = |field: &str| self.fields.iter().flatten().any(|known| known == field);
        let missing = |field, example| Err(ImportError::Missing { field, example, names: quoted(&self.names) });
        match kind {
            Kind::Orders if !has("id") && !has("number") => missing("an order's id", "\"id=Order ID\""),
            Kind::Orders if !has("value") && !has("total") => missing("an order's total", "\"total=Amount\""),
            Kind::Orders if !has("at") => missing("an order's date", "\"at=Order date\""),
            Kind::Customers if !has("email") && !has("id") => missing("an e-mail address", "\"email=E-mail address\""),
            _ => Ok(()),
        }
    }

    /// Whether several rows may tell of one order, a row for each item.
    pub fn has_items(&self) -> bool {
        self.fields.iter().flatten().any(|field| field.starts_with("item."))
    }

    /// Columns that are not read.
    pub fn ignored(&self) -> Vec<&str> {
        self.names.iter().zip(&self.fields).filter(|(_, field)| field.is_none()).map(|(name, _)| name.as_str()).collect()
    }
}

/// Whether a mapping may name it.
pub(super) fn check_field(kind: Kind, field: &str) -> Result<(), ImportError> {
    if is_field(kind, field) {
        return Ok(());
    }
    let known = fields(kind);
    let hint = did_you_mean(field, known);
    Err(ImportError::UnknownField { field: field.to_owned(), hint, known: known.join(", ") })
}

fn same(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: Kind, header: &str, map: &[(&str, &str)]) -> Result<Columns, ImportError> {
        let map: Vec<_> = map.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect();
        Columns::recognise(kind, header.split(',').map(str::to_owned).collect(), &map)
    }

    fn found(columns: &Columns) -> Vec<&str> {
        columns.fields.iter().map(|field| field.as_deref().unwrap_or("-")).collect()
    }

    #[test]
    fn known_exports_are_recognised_by_their_first_line() {
        let columns = of(Kind::Orders, "Name,Email,Financial Status,Total,Created at,Notes,Id", &[]).unwrap();
        assert_eq!(found(&columns), ["number", "email", "status", "total", "at", "-", "id"]);
        assert_eq!((columns.vendor, columns.ignored()), (Some("Shopify’s orders"), vec!["Notes"]));
        let columns = of(Kind::Customers, "Email,Klaviyo ID,First Name,Email Marketing Consent", &[]).unwrap();
        assert_eq!(found(&columns), ["email", "-", "first_name", "consent"]);
    }

    #[test]
    fn our_own_names_are_known_in_any_spelling() {
        let columns = of(Kind::Customers, "E-Mail, EMAIL ,Time Zone,attributes.Size", &[]).unwrap();
        assert_eq!(found(&columns), ["-", "email", "time_zone", "attributes.size"]);
        assert!(columns.vendor.is_none() && !columns.has_items());
    }

    #[test]
    fn what_the_owner_says_goes_first() {
        let columns =
            of(Kind::Orders, "id,order no,when,value,sum", &[("id", "Order No"), ("at", "when"), ("total", "sum")]).unwrap();
        assert_eq!(found(&columns), ["-", "id", "at", "value", "total"]);
        for (header, map, word) in [
            ("id,at,value", ("amout", "value"), "there is no field \"amout\""),
            ("id,at,value", ("total", "valeu"), "did you mean \"value\"?"),
            ("id,value", ("number", "id"), "an order's date"),
        ] {
            let refused = of(Kind::Orders, header, &[map]).unwrap_err().to_string();
            assert!(refused.contains(word), "{refused}");
        }
        assert!(of(Kind::Customers, "name", &[]).unwrap_err().to_string().contains("an e-mail address"));
    }
}
