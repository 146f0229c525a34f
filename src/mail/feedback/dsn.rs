//! Bounces (RFC 3464) and complaints (RFC 5965) that come as mail: a report of three parts, of which the second is for machines and
//! the third is what was sent.

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};

use super::{Feedback, Kind, Unreadable};
use crate::mail::reply::Enhanced;

/// Recipients of one report that are looked at; a mail of ours has one.
const MOST: usize = 50;

pub(super) fn parse(body: &[u8]) -> Result<Vec<Feedback>, Unreadable> {
    let mail = MessageParser::default().parse(body).ok_or(Unreadable::Mail)?;
    let at = mail.date().map(|date| date.to_timestamp() * 1000);
    let message_id = original(&mail).and_then(|fields| fields.get("message-id").map(str::to_owned));
    if let Some(report) = part(&mail, "delivery-status") {
        let failed =
            groups(&report).into_iter().filter(|group| group.get("action").is_some_and(|a| a.eq_ignore_ascii_case("failed")));
        return Ok(failed.take(MOST).map(|group| bounce(&group, at, message_id.clone())).collect());
    }
    let report = part(&mail, "feedback-report").map(|text| groups(&text)).and_then(|groups| groups.into_iter().next());
    match report {
        Some(report) if !report.get("feedback-type").is_some_and(|kind| kind.eq_ignore_ascii_case("not-spam")) => {
            let address = report.get("original-rcpt-to").or_else(|| report.get("removal-recipient")).map(address);
            let detail = report.get("feedback-type").unwrap_or_default().to_owned();
            Ok(vec![Feedback { address, kind: Kind::Complaint, at, detail, message_id }])
        }
        // Somebody's words, or a holiday reply.
        _ => Ok(Vec::new()),
    }
}

fn bounce(group: &Fields, at: Option<i64>, message_id: Option<String>) -> Feedback {
    let (status, diagnostic) = (group.get("status").unwrap_or_default(), group.get("diagnostic-code").unwrap_or_default());
    // `5.0.0` says nothing; the server's own words may say more.
    let said = match Enhanced::find(status) {
        Some(Enhanced { subject: 0, .. }) | None => diagnostic.to_owned(),
        Some(_) => format!("{status} {diagnostic}"),
    };
    let code =
        diagnostic.split(|c: char| !c.is_ascii_digit()).find(|digits| digits.len() == 3).and_then(|digits| digits.parse().ok());
    let recipient = group.get("final-recipient").or_else(|| group.get("original-recipient"));
    Feedback {
        address: recipient.map(address),
        kind: Kind::of_refusal(code.unwrap_or(550), &said),
        at,
        detail: format!("{status} {diagnostic}"),
        message_id,
    }
}

/// `rfc822; <mia@example.com>` → `mia@example.com`.
fn address(field: &str) -> String {
    field.rsplit_once(';').map_or(field, |(_, address)| address).trim().trim_matches(['<', '>']).to_owned()
}

/// Header fields, names in lower case.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Groups of header fields with empty lines between them; a line that begins with a space belongs to the one before.
fn groups(text: &str) -> Vec<Fields> {
    let mut groups = vec![Fields(Vec::new())];
    for line in text.lines() {
        let group = groups.last_mut().expect("there is always one");
        if line.trim().is_empty() {
            if !group.0.is_empty() {
                groups.push(Fields(Vec::new()));
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.0.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

/// The text of the first part `message/{subtype}`.
fn part(mail: &Message, subtype: &str) -> Option<String> {
    let of_kind = |part: &&MessagePart| {
        part.content_type().is_some_and(|kind| {
            kind.c_type.eq_ignore_ascii_case("message")
                && kind.c_subtype.as_deref().is_some_and(|s| s.eq_ignore_ascii_case(subtype))
        })
    };
    mail.parts.iter().find(of_kind).map(|part| String::from_utf8_lossy(part.contents()).into_owned())
}

/// The headers of the mail that was sent: the third part, whole or its headers alone.
fn original(mail: &Message) -> Option<Fields> {
    mail.parts.iter().skip(1).find_map(|part| {
        let kind = part.content_type()?.c_subtype.as_deref()?.to_ascii_lowercase();
        let text = match (&part.body, kind.as_str()) {
            (PartType::Message(inner), _) => String::from_utf8_lossy(inner.raw_message()).into_owned(),
            (_, "rfc822-headers" | "rfc822") => String::from_utf8_lossy(part.contents()).into_owned(),
            _ => return None,
        };
        groups(&text).into_iter().next()
    })
}
