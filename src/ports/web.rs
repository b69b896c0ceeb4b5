//! A walk through the pages of an identity provider as a browser would do it: cookies are kept, redirects followed, and
//! nothing but https is ever visited.

use super::http::{
    DATA_LIMIT, HeaderName, HttpPort, Method, PAGE_LIMIT, Purpose, Request, Response, StatusCode, header, loggable,
};
use crate::error::{AuthError, Stage, Status};
use crate::redact;
use cookie_store::CookieStore;
use std::fmt;
use std::sync::Arc;
use url::{Origin, Url};

/// The limit that browsers have.
const MOST_REDIRECTS: usize = 20;
/// The longest name that a host can have (RFC 1035 section 2.3.4), and a scheme.
const HOST_SHOWN: usize = 255 + 10;
/// What to do about a status of 500 and above.
pub(crate) const OUT_OF_ORDER: &str = "the identity provider is out of order, or a proxy before it: try again later";

/// One walk: cookies live as long as it.
pub(crate) struct WebSession {
    http: Arc<dyn HttpPort>,
    cookies: CookieStore,
    /// As error messages call the provider.
    provider: &'static str,
}

/// An answer, and where it came from after all redirects.
pub(crate) struct Visited {
    pub(crate) url: Url,
    pub(crate) response: Response,
    provider: &'static str,
}

impl fmt::Debug for Visited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", loggable(&self.url), self.response)
    }
}

impl WebSession {
    /// A walk that begins without cookies.
    pub(crate) fn new(http: &Arc<dyn HttpPort>, provider: &'static str) -> Self {
        Self { http: Arc::clone(http), cookies: CookieStore::new(), provider }
    }

    /// Gets a page.
    pub(crate) async fn get(&mut self, url: Url) -> Result<Visited, AuthError> {
        self.send(Request::get(url, Purpose::IdentityProvider).limit(PAGE_LIMIT)).await
    }

    /// Posts a form, for a page.
    pub(crate) async fn post_form<K: AsRef<str>, V: AsRef<str>>(
        &mut self,
        url: Url,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Visited, AuthError> {
        self.send(Request::form(url, Purpose::IdentityProvider, fields).limit(PAGE_LIMIT)).await
    }

    /// Posts JSON, for JSON.
    pub(crate) async fn post_json(&mut self, url: Url, body: Vec<u8>) -> Result<Visited, AuthError> {
        let request = Request::post(url, Purpose::IdentityProvider, "application/json; charset=utf-8", body)
            .header(header::ACCEPT, super::http::HeaderValue::from_static("application/json"))
            .header(header::CACHE_CONTROL, super::http::HeaderValue::from_static("no-cache"));
        self.send(request.limit(DATA_LIMIT)).await
    }

    /// Sends a request and follows where it leads.
    pub(crate) async fn send(&mut self, mut request: Request) -> Result<Visited, AuthError> {
        for _ in 0..=MOST_REDIRECTS {
            self.add_cookies(&mut request);
            let response =
                self.http.send(request.clone()).await.map_err(|failure| failure.into_auth_error(Stage::Idp))?;
            self.keep_cookies(&request.url, &response);
            match self.redirect(&request, &response)? {
                Some(next) => request = next,
                None => return Ok(Visited { url: request.url, response, provider: self.provider }),
            }
        }
        Err(self
            .unexpected(&format!("answered with more than {MOST_REDIRECTS} redirects"))
            .hint("its pages may need a browser: see where one ends, or use a browser plugin (BrowserSAML)"))
    }

    fn add_cookies(&self, request: &mut Request) {
        let pairs: Vec<_> =
            self.cookies.get_request_values(&request.url).map(|(name, value)| format!("{name}={value}")).collect();
        match super::http::HeaderValue::from_str(&pairs.join("; ")) {
            Ok(mut value) if !pairs.is_empty() => {
                value.set_sensitive(true);
                request.headers.insert(header::COOKIE, value);
            }
            _ => drop(request.headers.remove(header::COOKIE)),
        }
    }

    fn keep_cookies(&mut self, url: &Url, response: &Response) {
        for cookie in response.headers.get_all(header::SET_COOKIE) {
            if let Ok(text) = cookie.to_str() {
                // One that does not parse, or is for another host, is left out as a browser does.
                let _ = self.cookies.parse(text, url);
            }
        }
    }

    /// The request that a redirect asks for.
    fn redirect(&self, request: &Request, response: &Response) -> Result<Option<Request>, AuthError> {
        let keeps_method = match response.status.as_u16() {
            301..=303 => false,
            307 | 308 => true,
            _ => return Ok(None),
        };
        let Some(location) = response.header(&header::LOCATION) else { return Ok(None) };
        let next =
            request.url.join(location).map_err(|_| self.unexpected("answered with a redirect to what is no URL"))?;
        if next.scheme() != "https" {
            let to = redact::head(&format!("{}://{}", next.scheme(), next.host_str().unwrap_or_default()), HOST_SHOWN);
            return Err(self
                .unexpected(&format!("answered with a redirect to {to}, which is not https"))
                .hint("the login goes on by https only; ask the provider's operator to correct the redirect"));
        }
        let elsewhere = !same_origin(&next, &request.url);
        let mut following = if keeps_method {
            if elsewhere && !request.body.is_empty() {
                let host = redact::head(next.host_str().unwrap_or_default(), HOST_SHOWN);
                return Err(self.unexpected(&format!("wants what was sent to it to be sent to {host} too")));
            }
            Request { url: next, ..request.clone() }
        } else {
            let mut headers = request.headers.clone();
            headers.remove(header::CONTENT_TYPE);
            Request { method: Method::GET, url: next, headers, body: Vec::new(), ..request.clone() }
        };
        if elsewhere {
            following.headers.remove(header::AUTHORIZATION);
        }
        Ok(Some(following))
    }

    fn unexpected(&self, what: &str) -> AuthError {
        AuthError::new(Status::IdpUnexpected, Stage::Idp, format!("{} {what}", self.provider))
    }
}

impl Visited {
    /// A header's text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.response.header(name)
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status
    }

