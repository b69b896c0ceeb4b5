//! HTTP/1.1 as a client, blocking: connections are kept and used again, as a browser's are.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use url::{Host, Url};

const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Which of loopback's addresses `localhost` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Localhost {
    /// `::1`, and if nobody listens there `127.0.0.1`, as Chromium has it.
    #[default]
    Both,
    /// `127.0.0.1`
    V4,
    /// `::1`
    V6,
}

/// The network as this browser is let see it: loopback, and other names only where they are led.
pub(super) struct Network {
    pub localhost: Localhost,
    /// Where every host that is not loopback is to be found.
    pub elsewhere: Option<SocketAddr>,
    pub timeout: Duration,
    tls: Arc<ClientConfig>,
    open: HashMap<String, Link>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

enum Link {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Link {
    fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => stream,
        }
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

impl Network {
    /// One that trusts that file's authorities; without one no TLS is trusted.
    pub fn new(ca_file: Option<&Path>) -> io::Result<Self> {
        let mut roots = RootCertStore::empty();
        if let Some(path) = ca_file {
            let unreadable = |error| io::Error::other(format!("{}: {error}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                roots.add(certificate.map_err(unreadable)?).map_err(io::Error::other)?;
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            localhost: Localhost::default(),
            elsewhere: None,
            timeout: Duration::from_mins(1),
            tls: Arc::new(tls),
            open: HashMap::new(),
        })
    }

    /// A connection to that URL's port, before anything is sent on it.
    pub fn connect(&self, url: &Url) -> io::Result<TcpStream> {
        let mut last = io::Error::other(format!("{url} is not on loopback, and nothing says where it is"));
        for address in self.addresses(url) {
            match TcpStream::connect_timeout(&address, self.timeout) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_read_timeout(Some(self.timeout))?;
                    stream.set_write_timeout(Some(self.timeout))?;
                    return Ok(stream);
                }
                Err(error) => last = io::Error::new(error.kind(), format!("{address}: {error}")),
            }
        }
        Err(last)
    }

    fn addresses(&self, url: &Url) -> Vec<SocketAddr> {
        let port = url.port_or_known_default().unwrap_or(0);
        let at = |address: IpAddr| SocketAddr::new(address, port);
        let (v4, v6) = (at(Ipv4Addr::LOCALHOST.into()), at(Ipv6Addr::LOCALHOST.into()));
        match url.host() {
            Some(Host::Ipv4(address)) if address.is_loopback() => vec![at(address.into())],
            Some(Host::Ipv6(address)) if address.is_loopback() => vec![at(address.into())],
            Some(Host::Domain("localhost")) => match self.localhost {
                Localhost::Both => vec![v6, v4],
                Localhost::V4 => vec![v4],
                Localhost::V6 => vec![v6],
            },
            _ => self.elsewhere.into_iter().collect(),
        }
    }

    fn link(&self, url: &Url) -> io::Result<Link> {
        let stream = self.connect(url)?;
        if url.scheme() != "https" {
            return Ok(Link::Plain(stream));
        }
        let host = url.host_str().unwrap_or("").trim_matches(['[', ']']).to_owned();
        let name = ServerName::try_from(host).map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::clone(&self.tls), name).map_err(io::Error::other)?;
        Ok(Link::Tls(Box::new(StreamOwned::new(connection, stream))))
    }

    /// Sends a request, on the connection that is open if there is one. One that the server has closed meanwhile is no failure.
    pub fn exchange(&mut self, url: &Url, request: &[u8], head_only: bool) -> io::Result<Reply> {
        let origin = url.origin().ascii_serialization();
        if let Some(link) = self.open.remove(&origin) {
            match self.over(link, &origin, request, head_only) {
                Err(error) if is_stale(&error) => {}
                other => return other,
            }
        }
        let link = self.link(url)?;
        let told = |error: io::Error| io::Error::new(error.kind(), format!("{origin}: {error}"));
        self.over(link, &origin, request, head_only).map_err(told)
    }

    /// The next request to that URL goes by a connection of its own.
    pub fn forget(&mut self, url: &Url) {
        self.open.remove(&url.origin().ascii_serialization());
    }

    fn over(&mut self, mut link: Link, origin: &str, request: &[u8], head_only: bool) -> io::Result<Reply> {
        let stream = link.stream();
        stream.write_all(request)?;
        stream.flush()?;
        let (reply, stays) = read_reply(stream, head_only)?;
        if stays {
            self.open.insert(origin.to_owned(), link);
        }
        Ok(reply)
    }
}

