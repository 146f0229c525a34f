//! What an answer of a service means. Most services agree; each may say otherwise.

/// An answer, as far as it is read.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub status: u16,
    /// The first 4 KB of the body.
    pub body: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    /// Another try may do.
    Again,
    /// It wants a pause from everything: no other call is made to it before that.
    Busy,
    /// The same request would be refused again.
    Refused,
    /// It does not believe who we are: the owner must see to it, and nothing more is sent until then.
    Credentials,
    /// It is gone for good.
    Gone,
}

/// Of most services.
pub fn usual(seen: &Seen<'_>) -> Verdict {
    match seen.status {
        200..=299 => Verdict::Delivered,
        401 | 403 => Verdict::Credentials,
        429 => Verdict::Busy,
        408 | 425 | 500..=599 => Verdict::Again,
        // A redirect is not followed: the address that was entered is wrong, or no longer right.
        _ => Verdict::Refused,
    }
}

/// Of receivers of Standard Webhooks, which try again after everything but success and 410.
pub fn of_webhook(seen: &Seen<'_>) -> Verdict {
    match seen.status {
        200..=299 => Verdict::Delivered,
        410 => Verdict::Gone,
        _ => Verdict::Again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_services_mean_the_same() {
        let cases = [
            (200, Verdict::Delivered, Verdict::Delivered),
            (202, Verdict::Delivered, Verdict::Delivered),
            (302, Verdict::Refused, Verdict::Again),
            (400, Verdict::Refused, Verdict::Again),
            (401, Verdict::Credentials, Verdict::Again),
            (403, Verdict::Credentials, Verdict::Again),
            (404, Verdict::Refused, Verdict::Again),
            (408, Verdict::Again, Verdict::Again),
            (410, Verdict::Refused, Verdict::Gone),
            (422, Verdict::Refused, Verdict::Again),
            (429, Verdict::Busy, Verdict::Again),
            (500, Verdict::Again, Verdict::Again),
            (503, Verdict::Again, Verdict::Again),
        ];
        for (status, of_service, of_receiver) in cases {
            let seen = Seen { status, body: "" };
            assert_eq!((usual(&seen), of_webhook(&seen)), (of_service, of_receiver), "{status}");
        }
    }
}
