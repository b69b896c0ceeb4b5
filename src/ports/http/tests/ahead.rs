//! Connections that are opened before there is a request for them.

use super::server::{Server, keep_silent, ok, read_head, serve_http};
use super::*;
use crate::ports::http::Timeouts;
use std::net::{Shutdown, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn url(server: &Server) -> Url {
    Url::parse(&server.url("http", "127.0.0.1")).unwrap()
}

/// Waits until something has come about that takes no time.
async fn until(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < Duration::from_secs(10), "it never happened");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[test]
fn what_was_announced_is_opened_with_the_first_request_to_another_host() {
    let (first, later) = (Server::http(|_| ok("first")), Server::http(|_| ok("later")));
    let http = client(HttpSettings::default());
    run(async {
        http.announce(url(&first), 1);
        http.announce(url(&later), 1);
        http.announce(url(&later), 2);
        assert_eq!((first.connections(), later.connections()), (0, 0));
        http.send(get(first.url("http", "127.0.0.1").as_str())).await.unwrap();
        until(|| later.connections() == 2).await;
        let asked = url(&later);
        let (one, other) = tokio::join!(http.send(get(asked.as_str())), http.send(get(asked.as_str())));
        assert_eq!(
            (one.unwrap().text().into_owned(), other.unwrap().text().into_owned()),
            ("later".into(), "later".into())
        );
        http.send(get(asked.as_str())).await.unwrap();
    });
    assert_eq!((first.connections(), later.connections()), (1, 2));
}

#[test]
fn a_request_waits_for_a_connection_that_is_being_opened_no_longer_than_for_its_own() {
    let (first, hung) = (Server::http(|_| ok("first")), Server::start(keep_silent));
    let http = client(HttpSettings::default());
    run(async {
        let asked = Url::parse(&hung.url("https", "localhost")).unwrap();
        http.announce(asked.clone(), 1);
        http.send(get(first.url("http", "127.0.0.1").as_str())).await.unwrap();
        let mut request = get(asked.as_str());
        request.timeouts = Timeouts { connect: Some(Duration::from_millis(150)), read: None };
        let failure = http.send(request).await.unwrap_err();
        let limit = Duration::from_millis(150);
        assert_eq!(failure.kind, FailureKind::Timeout(crate::ports::http::failure::Waiting::Connect, limit));
    });
    assert_eq!(hung.connections(), 1);
}

#[test]
fn what_failed_ahead_or_was_closed_is_tried_again_and_told_by_the_request() {
    let first = Server::http(|_| ok("first"));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ended = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&ended);
    // Closes its first connection as a server does that has heard nothing for too long.
    let fickle = Server::start(move |stream| {
        if seen.load(Ordering::SeqCst) > 0 {
            return serve_http(stream, &|_: &str| ok("again"));
        }
        stream.shutdown(Shutdown::Both).unwrap();
        seen.store(1, Ordering::SeqCst);
    });
    let http = client(HttpSettings::default());
    run(async {
        let nowhere = format!("http://127.0.0.1:{closed}/");
        http.announce(Url::parse(&nowhere).unwrap(), 1);
        http.announce(url(&fickle), 1);
        http.send(get(first.url("http", "127.0.0.1").as_str())).await.unwrap();
        until(|| ended.load(Ordering::SeqCst) == 1).await;
        assert_eq!(http.send(get(url(&fickle).as_str())).await.unwrap().text(), "again");
        let failure = http.send(get(&nowhere)).await.unwrap_err();
        assert!(matches!(failure.kind, FailureKind::Connect(_)), "{failure}");
    });
}

#[test]
fn nothing_of_it_is_left_when_the_login_has_ended() {
    let first = Server::http(|_| ok("first"));
    let (ended, ending) = std::sync::mpsc::channel();
    let later = Server::start(move |stream| {
        let head = read_head(&mut std::io::BufReader::new(stream));
        ended.send(head).unwrap();
    });
    let http = client(HttpSettings::default());
    run(async {
        http.announce(url(&later), 1);
        http.send(get(first.url("http", "127.0.0.1").as_str())).await.unwrap();
        until(|| later.connections() == 1).await;
        http.settle().await;
    });
    drop(http);
    let head = ending.recv_timeout(Duration::from_secs(10)).expect("the connection is still open");
    assert_eq!(head, None, "nothing was sent on it");
}
