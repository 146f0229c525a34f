//! Surveys to begin with.

use crate::store::surveys::Entry;

/// A ready document.
pub struct Starter {
    /// In addresses.
    pub name: &'static str,
    pub kind: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    key: &'static str,
    text: &'static str,
}

pub const STARTERS: [Starter; 2] = [
    Starter {
        name: "exit-intent",
        kind: "Exit intent",
        title: "What stopped you today?",
        about: "Asks shoppers who are about to leave. One tap tells you whether it was shipping, price, trust or only a look around.",
        key: "why-leaving",
        text: include_str!("../../../../templates/admin/surveys/starters/exit-intent.json"),
    },
    Starter {
        name: "post-purchase",
        kind: "Post-purchase",
        title: "How did you first hear about us?",
        about: "Asks right after the order, when nearly everybody answers. Shows which channels really bring customers.",
        key: "how-heard",
        text: include_str!("../../../../templates/admin/surveys/starters/post-purchase.json"),
    },
];

impl Starter {
    pub fn find(name: &str) -> Option<&'static Self> {
        STARTERS.iter().find(|starter| starter.name == name)
    }

    /// The document, with a key that none of these surveys has.
    pub fn document(&self, existing: &[Entry]) -> String {
        let is_taken = |key: &str| existing.iter().any(|entry| entry.key == key);
        let numbered = (2..).map(|n| format!("{}-{n}", self.key));
        let free = std::iter::once(self.key.to_owned()).chain(numbered).find(|key| !is_taken(key));
        self.text.replacen(&format!("\"{}\"", self.key), &format!("\"{}\"", free.unwrap_or_default()), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::survey::Survey;
    use crate::id::SurveyId;
    use crate::store::surveys::Status;

    #[test]
    fn starters_are_valid_and_never_collide() {
        for starter in &STARTERS {
            let key = |existing: &[Entry]| {
                let document = serde_json::from_str(&starter.document(existing)).unwrap();
                Survey::parse(&document).unwrap_or_else(|problems| panic!("{}: {problems:?}", starter.name)).key
            };
            assert_eq!(key(&[]), starter.key);
            let taken = Entry {
                id: SurveyId(1),
                key: starter.key.into(),
                name: String::new(),
                kind: String::new(),
                status: Status::Draft,
                revision: 0,
                updated_at: 0,
            };
            assert_eq!(key(&[taken]), format!("{}-2", starter.key));
        }
    }
}
