//! What ends the wait, and what does not.

use super::*;

#[tokio::test]
async fn a_code_comes_by_form_or_by_query_and_is_decoded_once() {
    let kinds =
        [FORM, "application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded;charset=x"];
    for kind in kinds {
        let value = value_beside(code(), async |port| {
            let request = post_to(&format!("127.0.0.1:{port}"), PATH, kind, &good_code());
            let answer = send(port, request).await;
            assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("You are signed in"), "{answer}");
        });
        assert_eq!(value.await, "c+d e%");
    }
    let value = value_beside(code(), async |port| {
        let target = format!("/redshift?code=c%252B&state={}", state().as_str());
        assert_eq!(status(&send(port, get(port, &target)).await), "200");
    });
    assert_eq!(value.await, "c%2B");
}

#[tokio::test]
async fn every_name_of_this_machine_counts_at_either_address() {
    for (host, address) in [("LocalHost", addresses()[0]), ("[::1]", addresses()[1]), ("127.0.0.1", addresses()[0])] {
        let value = value_beside(code(), async |port| {
            let stream = TcpStream::connect((address, port)).await.unwrap();
            let answer = finish(stream, post_to(&format!("{host}:{port}"), PATH, FORM, &good_code())).await;
            assert_eq!(status(&answer), "200", "{host}");
        });
        assert_eq!(value.await, "c+d e%");
    }
}