    /// The answer, if its status is one of success; otherwise the error that the status is. `hint` says what to check
    /// where the provider knows no such address.
    pub(crate) fn require_success(self, hint: &str) -> Result<Self, AuthError> {
        let status = self.status();
        if status.is_success() {
            return Ok(self);
        }
        let error = || self.failed(Status::IdpUnexpected);
        Err(match status.as_u16() {
            500.. => error().retryable(true).hint(OUT_OF_ORDER),
            _ => self.throttled().unwrap_or_else(|| error().hint(hint)),
        })
    }

    /// The error of too many requests, if that is the answer.
    pub(crate) fn throttled(&self) -> Option<AuthError> {
        if self.status() != StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        let wait = self.header(&header::RETRY_AFTER).and_then(|text| text.trim().parse::<u32>().ok());
        let error = self.failed(Status::Throttled).retryable(true);
        Some(match wait {
            Some(seconds) => error.hint(format!("too many logins: try again in {seconds} s")),
            None => error.hint("too many logins: try again later"),
        })
    }

    fn failed(&self, kind: Status) -> AuthError {
        let status = self.status().as_u16();
        let message = format!("{} answered HTTP {status} at {}", self.provider, loggable(&self.url));
        AuthError::new(kind, Stage::Idp, message).http_status(status)
    }
}

/// Whether two URLs are of the same scheme, host and port.
pub(crate) fn same_origin(one: &Url, other: &Url) -> bool {
    matches!(one.origin(), Origin::Tuple(..)) && one.origin() == other.origin()
}

#[cfg(test)]
#[allow(clippy::unnecessary_wraps)] // answers stand beside failures in a script
mod tests {
    use super::*;
    use crate::ports::http::FailureKind;
    use crate::ports::http::fake::{FakeHttp, answer};

    type Scripted = Result<Response, FailureKind>;

    fn walk(answers: Vec<Scripted>) -> (WebSession, Arc<FakeHttp>) {
        let http = FakeHttp::answering(answers);
        let port: Arc<dyn HttpPort> = http.clone();
        (WebSession::new(&port, "the provider"), http)
    }

    fn at(path: &str) -> Url {
        Url::parse("https://idp.example:8443").unwrap().join(path).unwrap()
    }

    fn to(status: u16, location: &str) -> Scripted {
        Ok(answer(status, &[("location", location)], ""))
    }

    fn page() -> Scripted {
        Ok(answer(200, &[], "here"))
    }

    #[tokio::test]
    async fn cookies_come_back_to_whom_they_are_for() {
        let (mut session, http) = walk(vec![
            Ok(answer(302, &[("location", "/b"), ("set-cookie", "a=1; Path=/; Secure")], "")),
            Ok(answer(302, &[("location", "https://other.example/c"), ("set-cookie", "deep=2; Path=/b")], "")),
            Ok(answer(
                302,
                &[("location", "https://idp.example:8443/b/d"), ("set-cookie", "o=3; Domain=idp.example")],
                "",
            )),
            page(),
        ]);
        let visited = session.get(at("/a")).await.unwrap();
        assert_eq!((visited.url.as_str(), visited.response.text().as_ref()), ("https://idp.example:8443/b/d", "here"));
        let cookies: Vec<_> = http
            .requests()
            .iter()
            .map(|request| request.headers.get("cookie").map(|value| value.to_str().unwrap().to_owned()))
            .collect();
        assert_eq!(cookies[..3], [None, Some("a=1".to_owned()), None]);
        let last = cookies[3].clone().unwrap();
        assert!(last.contains("a=1") && last.contains("deep=2") && !last.contains("o=3"), "{last}");
    }

