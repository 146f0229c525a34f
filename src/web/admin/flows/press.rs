//! What the buttons of the form do: each is sent with it, by its name.

/// What a button of the form does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    Save,
    Publish,
    AddStep(&'static str),
    /// From one place to another.
    MoveStep(usize, usize),
    RemoveStep(usize),
    AddCondition(String),
    RemoveCondition(String, usize),
    /// Takes out what no row can show.
    DropKept(String),
}

impl Press {
    /// What the pressed button is called: `draft`, `steps.0.up`, `steps.1.when.add`, `when.2.remove`.
    pub fn read(then: &str) -> Option<Self> {
        Some(match then {
            "draft" => Self::Save,
            "publish" => Self::Publish,
            "steps.add.email" => Self::AddStep("email"),
            "steps.add.wait" => Self::AddStep("wait"),
            _ => {
                let (place, verb) = then.rsplit_once('.')?;
                let (list, at) = place.rsplit_once('.').unwrap_or(("", place));
                match (verb, list, at.parse::<usize>()) {
                    ("up", "steps", Ok(at)) => Self::MoveStep(at, at.checked_sub(1)?),
                    ("down", "steps", Ok(at)) => Self::MoveStep(at, at + 1),
                    ("remove", "steps", Ok(at)) => Self::RemoveStep(at),
                    ("remove", list, Ok(at)) => Self::RemoveCondition(list.to_owned(), at),
                    ("remove", list, Err(_)) if at == "kept" => Self::DropKept(list.to_owned()),
                    ("add", ..) => Self::AddCondition(place.to_owned()),
                    _ => return None,
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_say_what_they_do() {
        let condition = |list: &str, at| Some(Press::RemoveCondition(list.into(), at));
        for (then, expected) in [
            ("draft", Some(Press::Save)),
            ("publish", Some(Press::Publish)),
            ("steps.add.wait", Some(Press::AddStep("wait"))),
            ("steps.1.up", Some(Press::MoveStep(1, 0))),
            ("steps.0.up", None),
            ("steps.0.down", Some(Press::MoveStep(0, 1))),
            ("steps.2.remove", Some(Press::RemoveStep(2))),
            ("when.add", Some(Press::AddCondition("when".into()))),
            ("steps.1.when.add", Some(Press::AddCondition("steps.1.when".into()))),
            ("when.3.remove", condition("when", 3)),
            ("steps.1.when.0.remove", condition("steps.1.when", 0)),
            ("steps.1.when.kept.remove", Some(Press::DropKept("steps.1.when".into()))),
            ("", None),
            ("up", None),
            ("steps.x.up", None),
        ] {
            assert_eq!(Press::read(then), expected, "{then}");
        }
    }
}
