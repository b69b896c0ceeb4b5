//! Scripted faults: each does what it says, to the requests that it names, as often as it says.

mod common;

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use common::{ALICE, CLUSTER, Reply, Signer, connect, exchange, login, read_reply};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

const OPERATION: &str = "GetClusterCredentials";

/// A sandbox with that fault, and what became of the first login.
fn failing(action: FaultAction) -> (Sandbox, std::io::Result<Reply>) {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on(OPERATION, action));
    let url = sandbox.http_url();
    let request = Signer::user("redshift").query_request(&url, "2012-12-01", OPERATION, &[ALICE, CLUSTER]);
    let result = exchange(&mut connect(&url), &request);
    assert_eq!(login(&sandbox).status, 200, "the control: the second login is not hit");
    (sandbox, result)
}

fn kind(result: std::io::Result<Reply>) -> ErrorKind {
    result.expect_err("a failure").kind()
}

#[test]
fn errors_are_spelled_as_the_service_spells_them() {
    let error = || FaultAction::Error { code: "Boom".to_owned(), message: "a <b> & c".to_owned(), status: 500 };
    let (sandbox, reply) = failing(error());
    let reply = reply.unwrap();
    assert_eq!(reply.error(), (500, "Boom".to_owned()));
    assert_eq!(reply.element("Type").as_deref(), Some("Receiver"));
    assert_eq!(sandbox.requests()[0].fault.as_deref(), Some("error"));
    assert_eq!((sandbox.requests()[0].status, sandbox.requests()[1].status), (500, 200));

    sandbox.script(Fault::on("GetCredentials", error()));
    let signer = Signer::user("redshift-serverless");
    let json = signer.serverless(&sandbox.http_url(), "GetCredentials", r#"{"workgroupName":"sandbox-workgroup"}"#);
    assert_eq!((json.error(), json.message()), ((500, "Boom".to_owned()), "a <b> & c".to_owned()));
}

#[test]
fn throttling_redirects_and_other_answers() {
    let reply = failing(FaultAction::Throttle { status: 503, retry_after: 7 }).1.unwrap();
    assert_eq!((reply.error(), reply.header("retry-after")), ((503, "Throttling".to_owned()), Some("7")));
    let reply = failing(FaultAction::Redirect { location: "http://127.0.0.1:1/".to_owned() }).1.unwrap();
    assert_eq!((reply.status, reply.header("location")), (307, Some("http://127.0.0.1:1/")));
    let headers = vec![("Content-Type".to_owned(), "text/html".to_owned())];
    let respond = FaultAction::Respond { status: 418, headers, body: "<h1>Proxy error</h1>".to_owned() };
    let reply = failing(respond).1.unwrap();
    assert_eq!((reply.status, reply.text().as_str()), (418, "<h1>Proxy error</h1>"));
}

#[test]
fn bodies_go_wrong() {
    let reply = failing(FaultAction::Garbage).1.unwrap();
    assert_eq!((reply.status, reply.body.len()), (200, 512));
    assert!(!reply.text().contains("DbUser"));
    let reply = failing(FaultAction::ContentType { value: "text/html".to_owned() }).1.unwrap();
    assert_eq!(reply.header("content-type"), Some("text/html"));
    assert!(reply.element("DbUser").is_some());
    assert_eq!(failing(FaultAction::Huge { bytes: 3_000_000 }).1.unwrap().body.len(), 3_000_000);
    let endless = failing(FaultAction::Endless { bytes: 3_000_000 }).1.unwrap();
    assert_eq!((endless.header("transfer-encoding"), endless.header("content-length")), (Some("chunked"), None));
}

#[test]
fn connections_go_wrong() {
    assert_eq!(kind(failing(FaultAction::Close).1), ErrorKind::UnexpectedEof);
    assert_eq!(kind(failing(FaultAction::Truncate).1), ErrorKind::UnexpectedEof);
    assert_eq!(kind(failing(FaultAction::Reset).1), ErrorKind::ConnectionReset);
    assert_eq!(kind(failing(FaultAction::ResetInHeaders).1), ErrorKind::ConnectionReset);
    assert_eq!(kind(failing(FaultAction::ResetInBody).1), ErrorKind::ConnectionReset);
    let (sandbox, result) = failing(FaultAction::NotHttp);
    assert_eq!(kind(result), ErrorKind::UnexpectedEof);
    assert_eq!(sandbox.requests()[0].status, 0);
}

/// What comes before the connection breaks.
fn before_the_break(action: FaultAction) -> String {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    sandbox.script(Fault::on(OPERATION, action));
    let request = Signer::user("redshift").query_request(&url, "2012-12-01", OPERATION, &[ALICE, CLUSTER]);
    let mut stream = connect(&url);
    std::io::Write::write_all(&mut stream, &request).unwrap();
    let mut got = Vec::new();
    let result = stream.read_to_end(&mut got);
    assert_eq!(sandbox.requests()[0].fault.as_ref().map(|name| name.starts_with("reset")), Some(result.is_err()));
    String::from_utf8(got).unwrap()
}

#[test]
fn a_broken_answer_breaks_where_it_says() {
    assert_eq!(before_the_break(FaultAction::Reset), "");
    let headers = before_the_break(FaultAction::ResetInHeaders);
    assert!(headers.starts_with("HTTP/1.1 200 ") && !headers.contains("\r\n\r\n"), "{headers}");
    for action in [FaultAction::ResetInBody, FaultAction::Truncate] {
        let half = before_the_break(action);
        let (head, body) = half.split_once("\r\n\r\n").unwrap();
        let (_, length) = head.split_once("Content-Length: ").unwrap();
        let length: usize = length.lines().next().unwrap().parse().unwrap();
        assert_eq!(body.len(), length / 2);
    }
}

#[test]
fn stalled_answers_stay_open() {
    for (action, some) in [(FaultAction::Stall, false), (FaultAction::StallInBody, true)] {
        let sandbox = Sandbox::start();
        let url = sandbox.http_url();
        sandbox.script(Fault::on(OPERATION, action));
        let request = Signer::user("redshift").query_request(&url, "2012-12-01", OPERATION, &[ALICE, CLUSTER]);
        let mut stream = connect(&url);
        stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        std::io::Write::write_all(&mut stream, &request).unwrap();
        let mut got = Vec::new();
        let error = stream.read_to_end(&mut got).expect_err("neither an end nor a reset");
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        assert_eq!(!got.is_empty(), some);
        // It ends with the sandbox.
        drop(sandbox);
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.read_to_end(&mut got).expect("an orderly end");
    }
}

#[test]
fn delays_and_drips_take_their_time_and_are_right() {
    let begun = Instant::now();
    let reply = failing(FaultAction::Delay { ms: 150 }).1.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(150));
    assert_eq!(reply.element("DbUser").as_deref(), Some("IAM:alice"));
    let begun = Instant::now();
    let reply = failing(FaultAction::Drip { bytes: 100, pause_ms: 20 }).1.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(100), "{:?}", begun.elapsed());
    assert_eq!(reply.element("DbUser").as_deref(), Some("IAM:alice"));
}

