//! Whether a request is for us, by its head: Host, path, method, content type. `Origin` is not asked: the last hop of a SAML
//! login is often another site, or `null`.

use super::page::bare;
use crate::ports::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use crate::redact;
use hyper::Response;
use hyper::http::request::Parts;

/// Where the answer is expected.
pub(super) struct Place {
    pub(super) port: u16,
    pub(super) path: String,
}

/// What to do with a request.
pub(super) enum Head {
    /// The fields stand in the query.
    Query,
    /// The fields stand in the body.
    Body,
    /// It is not for us: a page that says so.
    Page { status: StatusCode, message: &'static str },
    /// The same without a page.
    Response(Response<String>),
}

/// Judges a request by its head.
pub(super) fn judge(head: &Parts, place: &Place) -> Head {
    let page = |status, message| Head::Page { status, message };
    // A site whose name was made to point to this machine (DNS rebinding) sends its own name.
    if !is_ours(head, place.port) {
        return page(StatusCode::MISDIRECTED_REQUEST, "This address is not served here.");
    }
    if head.method == Method::OPTIONS {
        return Head::Response(preflight(&head.headers));
    }
    if !place.is_path(head.uri.path()) {
        return page(StatusCode::NOT_FOUND, "This page does not exist.");
    }
    match head.method {
        Method::GET => Head::Query,
        Method::HEAD => Head::Response(bare(StatusCode::OK)),
        Method::POST if is_form(&head.headers) => Head::Body,
        Method::POST => page(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Only a form can be posted here."),
        _ => {
            let mut refusal = bare(StatusCode::METHOD_NOT_ALLOWED);
            refusal.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
            Head::Response(refusal)
        }
    }
}

impl Place {
    /// With and without the slash at its end: people register either.
    pub(super) fn is_path(&self, path: &str) -> bool {
        let bare = |path: &'_ str| path.strip_suffix('/').unwrap_or(path).to_owned();
        bare(path) == bare(&self.path)
    }
}

/// Whether a host and port name this listener.
pub(super) fn is_loopback_name(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]"].iter().any(|name| name.eq_ignore_ascii_case(host))
}

/// One `Host`, of ours; the same for the authority of an absolute target, which would count instead (RFC 9112, 3.2.2).
fn is_ours(head: &Parts, port: u16) -> bool {
    let names_us = |authority: &str| {
        let (host, named) = match authority.rsplit_once(':') {
            Some((host, digits)) if !digits.ends_with(']') => (host, digits.parse().ok()),
            _ => (authority, Some(80)),
        };
        is_loopback_name(host) && named == Some(port)
    };
    let mut hosts = head.headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok());
    host.is_some_and(|host| names_us(host.trim()))
        && hosts.next().is_none()
        && head.uri.authority().is_none_or(|authority| names_us(authority.as_str()))
}

/// `application/x-www-form-urlencoded`, whatever parameters follow.
fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split_once(';').map_or(kind, |(kind, _)| kind);
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The question of a browser whether a public page may talk to this machine (Private Network Access).
fn preflight(headers: &HeaderMap) -> Response<String> {
    let mut response = bare(StatusCode::NO_CONTENT);
    let answer = response.headers_mut();
    let origin = headers.get(header::ORIGIN).cloned().unwrap_or(HeaderValue::from_static("*"));
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    for (name, value) in [
        (header::VARY, "Origin"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (HeaderName::from_static("access-control-allow-private-network"), "true"),
        (header::ALLOW, "GET, HEAD, POST, OPTIONS"),
    ] {
        answer.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// A request as the log shows it: never its query, which may hold a code.
pub(super) fn described(head: &Parts, place: &Place) -> String {
    let path = if place.is_path(head.uri.path()) { place.path.as_str() } else { "another path" };
    let origin = head.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or("none");
    format!("{} {path}, Origin {}", redact::head(head.method.as_str(), 20), redact::head(origin, 100))
}
