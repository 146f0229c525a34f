//! Two cookies: the login, and before it a random value that the login form's token is bound to.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::boot::App;
use crate::clock::SECOND;
use crate::jobs::SESSION_ABSOLUTE;

/// The login.
pub const SESSION: &str = "sid";
/// Before the login.
pub const VISIT: &str = "visit";

/// What the browser sent under this name; an empty value is none.
pub fn read<'a>(app: &App, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    find(headers, &full_name(secure(app), name))
}

/// A cookie that no script and no other site's form gets to use. The login outlives the browser, the other one does not.
pub fn write(app: &App, name: &str, value: &str) -> HeaderValue {
    let age = (name == SESSION).then_some(SESSION_ABSOLUTE / SECOND);
    line(secure(app), name, value, age)
}

/// Makes the browser forget a cookie.
pub fn forget(app: &App, name: &str) -> HeaderValue {
    line(secure(app), name, "", Some(0))
}

fn secure(app: &App) -> bool {
    app.config.public_url.scheme() == "https"
}

/// `__Host-` keeps a neighbouring subdomain from setting it; browsers accept the prefix with `Secure` only.
fn full_name(secure: bool, name: &str) -> String {
    format!("{}{name}", if secure { "__Host-" } else { "" })
}

fn line(secure: bool, name: &str, value: &str, age: Option<i64>) -> HeaderValue {
    let mut line = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", full_name(secure, name));
    if let Some(age) = age {
        line.push_str(&format!("; Max-Age={age}"));
    }
    if secure {
        line.push_str("; Secure");
    }
    // Values are our own tokens, URL-safe base64.
    HeaderValue::from_str(&line).expect("visible ASCII")
}

fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, value)| *found == name && !value.is_empty()).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xsid=1; sid=; a=b=c"));
        headers.append(header::COOKIE, HeaderValue::from_static("sid=two; sid=three"));
        assert_eq!(find(&headers, "sid"), Some("two"));
        assert_eq!(find(&headers, "a"), Some("b=c"));
        assert_eq!(find(&headers, "id"), None);
        assert_eq!(find(&HeaderMap::new(), "sid"), None);
    }

    #[test]
    fn over_https_the_cookie_is_locked_to_the_host() {
        let plain = line(false, SESSION, "abc", Some(60));
        assert_eq!(plain, "sid=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60");
        let locked = line(true, SESSION, "abc", None);
        assert_eq!(locked, "__Host-sid=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    }
}