#[test]
fn a_fault_hits_what_it_names_and_as_often_as_it_says() {
    let sandbox = Sandbox::start();
    let boom = || FaultAction::Error { code: "Boom".to_owned(), message: String::new(), status: 500 };
    let statuses = |count: usize| (0..count).map(|_| login(&sandbox).status).collect::<Vec<_>>();
    sandbox.script(Fault::on(OPERATION, boom()).from_nth(2).times(2));
    assert_eq!(statuses(4), [200, 500, 500, 200]);
    assert!(sandbox.pending_faults().is_empty());
    sandbox.script(Fault::on("DescribeClusters", boom()));
    sandbox.script(Fault::on_service("sts", boom()));
    sandbox.script(Fault::on_path("/elsewhere", boom()));
    assert_eq!(statuses(1), [200]);
    assert_eq!(sandbox.pending_faults().len(), 3);
    sandbox.clear_faults();
    sandbox.script(Fault::on_service("redshift", boom()).always());
    assert_eq!(statuses(3), [500, 500, 500]);
    sandbox.clear_faults();
    assert_eq!(statuses(1), [200]);
}

#[test]
fn a_connection_survives_an_error_and_counts_once() {
    let sandbox = Sandbox::start();
    let url = sandbox.http_url();
    sandbox.script(Fault::any(FaultAction::Error { code: "Boom".to_owned(), message: String::new(), status: 500 }));
    let request = Signer::user("redshift").query_request(&url, "2012-12-01", OPERATION, &[ALICE, CLUSTER]);
    let mut stream = connect(&url);
    assert_eq!(exchange(&mut stream, &request).unwrap().status, 500);
    assert_eq!(exchange(&mut stream, &request).unwrap().status, 200);
    // Two at once, answered in order.
    std::io::Write::write_all(&mut stream, &[request.clone(), request].concat()).unwrap();
    assert_eq!(read_reply(&mut stream).unwrap().status, 200);
    assert_eq!(sandbox.connections(), 1);
    assert!(sandbox.wait_for_requests(4, Duration::from_secs(5)));
    assert!(sandbox.requests().iter().all(|record| record.connection == 1));
    sandbox.reset_log();
    assert_eq!((sandbox.requests().len(), sandbox.connections()), (0, 0));
    assert!(!sandbox.wait_for_requests(1, Duration::from_millis(10)));
}
