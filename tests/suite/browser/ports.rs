//! The port that the browser comes back to.

use super::{Desk, OKTA, POSTS, SAML, expect};
use crate::sent::count;
use std::net::{Ipv6Addr, TcpListener};

#[test]
fn a_busy_port_is_told_at_once() {
    for plugin in [&SAML, &OKTA] {
        let desk = Desk::new(plugin, POSTS);
        let taken = TcpListener::bind(("127.0.0.1", desk.port)).unwrap();
        let outcome = desk.one(&desk.dsn());
        expect(&outcome, 306, "browser", &[&format!("port {}", desk.port), "another login", "listen_port"]);
        assert!(outcome.elapsed_ms < 1000 && outcome.sqlstate == "08001", "{} ms", outcome.elapsed_ms);
        drop(taken);
        let taken = TcpListener::bind((Ipv6Addr::LOCALHOST, desk.port)).unwrap();
        assert_eq!(desk.one(&desk.dsn()).status, 306);
        drop(taken);
        assert_eq!((desk.opened(), count(&desk.sandbox)), (0, 0));
        assert_eq!(desk.one(&desk.dsn()).status, 0);
    }
}

#[test]
fn a_second_login_of_another_identity_finds_the_first_one_waiting() {
    let desk = Desk::new(&SAML, "sleep 1; post response");
    let other = desk.dsn().set("login_url", "https://other.example.com/").call().delay(300);
    let outcomes = desk.machine.run([crate::probe::Step::Together(vec![desk.dsn().call(), other])]);
    assert_eq!((outcomes[0].status, outcomes[1].status), (0, 306), "{}", outcomes[1].told());
}

#[test]
fn the_browser_may_come_by_either_address() {
    for address in ["127.0.0.1", "[::1]"] {
        let desk = Desk::new(&SAML, &format!("here=http://{address}:${{here#*localhost:}}; post response"));
        let outcome = desk.one(&desk.dsn());
        assert_eq!(outcome.status, 0, "{address}: {}", outcome.told());
    }
}
