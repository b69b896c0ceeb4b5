//! The artificial round-trip time costs what a real one would, and no more.

mod common;

use std::time::{Duration, Instant};

use common::{ALICE, CLUSTER, Signer, connect, exchange};
use rs_auth_sandbox::Sandbox;

const TRIP: Duration = Duration::from_millis(200);

/// How many round trips that takes, rounded to the nearest half.
fn trips(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    (begun.elapsed().as_secs_f64() / TRIP.as_secs_f64() * 2.0).floor() / 2.0
}

fn login_request(url: &str) -> Vec<u8> {
    Signer::user("redshift").query_request(url, "2012-12-01", "GetClusterCredentials", &[ALICE, CLUSTER])
}

#[test]
fn a_login_costs_two_round_trips_and_the_next_on_its_connection_one() {
    let sandbox = Sandbox::builder().round_trip(TRIP).start();
    let url = sandbox.http_url();
    let request = login_request(&url);
    let mut stream = None;
    let first = trips(|| {
        let mut opened = connect(&url);
        assert_eq!(exchange(&mut opened, &request).unwrap().status, 200);
        stream = Some(opened);
    });
    assert!((2.0..3.0).contains(&first), "connect and request: {first}");
    let next = trips(|| assert_eq!(exchange(stream.as_mut().unwrap(), &request).unwrap().status, 200));
    assert!((1.0..2.0).contains(&next), "request: {next}");
    sandbox.set_round_trip(Duration::ZERO);
    let none = trips(|| assert_eq!(exchange(&mut connect(&url), &request).unwrap().status, 200));
    assert!(none < 1.0, "without: {none}");
}

#[test]
fn tls_costs_one_more() {
    let sandbox = Sandbox::builder().round_trip(TRIP).start();
    let url = sandbox.https_url();
    let request = login_request(&url);
    let all = trips(|| {
        let mut stream = common::tls(&url, sandbox.ca_file(), "127.0.0.1");
        assert_eq!(exchange(&mut stream, &request).unwrap().status, 200);
    });
    assert!((3.0..4.5).contains(&all), "connect, TLS 1.3, request: {all}");
}

#[test]
fn a_connection_opened_ahead_has_paid_for_its_connect() {
    let sandbox = Sandbox::builder().round_trip(TRIP).start();
    let url = sandbox.http_url();
    let mut stream = connect(&url);
    std::thread::sleep(TRIP + TRIP / 2);
    let request = login_request(&url);
    let one = trips(|| assert_eq!(exchange(&mut stream, &request).unwrap().status, 200));
    assert!((1.0..2.0).contains(&one), "request: {one}");
}

#[test]
fn large_answers_arrive_whole() {
    let sandbox = Sandbox::builder().round_trip(TRIP).start();
    let huge = rs_auth_sandbox::FaultAction::Huge { bytes: 5_000_000 };
    sandbox.script(rs_auth_sandbox::Fault::any(huge));
    let url = sandbox.http_url();
    assert_eq!(exchange(&mut connect(&url), &login_request(&url)).unwrap().body.len(), 5_000_000);
}
