//! What there is to be told of, and how.

use crate::domain::words::words;

words! {
    /// Kinds of alerts, as a store switches them on and off.
    pub enum Kind {
        Webhook = "webhook",
        Mail = "mail",
        Queue = "queue",
        /// A survey that is not shown any more.
        Shows = "shows",
        Rate = "rate",
        Score = "score",
        Answer = "answer",
        Keyword = "keyword",
        Script = "script",
    }
}

words! {
    /// How a store wants to be told of a kind.
    pub enum Telling {
        Now = "now",
        /// With others, once a day.
        Daily = "daily",
        /// Nothing is raised.
        Off = "off",
    }
}

words! {
    pub enum Severity {
        Urgent = "urgent",
        /// Collected for the mail of the day.
        Digest = "digest",
    }
}

impl Kind {
    pub const ALL: [Self; 9] =
        [Self::Webhook, Self::Mail, Self::Queue, Self::Shows, Self::Rate, Self::Score, Self::Answer, Self::Keyword, Self::Script];

    /// Of a cause's stable code, `endpoint.failing`. What is not known here comes from other services.
    pub fn of(cause: &str) -> Self {
        match cause {
            "survey.silent" => Self::Shows,
            "survey.rate" => Self::Rate,
            "survey.score" => Self::Score,
            "answer.share" => Self::Answer,
            "answer.keyword" => Self::Keyword,
            _ => match cause.split('.').next() {
                Some("mail") => Self::Mail,
                Some("queue") => Self::Queue,
                Some("script") => Self::Script,
                _ => Self::Webhook,
            },
        }
    }

    /// As long as the store says nothing else: at once where something is lost until somebody acts.
    pub const fn usually_told(self) -> Telling {
        match self {
            Self::Webhook | Self::Mail | Self::Queue | Self::Shows | Self::Keyword => Telling::Now,
            Self::Rate | Self::Score | Self::Answer | Self::Script => Telling::Daily,
        }
    }
}

impl Telling {
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Now => Some(Severity::Urgent),
            Self::Daily => Some(Severity::Digest),
            Self::Off => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_causes() {
        for (cause, kind) in [
            ("endpoint.failing", Kind::Webhook),
            ("endpoint.credentials", Kind::Webhook),
            ("mail.complaints", Kind::Mail),
            ("queue.lag", Kind::Queue),
            ("survey.silent", Kind::Shows),
            ("survey.rate", Kind::Rate),
            ("survey.score", Kind::Score),
            ("answer.share", Kind::Answer),
            ("answer.keyword", Kind::Keyword),
            ("script.errors", Kind::Script),
            ("from.the.future", Kind::Webhook),
        ] {
            assert_eq!(Kind::of(cause), kind, "{cause}");
        }
        assert_eq!(Kind::ALL.map(Kind::as_str), Kind::WORDS);
    }
}
