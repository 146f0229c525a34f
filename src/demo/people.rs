//! Who bought in the demo's history, and what.

use crate::commerce::{Person, YesOrNo};

/// Id, name, and price in cents.
pub const TOYS: &[(&str, &str, i64)] = &[
    ("birch-express", "Birch Express", 3490),
    ("six-arch-rainbow", "Six-arch rainbow", 2990),
    ("pocket-stable", "Pocket stable", 4200),
    ("nesting-mice", "Nesting mice", 2450),
    ("harbour-crane", "Harbour crane", 5900),
    ("stacking-snail", "Stacking snail", 1890),
];

const FIRST: &[&str] = &[
    "Anna", "Mira", "Jonas", "Lena", "Paul", "Clara", "Emil", "Nora", "Felix", "Ida", "Oskar", "Greta", "Theo", "Marta", "Luis",
    "Hanna", "Anton", "Sofia", "Jakob", "Elif", "Noah", "Zoe", "Karl", "Amira", "Tom", "Ella", "Matteo", "Julia", "Ben",
];
const LAST: &[&str] = &[
    "Berger", "Novak", "Huber", "Silva", "Keller", "Winter", "Aydin", "Lang", "Moser", "Fischer", "Rossi", "Baum", "Kovacs",
    "Sommer", "Peters", "Weiss", "Dubois", "Graf", "Lindner", "Horvat", "Maurer",
];

/// The `n`th buyer. 29 first and 21 last names have no common divisor, so that 609 of them differ.
pub fn person(n: usize, agrees: bool) -> Person {
    let (first, last) = (FIRST[n % FIRST.len()], LAST[n % LAST.len()]);
    let twin = match n / (FIRST.len() * LAST.len()) {
        0 => String::new(),
        more => (more + 1).to_string(),
    };
    Person {
        external_id: Some((7000 + n).to_string()),
        email: Some(format!("{}.{}{twin}@example.com", first.to_lowercase(), last.to_lowercase())),
        name: Some(format!("{first} {last}")),
        locale: Some("en".to_owned()),
        marketing: agrees.then(|| YesOrNo {
            granted: true,
            wording: Some("Write to me about new toys".to_owned()),
            page: Some("http://localhost:8080/demo/checkout".to_owned()),
        }),
        ..Person::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_buyer_is_another() {
        let emails: BTreeSet<_> = (0..2000).map(|n| person(n, false).email).collect();
        assert_eq!(emails.len(), 2000);
    }
}
