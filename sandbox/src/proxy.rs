//! A forward proxy that wants Basic credentials: CONNECT, and plain http by absolute-form targets (RFC 9112 section 3.2.2).
//!
//! It reaches loopback as it is. Every other host name leads to the sandbox itself, port 443 to its https port and port 80 to its http
//! port: a client may so be sent to `redshift.us-east-1.amazonaws.com` without a byte leaving the machine.

use std::io;
use std::sync::PoisonError;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use crate::delivery::{Ending, deliver, make_answer};
use crate::fault::FaultAction;
use crate::http::{Answer, Connection, Request};
use crate::link::Link;
use crate::service::{Call, Service};
use crate::shared::Shared;

/// One request to the proxy.
#[derive(Clone, Debug, Serialize)]
pub struct ProxyRecord {
    /// `CONNECT`, or the method of a plain http request.
    pub method: String,
    /// `host:port`, or the whole URL.
    pub target: String,
    /// Whether the right credentials came with it.
    pub authorized: bool,
    /// The status that the proxy itself answered; 0 for a plain http request that was passed on.
    pub status: u16,
    /// The connection by which it came.
    pub connection: u64,
}

/// Serves one connection to the proxy.
pub(crate) async fn serve(mut connection: Connection<Link>, shared: &Shared) -> io::Result<()> {
    loop {
        let Some((request, keep)) = connection.next_or_refuse().await? else { return Ok(()) };
        let call = Call { service: "proxy", operation: request.method.clone(), parameters: Vec::new() };
        let fault = shared.script.take(&request, &call);
        let answer = make_answer(&Proxy, &request, &call, fault.as_ref(), shared);
        record(&request, answer.status, shared);
        if let Some(FaultAction::Delay { ms }) = fault {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        if matches!(fault, None | Some(FaultAction::Delay { .. })) && answer.status < 300 {
            return forward(connection, &request, shared).await;
        }
        if deliver(&mut connection.stream, &request, answer, fault.as_ref(), shared).await? != Ending::Open || !keep {
            return Ok(());
        }
    }
}

fn record(request: &Request, status: u16, shared: &Shared) {
    let record = ProxyRecord {
        method: request.method.clone(),
        target: request.target.clone(),
        authorized: authorized(request, shared),
        status,
        connection: request.connection,
    };
    shared.proxied.lock().unwrap_or_else(PoisonError::into_inner).push(record);
}

/// What the proxy says itself; a status below 300 means that it forwards.
struct Proxy;

impl Service for Proxy {
    fn recognise(&self, _: &Request, _: &Shared) -> Option<Call> {
        None
    }

    fn answer(&self, request: &Request, _: &Call, shared: &Shared) -> Answer {
        if !authorized(request, shared) {
            return Answer::text(407, "The proxy wants credentials\n")
                .header("Proxy-Authenticate", "Basic realm=\"sandbox proxy\"");
        }
        match destination(request, shared) {
            Some(_) if request.method == "CONNECT" => Answer::new(200),
            Some(_) => Answer::new(0),
            None => Answer::text(502, format!("The proxy knows no way to {}\n", request.target)),
        }
    }
}

fn authorized(request: &Request, shared: &Shared) -> bool {
    let account = &shared.world().proxy;
    let expected = STANDARD.encode(format!("{}:{}", account.user, account.password));
    let given = request.header("proxy-authorization").and_then(|value| value.split_once(' '));
    given.is_some_and(|(scheme, value)| scheme.eq_ignore_ascii_case("basic") && value.trim() == expected)
}

/// The loopback address that a request is for.
fn destination(request: &Request, shared: &Shared) -> Option<(String, u16)> {
    let (authority, default_port) = if request.method == "CONNECT" {
        (request.target.as_str(), None)
    } else {
        let rest = request.target.strip_prefix("http://")?;
        (rest.split(['/', '?']).next()?, Some(80))
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, default_port?),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match (host, port) {
        ("127.0.0.1" | "::1" | "localhost", port) => Some((host.to_owned(), port)),
        (_, 443) => Some(("127.0.0.1".to_owned(), shared.ports.https)),
        (_, 80) => Some(("127.0.0.1".to_owned(), shared.ports.http)),
        _ => None,
    }
}

async fn forward(connection: Connection<Link>, request: &Request, shared: &Shared) -> io::Result<()> {
    let (mut client, early) = connection.into_parts();
    let Some(destination) = destination(request, shared) else { return Ok(()) };
    let Ok(mut server) = TcpStream::connect(destination).await else {
        client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
        return client.shutdown().await;
    };
    if request.method == "CONNECT" {
        client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
        client.flush().await?;
        server.write_all(&early).await?;
        copy_bidirectional(&mut client, &mut server).await?;
    } else {
        server.write_all(&origin_form(request)).await?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await?;
        client.write_all(&answer).await?;
        client.shutdown().await?;
    }
    Ok(())
}

/// The request as the origin server reads it: no host in the target, nothing of the proxy's, one exchange.
fn origin_form(request: &Request) -> Vec<u8> {
    use std::fmt::Write;
    let after_scheme = request.target.split_once("://").map_or("", |(_, rest)| rest);
    let path = after_scheme.find(['/', '?']).map_or("/", |start| &after_scheme[start..]);
    let mut head = format!("{} {path} HTTP/1.1\r\n", request.method);
    let hop_by_hop =
        ["proxy-authorization", "proxy-connection", "connection", "transfer-encoding", "content-length", "expect"];
    for (name, value) in &request.headers {
        if !hop_by_hop.contains(&name.to_ascii_lowercase().as_str()) {
            let _ = write!(head, "{name}: {value}\r\n");
        }
    }
    let _ = write!(head, "Content-Length: {}\r\nConnection: close\r\n\r\n", request.body.len());
    [head.into_bytes(), request.body.clone()].concat()
}
