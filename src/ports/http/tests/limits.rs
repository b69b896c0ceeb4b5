//! How much and how long the client takes.

use super::server::{Server, keep_silent, ok, read_head};
use super::*;
use crate::ports::http::Timeouts;
use crate::ports::http::failure::Waiting;
use std::io::{BufReader, Write};
use std::net::TcpListener;
use std::time::{Duration, Instant};

fn raw(answer: impl Into<Vec<u8>>) -> Server {
    let answer = answer.into();
    Server::start(move |stream| {
        let mut stream = BufReader::new(stream);
        read_head(&mut stream);
        let _ = stream.get_mut().write_all(&answer);
    })
}

fn http() -> Http {
    client(HttpSettings::default())
}

#[test]
fn a_post_reaches_the_server_as_it_was_written() {
    let server = Server::http(|request| ok(&request.to_lowercase()));
    let url = Url::parse(&format!("http://127.0.0.1:{}/a%20b?q=1", server.port())).unwrap();
    let request = Request::form(url, Purpose::IdentityProvider, [("User", "a b"), ("pass", "&=ä")]);
    let response = send(&http(), request).unwrap();
    let text = response.text();
    assert!(text.starts_with("post /a%20b?q=1 http/1.1\r\n"), "{text}");
    assert!(text.contains("content-type: application/x-www-form-urlencoded\r\n"), "{text}");
    assert!(text.contains("user-agent: rs_auth/"), "{text}");
    assert!(text.ends_with("user=a+b&pass=%26%3d%c3%a4"), "{text}");
    let empty = Request::post(Url::parse(&server.url("http", "127.0.0.1")).unwrap(), Purpose::Aws, "text/plain", "");
    assert!(send(&http(), empty).unwrap().text().contains("content-length: 0\r\n"));
}

#[test]
fn redirects_and_errors_are_answers_like_others() {
    for (answer, status) in [
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 302),
        ("HTTP/1.1 407 Odd\r\nContent-Length: 0\r\n\r\n", 407),
        ("HTTP/1.1 500 Oops\r\n\r\n", 500),
    ] {
        let server = raw(answer);
        let response = send(&http(), get(&server.url("http", "127.0.0.1"))).unwrap();
        assert_eq!(response.status.as_u16(), status);
    }
}

#[test]
fn an_answer_is_read_up_to_the_limit_however_its_length_is_told() {
    let at = |body: &str| format!("HTTP/1.1 200 OK\r\n\r\n{body}");
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n78901\r\n0\r\n\r\n";
    let too_large = FailureKind::TooLarge(10);
    let limited = |server: &Server| send(&http(), get(&server.url("http", "127.0.0.1")).limit(10));
    assert_eq!(limited(&raw(ok("1234567890"))).unwrap().text(), "1234567890");
    assert_eq!(limited(&raw(at("1234567890"))).unwrap().text(), "1234567890");
    assert_eq!(limited(&raw(ok("12345678901"))).unwrap_err().kind, too_large);
    assert_eq!(limited(&raw(at("12345678901"))).unwrap_err().kind, too_large);
    assert_eq!(limited(&raw(chunked)).unwrap_err().kind, too_large);
    // A length of many gigabytes is refused before anything is read, or set aside for it.
    let boast = "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n";
    assert!(matches!(limited(&raw(boast)).unwrap_err().kind, FailureKind::TooLarge(10) | FailureKind::Protocol(_)));
    let boast = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
    assert_eq!(limited(&raw(boast)).unwrap_err().kind, too_large);
    // Bytes after the announced ones are not part of the answer.
    assert_eq!(limited(&raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1234567890123")).unwrap().text(), "12");
}

#[test]
fn an_answer_that_breaks_off_is_no_answer() {
    for answer in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"] {
        let server = raw(answer);
        let kind = failure(&http(), get(&server.url("http", "127.0.0.1")));
        assert!(matches!(kind, FailureKind::Closed(_)), "{answer:?}: {kind:?}");
    }
}

#[test]
fn an_answer_that_is_not_http_is_said_to_be_none() {
    let server = raw("220 mail.example ESMTP\r\n\r\n");
    let kind = failure(&http(), get(&server.url("http", "127.0.0.1")));
    assert!(matches!(kind, FailureKind::Protocol(_)), "{kind:?}");
}

#[test]
fn a_closed_port_a_reset_and_a_name_that_is_not_there() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = send(&http(), get(&format!("http://127.0.0.1:{closed}/"))).unwrap_err();
    assert!(matches!(error.kind, FailureKind::Connect(_)), "{error:?}");
    assert!(error.to_string().contains(&format!("127.0.0.1:{closed}: Connection refused")), "{error}");

    // A socket that is closed with bytes unread sends a reset.
    let reset = Server::start(|stream| drop(stream.peek(&mut [0])));
    let kind = failure(&http(), get(&reset.url("http", "127.0.0.1")));
    assert!(matches!(&kind, FailureKind::Closed(why) if why.contains("reset")), "{kind:?}");

    // A name of the top level that is reserved for names that do not exist (RFC 6761).
    let error = send(&http(), get("http://idp.invalid/login?code=s3cret")).unwrap_err();
    assert!(matches!(error.kind, FailureKind::Dns(_)), "{error:?}");
    assert!(error.to_string().contains("idp.invalid:80") && !error.to_string().contains("s3cret"), "{error}");
}

fn patience(connect: u64, read: u64) -> Timeouts {
    Timeouts { connect: Some(Duration::from_millis(connect)), read: Some(Duration::from_millis(read)) }
}

#[test]
fn silence_before_and_within_the_answer_ends_the_wait() {
    let silent = Server::start(keep_silent);
    let stuck = Server::start(|stream| {
        let mut stream = BufReader::new(stream);
        read_head(&mut stream);
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345").unwrap();
        read_head(&mut stream);
    });
    for server in [silent, stuck] {
        let mut request = get(&server.url("http", "127.0.0.1"));
        request.timeouts = patience(50, 200);
        let began = Instant::now();
        let kind = failure(&http(), request);
        assert_eq!(kind, FailureKind::Timeout(Waiting::Read, Duration::from_millis(200)));
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[test]
fn a_slow_answer_that_keeps_coming_is_waited_for() {
    let slow = Server::start(|stream| {
        let mut stream = BufReader::new(stream);
        read_head(&mut stream);
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n").unwrap();
        for byte in b"abcdef" {
            std::thread::sleep(Duration::from_millis(100));
            stream.get_mut().write_all(&[*byte]).unwrap();
        }
    });
    let mut request = get(&slow.url("http", "127.0.0.1"));
    request.timeouts = patience(50, 500);
    assert_eq!(send(&http(), request).unwrap().text(), "abcdef");
}

#[test]
fn a_handshake_that_hangs_is_a_connect_timeout() {
    let hung = Server::start(keep_silent);
    let mut request = get(&hung.url("https", "localhost"));
    request.timeouts = patience(150, 100);
    let kind = failure(&http(), request);
    assert_eq!(kind, FailureKind::Timeout(Waiting::Connect, Duration::from_millis(150)));
    // For AWS the connection's own setting holds where the request says nothing.
    let settings = HttpSettings { connect_timeout_aws: Some(Duration::from_millis(120)), ..HttpSettings::default() };
    let kind = failure(&client(settings), get(&hung.url("https", "localhost")));
    assert_eq!(kind, FailureKind::Timeout(Waiting::Connect, Duration::from_millis(120)));
}
