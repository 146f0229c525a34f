//! Forms with a file, as browsers send them (RFC 7578): a handful of fields and one file, small enough for the memory.

use regex::bytes::Regex;

/// Fields of a form that we read; a stranger's may have more.
const MOST_PARTS: usize = 16;

pub struct Upload {
    fields: Vec<(String, String)>,
    file: Option<(String, Vec<u8>)>,
}

impl Upload {
    /// Reads a body of this content type; `None` if it is no such form.
    pub fn read(content_type: &str, body: &[u8]) -> Option<Self> {
        let boundary = content_type.strip_prefix("multipart/form-data;")?.trim().strip_prefix("boundary=")?.trim_matches('"');
        if boundary.is_empty() || boundary.len() > 70 || !boundary.is_ascii() {
            return None;
        }
        let line = Regex::new(&format!(r"(?-u)(?:\A|\r\n)--{}", regex::escape(boundary))).ok()?;
        let mut read = Self { fields: Vec::new(), file: None };
        let mut closed = false;
        // What stands before the first line is for programs that know nothing of forms.
        for piece in line.splitn(body, MOST_PARTS + 2).skip(1) {
            if piece.starts_with(b"--") {
                closed = true;
                break;
            }
            read.part(piece.strip_prefix(b"\r\n")?)?;
        }
        closed.then_some(read)
    }

    fn part(&mut self, part: &[u8]) -> Option<()> {
        let end = part.windows(4).position(|four| four == b"\r\n\r\n")?;
        let (head, content) = (std::str::from_utf8(&part[..end]).ok()?, &part[end + 4..]);
        let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition: form-data"))?;
        let name = parameter(disposition, "name")?;
        match parameter(disposition, "filename") {
            Some(file) => self.file = Some((file.to_owned(), content.to_vec())),
            None => self.fields.push((name.to_owned(), std::str::from_utf8(content).ok()?.to_owned())),
        }
        Some(())
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Name and content of the file, if one was chosen.
    pub fn into_file(self) -> Option<(String, Vec<u8>)> {
        self.file.filter(|(name, _)| !name.is_empty())
    }
}

fn parameter<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!("; {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KIND: &str = "multipart/form-data; boundary=----x7";

    fn body(content: &[u8]) -> Vec<u8> {
        let mut body = b"------x7\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\norders\r\n\
            ------x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"my name=\xc3\xa4.csv\"\r\nContent-Type: text/csv\r\n\r\n"
            .to_vec();
        body.extend(content);
        body.extend(b"\r\n------x7--\r\n");
        body
    }

    proptest! {
        #[test]
        fn a_file_comes_as_it_was(content in prop::collection::vec(any::<u8>(), 0..300)) {
            let read = Upload::read(KIND, &body(&content)).unwrap();
            prop_assert_eq!(read.field("kind"), Some("orders"));
            prop_assert_eq!(read.into_file(), Some(("my name=ä.csv".to_owned(), content)));
        }

        #[test]
        fn no_stranger_breaks_it(kind in ".{0,80}", text in prop::collection::vec(any::<u8>(), 0..300)) {
            Upload::read(&kind, &text);
            Upload::read(KIND, &text);
            Upload::read(KIND, &[b"------x7\r\n", &text[..], b"\r\n------x7--"].concat());
        }
    }

    #[test]
    fn what_is_cut_off_or_no_form_is_refused() {
        let whole = body(b"a,b\n");
        assert!(Upload::read(KIND, &whole[..whole.len() - 8]).is_none());
        for kind in ["text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=y"] {
            assert!(Upload::read(kind, &whole).is_none(), "{kind}");
        }
        let unnamed = String::from_utf8_lossy(&whole).replace("; filename=\"my name=ä.csv\"", "; filename=\"\"");
        assert!(Upload::read(KIND, unnamed.as_bytes()).unwrap().into_file().is_none(), "none was chosen");
    }
}
