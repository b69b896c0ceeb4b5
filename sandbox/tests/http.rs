//! HTTP itself: what any server must take, and what it must refuse.

mod common;

use std::io::{Read, Write};

use common::{connect, exchange, read_reply};
use rs_auth_sandbox::Sandbox;

fn status(sandbox: &Sandbox, request: &str) -> u16 {
    exchange(&mut connect(&sandbox.http_url()), request.as_bytes()).unwrap().status
}

#[test]
fn malformed_requests_are_refused() {
    let sandbox = Sandbox::start();
    let cases = [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "hello\r\n\r\n",
    ];
    for case in cases {
        assert_eq!(status(&sandbox, case), 400, "{case}");
    }
    assert!(sandbox.requests().is_empty());
    assert_eq!(status(&sandbox, "GET /control HTTP/1.1\r\nHost: a\r\n\r\n"), 404, "nobody's, but a request");
}

#[test]
fn bodies_come_in_chunks_and_after_a_continue() {
    let sandbox = Sandbox::start();
    let mut stream = connect(&sandbox.http_url());
    let chunked = "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
    assert_eq!(exchange(&mut stream, chunked.as_bytes()).unwrap().status, 404);
    let head = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    assert_eq!(exchange(&mut stream, head.as_bytes()).unwrap().status, 100);
    stream.write_all(b"fghij").unwrap();
    assert_eq!(read_reply(&mut stream).unwrap().status, 404);
    let bodies: Vec<Vec<u8>> = sandbox.requests().into_iter().map(|record| record.body).collect();
    assert_eq!(bodies, [b"abcde".to_vec(), b"fghij".to_vec()]);
}

#[test]
fn connections_end_when_the_client_says_so() {
    let sandbox = Sandbox::start();
    for request in ["GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"] {
        let mut stream = connect(&sandbox.http_url());
        assert_eq!(exchange(&mut stream, request.as_bytes()).unwrap().status, 404);
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "{request}");
    }
}
