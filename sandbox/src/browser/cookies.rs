//! Cookies, as far as logins need them (RFC 6265): host, path, `Secure`, and deletion. Domains are not shared.

use url::Url;

#[derive(Debug, Default)]
pub(super) struct Cookies(Vec<Cookie>);

#[derive(Debug)]
struct Cookie {
    host: String,
    path: String,
    secure: bool,
    name: String,
    value: String,
}

impl Cookies {
    /// Keeps what a `Set-Cookie` of that page says.
    pub fn keep(&mut self, url: &Url, set_cookie: &str) {
        let mut parts = set_cookie.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { return };
        let host = url.host_str().unwrap_or("").to_owned();
        let directory = url.path().rsplit_once('/').map_or("", |(directory, _)| directory);
        let (name, value) = (name.to_owned(), value.to_owned());
        let mut cookie = Cookie { host, path: directory.to_owned(), secure: false, name, value };
        let mut gone = false;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key.to_ascii_lowercase().as_str() {
                "path" if value.starts_with('/') => value.trim_end_matches('/').clone_into(&mut cookie.path),
                "secure" => cookie.secure = true,
                "max-age" => gone |= value.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
                "expires" => gone |= value.contains(" 1970 ") || value.contains("-1970 "),
                _ => {}
            }
        }
        self.0.retain(|old| (&old.host, &old.path, &old.name) != (&cookie.host, &cookie.path, &cookie.name));
        if !gone {
            self.0.push(cookie);
        }
    }

    /// The header `Cookie` for that page; `None` without any.
    pub fn header(&self, url: &Url) -> Option<String> {
        let at = |cookie: &&Cookie| {
            let rest = url.path().strip_prefix(&cookie.path);
            let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            inside && url.host_str() == Some(&cookie.host) && (!cookie.secure || url.scheme() == "https")
        };
        let pairs: Vec<String> =
            self.0.iter().filter(at).map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_go_back_to_where_they_came_from() {
        let url = |text: &str| Url::parse(text).unwrap();
        let mut cookies = Cookies::default();
        let page = url("https://idp.example.com/a/page");
        for cookie in ["x=1; Path=/; Secure; HttpOnly", "y=2", "z=3; Path=/b", "x=4; Path=/"] {
            cookies.keep(&page, cookie);
        }
        let header = |text: &str| cookies.header(&url(text));
        assert_eq!(header("https://idp.example.com/a/other").as_deref(), Some("y=2; x=4"));
        assert_eq!(header("https://idp.example.com/ab").as_deref(), Some("x=4"));
        assert_eq!(header("https://other.example.com/a/page"), None);
        cookies.keep(&page, "x=; Path=/; Max-Age=0");
        cookies.keep(&page, "s=5; Path=/; Secure");
        assert_eq!(cookies.header(&url("http://idp.example.com/")), None);
        assert_eq!(cookies.header(&url("https://idp.example.com/")).as_deref(), Some("s=5"));
    }
}
