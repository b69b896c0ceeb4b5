//! One HTTP client for everything: identity providers, AWS, metadata services. The trait is what the rest of the
//! library sees; [`client`] and [`pool`] are the only files that know what is under it.

use super::BoxFuture;
use crate::redact;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;
use url::Url;

pub(crate) mod client;
pub(crate) mod connector;
mod dated;
pub(crate) mod der;
pub(crate) mod failure;
#[cfg(any(test, feature = "fuzzing"))]
#[cfg_attr(not(test), allow(dead_code))] // tests use more of it than fuzzing
pub(crate) mod fake;
mod key_exchange;
pub(crate) mod no_proxy;
mod planned;
mod pool;
pub(crate) mod proxy;
mod rehearsal;
pub(crate) mod settings;
pub(crate) mod trust;
pub(crate) mod tunnel;
pub(crate) mod verifier;

#[cfg(test)]
mod tests;

pub use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
pub use client::Http;
pub(crate) use dated::{Dated, Told};
pub use failure::{FailureKind, HttpFailure};
pub(crate) use planned::{Doer, Planned};
pub(crate) use rehearsal::Rehearsal;
pub use settings::HttpSettings;

/// The largest web page that is read.
pub const PAGE_LIMIT: usize = 8 << 20;
/// The largest JSON or XML answer that is read.
pub const DATA_LIMIT: usize = 4 << 20;

/// Whom a request is for. It decides over proxy, verification and connect timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An identity provider, the only one that `ssl_insecure` speaks of.
    IdentityProvider,
    /// An AWS service.
    Aws,
    /// A metadata or container credentials service: never through a proxy.
    Metadata,
}

/// How long one request may take. None: the client's own limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands, TLS and proxy included.
    pub connect: Option<Duration>,
    /// Until the answer begins, and between any two pieces of it.
    pub read: Option<Duration>,
}

/// One request. Redirects are not followed: the answer is whatever the host says first.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The headers; those of the connection itself are added by the client.
    pub headers: HeaderMap,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// Whom it is for.
    pub purpose: Purpose,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// How long an answer is accepted, in bytes.
    pub body_limit: usize,
}

impl Request {
    /// A GET without headers whose answer may be a web page.
    #[must_use]
    pub fn get(url: Url, purpose: Purpose) -> Self {
        Self {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Vec::new(),
            purpose,
            timeouts: Timeouts::default(),
            body_limit: PAGE_LIMIT,
        }
    }

    /// A POST of `body`.
    #[must_use]
    pub fn post(url: Url, purpose: Purpose, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { method: Method::POST, body: body.into(), ..Self::get(url, purpose) }
            .header(header::CONTENT_TYPE, HeaderValue::from_static(content_type))
    }

    /// A POST of form fields, as a browser sends them.
    #[must_use]
    pub fn form<K: AsRef<str>, V: AsRef<str>>(
        url: Url,
        purpose: Purpose,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        Self::post(url, purpose, "application/x-www-form-urlencoded", body)
    }

    /// Adds a header, or replaces it.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Accepts an answer of at most this many bytes.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} bytes)", self.method, loggable(&self.url), self.body.len())
    }
}

/// One answer, whatever its status.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// A header's text, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.status.as_u16(), self.body.len())
    }
}

/// What sends requests.
pub trait HttpPort: Send + Sync {
    /// Sends one request and reads its whole answer. Dropping the future gives the request up.
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpFailure>>;

    /// Says that a host of AWS will be asked later, in so many requests at once: connections to it are opened as soon as a
    /// request to another host is under way, so that their round trips are over when they are needed. Whether that
    /// succeeds is told by the requests alone. What nobody needed is closed with the login.
    fn announce(&self, _url: Url, _connections: usize) {}

    /// Waits for what would go on after the login: lookups of names, which block threads of their own.
    fn settle(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// A URL as it may be logged: without user, query and fragment, which carry codes, states and assertions.
#[must_use]
pub fn loggable(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), host_and_port(url), redact::without_known(url.path()))
}

/// `host:port` of a URL, for people.
#[must_use]
pub fn host_and_port(url: &Url) -> String {
    let host = redact::without_known(url.host_str().unwrap_or_default());
    url.port_or_known_default().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}
