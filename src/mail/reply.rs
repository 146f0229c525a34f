//! What a mail server's answer says of the address it was about (RFC 5321 codes, RFC 3463 enhanced codes).

use std::fmt;

/// An enhanced status code, `5.1.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Enhanced {
    /// 2 done, 4 not now, 5 never.
    pub class: u8,
    /// 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 policy.
    pub subject: u16,
    /// What of it.
    pub detail: u16,
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

impl Enhanced {
    /// The first such code in a text, `550 5.1.1 <a@b> user unknown`.
    pub fn find(text: &str) -> Option<Self> {
        // What joins a code to other letters is not part of a longer number or an IP address.
        text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find_map(|word| Self::parse(word.trim_end_matches('.')))
    }

    fn parse(word: &str) -> Option<Self> {
        let mut parts = word.split('.');
        let class = parts.next()?.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
        let mut number = || parts.next().filter(|digits| (1..=3).contains(&digits.len()))?.parse().ok();
        let (subject, detail) = (number()?, number()?);
        parts.next().is_none().then_some(Self { class, subject, detail })
    }

    /// No such mailbox or domain, bad syntax, moved away, or a domain that takes no mail.
    pub fn mailbox_gone(self) -> bool {
        self.class == 5 && self.subject == 1 && matches!(self.detail, 1 | 2 | 3 | 6 | 10)
    }
}

/// Whether a refusal means that nothing sent to this address will ever arrive. A policy, a full mailbox or a mail too large do not;
/// nor does a mailbox switched off (5.2.1), which often comes back: such refusals are counted, not believed at once.
pub fn mailbox_gone(code: u16, text: &str) -> bool {
    match Enhanced::find(text) {
        Some(enhanced) => enhanced.mailbox_gone(),
        // Old servers say it in words alone.
        None => matches!(code, 550 | 551 | 553) && speaks_of_nobody(text),
    }
}

fn speaks_of_nobody(text: &str) -> bool {
    const NOBODY: &[&str] = &[
        "user unknown",
        "unknown user",
        "unknown recipient",
        "no such user",
        "no such mailbox",
        "no mailbox here",
        "does not exist",
        "doesn't exist",
        "user not found",
        "recipient not found",
        "mailbox not found",
        "invalid recipient",
        "unrouteable address",
    ];
    const POLICY: &[&str] = &["spam", "block", "policy", "reputation", "blacklist", "denied", "spf", "dkim", "dmarc"];
    let text = text.to_ascii_lowercase();
    NOBODY.iter().any(|words| text.contains(words)) && !POLICY.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refusals_are_told_apart() {
        for (code, text, gone) in [
            (550, "5.1.1 <mia@example.com>: Recipient address rejected: User unknown in virtual mailbox table", true),
            (550, "5.1.1 The email account that you tried to reach does not exist. Please try double-checking", true),
            (550, "5.1.2 Host unknown", true),
            (553, "5.1.3 bad address syntax", true),
            (551, "5.1.6 moved", true),
            (550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", true),
            (550, "5.2.1 The account is disabled", false),
            (552, "5.2.2 mailbox full", false),
            (552, "5.2.3 message too large", false),
            (552, "5.3.4 Message size exceeds fixed limit", false),
            (550, "5.4.1 Recipient address rejected: Access denied", false),
            (550, "5.7.1 Message rejected as spam", false),
            (550, "5.7.26 This mail has been blocked because the sender is unauthenticated", false),
            (550, "5.7.515 Access denied, sending domain does not meet the required authentication level", false),
            (554, "5.7.1 <mia@example.com>: user unknown here, or so says our policy", false),
            (501, "5.1.7 Bad sender address syntax", false),
            (553, "5.1.8 Sender's domain does not exist", false),
            (550, "No such user here", true),
            (550, "Requested action not taken: mailbox unavailable", false),
            (550, "Unknown user, or blocked by SPF policy", false),
            (554, "user unknown", false),
            (550, "", false),
            (450, "4.1.1 not now", false),
        ] {
            assert_eq!(mailbox_gone(code, text), gone, "{code} {text}");
        }
    }

    #[test]
    fn an_address_of_a_machine_is_no_code() {
        for (text, code) in [
            ("550 5.1.1 gone", Some("5.1.1")),
            ("550-5.1.1 gone", Some("5.1.1")),
            ("smtp;550 #5.1.0 Address rejected.", Some("5.1.0")),
            ("blocked 5.6.7.8, see 5.7.1.", Some("5.7.1")),
            ("client [4.4.4.4] 5.1", None),
            ("5.1234.1", None),
            ("3.1.1", None),
            ("", None),
        ] {
            assert_eq!(Enhanced::find(text).map(|code| code.to_string()).as_deref(), code, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_answer_panics(code: u16, text: String) {
            let _ = mailbox_gone(code, &text);
        }

        #[test]
        fn policy_never_costs_an_address(code in 500u16..560, detail in 0u16..1000, rest in "[a-z ]{0,40}") {
            let refused = mailbox_gone(code, &format!("5.7.{detail} {rest}"));
            prop_assert!(!refused);
        }
    }
}
