//! Why a request got no answer, and how that is said to people.

use super::{HttpSettings, Purpose, host_and_port};
use crate::error::{AuthError, Stage, Status};
use aws_smithy_types::date_time::{DateTime, Format};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A request that got no answer, or none that was accepted. Holds no secret: hosts, names and reasons.
#[derive(Debug, Clone)]
pub struct HttpFailure {
    /// What happened.
    pub kind: FailureKind,
    /// `host:port` the request was for.
    pub target: String,
    /// `host:port` of the proxy it went through.
    pub proxy: Option<String>,
    /// What was odd about the trusted certificates; said if TLS failed.
    pub notes: Arc<[String]>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureKind {
    /// The name has no address.
    Dns(String),
    /// No connection.
    Connect(String),
    /// The other side is not who it should be, or speaks no TLS of ours.
    Tls(TlsFault),
    /// The proxy is what failed.
    Proxy(ProxyFault),
    /// It took too long.
    Timeout(Waiting, Duration),
    /// The connection ended before the answer did.
    Closed(String),
    /// The answer is longer than this many bytes.
    TooLarge(usize),
    /// The answer is not HTTP.
    Protocol(String),
    /// The request cannot be sent as it is.
    Request(String),
}

/// What was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// A connection.
    Connect,
    /// The answer, or its next piece.
    Read,
}

/// What is wrong with the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyFault {
    /// It wants other credentials, or some (407).
    Credentials,
    /// It does not let us through: 401 of tinyproxy for a wrong password, 403, 502 …
    Refused,
    /// It cannot be reached, or hung up.
    Unreachable(String),
    /// The setting that names it makes no sense.
    Unusable(String),
}

/// What is wrong with the other side's TLS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// Signed by nobody who is trusted.
    UnknownIssuer {
        /// The issuer of the last certificate that was shown.
        issuer: Option<String>,
        /// Whether the server's own certificate is all there is, and signed itself.
        self_signed: bool,
    },
    /// Nobody at all is trusted here.
    NoRoots,
    /// The operating system had too little of something, so that those who are trusted here could not be read.
    RootsUnread(String),
    /// Expired at that time, in seconds since the epoch.
    Expired(Option<u64>),
    /// Valid only from that time on.
    NotYetValid(Option<u64>),
    /// For other names.
    WrongHost(Vec<String>),
    /// Anything else about the certificate.
    Certificate(String),
    /// No agreement, or no TLS.
    Handshake(String),
}

impl HttpFailure {
    /// A failure of a request for `url`, along the way that `settings` give it.
    #[must_use]
    pub fn of(kind: FailureKind, url: &Url, purpose: Purpose, settings: &HttpSettings) -> Self {
        let proxy = settings.route(url, purpose).ok().flatten().map(super::proxy::ProxyServer::host_and_port);
        Self { kind, target: host_and_port(url), proxy, notes: Arc::default() }
    }

    /// A failure at `target`, a host and its port, to which no proxy leads.
    #[must_use]
    pub fn at(kind: FailureKind, target: &str) -> Self {
        Self { kind, target: target.to_owned(), proxy: None, notes: Arc::default() }
    }

    /// Adds what was odd about the trusted certificates.
    #[must_use]
    pub fn with_notes(mut self, notes: Arc<[String]>) -> Self {
        self.notes = notes;
        self
    }

