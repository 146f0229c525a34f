//! What a store's people are told when something is not as it should be: what counts as unusual, how often they are told, and when.
//!
//! ```text
//! rules     what a store decides             kind      what there is to be told of, and how
//! tally     one day's figures                usual     what they usually are, and whether a day is beyond that
//! silent    surveys that nobody sees         keyword   words in what is written
//! govern    whether and when somebody is told
//! ```

mod govern;
mod keyword;
mod kind;
mod rules;
mod silent;
mod tally;
mod usual;

pub use govern::{MailAt, Past, Verdict, level, mail_at, next_digest, verdict};
pub use keyword::{Heard, mentions, parse_keyword, spike};
pub use kind::{Kind, Severity, Telling};
pub use rules::{AlertRules, Sensitivity};
pub use silent::{missed, per_day};
pub use tally::{Series, Tally};
pub use usual::{Against, Compared, Usual, compare, usual, usual_count};
