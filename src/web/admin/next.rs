//! Where to go after the login: to a page of the admin, never to another site.

/// The page a login leads to when none was asked for.
pub const HOME: &str = "/admin";

/// `wanted`, if it is a path of ours. A second slash or a backslash would make it another host for a browser.
pub fn own_path(wanted: Option<&str>) -> &str {
    let is_own = |path: &str| {
        let below = path.strip_prefix(HOME).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        below && path.len() <= 1024 && !path.contains("//") && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
    };
    wanted.filter(|path| is_own(path)).unwrap_or(HOME)
}

/// The login page that leads back to `path`.
pub fn login_for(path: &str) -> String {
    let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
    format!("/login?next={next}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_pages() {
        for own in ["/admin", "/admin/st_demo/surveys/new", "/admin/st_demo/surveys/srv_1?days=7&x=%2F"] {
            assert_eq!(own_path(Some(own)), own);
        }
        for foreign in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/admin//evil",
            "/admin\\x",
            "/administrator",
            "admin",
            "/admin/\u{e9}",
            "/admin/\n",
            "/admin/ x",
            "/logout",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(own_path(Some(foreign)), HOME, "{foreign:?}");
        }
        assert_eq!(own_path(None), HOME);
        assert_eq!(login_for("/admin/a?b=c"), "/login?next=%2Fadmin%2Fa%3Fb%3Dc");
    }
}
