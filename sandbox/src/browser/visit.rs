//! One visit: from page to page until nothing is left to do.

use std::fmt::Write as _;
use std::io;
use std::net::TcpStream;

use url::Url;

use super::document::Document;
use super::form::{Form, encode};
use super::mischief::{is_listener, with_other_state};
use super::person::{Act, Typed};
use super::wire::Reply;
use super::{Browser, End, Page};

/// No login is that long.
const MAX_STEPS: u32 = 50;
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) rs-auth-sandbox/",
    env!("CARGO_PKG_VERSION")
);

/// A page to be loaded.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub url: Url,
    /// The fields of a form that is posted.
    pub body: Option<String>,
    /// The page that leads there.
    from: Option<Url>,
}

impl Step {
    pub fn to(url: Url) -> Self {
        Self { url, body: None, from: None }
    }
}

/// A visit in progress.
pub(super) struct Visit<'a> {
    browser: &'a mut Browser,
    began: Url,
    typed: Typed,
    requests: u32,
    reached_listener: bool,
    /// Connections opened ahead of time and never used.
    idle: Vec<TcpStream>,
}

/// What a page was, and where it leads.
struct Loaded {
    page: Page,
    next: Option<Step>,
}

impl<'a> Visit<'a> {
    pub fn new(browser: &'a mut Browser, began: Url) -> Self {
        let typed = Typed::default();
        Self { browser, began, typed, requests: 0, reached_listener: false, idle: Vec::new() }
    }

    pub fn run(mut self) -> io::Result<Page> {
        let mut step = Step::to(self.began.clone());
        for _ in 0..MAX_STEPS {
            if self.browser.is_elsewhere && is_listener(&step.url, &self.began) {
                return Ok(unreachable(&step.url));
            }
            let loaded = if is_listener(&step.url, &self.began) { self.bring(&step)? } else { self.load(&step)? };
            let stopped = self.browser.mischief.stop_after.is_some_and(|limit| self.requests >= limit);
            match loaded.next {
                Some(_) if stopped => return Ok(Page { end: End::Stopped, ..loaded.page }),
                Some(next) => step = next,
                None => return Ok(loaded.page),
            }
        }
        Err(io::Error::other(format!("still not there after {MAX_STEPS} pages")))
    }

    /// Brings an answer to the listener of a login, with all that Chromium does there besides.
    fn bring(&mut self, step: &Step) -> io::Result<Loaded> {
        self.reached_listener = true;
        if self.idle.is_empty() && !self.browser.mischief.no_preconnect {
            // Chromium opens a second connection ahead of time and may never say anything on it.
            self.idle.push(self.browser.network.connect(&step.url)?);
        }
        let mischief = self.browser.mischief.clone();
        if mischief.preflight {
            let asked = "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Private-Network: true\r\n";
            self.send("OPTIONS", step, asked)?;
        }
        if mischief.wrong_state || mischief.wrong_state_first {
            let wrong = with_other_state(step).ok_or_else(|| io::Error::other("the answer has no state to forge"))?;
            let told = self.load(&wrong);
            if mischief.wrong_state {
                return told;
            }
            // However the listener took that, the right answer comes now.
        }
        let loaded = self.load(step)?;
        if mischief.replay {
            self.browser.network.forget(&step.url);
            // The listener may well be gone by now.
            let _ = self.load(step);
        }
        Ok(loaded)
    }

    /// Loads a page, its icon too, and looks at what there is to do on it.
    fn load(&mut self, step: &Step) -> io::Result<Loaded> {
        let method = if step.body.is_some() { "POST" } else { "GET" };
        let reply = self.send(method, step, "")?;
        if let Some(next) = redirect(step, &reply)? {
            let page = self.page(&step.url, &reply, &Document::default(), End::Arrived);
            return Ok(Loaded { page, next: Some(next) });
        }
        let document = Document::read(&reply.body);
        if is_listener(&step.url, &self.began) && !document.names_icon {
            self.fetch_icon(&step.url);
        }
        let (next, end) = self.decide(&step.url, &document, reply.status)?;
        Ok(Loaded { page: self.page(&step.url, &reply, &document, end), next })
    }