#[tokio::test]
async fn a_saml_response_is_taken_whole_however_it_arrives() {
    let response = format!("good{}", "A/b+".repeat(25_000));
    let body = format!("RelayState=&SAMLResponse={}&x=y", response.replace('+', "%2B").replace('/', "%2F"));
    let value = value_beside(saml(), async |port| {
        let mut stream = connect(port).await;
        let request = post(port, &body);
        let (first, rest) = request.split_at(request.len() - 60_000);
        stream.write_all(first.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(status(&finish(stream, rest).await), "200");
    });
    assert_eq!(value.await, response);
}

#[tokio::test]
async fn everything_else_is_answered_and_the_wait_goes_on() {
    let (listener, lines) = listener();
    let port = listener.port();
    let here = format!("localhost:{port}");
    let ours = good_code();
    let query = format!("/redshift/?{ours}");
    let cases = [
        (get(port, "/favicon.ico"), "404"),
        (get(port, "/"), "404"),
        (get(port, "/redshift//"), "404"),
        (get(port, PATH), "400"),
        (format!("HEAD {query} HTTP/1.1\r\nHost: {here}\r\n\r\n"), "200"),
        (format!("PUT {query} HTTP/1.1\r\nHost: {here}\r\nContent-Length: 0\r\n\r\n"), "405"),
        (post_to(&here, PATH, "text/plain", &ours), "415"),
        (post_to(&here, "/other/", FORM, &ours), "404"),
        (post_to("example.com", PATH, FORM, &ours), "421"),
        (post_to(&format!("localhost:{}", port ^ 1), PATH, FORM, &ours), "421"),
        (post_to("localhost", PATH, FORM, &ours), "421"),
        (post_to(&format!("localhost.example.com:{port}"), PATH, FORM, &ours), "421"),
        (post_to(&format!("{here}\r\nHost: {here}"), PATH, FORM, &ours), "421"),
        (format!("GET http://example.com:{port}{query} HTTP/1.1\r\nHost: {here}\r\n\r\n"), "421"),
        (format!("GET {query} HTTP/1.0\r\n\r\n"), "421"),
        (post(port, "code=stolen&state=AAAAAAAAAAAAAAAAAAAAAA"), "400"),
        (post(port, "code=stolen"), "400"),
        (post(port, &format!("code=&state={}", state().as_str())), "400"),
        (post(port, "error=access_denied&state=AAAAAAAAAAAAAAAAAAAAAA"), "400"),
        ("junk\r\n\r\n".to_owned(), "400"),
        (format!("GET / HTTP/1.1\r\nHost: {here}\r\nX: {}\r\n\r\n", "x".repeat(200_000)), "431"),
    ];
    let browser = async {
        for (request, expected) in cases {
            let answer = send(port, &request).await;
            assert_eq!(status(&answer), expected, "{request}: {answer}");
            assert!(!answer.contains("stolen"));
        }
        assert_eq!(listener.last_stray(), Some("its state belongs to another sign-in"));
        send(port, post(port, &ours)).await
    };
    let login = async {
        let answer = wait(&listener, &code()).await.unwrap();
        let value = answer.value.clone();
        answer.done(Ok(())).await;
        value
    };
    let (value, page) = tokio::join!(login, browser);
    assert_eq!((value.expose_secret(), status(&page)), ("c+d e%", "200"));
    let lines = lines.0.lock().unwrap().join("\n");
    assert!(lines.contains("POST /redshift/") && !lines.contains("stolen") && !lines.contains("c+d"), "{lines}");
}

#[tokio::test]
async fn a_preflight_may_come_before_the_form() {
    let value = value_beside(code(), async |port| {
        let answer = send(
            port,
            format!(
                "OPTIONS {PATH} HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://sso.example.com\r\n\
                 Access-Control-Request-Private-Network: true\r\n\r\n"
            ),
        )
        .await
        .to_lowercase();
        assert_eq!(status(&answer), "204");
        assert!(answer.contains("access-control-allow-private-network: true"), "{answer}");
        assert!(answer.contains("access-control-allow-origin: https://sso.example.com"), "{answer}");
        send(port, post(port, &good_code())).await;
    });
    assert_eq!(value.await, "c+d e%");
}

#[tokio::test]
async fn the_refusal_of_the_identity_provider_ends_the_wait() {
    let body = format!(
        "error=access_denied&error_description=%3Cb%3Eno%3C%2Fb%3E+password%3Dhunter2&state={}",
        state().as_str()
    );
    for (expected, body) in
        [(code(), body.as_str()), (saml(), "error=access_denied&error_description=%3Cb%3Eno%3C%2Fb%3E")]
    {
        let error = error_beside(expected, async |port| {
            let page = send(port, post(port, body)).await;
            assert!(page.contains("The login did not succeed") && page.contains("&lt;b&gt;no"), "{page}");
            assert!(!page.contains("<b>") && !page.contains("hunter2"), "{page}");
        });
        let error = error.await;
        assert_eq!(
            (error.status(), error.stage(), error.code()),
            (Status::IdpRejected, Some(Stage::Idp), Some("access_denied"))
        );
        assert!(error.message().contains("access_denied: <b>no") && !error.message().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_code_that_comes_again_is_ignored() {
    let (listener, _) = listener();
    let port = listener.port();
    let login = async {
        let answer = wait(&listener, &code()).await.unwrap();
        let again = send(port, post(port, &good_code())).await;
        assert_eq!(status(&again), "409");
        assert!(again.contains("answered already"), "{again}");
        answer.done(Ok(())).await;
    };
    let ((), first) = tokio::join!(login, send(port, post(port, &good_code())));
    assert!(first.contains("You are signed in"), "{first}");
}

#[tokio::test]
async fn a_bad_saml_response_waits_for_a_good_one() {
    let value = value_beside(saml(), async |port| {
        let bad = send(port, post(port, "SAMLResponse=junk"));
        let good = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            send(port, post(port, "SAMLResponse=good+one")).await
        };
        let (bad, good) = tokio::join!(bad, good);
        assert_eq!((status(&bad), status(&good)), ("400", "200"));
    });
    assert_eq!(value.await, "good one");
    // In a query it is in another encoding, and does not count at all.
    let value = value_beside(saml(), async |port| {
        assert_eq!(status(&send(port, get(port, "/redshift/?SAMLResponse=good")).await), "400");
        send(port, post(port, "SAMLResponse=good2")).await;
    });
    assert_eq!(value.await, "good2");
}

#[tokio::test]
async fn a_bad_saml_response_alone_ends_the_wait_after_two_seconds() {
    let began = std::time::Instant::now();
    let error = error_beside(saml(), async |port| {
        let page = send(port, post(port, "SAMLResponse=junk")).await;
        assert!(page.contains("No role in it"), "{page}");
    });
    assert_eq!(error.await.status(), Status::AssertionInvalid);
    let elapsed = began.elapsed();
    assert!(elapsed >= Duration::from_secs(2) && elapsed < Duration::from_secs(5), "{elapsed:?}");
}
