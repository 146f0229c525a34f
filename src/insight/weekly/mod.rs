//! A store's week in one mail: the figures that matter, against the week before, and how sure they are.

mod compare;
mod figures;
mod flows;
mod hide;
mod job;
mod letter;
mod needs;
mod surveys;

pub use figures::{Figures, figures};
pub use job::{Report, Rounds, ensure};
pub use letter::{KIND, Written, write};
