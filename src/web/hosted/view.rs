//! A question's page, and the last one.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::control::{Control, Mark, address};
use super::page::{Frame, answer};
use crate::boot::App;
use crate::collect::hosted::Visit;
use crate::domain::answer::form::{Fault, Fields};
use crate::domain::survey::{Ending, Question};
use crate::flows::home;

/// Progress is a promise of brevity; few questions need none.
const MANY: usize = 3;

#[derive(Template)]
#[template(path = "hosted/question.html")]
struct QuestionPage<'a> {
    frame: &'a Frame,
    visit: &'a Visit,
    action: String,
    offer: String,
    question: &'a Question,
    prompt: String,
    help: Option<String>,
    progress: Option<String>,
    control: Control,
    fault: Option<String>,
    has_before: bool,
    is_last: bool,
}

impl QuestionPage<'_> {
    fn word(&self, name: &str) -> &str {
        self.visit.edition.word(name)
    }

    /// Whether the question names one field, and not a group of them.
    fn is_one_field(&self) -> bool {
        matches!(self.control, Control::Line { .. } | Control::Area { .. } | Control::Select { .. })
    }

    fn is_only_read(&self) -> bool {
        matches!(self.control, Control::None)
    }

    /// What the controls are described by.
    fn described(&self) -> &'static str {
        match (&self.help, &self.fault) {
            (Some(_), Some(_)) => "help fault",
            (Some(_), None) => "help",
            (None, Some(_)) => "fault",
            (None, None) => "",
        }
    }
}

/// With what was given so far, and what is wrong with it.
pub fn question(visit: &Visit, app: &App, token: &str, question: &Question, given: &Fields, fault: Option<Fault>) -> Response {
    let frame = frame(visit);
    let progress = visit.progress(&question.key);
    let numbers =
        |(n, of): (usize, usize)| visit.edition.word("progress").replace("{n}", &n.to_string()).replace("{of}", &of.to_string());
    let base = home(&visit.live.site);
    let fill = |text: &str| visit.fill(text);
    let control = Control::new(question, given, &visit.offer.id.to_string(), base.as_ref(), visit.edition.word("other"), fill);
    let pictures = pictures(&control);
    let page = QuestionPage {
        frame: &frame,
        visit,
        action: format!("/s/{token}"),
        offer: visit.offer.seal(&app.keys.collect.offer),
        question,
        prompt: visit.fill(&question.prompt),
        help: question.help.as_deref().map(|help| visit.fill(help)),
        progress: progress.filter(|(_, of)| *of > MANY).map(numbers),
        control,
        fault: fault.map(|fault| words(visit, fault)),
        has_before: visit.before(&question.key).is_some(),
        is_last: progress.is_none_or(|(n, of)| n == of),
    };
    answer(&page, &frame, &pictures, if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK })
}

fn frame(visit: &Visit) -> Frame {
    Frame::new(&visit.edition.locale, &visit.live.site.name, &visit.edition.survey.theme)
}

/// The origins of the pictures in it.
fn pictures(control: &Control) -> Vec<String> {
    let Control::Options { options, .. } = control else { return Vec::new() };
    let images = options.iter().filter_map(|option| address(option.image.as_deref()?, None));
    let mut origins: Vec<String> = images.map(|image| image.origin().ascii_serialization()).collect();
    origins.sort_unstable();
    origins.dedup();
    origins
}

fn words(visit: &Visit, fault: Fault) -> String {
    let own = visit.edition.page_words();
    let with = |text: &str, n: usize| text.replace("{n}", &n.to_string());
    let word = |name| visit.edition.word(name);
    match fault {
        Fault::Required => word("required").to_owned(),
        Fault::AtLeast(n) => with(word("at_least"), n),
        Fault::AtMost(n) => with(word("at_most"), n),
        Fault::TooShort(n) => with(word("too_short"), n),
        Fault::TooLong(n) => with(&own.too_long, n),
        Fault::Email => word("email").to_owned(),
        Fault::OnceEach => own.once_each.clone(),
    }
}

#[derive(Template)]
#[template(path = "hosted/ending.html")]
struct EndingPage<'a> {
    frame: &'a Frame,
    title: String,
    text: Option<String>,
    code: Option<String>,
    /// Where to go: what it says and where it leads.
    button: Option<(String, String)>,
}

pub fn ending(visit: &Visit, ending: Option<&Ending>, code: Option<String>) -> Response {
    let frame = frame(visit);
    let button = ending.and_then(|ending| ending.button.as_ref()).and_then(|button| {
        let url = visit.fill(&button.url);
        let url = address(&url, home(&visit.live.site).as_ref()).filter(|_| !url.is_empty())?;
        Some((visit.fill(&button.label), url.into()))
    });
    let page = EndingPage {
        frame: &frame,
        title: ending.map_or_else(|| visit.edition.word("thanks").to_owned(), |ending| visit.fill(&ending.title)),
        text: ending.and_then(|ending| ending.text.as_deref()).map(|text| visit.fill(text)),
        code,
        button,
    };
    answer(&page, &frame, &[], StatusCode::OK)
}
