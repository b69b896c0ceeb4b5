//! The way through a proxy: CONNECT (RFC 9110 section 9.3.6).

use super::HeaderValue;
use super::connector::Stream;
use super::failure::ProxyFault;
use super::proxy::ProxyServer;
use crate::secret::ExposeSecret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use zeroize::Zeroizing;

/// The head of an answer to CONNECT has no reason to be longer.
const LONGEST_HEAD: usize = 16 << 10;

/// Lets the proxy at the other end of `stream` lead on to `host`.
pub(crate) async fn through(
    mut stream: Stream,
    proxy: &ProxyServer,
    host: &str,
    port: u16,
) -> Result<Stream, ProxyFault> {
    let asked = async {
        stream.write_all(&request(proxy, host, port)).await?;
        stream.flush().await?;
        head(&mut stream).await
    };
    let head = asked.await.map_err(|error| ProxyFault::Unreachable(error.to_string()))?;
    match status(&head) {
        Some(200..=299) => Ok(stream),
        Some(407) => Err(ProxyFault::Credentials),
        Some(_) => Err(ProxyFault::Refused),
        None => Err(ProxyFault::Unreachable("it does not answer in HTTP".to_owned())),
    }
}

/// What the proxy wants to hear of us.
pub(super) fn authorization(proxy: &ProxyServer) -> Option<HeaderValue> {
    let username = proxy.username.as_ref()?;
    let password = proxy.password.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let plain = Zeroizing::new(format!("{username}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(plain.as_bytes()))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn request(proxy: &ProxyServer, host: &str, port: u16) -> Zeroizing<Vec<u8>> {
    let mut request = Zeroizing::new(format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes());
    if let Some(authorization) = authorization(proxy) {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(authorization.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// Up to the empty line. Nothing of the other host's can be behind it: in TLS the client speaks first.
async fn head(stream: &mut Stream) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(1 << 10);
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        if head.len() >= LONGEST_HEAD {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its answer is too long"));
        }
        if stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
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
        let sent = request(&proxy, "[fd00::1]", 443);
        assert_eq!(
            String::from_utf8_lossy(&sent),
            "CONNECT [fd00::1]:443 HTTP/1.1\r\nHost: [fd00::1]:443\r\nProxy-Authorization: Basic dTpw\r\n\r\n"
        );
    }

    async fn answered(answer: &[u8]) -> Result<(), ProxyFault> {
        let (ours, mut theirs) = tokio::io::duplex(LONGEST_HEAD * 2);
        theirs.write_all(answer).await.unwrap();
        theirs.shutdown().await.unwrap();
        let proxy = ProxyServer::parse("proxy:1", "HTTPS_PROXY").unwrap();
        through(Box::new(ours), &proxy, "host", 443).await.map(drop)
    }

    #[tokio::test]
    async fn the_answer_says_whether_the_way_is_open() {
        assert_eq!(answered(b"HTTP/1.1 200 OK\r\nVia: x\r\n\r\n").await, Ok(()));
        assert_eq!(answered(b"HTTP/1.0 204 \r\n\r\n").await, Ok(()));
        assert_eq!(answered(b"HTTP/1.1 407 No\r\n\r\nand a page").await, Err(ProxyFault::Credentials));
        assert_eq!(answered(b"HTTP/1.1 502 No\r\n\r\n").await, Err(ProxyFault::Refused));
        let endless = vec![b'x'; LONGEST_HEAD + 1];
        for broken in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"SSH-2.0-x\r\n\r\n", &endless] {
            assert!(matches!(answered(broken).await, Err(ProxyFault::Unreachable(_))));
        }
    }
}