    /// The error of the login's `stage` that this failure is.
    #[must_use]
    pub fn into_auth_error(self, stage: Stage) -> AuthError {
        let error = AuthError::new(self.status(stage), stage, self.to_string());
        match self.advice() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    fn status(&self, stage: Stage) -> Status {
        match &self.kind {
            FailureKind::Dns(_) | FailureKind::Connect(_) | FailureKind::Closed(_) => Status::Network,
            FailureKind::Tls(TlsFault::RootsUnread(_)) => Status::System,
            FailureKind::Tls(_) => Status::Tls,
            FailureKind::Proxy(ProxyFault::Unusable(_)) | FailureKind::Request(_) => Status::InvalidSetting,
            FailureKind::Proxy(_) => Status::Proxy,
            FailureKind::Timeout(..) => Status::Timeout,
            FailureKind::TooLarge(_) | FailureKind::Protocol(_) if stage == Stage::Idp => Status::IdpUnexpected,
            FailureKind::TooLarge(_) | FailureKind::Protocol(_) => Status::Service,
        }
    }

    fn advice(&self) -> Option<String> {
        let fixed = match &self.kind {
            FailureKind::Tls(fault) => return fault.advice(),
            FailureKind::Dns(_) if self.proxy.is_none() => {
                "check the name; where the internet is reached through a proxy, set https_proxy_host or HTTPS_PROXY"
            }
            FailureKind::Connect(_) | FailureKind::Timeout(Waiting::Connect, _) if self.proxy.is_none() => {
                "check host and port, and whether a firewall or a proxy (https_proxy_host, HTTPS_PROXY) stands between"
            }
            FailureKind::Proxy(ProxyFault::Credentials) => {
                "set https_proxy_username and https_proxy_password, or user:password@ in HTTPS_PROXY; only Basic \
                 authentication is spoken to proxies"
            }
            FailureKind::Proxy(ProxyFault::Refused) => {
                "check https_proxy_username and https_proxy_password, and whether the proxy lets this host through"
            }
            FailureKind::Proxy(ProxyFault::Unreachable(_)) => {
                "check https_proxy_host and https_proxy_port, or HTTPS_PROXY; NO_PROXY lists hosts that need no proxy"
            }
            FailureKind::TooLarge(_) | FailureKind::Protocol(_) => {
                "something else than the service may have answered: check host and port, and proxies that stand between"
            }
            _ => return None,
        };
        Some(fixed.to_owned())
    }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, target, proxy, notes } = self;
        match kind {
            FailureKind::Dns(why) => write!(f, "the name in {target} was not found: {why}")?,
            FailureKind::Connect(why) => write!(f, "no connection to {target}: {why}")?,
            FailureKind::Tls(fault) => {
                write!(f, "{}", Faulty { fault, target })?;
                // Where certificates could not be read, it is no wonder that there were none.
                let notes = if matches!(fault, TlsFault::RootsUnread(_)) { &[][..] } else { notes };
                for note in notes {
                    write!(f, "; {note}")?;
                }
            }
            FailureKind::Proxy(fault) => {
                let proxy = proxy.as_deref().unwrap_or_default();
                match fault {
                    ProxyFault::Credentials => {
                        write!(f, "the proxy {proxy} wants credentials, or other ones (HTTP 407)")
                    }
                    ProxyFault::Refused => write!(f, "the proxy {proxy} does not let us through to {target}"),
                    ProxyFault::Unreachable(why) => {
                        write!(f, "the proxy {proxy} cannot be reached for {target}: {why}")
                    }
                    ProxyFault::Unusable(why) => write!(f, "no way to {target}: {why}"),
                }?;
                return Ok(());
            }
            FailureKind::Timeout(Waiting::Connect, limit) => {
                write!(f, "no connection to {target} within {limit:?}")?;
            }
            FailureKind::Timeout(Waiting::Read, limit) => write!(f, "{target} did not answer within {limit:?}")?,
            FailureKind::Closed(why) => write!(f, "{target} ended the connection before its answer was whole: {why}")?,
            FailureKind::TooLarge(limit) => write!(f, "the answer of {target} is longer than {limit} bytes")?,
            FailureKind::Protocol(why) => write!(f, "the answer of {target} is not HTTP: {why}")?,
            FailureKind::Request(why) => write!(f, "no request can be made for {target}: {why}")?,
        }
        match proxy {
            Some(proxy) => write!(f, " (through the proxy {proxy})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for HttpFailure {}

impl TlsFault {
    fn advice(&self) -> Option<String> {
        Some(match self {
            Self::UnknownIssuer { issuer: Some(issuer), .. } => format!(
                "add the certificate of '{issuer}' with CaFile or to the operating system's trust store, if this network \
                 or identity provider is known to use it"
            ),
            Self::UnknownIssuer { issuer: None, .. } => {
                "add the certificate of its issuer with CaFile or to the operating system's trust store".to_owned()
            }
            Self::NoRoots => "install the package ca-certificates, or name a file of certificates with CaFile or \
                              SSL_CERT_FILE"
                .to_owned(),
            Self::Expired(_) | Self::NotYetValid(_) => {
                "check this machine's clock; if it is right, the server's operator has to renew the certificate"
                    .to_owned()
            }
            Self::WrongHost(_) => "check the host name in the settings".to_owned(),
            Self::Handshake(_) => {
                "the other side has to speak TLS 1.2 or 1.3; check host and port, and whether a firewall stands between"
                    .to_owned()
            }
            Self::Certificate(_) | Self::RootsUnread(_) => return None,
        })
    }
}

/// The sentence about a fault.
struct Faulty<'a> {
    fault: &'a TlsFault,
    target: &'a str,
}

impl fmt::Display for Faulty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target;
        match self.fault {
            TlsFault::UnknownIssuer { issuer: Some(issuer), self_signed: true } => {
                write!(f, "the certificate of {target} was signed by itself ('{issuer}') and is not trusted")
            }
            TlsFault::UnknownIssuer { issuer: Some(issuer), self_signed: false } => {
                write!(f, "the certificate of {target} was issued by '{issuer}', which is not trusted")
            }
            TlsFault::UnknownIssuer { issuer: None, .. } => {
                write!(f, "the certificate of {target} was issued by somebody without a name who is not trusted")
            }
            TlsFault::NoRoots => {
                write!(
                    f,
                    "the certificate of {target} cannot be verified: no trusted certificate was found on this machine"
                )
            }
            TlsFault::RootsUnread(why) => write!(
                f,
                "the certificate of {target} cannot be verified: this machine's trusted certificates cannot be read: {why}"
            ),
            TlsFault::Expired(when) => write!(f, "the certificate of {target} has expired{}", On(*when)),
            TlsFault::NotYetValid(when) => write!(f, "the certificate of {target} is not valid yet{}", Until(*when)),
            TlsFault::WrongHost(names) if names.is_empty() => {
                write!(f, "the certificate of {target} names no host at all (no subjectAltName)")
            }
            TlsFault::WrongHost(names) => {
                write!(f, "the certificate of {target} is not for this host; it is for {}", names.join(", "))
            }
            TlsFault::Certificate(why) => write!(f, "the certificate of {target} is not accepted: {why}"),
            TlsFault::Handshake(why) => write!(f, "no TLS with {target}: {why}"),
        }
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Faulty { fault: self, target: "the server" }.fmt(f)
    }
}

