//! A question's controls: plain HTML for each of the fourteen types.

use url::Url;

use crate::domain::answer::MAX_TEXT;
use crate::domain::answer::form::Fields;
use crate::domain::survey::{Choice, OTHER, Question, QuestionType, ScaleStyle};
use crate::keys::digest;

/// What a question is answered with.
pub enum Control {
    /// Only read.
    None,
    /// One of a list, or several.
    Options {
        several: bool,
        options: Vec<Tick>,
        other: Option<Other>,
    },
    Select {
        options: Vec<Tick>,
        other: Option<Other>,
    },
    Scale {
        points: Vec<Point>,
        low: String,
        high: String,
    },
    Line {
        kind: &'static str,
        value: String,
        placeholder: String,
        /// Characters.
        max: usize,
        consent: Option<Tick>,
    },
    Area {
        value: String,
        placeholder: String,
        max: usize,
    },
    Ranking(Vec<Group>),
    Grid(Vec<Group>),
}

/// A box, a radio button, an option.
pub struct Tick {
    pub value: String,
    pub label: String,
    pub image: Option<String>,
    pub on: bool,
}

/// The field beside "other".
pub struct Other {
    pub label: String,
    /// Whether the choice itself is taken.
    pub on: bool,
    pub text: String,
}

/// A number of a scale.
pub struct Point {
    pub n: i64,
    pub on: bool,
    pub mark: Mark,
    /// What the end of the scale is called, for those who do not see it.
    pub end: String,
}

pub enum Mark {
    Number,
    Star,
    /// The curve of a mouth, as the path of an SVG.
    Face(String),
}

/// A row of a grid, or one thing to be placed.
pub struct Group {
    pub name: String,
    pub label: String,
    pub options: Vec<Tick>,
}

impl Control {
    pub fn has_pictures(&self) -> bool {
        matches!(self, Self::Options { options, .. } if options.iter().any(|option| option.image.is_some()))
    }

    /// `seed` decides the order of what is shuffled, `base` where pictures of the store itself are.
    pub fn new(
        question: &Question,
        given: &Fields,
        seed: &str,
        base: Option<&Url>,
        other_word: &str,
        fill: impl Fn(&str) -> String,
    ) -> Self {
        use QuestionType as T;
        let placeholder = question.placeholder.as_deref().map(&fill).unwrap_or_default();
        let value = given.get("a").unwrap_or_default().to_owned();
        let max = question.max.map_or(MAX_TEXT, |max| (max as usize).min(MAX_TEXT));
        let options = || ordered(question, &question.choices, seed).map(|choice| tick(choice, given, "a", base)).collect();
        let other = || {
            question.other.then(|| Other {
                label: other_word.to_owned(),
                on: given.has("a", OTHER),
                text: given.get(OTHER).unwrap_or_default().to_owned(),
            })
        };
        match question.kind {
            T::Statement => Self::None,
            T::Dropdown => Self::Select { options: options(), other: other() },
            T::ShortText => Self::Line { kind: "text", value, placeholder, max, consent: None },
            T::LongText => Self::Area { value, placeholder, max },
            T::Email => {
                let consent = question.consent.as_ref().map(|label| Tick {
                    value: "yes".into(),
                    label: fill(label),
                    image: None,
                    on: given.get("consent").is_some(),
                });
                Self::Line { kind: "email", value, placeholder, max: 254, consent }
            }
            T::Ranking => {
                let places = 1..=question.choices.len();
                Self::Ranking(
                    ordered(question, &question.choices, seed)
                        .map(|choice| {
                            let name = format!("rank.{}", choice.key);
                            let place = |n: usize| {
                                let n = n.to_string();
                                Tick { on: given.has(&name, &n), label: n.clone(), value: n, image: None }
                            };
                            Group { options: places.clone().map(place).collect(), label: choice.label.clone(), name }
                        })
                        .collect(),
                )
            }
            T::Matrix => Self::Grid(
                ordered(question, &question.rows, seed)
                    .map(|row| {
                        let name = format!("row.{}", row.key);
                        let options = question.choices.iter().map(|choice| tick(choice, given, &name, None)).collect();
                        Group { options, label: row.label.clone(), name }
                    })
                    .collect(),
            ),
            _ => match question.scale() {
                Some(range) => scale(question, range, &value),
                None => Self::Options { several: question.takes_several(), options: options(), other: other() },
            },
        }
    }
}

fn tick(choice: &Choice, given: &Fields, name: &str, base: Option<&Url>) -> Tick {
    Tick {
        value: choice.key.clone(),
        label: choice.label.clone(),
        image: choice.image.as_deref().and_then(|image| address(image, base)).map(Into::into),
        on: given.has(name, &choice.key),
    }
}

/// A web address, or a path on the store itself.
pub fn address(text: &str, base: Option<&Url>) -> Option<Url> {
    let url = match base {
        Some(base) => base.join(text),
        None => Url::parse(text),
    };
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// By lot where that is wanted, the same for the same seed; pinned ones stay at the end.
fn ordered<'q>(question: &Question, list: &'q [Choice], seed: &str) -> impl Iterator<Item = &'q Choice> {
    let mut all: Vec<&Choice> = list.iter().collect();
    if question.shuffle {
        all.sort_by_key(|choice| (choice.pinned, (!choice.pinned).then(|| digest(&format!("{seed} {}", choice.key)))));
    }
    all.into_iter()
}

fn scale(question: &Question, (first, last): (i64, i64), chosen: &str) -> Control {
    let usual = if question.kind == QuestionType::Rating { ScaleStyle::Stars } else { ScaleStyle::Numbers };
    let style = question.style.unwrap_or(usual);
    let (low, high) = (question.low.clone().unwrap_or_default(), question.high.clone().unwrap_or_default());
    let point = |n: i64| Point {
        n,
        on: chosen == n.to_string(),
        mark: match style {
            ScaleStyle::Numbers => Mark::Number,
            ScaleStyle::Stars => Mark::Star,
            ScaleStyle::Faces => {
                let mood = 2.0 * (n - first) as f64 / (last - first) as f64 - 1.0;
                Mark::Face(format!("M8 {:.1}Q12 {:.1} 16 {:.1}", 15.5 - mood, 15.5 + 3.0 * mood, 15.5 - mood))
            }
        },
        end: if n == first {
            low.clone()
        } else if n == last {
            high.clone()
        } else {
            String::new()
        },
    };
    Control::Scale { points: (first..=last).map(point).collect(), low, high }
}
