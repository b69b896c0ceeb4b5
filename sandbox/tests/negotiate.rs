//! Pages behind `Negotiate`, with a made-up kind of ticket.

mod common;

use common::{Reply, send};
use rs_auth_sandbox::Sandbox;

const PAGE: &str = "/intranet/reports";

/// Takes `alice` for a ticket of Alice, and proves itself with `me`.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::start();
    sandbox.set_negotiate(&[PAGE], |token| match token {
        b"alice" => Ok(("alice@EXAMPLE.COM".to_owned(), Some(b"me".to_vec()))),
        _ => Err("no ticket of ours".to_owned()),
    });
    sandbox
}

fn get(sandbox: &Sandbox, path: &str, headers: &[(&str, &str)]) -> Reply {
    send(&sandbox.http_url(), "GET", path, headers, b"")
}

fn offers(reply: &Reply) -> Vec<&str> {
    let offers = reply.headers.iter().filter(|(name, _)| name == "WWW-Authenticate");
    offers.map(|(_, value)| value.as_str()).collect()
}

#[test]
fn who_has_no_ticket_is_asked_for_one() {
    let sandbox = sandbox();
    for authorization in [None, Some("Negotiate Ym9i"), Some("Negotiate !"), Some("Basic YWxpY2U="), Some("Negotiate")]
    {
        let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
        let reply = get(&sandbox, "/INTRANET/reports?a=b", &headers);
        assert_eq!((reply.status, offers(&reply)), (401, vec!["Negotiate", "NTLM"]), "{authorization:?}");
    }
    assert!(sandbox.requests().iter().all(|record| record.service == "negotiate" && record.signed_by.is_none()));
}

#[test]
fn who_has_one_gets_to_the_service_behind() {
    let sandbox = sandbox();
    let reply = get(&sandbox, PAGE, &[("Authorization", "negotiate YWxpY2U=")]);
    assert_eq!((reply.status, offers(&reply)), (404, vec!["Negotiate bWU="]), "nobody has that page here");
    let [record] = &sandbox.requests()[..] else { panic!("one request was sent") };
    assert_eq!((record.service.as_str(), record.signed_by.as_deref()), ("unknown", Some("alice@EXAMPLE.COM")));
}

#[test]
fn other_pages_ask_for_nothing() {
    let sandbox = sandbox();
    let reply = get(&sandbox, "/elsewhere", &[("Authorization", "Negotiate YWxpY2U=")]);
    assert_eq!((reply.status, offers(&reply).len()), (404, 0));
    assert_eq!(sandbox.requests()[0].signed_by, None, "a name in a header is nothing by itself");
    assert_eq!(get(&Sandbox::start(), PAGE, &[]).status, 404, "nor that one, before it is told to");
}
