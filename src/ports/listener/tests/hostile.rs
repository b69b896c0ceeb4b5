//! Who means harm, or just hangs: the real answer still gets through.

use super::*;
use std::net::TcpListener as StdListener;
use std::time::Instant;

#[tokio::test]
async fn slow_and_silent_connections_hold_nobody_up() {
    let began = Instant::now();
    let value = value_beside(code(), async |port| {
        let mut open = Vec::new();
        for index in 0..20 {
            let mut stream = connect(port).await;
            let start = post(port, &good_code());
            // Nothing at all, half a head, or half a body.
            let part = [0, 20, start.len() - 3][index % 3];
            stream.write_all(&start.as_bytes()[..part]).await.unwrap();
            open.push(stream);
        }
        send(port, post(port, &good_code())).await;
        drop(open);
    });
    assert_eq!(value.await, "c+d e%");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn each_connection_has_its_own_deadline() {
    let (mut listener, _) = listener();
    listener.limits.head = Duration::from_millis(300);
    listener.limits.body = Duration::from_millis(300);
    let port = listener.port();
    let expected = code();
    let texts = PageTexts::default();
    let answer = listener.answer(PATH, &expected, &texts);
    let request = post(port, &good_code());
    let slow = async {
        // Nothing, half a head, half a body.
        for (part, expected) in [("", "none"), (&request[..40], "none"), (&request[..request.len() - 2], "408")] {
            let page = finish(connect(port).await, part).await;
            assert_eq!(status(&page), expected, "{page}");
        }
    };
    // The wait has no end of its own; the connections have.
    tokio::select! {
        _ = answer => panic!("nothing has come"),
        () = slow => {}
    }
}

#[tokio::test]
async fn two_hundred_at_once() {
    let value = value_beside(code(), async |port| {
        let junk: Vec<_> = (0..200)
            .map(|index| {
                tokio::spawn(async move {
                    let request = match index % 4 {
                        0 => get(port, "/favicon.ico"),
                        1 => post(port, "code=stolen&state=wrong"),
                        2 => "\u{16}\u{3}\u{1}\r\n\r\n".to_owned(),
                        _ => String::new(),
                    };
                    let mut stream = connect(port).await;
                    stream.write_all(request.as_bytes()).await.unwrap();
                    stream
                })
            })
            .collect();
        let mut open = Vec::new();
        for stream in junk {
            open.push(stream.await.unwrap());
        }
        let page = send(port, post(port, &good_code())).await;
        assert_eq!(status(&page), "200");
    });
    assert_eq!(value.await, "c+d e%");
}

#[tokio::test]
async fn more_than_there_is_room_for_push_the_oldest_out() {
    let value = value_beside(code(), async |port| {
        let mut open = Vec::new();
        for _ in 0..300 {
            open.push(connect(port).await);
        }
        assert_eq!(status(&send(port, post(port, &good_code())).await), "200");
        let mut oldest = open.swap_remove(0);
        let read = tokio::time::timeout(Duration::from_secs(2), oldest.read(&mut [0])).await;
        assert!(matches!(read, Ok(Ok(0) | Err(_))), "the oldest is closed");
    });
    assert_eq!(value.await, "c+d e%");
}

#[tokio::test]
async fn a_body_may_have_four_mebibytes_and_not_one_more() {
    let body = |length: usize| {
        let start = "SAMLResponse=good";
        format!("{start}{}", "A".repeat(length - start.len()))
    };
    let value = value_beside(saml(), async |port| {
        let page = send(port, post(port, &body((4 << 20) + 1))).await;
        assert_eq!(status(&page), "413", "{page}");
        let page = send(port, post(port, &body(4 << 20))).await;
        assert_eq!(status(&page), "200");
    });
    assert_eq!(value.await.len(), (4 << 20) - "SAMLResponse=".len());
}

#[tokio::test]
async fn a_busy_port_is_told_at_once_and_named() {
    let (log, _) = memory::log();
    for address in addresses() {
        let taken = StdListener::bind((address, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = Listener::bind(port, &log).map(|_| ()).unwrap_err();
        assert_eq!((error.status(), error.stage()), (Status::Listener, Some(Stage::Browser)));
        assert!(
            error.message().contains(&format!("port {port}")) && error.message().contains("another login"),
            "{error}"
        );
        assert!(error.hint_text().unwrap().contains("listen_port"));
        drop(taken);
        assert_eq!(Listener::bind(port, &log).unwrap().port(), port, "the control");
    }
}

#[tokio::test]
async fn one_of_the_two_addresses_is_enough() {
    let (log, _) = memory::log();
    let [v4, v6] = addresses();
    let [no_v4, no_v6] = absent();
    for (all, present) in [([no_v4, v6], v6), ([v4, no_v6], v4)] {
        let listener = Listener::bind_at(&all, 0, &log).unwrap();
        let port = listener.port();
        let browser = async {
            let stream = TcpStream::connect((present, port)).await.unwrap();
            finish(stream, post(port, &good_code())).await
        };
        let login = async { wait(&listener, &code()).await.unwrap().done(Ok(())).await };
        assert_eq!(status(&tokio::join!(login, browser).1), "200");
    }
    let error = Listener::bind_at(&[no_v4, no_v6], 0, &log).map(|_| ()).unwrap_err();
    assert_eq!(error.status(), Status::Listener);
    assert!(error.hint_text().unwrap().contains("127.0.0.1"), "{error}");
}

#[tokio::test]
async fn the_port_is_free_again_at_once() {
    let (log, _) = memory::log();
    let (listener, _) = listener();
    let port = listener.port();
    let busy = async {
        let mut streams = vec![connect(port).await, connect(port).await];
        streams[1].write_all(post(port, "SAMLResponse=junk").as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        streams
    };
    let (expected, texts) = (saml(), PageTexts::default());
    let streams = {
        let answer = listener.answer(PATH, &expected, &texts);
        tokio::select! {
            _ = answer => panic!("nothing good has come"),
            streams = busy => streams,
        }
    };
    assert!(Listener::bind(port, &log).is_err(), "the control");
    drop(listener);
    let again = Listener::bind(port, &log).unwrap();
    assert_eq!(again.port(), port);
    drop(streams);
}
