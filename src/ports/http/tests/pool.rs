//! How connections are shared and that they are closed.

use super::server::{Server, ok};
use super::*;

#[test]
fn one_login_opens_one_connection_a_host() {
    let server = Server::http(|_| ok("hello"));
    let url = server.url("http", "127.0.0.1");
    let http = client(HttpSettings::default());
    run(async {
        for _ in 0..10 {
            http.send(get(&url)).await.unwrap();
        }
        // Whom a request is for makes no difference where proxy, trust and timeouts are the same.
        let mut idp = get(&url);
        idp.purpose = Purpose::IdentityProvider;
        http.send(idp).await.unwrap();
    });
    assert_eq!(server.connections(), 1);
    let other = client(HttpSettings::default());
    send(&other, get(&url)).unwrap();
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_connection_that_the_server_has_closed_is_replaced() {
    let server = Server::http(|_| b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".to_vec());
    let url = server.url("http", "127.0.0.1");
    let http = client(HttpSettings::default());
    run(async {
        for _ in 0..5 {
            assert_eq!(http.send(get(&url)).await.unwrap().text(), "ok");
        }
    });
    assert_eq!(server.connections(), 5);
}

#[test]
fn a_request_given_up_leaves_no_connection() {
    let (came, mut coming) = tokio::sync::mpsc::unbounded_channel();
    let (ended, ending) = std::sync::mpsc::channel();
    let server = Server::start(move |stream| {
        stream.peek(&mut [0]).unwrap();
        came.send(()).unwrap();
        server::keep_silent(stream);
        ended.send(()).unwrap();
    });
    let http = client(HttpSettings::default());
    run(async {
        tokio::select! {
            answer = http.send(get(&server.url("http", "127.0.0.1"))) => panic!("{answer:?}"),
            request = coming.recv() => request.unwrap(),
        }
    });
    drop(http);
    ending.recv_timeout(std::time::Duration::from_secs(10)).expect("the connection is still open");
}

#[cfg(target_os = "linux")]
fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Counts descriptors, so nothing else may run in the process: a process of its own runs it, started by the next test.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "runs alone, in a process of its own"]
fn two_hundred_clients_in_a_row() {
    let authority = server::Authority::named("CA");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    let one_login = |url: &str| {
        let ca = crate::ports::http::settings::CaFiles { file: Some(path.clone()), ..Default::default() };
        send(&client(HttpSettings { ca, ..HttpSettings::default() }), get(url)).unwrap();
    };
    let all = |logins: usize| {
        let server = Server::https(authority.server("localhost"), |_| ok("hello"));
        (0..logins).for_each(|_| one_login(&server.url("https", "localhost")));
        assert_eq!(server.connections(), logins);
    };
    let idle = descriptors();
    // The thread of a name lookup keeps its runtime's two descriptors until it has noticed that the runtime is gone.
    let all_closed = || {
        let began = std::time::Instant::now();
        while descriptors() != idle && began.elapsed().as_secs() < 10 {
            std::thread::yield_now();
        }
        assert_eq!(descriptors(), idle);
    };
    all(1);
    all_closed();
    all(200);
    all_closed();
}

#[cfg(target_os = "linux")]
#[test]
fn no_descriptor_is_left_over() {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "ports::http::tests::pool::two_hundred_clients_in_a_row"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