impl std::error::Error for TlsFault {}

struct On(Option<u64>);
struct Until(Option<u64>);

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.and_then(date).map_or(Ok(()), |date| write!(f, " on {date}"))
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.and_then(date).map_or(Ok(()), |date| write!(f, ", only from {date} on"))
    }
}

fn date(unix_seconds: u64) -> Option<String> {
    DateTime::from_secs(i64::try_from(unix_seconds).ok()?).fmt(Format::DateTime).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: FailureKind, proxy: Option<&str>, stage: Stage) -> AuthError {
        let notes = Arc::from(["CaFile '/ca.pem' does not exist".to_owned()]);
        let failure =
            HttpFailure { kind, target: "sts.example:443".to_owned(), proxy: proxy.map(str::to_owned), notes };
        failure.into_auth_error(stage)
    }

    #[test]
    fn a_tls_error_names_the_issuer_what_to_add_and_what_was_missing() {
        let fault = TlsFault::UnknownIssuer { issuer: Some("Corporate CA".to_owned()), self_signed: false };
        let error = error(FailureKind::Tls(fault), None, Stage::Sts);
        assert_eq!(error.status(), Status::Tls);
        assert_eq!(
            error.message(),
            "the certificate of sts.example:443 was issued by 'Corporate CA', which is not trusted; \
             CaFile '/ca.pem' does not exist"
        );
        assert!(error.hint_text().unwrap().starts_with("add the certificate of 'Corporate CA' with CaFile"));
        assert!(!error.is_retryable());
    }

    #[test]
    fn every_kind_has_its_status() {
        let text = || "x".to_owned();
        let second = Duration::from_secs(1);
        for (kind, status) in [
            (FailureKind::Dns(text()), Status::Network),
            (FailureKind::Connect(text()), Status::Network),
            (FailureKind::Closed(text()), Status::Network),
            (FailureKind::Tls(TlsFault::NoRoots), Status::Tls),
            (FailureKind::Tls(TlsFault::RootsUnread(text())), Status::System),
            (FailureKind::Proxy(ProxyFault::Credentials), Status::Proxy),
            (FailureKind::Proxy(ProxyFault::Refused), Status::Proxy),
            (FailureKind::Proxy(ProxyFault::Unreachable(text())), Status::Proxy),
            (FailureKind::Proxy(ProxyFault::Unusable(text())), Status::InvalidSetting),
            (FailureKind::Timeout(Waiting::Connect, second), Status::Timeout),
            (FailureKind::Timeout(Waiting::Read, second), Status::Timeout),
            (FailureKind::TooLarge(1), Status::Service),
            (FailureKind::Protocol(text()), Status::Service),
            (FailureKind::Request(text()), Status::InvalidSetting),
        ] {
            let error = error(kind.clone(), None, Stage::Sts);
            assert_eq!(error.status(), status, "{kind:?}");
            assert!(error.message().contains("sts.example:443") || status == Status::Proxy, "{error}");
            assert!(!error.message().contains("/ca.pem") || status == Status::Tls, "{error}");
        }
        assert_eq!(error(FailureKind::TooLarge(1), None, Stage::Idp).status(), Status::IdpUnexpected);
    }

    #[test]
    fn times_and_the_proxy_are_said() {
        let expired = error(FailureKind::Tls(TlsFault::Expired(Some(1_700_000_000))), None, Stage::Sts);
        assert!(expired.message().contains("has expired on 2023-11-14T22:13:20Z"), "{expired}");
        let late = FailureKind::Timeout(Waiting::Connect, Duration::from_secs(10));
        let late = error(late, Some("proxy:3128"), Stage::Sts);
        assert_eq!(late.message(), "no connection to sts.example:443 within 10s (through the proxy proxy:3128)");
    }
}
