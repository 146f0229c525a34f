//! Slack: a message to a channel by an incoming webhook. Whatever a shopper wrote is escaped, so that it calls nobody and leads nowhere.
//! <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>

use serde_json::{Value, json};
use url::Url;

use super::{About, Call, Field, Given, Next, Seen, Told, Vendor, Verdict, line_by_line};
use crate::domain::connector::{Kind, Mapped};
use crate::domain::webhook::EventType;

pub struct Slack;

const HOOK: Field =
    Field::line("webhook_url", "Webhook URL", "Begins with https://hooks.slack.com/services/.").required().secret();
const ONLY: Field = Field::line("only", "Answers", "Which answers are worth a message.")
    .choice(&[("all", "All of them"), ("low", "Only low scores (NPS up to 6, stars and CSAT up to 2, CES up to 3)")])
    .or("all");
const HOST: Field =
    Field::line("host", "Host", "Of a service that takes Slack’s messages, such as Mattermost.").or("hooks.slack.com").advanced();

static FIELDS: [Field; 3] = [HOOK, ONLY, HOST];

static ABOUT: About = About {
    kind: Kind::Slack,
    label: "Slack",
    sentence: "Writes alerts, answers and abandoned carts to a channel.",
    help: "In Slack, open api.slack.com/apps, create an app, switch on Incoming webhooks and add one to a channel.",
    fields: &FIELDS,
    events: &[
        EventType::AlertRaised,
        EventType::ResponseCompleted,
        EventType::CartAbandoned,
        EventType::CartRecovered,
        EventType::OrderAttributed,
        EventType::CustomerUnsubscribed,
    ],
    chosen: 2,
    property: None,
    pace: 1_000,
};

/// Slack's limits, in characters.
const HEADER: usize = 150;
const SECTION: usize = 2_900;

impl Vendor for Slack {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn problems(&self, given: &Given) -> Vec<(&'static str, String)> {
        let host = given.get(&HOST);
        let fits = Url::parse(given.get(&HOOK)).is_ok_and(|url| {
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            url.host_str().is_some_and(|own| format!("{own}{port}") == host)
        });
        match fits {
            true => Vec::new(),
            false => vec![(HOOK.key, format!("Please enter an address that begins with https://{host}/."))],
        }
    }

    fn address_field(&self) -> &'static str {
        HOOK.key
    }

    fn base(&self, given: &Given) -> String {
        Url::parse(given.get(&HOOK)).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
    }

    fn probe(&self, given: &Given) -> Call {
        message(given, &json!({"text": "Exitpoll is connected to this channel."}))
    }

    fn next(&self, given: &Given, _mapping: &[Mapped], told: &Told, before: &[String]) -> Next {
        if !before.is_empty() {
            return Next::Done;
        }
        let only_low = given.get(&ONLY) == "low" && told.kind == EventType::ResponseCompleted;
        if only_low && !told.has_low_score() {
            return Next::Nothing;
        }
        text(told).map_or(Next::Nothing, |(heading, lines)| Next::Call(message(given, &blocks(&heading, &lines))))
    }

    /// Slack's errors are plain words; but for haste and its own faults they mean that the owner must see to it.
    fn judge(&self, seen: &Seen<'_>) -> Verdict {
        match seen.status {
            200..=299 => Verdict::Delivered,
            429 => Verdict::Busy,
            408 | 500..=599 => Verdict::Again,
            400 => Verdict::Refused,
            _ => Verdict::Credentials,
        }
    }
}

fn message(given: &Given, body: &Value) -> Call {
    Call::json("message", "POST", given.get(&HOOK).to_owned(), body)
}

/// A heading, and what is below it, line by line.
fn text(told: &Told) -> Option<(String, Vec<(String, String)>)> {
    if let Some((title, detail)) = told.alert() {
        return Some((title.to_owned(), vec![(String::new(), detail.to_owned())]));
    }
    let name = told.name()?;
    let heading = match (told.survey(), told.value()) {
        (_, Some((value, currency))) => format!("{name}: {value:.2} {currency}"),
        (Some(survey), None) => format!("{name}: {}", survey.name),
        _ => name,
    };
    Some((heading, line_by_line(told)))
}

fn blocks(heading: &str, lines: &[(String, String)]) -> Value {
    let mut text = String::new();
    for (name, value) in lines {
        let line = match name.is_empty() {
            true => escape(value),
            false => format!("*{}* {}", escape(name), escape(value)),
        };
        if text.chars().count() + line.chars().count() > SECTION {
            text.push('…');
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    let plain: String = heading.chars().take(HEADER).collect();
    let mut blocks = vec![json!({"type": "header", "text": {"type": "plain_text", "text": plain, "emoji": false}})];
    if !text.is_empty() {
        blocks.push(json!({"type": "section", "text": {"type": "mrkdwn", "text": text.trim_end()}}));
    }
    json!({"text": escape(heading), "blocks": blocks, "unfurl_links": false})
}

/// The three characters that begin Slack's own marks.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::calls;
    use super::*;

    fn given(more: &[(&str, &str)]) -> Given {
        let values = [("webhook_url", "https://hooks.slack.com/services/T/B/x")].iter().chain(more);
        values.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_alert_is_a_message() {
        let made = calls(&Slack, &given(&[]), &[], &Told::example(EventType::AlertRaised));
        let body: Value = serde_json::from_str(made[0].body.as_deref().unwrap()).unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!(body["blocks"][0]["text"]["text"], "The webhook “CRM” was switched off");
        assert_eq!(body["blocks"][1]["text"]["text"], "It answered that it is gone for good (410).");
    }

    #[test]
    fn shoppers_call_nobody() {
        let body = blocks("<!channel>", &[("Why?".to_owned(), "<https://evil.example|here> & *there*".to_owned())]);
        assert_eq!(body["text"], "&lt;!channel&gt;");
        assert_eq!(body["blocks"][1]["text"]["text"], "*Why?* &lt;https://evil.example|here&gt; &amp; *there*");
        assert!(blocks("h", &vec![("n".to_owned(), "x".repeat(1_000)); 9]).to_string().len() < 4_000);
    }

    #[test]
    fn only_low_scores_if_that_is_wanted() {
        let told = Told::example(EventType::ResponseCompleted);
        assert!(matches!(Slack.next(&given(&[("only", "low")]), &[], &told, &[]), Next::Nothing));
        assert!(matches!(Slack.next(&given(&[]), &[], &told, &[]), Next::Call(_)));
    }

    #[test]
    fn the_address_is_slacks() {
        assert!(Slack.problems(&given(&[])).is_empty());
        assert_eq!(Slack.problems(&given(&[("webhook_url", "https://evil.example/services/T")])).len(), 1);
        assert!(Slack.problems(&given(&[("webhook_url", "http://127.0.0.1:9/x"), ("host", "127.0.0.1:9")])).is_empty());
    }
}
