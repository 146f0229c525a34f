//! Where a visit stands: which question is asked, which came before, and where it ends.

use super::Visit;
use crate::domain::answer::Answer;
use crate::domain::branching::{self, Next};
use crate::domain::survey::{Ending, Question};

/// What a page shows.
pub enum Place<'v> {
    Question(&'v Question),
    /// A plain thank-you, where the survey has no ending for it.
    Ending(Option<&'v Ending>),
}

impl Visit {
    /// Where a shopper who comes (back) goes on: at the first question without an answer, or at the end.
    pub fn resume(&self) -> Place<'_> {
        let survey = &self.edition.survey;
        let (path, end) = branching::way(survey, &self.answers);
        match path.iter().find(|at| !self.is_answered(&survey.questions[**at].key)) {
            Some(at) if !self.completed => Place::Question(&survey.questions[*at]),
            _ => self.place(end),
        }
    }

    /// What follows a question.
    pub fn after(&self, question: &str) -> Place<'_> {
        self.place(branching::next(&self.edition.survey, question, &self.answers))
    }

    /// The question before, on the way that the answers lead.
    pub fn before(&self, question: &str) -> Option<&Question> {
        let questions = &self.edition.survey.questions;
        let (path, _) = branching::way(&self.edition.survey, &self.answers);
        let here = path.iter().position(|at| questions[*at].key == question)?;
        Some(&questions[path[here.checked_sub(1)?]])
    }

    /// Answered questions off the way that was taken in the end: what was said there is taken back.
    pub fn astray(&self) -> Vec<String> {
        let survey = &self.edition.survey;
        let (path, _) = branching::way(survey, &self.answers);
        let off = survey.questions.iter().enumerate().filter(|(at, q)| !path.contains(at) && self.is_answered(&q.key));
        off.map(|(_, question)| question.key.clone()).collect()
    }

    /// The place of a question among all, from 1, and their number.
    pub fn progress(&self, question: &str) -> Option<(usize, usize)> {
        let questions = &self.edition.survey.questions;
        questions.iter().position(|q| q.key == question).map(|at| (at + 1, questions.len()))
    }

    fn place(&self, next: Next) -> Place<'_> {
        let survey = &self.edition.survey;
        match next {
            Next::Question(at) => Place::Question(&survey.questions[at]),
            Next::Ending(at) => Place::Ending(at.map(|at| &survey.endings[at])),
        }
    }

    fn is_answered(&self, question: &str) -> bool {
        self.answers.get(question).is_some_and(|answer| *answer != Answer::Withdrawn)
    }
}
