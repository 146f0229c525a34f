//! Lists of addresses that must not be written to, as stores bring them along and take them with them.

use std::collections::BTreeMap;

use super::{consent::Suppression, customer::normalize_email, words::words};

words! {
    /// Why an address is on the list.
    pub enum Listed {
        /// Followed the link in a mail.
        Unsubscribed = "unsubscribed",
        /// No such mailbox.
        Bounced = "bounced",
        /// Called a mail spam.
        Complained = "complained",
        /// Asked to be forgotten.
        Erased = "erased",
        /// Added by hand.
        Manual = "manual",
        /// Came with a list.
        Imported = "imported",
    }
}

impl Listed {
    /// What it means to the rules. Lists that stores bring along name those who left.
    pub const fn suppression(self) -> Suppression {
        match self {
            Self::Unsubscribed | Self::Manual | Self::Imported => Suppression::Unsubscribed,
            Self::Bounced => Suppression::Bounced,
            Self::Complained => Suppression::Complained,
            Self::Erased => Suppression::Erased,
        }
    }

    /// Whether only the person, or the law, could take it off: mailing it again does harm.
    pub const fn is_grave(self) -> bool {
        matches!(self, Self::Complained | Self::Erased)
    }
}

/// A list that was read. What could not be read is told and left out; the rest is good.
#[derive(Debug, Default, PartialEq)]
pub struct List {
    /// Address, normalised → why it is listed.
    pub entries: BTreeMap<String, Listed>,
    /// Lines that name an address again.
    pub repeated: usize,
    pub flaws: Vec<Flaw>,
}

/// A line that names no address.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: “{text}” is not an e-mail address")]
pub struct Flaw {
    /// From 1.
    pub line: u64,
    /// Its beginning.
    pub text: String,
}

/// Characters of a bad line that are told.
const TOLD: usize = 40;
const ADDRESS_HEADINGS: &[&str] = &["email", "e-mail", "emailaddress", "email address", "mail", "address"];
const REASON_HEADINGS: &[&str] = &["reason", "status", "type"];

/// Reads one address a line, or a table (RFC 4180, with commas, semicolons or tabs) whose first line may name the columns `email`
/// and `reason`. A reason that is none of ours counts as imported.
pub fn read_list(text: &str) -> List {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    // The last of equals wins: a comma where there is no sign of another.
    let separator = ['\t', ';', ','].into_iter().max_by_key(|separator| first.matches(*separator).count()).unwrap_or(',');
    // The reader miscounts lines that are blank, or that end in two characters.
    let blank = separator.to_string();
    let lines = text.lines().map(|line| if line.trim().is_empty() { &*blank } else { line });
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        // One of three in ASCII.
        .delimiter(separator as u8)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let (mut list, mut address, mut reason, mut begun) = (List::default(), None, None, false);
    for row in rows.records() {
        // The text is UTF-8 and rows may be of any length: there is nothing else to refuse.
        let Ok(row) = row else { continue };
        if row.iter().all(str::is_empty) {
            continue;
        }
        if !std::mem::replace(&mut begun, true) {
            let column = |headings: &[&str]| row.iter().position(|cell| headings.contains(&&*cell.to_lowercase()));
            (address, reason) = (column(ADDRESS_HEADINGS), column(REASON_HEADINGS));
            if address.is_some() {
                continue;
            }
        }
        // Without a heading the address is whichever cell is one.
        let cell = match address {
            Some(at) => row.get(at).and_then(normalize_email),
            None => row.iter().find_map(normalize_email),
        };
        let word = reason.and_then(|at| row.get(at)).unwrap_or("").to_lowercase();
        // Whoever was erased elsewhere was so by another store's word.
        let why = Listed::parse(&word).filter(|why| *why != Listed::Erased).unwrap_or(Listed::Imported);
        match cell {
            Some(email) if list.entries.contains_key(&email) => list.repeated += 1,
            Some(email) => drop(list.entries.insert(email, why)),
            None => {
                let line = row.position().map_or(0, csv::Position::line);
                let text = address.and_then(|at| row.get(at)).or(row.get(0)).unwrap_or("");
                list.flaws.push(Flaw { line, text: text.chars().take(TOLD).collect() });
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(String, Listed)>, usize, Vec<String>) {
        let list = read_list(text);
        (list.entries.into_iter().collect(), list.repeated, list.flaws.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn lists_of_every_make_are_read() {
        let (a, b) = ("a@x.example".to_owned(), "b@x.example".to_owned());
        let plain = vec![(a.clone(), Listed::Imported), (b.clone(), Listed::Imported)];
        for text in [
            "a@x.example\nb@x.example",
            "\u{feff}Email\r\nA@X.example\r\n\r\nb@x.example \r\n",
            "\"a@x.example\"\n\"b@x.example\"\n",
            "name;E-Mail\nAnna;a@x.example\nBen;b@x.example",
            "Anna,a@x.example\nBen,b@x.example",
            "email\treason\na@x.example\tsomething\nb@x.example\t",
        ] {
            assert_eq!(read(text), (plain.clone(), 0, vec![]), "{text:?}");
        }
        let told = read("email,reason\na@x.example,Bounced\nb@x.example,erased\na@x.example,manual\n");
        assert_eq!(told, (vec![(a, Listed::Bounced), (b, Listed::Imported)], 1, vec![]));
        assert_eq!(read(" \n"), (vec![], 0, vec![]));
    }

    #[test]
    fn a_bad_line_is_named_and_spoils_no_other() {
        let text = "email,reason\nnobody,manual\na@x.example,\n\n,bounced\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let (good, _, flaws) = read(&text);
            assert_eq!(good.len(), 1);
            assert_eq!(flaws, ["line 2: “nobody” is not an e-mail address", "line 5: “” is not an e-mail address"]);
        }
    }
}
