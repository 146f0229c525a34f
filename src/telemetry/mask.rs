//! Takes people's addresses out of a text. Mail servers, databases and shops repeat them in their errors.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::{Captures, Regex};

const HIDDEN: &str = "***";

/// An escape of JSON or of a terminal before an address is not a part of it, and half of one would spoil the line.
const ESCAPE: &str = r"\\[nrtbf]|\\u[0-9a-fA-F]{4}|\x1b\[[0-9;]*m";

static MAIL: LazyLock<Regex> = LazyLock::new(|| {
    let local = r#"[^\s\x00-\x1f<>()\[\],;:"\\@]"#;
    compile(&format!("(?:({ESCAPE}){local}*|{local}+)(@|%40)"))
});

/// `"mia meier"@example.com`; in JSON the quotes are escaped.
static QUOTED: LazyLock<Regex> = LazyLock::new(|| compile(r#""(?:[^"\\@]|\\[^"])+?(\\?"(?:@|%40))"#));

/// Whatever could be an address of a machine.
static MACHINE: LazyLock<Regex> = LazyLock::new(|| compile(&format!(r"({ESCAPE})?(\w*[.:][\w.:]*)")));

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("constants that the tests compile")
}

/// The text without the part of mail addresses before the `@`, and without addresses of machines; those that name nobody, such as
/// 127.0.0.1, stay.
pub fn mask(text: &str) -> String {
    let quoted = QUOTED.replace_all(text, format!("\"{HIDDEN}$1"));
    let mails = MAIL.replace_all(&quoted, format!("${{1}}{HIDDEN}$2"));
    let hide = |found: &Captures<'_>| format!("{}{}", found.get(1).map_or("", |escape| escape.as_str()), machines(&found[2]));
    MACHINE.replace_all(&mails, hide).into_owned()
}

/// A run of letters, digits, dots and colons with the addresses in it hidden.
fn machines(run: &str) -> String {
    let core = run.trim_matches('.');
    let core = if core.starts_with("::") { core } else { core.trim_start_matches(':') };
    let core = if core.ends_with("::") { core } else { core.trim_end_matches(':') };
    if let Ok(v6) = core.parse::<Ipv6Addr>() {
        return if names_nobody(IpAddr::V6(v6)) { run.to_owned() } else { run.replace(core, HIDDEN) };
    }
    let piece = |piece: &str| {
        let core = piece.trim_matches('.');
        match core.parse::<Ipv4Addr>() {
            Ok(v4) if !names_nobody(IpAddr::V4(v4)) => piece.replace(core, HIDDEN),
            _ => piece.to_owned(),
        }
    };
    run.split(':').map(piece).collect::<Vec<_>>().join(":")
}

fn names_nobody(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    ip.is_loopback() || ip.is_unspecified()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_hidden_and_the_rest_stays() {
        for (text, masked) in [
            ("550 5.1.1 <mia@example.com>: user unknown", "550 5.1.1 <***@example.com>: user unknown"),
            ("mia.meier+shop@mail.example.com", "***@mail.example.com"),
            ("from mia@a.example to ben@b.example.", "from ***@a.example to ***@b.example."),
            ("bounce+mia=example.com@shop.example", "***@shop.example"),
            ("RCPT TO:<\"mia meier\"@example.com>", "RCPT TO:<\"***\"@example.com>"),
            ("müller@exämple.de", "***@exämple.de"),
            ("mia@localhost", "***@localhost"),
            ("/u?to=mia%40example.com&x=1", "***%40example.com&x=1"),
            ("smtp://user:p%40ss@mail.example", "smtp://user:***@mail.example"),
            ("postgres://shop:secret@db/exitpoll", "postgres://shop:***@db/exitpoll"),
            (r#"{"error":"so:\nmia@example.com\n"}"#, r#"{"error":"so:\n***@example.com\n"}"#),
            (r#"{"error":"so:\u001bmia@example.com"}"#, r#"{"error":"so:\u001b***@example.com"}"#),
            (r#"{"error":"to \"mia meier\"@example.com"}"#, r#"{"error":"to \"***\"@example.com"}"#),
            (r#""\r@x""#, r#""\r***@x""#),
            (r"so:\n203.0.113.9 left", r"so:\n*** left"),
            ("\x1b[3mto\x1b[0m\x1b[2m=\x1b[0mmia@example.com", "\x1b[3mto\x1b[0m\x1b[2m=\x1b[0m***@example.com"),
            ("blocked: 203.0.113.9 is listed", "blocked: *** is listed"),
            ("connect to 203.0.113.9:587: refused", "connect to ***:587: refused"),
            ("client [2001:db8::17]:54321 left.", "client [***]:54321 left."),
            ("from 2001:db8:1:2:3:4:5:6.", "from ***."),
            ("::ffff:203.0.113.9", "***"),
            ("peer:203.0.113.9, [198.51.100.4]", "peer:***, [***]"),
            (r#"{"address":"127.0.0.1:8080"}"#, r#"{"address":"127.0.0.1:8080"}"#),
            ("[::1]:25 and 0.0.0.0:80 and [::]:80", "[::1]:25 and 0.0.0.0:80 and [::]:80"),
            (
                "2026-11-24T12:00:00.123456Z  INFO exitpoll::web: 5.7.26 1.2.3",
                "2026-11-24T12:00:00.123456Z  INFO exitpoll::web: 5.7.26 1.2.3",
            ),
            ("std::alloc::dealloc, a::b::c, 12:30:59", "std::alloc::dealloc, a::b::c, 12:30:59"),
            ("@ alone, a @ b, <@>", "@ alone, a @ b, <@>"),
            ("018c2f4e-7b1a-7c3d-9e4f-5a6b7c8d9e0f end_0c9k2m4p6r8t0", "018c2f4e-7b1a-7c3d-9e4f-5a6b7c8d9e0f end_0c9k2m4p6r8t0"),
            ("", ""),
        ] {
            assert_eq!(mask(text), masked, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_address_stays(before in "[ <(\"A-Z=:]{0,6}", local in "[a-z0-9.+_-]{3,12}", after in "[ >),.:]{0,4}") {
            let text = format!("{before}{local}@SHOP.EXAMPLE{after}");
            prop_assert!(!mask(&text).contains(&local), "{}", mask(&text));
        }

        #[test]
        fn no_machine_stays(bits: u32, wide: u128, before in "[ (=:]{0,3}", after in "[ ),]{0,3}") {
            let (v4, v6) = (Ipv4Addr::from_bits(bits), Ipv6Addr::from_bits(wide));
            for ip in [IpAddr::V4(v4), IpAddr::V6(v6)].into_iter().filter(|ip| !names_nobody(*ip)) {
                let text = format!("{before}[{ip}]{after}");
                prop_assert!(!mask(&text).contains(&ip.to_string()), "{}", mask(&text));
            }
        }

        #[test]
        fn a_line_of_json_stays_one(text: String) {
            let line = serde_json::to_string(&text).unwrap();
            let masked = mask(&line);
            prop_assert!(serde_json::from_str::<String>(&masked).is_ok(), "{masked}");
        }

        #[test]
        fn so_does_one_with_an_address_anywhere(before: String, after: String) {
            let line = serde_json::to_string(&format!("{before}mia@example.com{after}")).unwrap();
            let masked = mask(&line);
            prop_assert!(serde_json::from_str::<String>(&masked).is_ok(), "{masked}");
        }
    }
}
