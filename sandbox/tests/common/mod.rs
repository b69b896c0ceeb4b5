//! A blocking HTTP client that sends exactly what it is told, and the AWS SDK's own signer.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod listener;

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use rs_auth_sandbox::Sandbox;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

pub const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The text of the first XML element of that name.
    pub fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(inside, _)| inside.to_owned())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status and error code, from XML or JSON.
    pub fn error(&self) -> (u16, String) {
        let code = self.element("Code").unwrap_or_else(|| self.json()["__type"].as_str().unwrap_or("").to_owned());
        (self.status, code)
    }

    pub fn message(&self) -> String {
        self.element("Message").unwrap_or_else(|| self.json()["message"].as_str().unwrap_or("").to_owned())
    }
}

/// The `host:port` of a URL.
pub fn authority(url: &str) -> &str {
    url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap()
}

pub fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(authority(url)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// A request as bytes; `Host` comes from the URL unless given.
pub fn request(method: &str, url: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        let _ = write!(head, "Host: {}\r\n", authority(url));
    }
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = write!(head, "Content-Length: {}\r\n\r\n", body.len());
    [head.into_bytes(), body.to_vec()].concat()
}

/// One request and its whole answer. An answer that ends early is `UnexpectedEof`.
pub fn exchange(stream: &mut (impl Read + Write), request: &[u8]) -> io::Result<Reply> {
    stream.write_all(request)?;
    stream.flush()?;
    read_reply(stream)
}

pub fn read_reply(stream: &mut impl Read) -> io::Result<Reply> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        read_some(stream, &mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < end + length {
        read_some(stream, &mut bytes)?;
    }
    let status = status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no status line"))?;
    Ok(Reply { status, headers, body: bytes[end..end + length].to_vec() })
}

fn read_some(stream: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 4096];
    match stream.read(&mut piece)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        count => {
            bytes.extend_from_slice(&piece[..count]);
            Ok(())
        }
    }
}

pub fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A request on a connection of its own.
pub fn send(url: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    exchange(&mut connect(url), &request(method, url, path, &pairs(headers), body)).unwrap()
}

/// Who signs, and how.
#[derive(Clone)]
pub struct Signer {
    pub key: String,
    pub secret: String,
    pub token: Option<String>,
    pub region: String,
    pub service: String,
    pub time: SystemTime,
    pub host: Option<String>,
}

impl Signer {
    pub fn new(service: &str, key: &str, secret: &str, token: Option<&str>) -> Self {
        Self {
            key: key.to_owned(),
            secret: secret.to_owned(),
            token: token.map(ToOwned::to_owned),
            region: "us-east-1".to_owned(),
            service: service.to_owned(),
            time: SystemTime::now(),
            host: None,
        }
    }

    /// The demo's user.
    pub fn user(service: &str) -> Self {
        Self::new(service, USER_KEY, USER_SECRET, None)
    }

    /// The headers with those of the signature.
    pub fn sign(
        &self,
        method: &str,
        url: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Vec<(String, String)> {
        let host = self.host.as_deref().unwrap_or_else(|| authority(url));
        let mut headers = pairs(headers);
        headers.push(("host".to_owned(), host.to_owned()));
        let identity = Credentials::new(&self.key, &self.secret, self.token.clone(), None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(self.time)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let signable = SignableRequest::new(
            method,
            format!("http://{host}{path}"),
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())),
            SignableBody::Bytes(body),
        );
        let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
        let signature = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        headers.extend(signature.collect::<Vec<_>>());
        headers
    }

    /// A signed call of a Query API.
    pub fn query(&self, url: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> Reply {
        exchange(&mut connect(url), &self.query_request(url, version, action, parameters)).unwrap()
    }

    pub fn query_request(&self, url: &str, version: &str, action: &str, parameters: &[(&str, &str)]) -> Vec<u8> {
        let body = form(version, action, parameters);
        let headers = self.sign("POST", url, "/", &[("content-type", FORM)], body.as_bytes());
        request("POST", url, "/", &headers, body.as_bytes())
    }

    pub fn redshift(&self, url: &str, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.query(url, "2012-12-01", action, parameters)
    }

    pub fn sts(&self, url: &str, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.query(url, "2011-06-15", action, parameters)
    }

    /// A signed call of Redshift Serverless.
    pub fn serverless(&self, url: &str, operation: &str, body: &str) -> Reply {
        let target = format!("RedshiftServerless.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let headers = self.sign("POST", url, "/", &headers, body.as_bytes());
        exchange(&mut connect(url), &request("POST", url, "/", &headers, body.as_bytes())).unwrap()
    }
}

/// The body of a Query call.
pub fn form(version: &str, action: &str, parameters: &[(&str, &str)]) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut body = format!("Action={action}&Version={version}");
    for (name, value) in parameters {
        // Dots in names are sent as they are.
        let _ = write!(body, "&{name}={}", encode(value));
    }
    body
}

/// An unsigned STS call.
pub fn unsigned_sts(url: &str, action: &str, parameters: &[(&str, &str)]) -> Reply {
    send(url, "POST", "/", &[("content-type", FORM)], form("2011-06-15", action, parameters).as_bytes())
}

pub const CLUSTER: (&str, &str) = ("ClusterIdentifier", "sandbox-cluster");
pub const ALICE: (&str, &str) = ("DbUser", "alice");

/// The smallest right login.
pub fn login(sandbox: &Sandbox) -> Reply {
    Signer::user("redshift").redshift(&sandbox.http_url(), "GetClusterCredentials", &[ALICE, CLUSTER])
}

/// A TLS connection that trusts that CA file and asks for that name.
pub fn tls(url: &str, ca_file: &Path, name: &str) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca_file).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    rustls::StreamOwned::new(rustls::ClientConnection::new(Arc::new(config), name).unwrap(), connect(url))
}
