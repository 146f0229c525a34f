//! The editor of a survey document, with what may stand in it.

use askama::Template;
use axum::response::{IntoResponse as _, Response};

use crate::domain::survey::{self, Form, Kind, MobileSign, QuestionType, Survey, Trigger};
use crate::web::admin::access::SiteAccess;
use crate::web::admin::editor::{self, Editor, Flaw};
use crate::web::admin::error::PageError;
use crate::web::admin::page::{Page, Tab, render};

#[derive(Template)]
#[template(path = "admin/surveys/editor.html")]
struct EditorPage {
    page: Page,
    key: String,
    editor: Editor,
    kinds: String,
    types: String,
    triggers: String,
    signs: String,
    placements: String,
    words: String,
}

/// Reads the document, or tells everything that is wrong with it.
pub fn read(text: &str) -> Result<Survey, Vec<Flaw>> {
    editor::read(text, Survey::parse)
}

pub fn show(editor: Editor, access: &SiteAccess) -> Result<Response, PageError> {
    let status = editor.status();
    let page = render(EditorPage {
        page: access.page(Tab::Surveys),
        key: access.site.key.clone(),
        editor,
        kinds: Kind::WORDS.join(" · "),
        types: QuestionType::WORDS.join(" · "),
        triggers: Trigger::TYPES.join(" · "),
        signs: MobileSign::WORDS.join(", "),
        words: survey::words().collect::<Vec<_>>().join(" · "),
        placements: Form::WORDS.join(" · "),
    })?;
    Ok((status, page).into_response())
}
