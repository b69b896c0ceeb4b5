//! HTTP/1.1 as a server: reading a request off a connection, and what an answer is.
//!
//! By hand over `httparse`, because a stand-in must be able to send what no server library sends: half a header, a body shorter than
//! it says, a reset.

use std::io;

use percent_encoding::percent_decode_str;
use serde::Serialize;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::clock::http_date;
use crate::negotiate::User;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 16 * 1024 * 1024;

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub method: String,
    /// The request target as sent: `/path?query`, or for a proxy `host:port` or a whole URL.
    pub target: String,
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub minor_version: u8,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub tls: bool,
    pub connection: u64,
    pub received: OffsetDateTime,
    /// Whose Kerberos ticket came with it, where one is wanted.
    pub user: Option<User>,
}

impl Request {
    /// The path, still percent-encoded.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    /// The query string without its `?`, empty if there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The media type of the body, lower case, without parameters.
    pub fn content_type(&self) -> String {
        self.header("content-type").unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase()
    }

    /// The fields of a form body; none if the body is no form.
    pub fn form(&self) -> Vec<(String, String)> {
        if self.content_type() == "application/x-www-form-urlencoded" {
            decode_pairs(&String::from_utf8_lossy(&self.body))
        } else {
            Vec::new()
        }
    }

    /// The pairs of the query string.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        decode_pairs(self.query())
    }
}

/// `a=1&b=2`, decoded as a form is: `+` is a blank.
pub(crate) fn decode_pairs(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

/// An answer to a request. `Content-Length` and `Date` are added when it is sent, unless it has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn new(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// A body with its media type.
    pub fn with(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::new(status) }.header("Content-Type", content_type)
    }

    /// Any value as JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Self {
        Self::with(status, "application/json", serde_json::to_vec(value).unwrap_or_default())
    }

    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::with(status, "text/plain", body)
    }

    /// Adds a header, in place of one of the same name.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Whether it says that the connection ends with it.
    pub fn closes(&self) -> bool {
        self.headers.iter().any(|(key, value)| key.eq_ignore_ascii_case("connection") && value == "close")
    }

    /// Status line and headers as bytes, with the empty line.
    pub fn head(&self, date: &str) -> Vec<u8> {
        use std::fmt::Write;
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let has = |name: &str| self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        if !has("date") {
            let _ = write!(head, "Date: {date}\r\n");
        }
        if !has("content-length") && !has("transfer-encoding") && self.status != 204 && self.status >= 200 {
            let _ = write!(head, "Content-Length: {}\r\n", self.body.len());
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        302 => "Found",
        307 => "Temporary Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        407 => "Proxy Authentication Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Answer",
    }
}

/// A connection from which requests are read one after the other.
pub(crate) struct Connection<S> {
    pub stream: S,
    buffer: Vec<u8>,
    tls: bool,
    number: u64,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub fn new(stream: S, tls: bool, number: u64) -> Self {
        Self { stream, buffer: Vec::new(), tls, number }
    }

    /// As `next`, but tells the client what is wrong with a request that is none, and ends with it.
    pub async fn next_or_refuse(&mut self) -> io::Result<Option<(Request, bool)>> {
        match self.next().await {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let answer = Answer::text(400, format!("{error}\n")).header("Connection", "close");
                let head = answer.head(&http_date(OffsetDateTime::now_utc()));
                self.stream.write_all(&[head, answer.body].concat()).await?;
                self.stream.flush().await?;
                Ok(None)
            }
            other => other,
        }
    }

    /// The next request and whether the client wants to go on after it; `None` when it has gone.
    /// An error of kind `InvalidData` is the client's fault and is worth a 400.
    async fn next(&mut self) -> io::Result<Option<(Request, bool)>> {
        let Some((mut request, head_length)) = self.read_head().await? else { return Ok(None) };
        self.buffer.drain(..head_length);
        if request.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
            self.stream.flush().await?;
        }
        check_framing(&request)?;
        let chunked = request.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        request.body = if chunked {
            self.read_chunks().await?
        } else {
            let length = match request.header("content-length") {
                Some(text) => text.parse().map_err(|_| bad("Content-Length is no number"))?,
                None => 0,
            };
            self.take(length).await?
        };
        let closes = request.header("connection").is_some_and(|value| value.to_ascii_lowercase().contains("close"));
        let keep = request.minor_version == 1 && !closes;
        Ok(Some((request, keep)))
    }

    /// The stream and the bytes that were read past the last request: what a CONNECT turns into.
    pub fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.buffer)
    }

    async fn read_head(&mut self) -> io::Result<Option<(Request, usize)>> {
        loop {
            if let Some(found) = self.parse_head()? {
                return Ok(Some(found));
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(bad("the head is too large"));
            }
            if self.fill().await? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    fn parse_head(&self) -> io::Result<Option<(Request, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; 128];
        let mut parsed = httparse::Request::new(&mut headers);
        let status = parsed.parse(&self.buffer).map_err(|error| bad(&error.to_string()))?;
        let httparse::Status::Complete(length) = status else { return Ok(None) };
        let request = Request {
            method: parsed.method.unwrap_or("").to_owned(),
            target: parsed.path.unwrap_or("").to_owned(),
            minor_version: parsed.version.unwrap_or(1),
            headers: parsed
                .headers
                .iter()
                .map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned()))
                .collect(),
            body: Vec::new(),
            tls: self.tls,
            connection: self.number,
            received: OffsetDateTime::now_utc(),
            user: None,
        };
        Ok(Some((request, length)))
    }

    async fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line().await?;
            let digits = line.split(';').next().unwrap_or("").trim();
            let size = usize::from_str_radix(digits, 16).map_err(|_| bad("a chunk without a size"))?;
            if size == 0 {
                while !self.read_line().await?.is_empty() {}
                return Ok(body);
            }
            if body.len() + size > MAX_BODY {
                return Err(bad("the body is too large"));
            }
            body.extend(self.take(size).await?);
            self.read_line().await?;
        }
    }

    async fn read_line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(bad("a line is too long"));
            }
            self.fill_or_end().await?;
        }
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        if length > MAX_BODY {
            return Err(bad("the body is too large"));
        }
        while self.buffer.len() < length {
            self.fill_or_end().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn fill_or_end(&mut self) -> io::Result<()> {
        if self.fill().await? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    async fn fill(&mut self) -> io::Result<usize> {
        self.stream.read_buf(&mut self.buffer).await
    }
}

/// What would let two readers of one request see two different requests.
fn check_framing(request: &Request) -> io::Result<()> {
    let count = |name: &str| request.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).count();
    match (count("host"), count("content-length"), count("transfer-encoding")) {
        // HTTP/1.0 has no Host: so do Python's older clients ask a proxy to CONNECT.
        (0, ..) if request.minor_version == 1 => Err(bad("there is no Host")),
        (0 | 1, 0 | 1, 0) | (0 | 1, 0, 1) => Ok(()),
        _ => Err(bad("Host, Content-Length or Transfer-Encoding more than once")),
    }
}

fn bad(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}
