//! The way through a proxy: CONNECT (RFC 9110 section 9.3.6).

use super::{Check, Patience, Probe, Stream};
use crate::ports::http::client::proxy_authorization;
use crate::ports::http::failure::{FailureKind, ProxyFault};
use crate::ports::http::proxy::ProxyServer;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;
use zeroize::Zeroizing;

/// The head of an answer to CONNECT has no reason to be longer.
const LONGEST_HEAD: usize = 16 << 10;

impl Probe {
    /// Lets the proxy at the other end of `stream` lead on to the host of `url`.
    pub(crate) async fn tunnel(
        &self,
        stream: Stream,
        proxy: &ProxyServer,
        url: &Url,
        patience: Patience,
    ) -> Result<Stream, FailureKind> {
        let stream = self.to_proxy(stream, proxy, patience).await?;
        patience.with(async { connect(stream, proxy, url).await.map_err(FailureKind::Proxy) }).await
    }

    /// TLS with the proxy itself, where it is an https one.
    async fn to_proxy(&self, stream: Stream, proxy: &ProxyServer, patience: Patience) -> Result<Stream, FailureKind> {
        if proxy.scheme != "https" {
            return Ok(stream);
        }
        let (_, shaken) = self.handshake(stream, &proxy.host, Check::Everything, patience).await;
        shaken.map_err(|kind| match kind {
            FailureKind::Tls(fault) => FailureKind::Proxy(ProxyFault::Unreachable(fault.to_string())),
            other => other,
        })
    }
}

async fn connect(mut stream: Stream, proxy: &ProxyServer, url: &Url) -> Result<Stream, ProxyFault> {
    let unreachable = |error: io::Error| ProxyFault::Unreachable(error.to_string());
    stream.write_all(&request(proxy, url)).await.map_err(unreachable)?;
    stream.flush().await.map_err(unreachable)?;
    let head = head(&mut stream).await.map_err(unreachable)?;
    match status(&head) {
        Some(200..=299) => Ok(stream),
        Some(407) => Err(ProxyFault::Credentials),
        Some(_) => Err(ProxyFault::Refused),
        None => Err(ProxyFault::Unreachable("it does not answer in HTTP".to_owned())),
    }
}

fn request(proxy: &ProxyServer, url: &Url) -> Zeroizing<Vec<u8>> {
    let target = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(443));
    let mut request = Zeroizing::new(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes());
    if let Some(authorization) = proxy_authorization(proxy) {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// Byte by byte: what comes behind the head is the other host's.
async fn head(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= LONGEST_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its answer is too long"));
        }
        head.push(stream.read_u8().await?);
    }
    Ok(head)
}

fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let rest = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    rest.split(' ').nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_has_a_status() {
        for (head, expected) in [
            ("HTTP/1.1 200 Connection Established\r\n\r\n", Some(200)),
            ("HTTP/1.0 407\r\n\r\n", Some(407)),
            ("HTTP/1.1 \r\n\r\n", None),
            ("SSH-2.0-x\r\n\r\n", None),
            ("\r\n\r\n", None),
        ] {
            assert_eq!(status(head.as_bytes()), expected, "{head}");
        }
    }

    #[test]
    fn an_ipv6_host_keeps_its_brackets_and_credentials_go_along() {
        let proxy = ProxyServer::parse("http://u:p@proxy:1", "HTTPS_PROXY").unwrap();
        let sent = request(&proxy, &Url::parse("https://[fd00::1]/path?secret").unwrap());
        assert_eq!(
            String::from_utf8_lossy(&sent),
            "CONNECT [fd00::1]:443 HTTP/1.1\r\nHost: [fd00::1]:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
        );
    }
}
