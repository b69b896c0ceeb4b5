//! Many processes that need the same sign-in: one window for all of them.

use super::azure_oauth2::OAUTH2;
use super::oauth::{Desk, back_of};
use crate::probe::{Outcome, Running, Step};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const AUTHORIZE: &str = "Authorize";
const TOKEN: &str = "Token";

fn all(processes: Vec<Running>) -> Vec<Outcome> {
    processes.into_iter().flat_map(Running::outcomes).collect()
}

/// All of them are let in with one and the same token.
fn share_one_token(outcomes: &[Outcome]) {
    let token = outcomes[0].pair("token").unwrap_or_default();
    assert!(outcomes.iter().all(|outcome| outcome.status == 0), "{outcomes:#?}");
    assert!(token.starts_with("eyJ") && outcomes.iter().all(|outcome| outcome.pair("token") == Some(token)));
}

#[test]
fn thirty_two_processes_with_eight_threads_open_one_window() {
    let desk = Desk::new(&OAUTH2);
    let (mut alice, call) = (desk.alice(), desk.dsn().call().timeout(120_000));
    let together = || Step::Together(vec![call.clone(); 8]);
    // Whoever sits there takes a while, in which the others come.
    let slowly = |url: &str| {
        std::thread::sleep(Duration::from_millis(1500));
        alice.visit(url).unwrap()
    };
    let launch = || all((0..32).map(|_| desk.machine.launch([together()])).collect());
    let (outcomes, opened) = desk.beside(slowly, launch);
    assert_eq!((outcomes.len(), opened.len()), (256, 1));
    share_one_token(&outcomes);
    assert_eq!((desk.sandbox.requests_for(AUTHORIZE).len(), desk.sandbox.requests_for(TOKEN).len()), (1, 1));
}

#[test]
fn after_a_kill_of_the_leader_exactly_one_more_window_opens() {
    let desk = Desk::new(&OAUTH2);
    let (mut alice, call) = (desk.alice(), desk.dsn().call().timeout(60_000));
    let (shown, first) = mpsc::channel();
    let mut windows = 0;
    let browse = |url: &str| {
        windows += 1;
        // Before the first window nobody sits.
        if windows > 1 { drop(alice.visit(url).unwrap()) } else { shown.send(url.to_owned()).unwrap() }
    };
    let work = || {
        let leader = desk.machine.launch([Step::Together(vec![call.clone(); 2])]);
        let url = first.recv_timeout(Duration::from_secs(30)).unwrap();
        let others: Vec<_> = (0..8).map(|_| desk.machine.launch([Step::Together(vec![call.clone(); 2])])).collect();
        leader.kill();
        (url, all(others))
    };
    let ((url, outcomes), opened) = desk.beside(browse, work);
    assert_eq!((outcomes.len(), opened.len()), (16, 2));
    share_one_token(&outcomes);
    assert_eq!(desk.sandbox.requests_for(AUTHORIZE).len(), 1);
    let back = back_of(&url);
    assert!(TcpStream::connect((back.host_str().unwrap(), back.port().unwrap())).is_err(), "its port is free");
}

#[test]
fn a_leader_short_of_time_leaves_the_window_to_who_waits() {
    let desk = Desk::new(&OAUTH2);
    let mut alice = desk.alice();
    let (shown, first) = mpsc::channel();
    let mut windows = 0;
    let browse = |url: &str| {
        windows += 1;
        if windows > 1 { drop(alice.visit(url).unwrap()) } else { shown.send(Instant::now()).unwrap() }
    };
    let work = || {
        let leader = desk.machine.launch([desk.dsn().call().timeout(1000)]);
        first.recv_timeout(Duration::from_secs(30)).unwrap();
        let waits = desk.dsn().call().timeout(30_000);
        let others: Vec<_> = (0..4).map(|_| desk.machine.launch([waits.clone()])).collect();
        (leader.outcomes().remove(0), all(others))
    };
    let ((leader, outcomes), opened) = desk.beside(browse, work);
    assert_eq!((leader.status, opened.len()), (500, 2), "{}", leader.told());
    share_one_token(&outcomes);
    assert_eq!(desk.sandbox.requests_for(AUTHORIZE).len(), 1);
}