    fn decide(&mut self, url: &Url, document: &Document, status: u16) -> io::Result<(Option<Step>, End)> {
        let base = document
            .base
            .as_deref()
            .map_or_else(|| Ok(url.clone()), |base| url.join(base))
            .map_err(io::Error::other)?;
        if let Some(target) = &document.refresh {
            let step = Step { from: Some(url.clone()), ..Step::to(base.join(target).map_err(io::Error::other)?) };
            return Ok((Some(step), End::Arrived));
        }
        let person = self.browser.person.clone();
        Ok(match person.act(document, &mut self.typed) {
            Act::Submit(form, fields) => (Some(submission(url, &base, &form, &fields)?), End::Arrived),
            Act::Stuck => (None, End::Refused),
            Act::Nothing if status >= 400 => (None, End::Refused),
            Act::Nothing => (None, End::Arrived),
        })
    }

    /// Chromium asks each host for its icon. Nobody minds if it is not to be had.
    fn fetch_icon(&mut self, page: &Url) {
        if let Ok(url) = page.join("/favicon.ico") {
            let _ = self.send("GET", &Step { from: Some(page.clone()), ..Step::to(url) }, "Sec-Fetch-Dest: image\r\n");
        }
    }

    fn send(&mut self, method: &str, step: &Step, more: &str) -> io::Result<Reply> {
        self.requests += 1;
        let request = self.request(method, step, more);
        let reply = self.browser.network.exchange(&step.url, request.as_bytes(), method == "HEAD")?;
        for (_, value) in reply.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")) {
            self.browser.cookies.keep(&step.url, value);
        }
        Ok(reply)
    }

    fn request(&self, method: &str, step: &Step, more: &str) -> String {
        let Step { url, body, from } = step;
        let host = url.host_str().unwrap_or("");
        let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let query = url.query().map_or(String::new(), |query| format!("?{query}"));
        let mut text = format!(
            "{method} {}{query} HTTP/1.1\r\nHost: {authority}\r\nConnection: keep-alive\r\nUser-Agent: {USER_AGENT}\r\n\
             Accept: text/html,application/xhtml+xml,image/webp,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.9\r\n{more}",
            url.path()
        );
        if let Some(origin) = from.as_ref().map(|from| from.origin().ascii_serialization()) {
            let _ = write!(text, "Referer: {origin}/\r\n");
            if method != "GET" {
                let _ = write!(text, "Origin: {origin}\r\n");
            }
        }
        if let Some(cookies) = self.browser.cookies.header(url) {
            let _ = write!(text, "Cookie: {cookies}\r\n");
        }
        match body.as_ref().filter(|_| method == "POST") {
            Some(body) => {
                let length = body.len();
                let head = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length:";
                let _ = write!(text, "{head} {length}\r\n\r\n{body}");
            }
            None => text.push_str("\r\n"),
        }
        text
    }

    fn page(&self, url: &Url, reply: &Reply, document: &Document, end: End) -> Page {
        Page {
            url: url.to_string(),
            status: reply.status,
            title: document.title.clone(),
            text: document.text.clone(),
            reached_listener: self.reached_listener,
            end,
        }
    }
}

/// What a browser shows where nobody answers.
fn unreachable(url: &Url) -> Page {
    let title = "This site can\u{2019}t be reached".to_owned();
    Page { url: url.to_string(), status: 0, text: title.clone(), title, reached_listener: false, end: End::Unreachable }
}

/// Where a redirect leads, if it is one (Fetch, 4.4: only 307 and 308 post again).
fn redirect(step: &Step, reply: &Reply) -> io::Result<Option<Step>> {
    let Some(location) = reply.header("location").filter(|_| matches!(reply.status, 301..=303 | 307 | 308)) else {
        return Ok(None);
    };
    let url = step.url.join(location).map_err(io::Error::other)?;
    let body = step.body.clone().filter(|_| matches!(reply.status, 307 | 308));
    Ok(Some(Step { url, body, from: Some(step.url.clone()) }))
}

fn submission(page: &Url, base: &Url, form: &Form, fields: &[(String, String)]) -> io::Result<Step> {
    let action = form.action.as_deref().filter(|action| !action.is_empty());
    let mut url = action.map_or_else(|| Ok(page.clone()), |action| base.join(action)).map_err(io::Error::other)?;
    let fields = encode(fields);
    let body = form.post.then(|| fields.clone());
    if !form.post {
        url.set_query(Some(&fields));
    }
    Ok(Step { url, body, from: Some(page.clone()) })
}