    #[tokio::test]
    async fn a_post_becomes_a_get_or_stays_one_on_its_own_host() {
        let (mut session, http) = walk(vec![to(307, "/again"), to(302, "/done"), page()]);
        session.post_form(at("/"), [("p", "secret")]).await.unwrap();
        let sent: Vec<_> = http.requests().iter().map(|r| (r.method.clone(), r.body.clone())).collect();
        assert_eq!(sent[1], (Method::POST, b"p=secret".to_vec()));
        assert_eq!(sent[2], (Method::GET, Vec::new()));
        assert!(http.requests()[2].headers.get("content-type").is_none());

        let (mut session, http) = walk(vec![to(307, "https://idp.example/other-port"), page()]);
        let error = session.post_form(at("/"), [("p", "secret")]).await.unwrap_err();
        assert_eq!((error.status(), http.requests().len()), (Status::IdpUnexpected, 1));
    }

    #[tokio::test]
    async fn never_to_plain_http_and_not_for_ever() {
        let (mut session, http) = walk(vec![to(302, "http://idp.example:8443/x"), page()]);
        let error = session.get(at("/")).await.unwrap_err();
        assert!(error.message().contains("not https"), "{error}");
        assert_eq!(http.requests().len(), 1);

        for (redirects, reached) in [(MOST_REDIRECTS, true), (MOST_REDIRECTS + 1, false)] {
            let mut answers: Vec<_> = (0..redirects).map(|_| to(302, "/round")).collect();
            answers.push(page());
            let (mut session, http) = walk(answers);
            assert_eq!(session.get(at("/")).await.is_ok(), reached);
            assert_eq!(http.requests().len(), MOST_REDIRECTS + 1);
        }
    }

    #[tokio::test]
    async fn a_status_that_is_no_success() {
        for (status, kind, retryable) in [
            (404, Status::IdpUnexpected, false),
            (403, Status::IdpUnexpected, false),
            (503, Status::IdpUnexpected, true),
            (429, Status::Throttled, true),
        ] {
            let (mut session, _) = walk(vec![Ok(answer(status, &[("retry-after", "7")], ""))]);
            let visited = session.get(at("/x?secret=1")).await.unwrap();
            let error = visited.require_success("check idp_host").unwrap_err();
            assert_eq!((error.status(), error.is_retryable(), error.http()), (kind, retryable, Some(status)));
            assert!(!error.message().contains("secret"));
            let hint = error.hint_text().unwrap();
            assert!(if status == 429 { hint.contains("7 s") } else { !hint.is_empty() });
        }
    }

    #[tokio::test]
    async fn authorization_stays_on_its_host() {
        for (location, kept) in [("/next", true), ("https://other.example/", false)] {
            let (mut session, http) = walk(vec![to(302, location), page()]);
            let request = Request::get(at("/"), Purpose::IdentityProvider)
                .header(header::AUTHORIZATION, super::super::http::HeaderValue::from_static("Negotiate x"));
            session.send(request).await.unwrap();
            assert_eq!(http.requests()[1].headers.contains_key("authorization"), kept);
        }
    }

    #[tokio::test]
    async fn what_is_sent_and_answered_shows_no_secret() {
        let (mut session, http) =
            walk(vec![Ok(answer(200, &[("set-cookie", "s=canary"), ("x-token", "canary")], "canary"))]);
        let mut url = at("/page?token=canary#canary");
        url.set_password(Some("canary")).unwrap();
        let visited = session.post_form(url, [("password", "canary")]).await.unwrap();
        let shown = format!("{visited:?} {:?} {:?}", visited.response, http.requests());
        assert!(
            shown.contains("POST https://idp.example:8443/page (15 bytes)") && !shown.contains("canary"),
            "{shown}"
        );
    }

    #[test]
    fn no_path_shows_what_is_known() {
        crate::redact::keep_back(&crate::secret::secret("ope n/sesame"));
        let url = at("/x/ope%20n/sesame/y");
        assert_eq!(loggable(&url), "https://idp.example:8443/x/[redacted]/y");
        assert_eq!(loggable(&at("/x/open/y")), "https://idp.example:8443/x/open/y");
    }
}