/// Whether a kept connection was gone before anything came back.
fn is_stale(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

/// Reads one answer, and says whether the connection can be used again.
fn read_reply(stream: &mut dyn Stream, head_only: bool) -> io::Result<(Reply, bool)> {
    let mut buffer = Buffer { stream, bytes: Vec::new() };
    let mut reply = loop {
        let head = buffer.head()?;
        // What is only provisional, such as 103 with early hints, is passed over.
        if head.status >= 200 {
            break head;
        }
    };
    let has = |name: &str, word: &str| {
        reply.header(name).is_some_and(|value| value.to_ascii_lowercase().split(',').any(|part| part.trim() == word))
    };
    let (chunked, closes) = (has("transfer-encoding", "chunked"), has("connection", "close"));
    let length = reply.header("content-length").map(str::parse::<usize>);
    let mut framed = true;
    if head_only || reply.status == 204 || reply.status == 304 {
        // Nothing follows.
    } else if chunked {
        reply.body = buffer.chunks()?;
    } else if let Some(length) = length {
        reply.body = buffer.take(length.map_err(|_| bad("Content-Length is no number"))?)?;
    } else {
        framed = false;
        reply.body = buffer.rest()?;
    }
    let stays = framed && !closes && buffer.bytes.is_empty();
    Ok((reply, stays))
}

struct Buffer<'a> {
    stream: &'a mut dyn Stream,
    bytes: Vec<u8>,
}

impl Buffer<'_> {
    fn head(&mut self) -> io::Result<Reply> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 128];
            let mut parsed = httparse::Response::new(&mut headers);
            let mut config = httparse::ParserConfig::default();
            // Small listeners that speak HTTP by hand send such things, and browsers take them.
            config.allow_spaces_after_header_name_in_responses(true);
            let status = config.parse_response(&mut parsed, &self.bytes).map_err(|error| bad(&error.to_string()))?;
            if let httparse::Status::Complete(length) = status {
                let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
                let headers = parsed.headers.iter().map(|one| (one.name.to_owned(), text(one.value))).collect();
                let reply = Reply { status: parsed.code.unwrap_or(0), headers, body: Vec::new() };
                self.bytes.drain(..length);
                return Ok(reply);
            }
            self.fill_or_end()?;
        }
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let digits = line.split(';').next().unwrap_or("").trim();
            let size = usize::from_str_radix(digits, 16).map_err(|_| bad("a chunk without a size"))?;
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            if body.len().saturating_add(size) > MAX_ANSWER {
                return Err(bad("the answer is too large"));
            }
            body.extend(self.take(size)?);
            self.line()?;
        }
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            self.fill_or_end()?;
        }
    }

    fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > MAX_ANSWER {
            return Err(bad("the answer is too large"));
        }
        while self.bytes.len() < length {
            self.fill_or_end()?;
        }
        Ok(self.bytes.drain(..length).collect())
    }

    /// A body that ends with the connection. Some end TLS without saying so.
    fn rest(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.fill() {
                Ok(0) => return Ok(std::mem::take(&mut self.bytes)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(std::mem::take(&mut self.bytes));
                }
                other => other?,
            };
        }
    }

    fn fill_or_end(&mut self) -> io::Result<()> {
        if self.fill()? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut piece = [0; 16 * 1024];
        let count = self.stream.read(&mut piece)?;
        self.bytes.extend_from_slice(&piece[..count]);
        if self.bytes.len() > 2 * MAX_ANSWER { Err(bad("the answer is too large")) } else { Ok(count) }
    }
}

fn bad(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server's bytes; what is written to it goes nowhere.
    struct Script(io::Cursor<&'static [u8]>);

    impl Read for Script {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0.read(into)
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn read(bytes: &'static [u8]) -> io::Result<(u16, String, bool)> {
        let (reply, stays) = read_reply(&mut Script(io::Cursor::new(bytes)), false)?;
        Ok((reply.status, String::from_utf8_lossy(&reply.body).into_owned(), stays))
    }

    #[test]
    fn answers_in_every_framing() {
        let cases: [(&[u8], _); 6] = [
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", (200, "hi", true)),
            (b"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", (204, "", true)),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
                (200, "abc", true),
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", (200, "", false)),
            // As the official Python driver's listener answers.
            (b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<body>x", (200, "<body>x", false)),
            (b"HTTP/1.0 404 Not Found\r\n\r\n", (404, "", false)),
        ];
        for (bytes, (status, body, stays)) in cases {
            assert_eq!(read(bytes).unwrap(), (status, body.to_owned(), stays), "{}", String::from_utf8_lossy(bytes));
        }
        for bytes in [b"".as_slice(), b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", b"nonsense\r\n\r\n"] {
            assert!(read(bytes).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
    }
}
