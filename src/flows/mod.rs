//! Follow-ups: what happened takes people into flows, and steps are decided at the moment they would be carried out.
//!
//! ```text
//! announce  a happening → a job, if any live flow begins with it       enter    the job: who enters which flow
//! step      the job that carries somebody from step to step            known    all that is known at a decision
//! letter    one step's mail, ready to be handed over                   link     the signed links in it
//! back      a link followed: to the cart                               unsubscribe, preferences
//! returned  bounces and complaints                                     trial, example   a template tried out
//! asking    the survey that a letter leads to                          survey_link      the signed link to it
//! reader    whom its mail was for
//! ```

mod announce;
mod asking;
mod back;
mod enter;
mod example;
mod known;
mod letter;
mod link;
mod preferences;
mod reader;
mod returned;
mod step;
mod survey_link;
mod trial;
mod unsubscribe;

pub use announce::{BY_RESPONSE, Happening, announce, announce_responses, hears_responses};
pub use back::{back, home};
pub use enter::Enter;
pub use example::{example, made_up};
pub use link::{Link, Purpose};
pub use preferences::{Choice, Chosen, PAUSE, prefer, preferences};
pub use reader::{Reader, customer_facts};
pub use returned::take_back;
pub use step::Step;
pub use survey_link::SurveyLink;
pub use trial::{Trial, send_trial};
pub use unsubscribe::unsubscribe;
