//! The conversation itself, with made-up tokens.

use super::{challenges, run};
use crate::error::Status;
use crate::os::gssapi::Unavailable;
use crate::ports::negotiate::Negotiate;

fn text(value: Option<crate::ports::http::HeaderValue>) -> Option<String> {
    let value = value?;
    assert!(value.is_sensitive());
    Some(value.to_str().unwrap().to_owned())
}

#[test]
fn goes_on_until_the_server_has_enough() {
    let negotiate = Negotiate::scripted([Ok(b"one".to_vec()), Ok(b"two".to_vec()), Ok(Vec::new())]);
    let mut handshake = negotiate.with("sso.example.com");
    run(async {
        let first = handshake.authorization(&challenges(&["Negotiate", "NTLM"])).await.unwrap();
        assert_eq!(text(first).as_deref(), Some("Negotiate b25l"));
        let second = handshake.authorization(&challenges(&["Negotiate YQ=="])).await.unwrap();
        assert_eq!(text(second).as_deref(), Some("Negotiate dHdv"));
        handshake.confirm(&challenges(&["Negotiate Yg=="])).await.unwrap();
    });
    let host = || "sso.example.com".to_owned();
    let asked = [(host(), None), (host(), Some(b"a".to_vec())), (host(), Some(b"b".to_vec()))];
    assert_eq!(negotiate.asked(), asked);
}

#[test]
fn takes_a_second_bare_offer_for_a_refusal() {
    let negotiate = Negotiate::scripted([Ok(b"one".to_vec()), Ok(b"two".to_vec())]);
    let mut handshake = negotiate.with("sso.example.com");
    let offer = challenges(&["Negotiate"]);
    assert!(run(handshake.authorization(&offer)).unwrap().is_some());
    assert!(run(handshake.authorization(&offer)).unwrap().is_none());
    assert_eq!(negotiate.asked().len(), 1);
}

#[test]
fn asks_for_no_ticket_where_none_is_wanted() {
    let negotiate = Negotiate::scripted([Ok(b"one".to_vec())]);
    for offer in [&["NTLM"][..], &[], &["Negotiate YQ=="]] {
        assert!(run(negotiate.with("a").authorization(&challenges(offer))).unwrap().is_none(), "{offer:?}");
    }
    assert!(run(negotiate.with("a").confirm(&challenges(&["Negotiate YQ=="]))).is_ok(), "an answer to nothing");
    assert_eq!(negotiate.asked(), []);
    assert!(run(negotiate.with("a").authorization(&challenges(&["Negotiate"]))).unwrap().is_some(), "the control");
}

#[test]
fn what_is_wrong_with_the_servers_proof_is_told() {
    let wrong = || Err(Unavailable::Failed("it is another".to_owned()));
    for (proof, confirmed) in [("Negotiate YQ==", false), ("Negotiate !", false), ("NTLM", true), ("Negotiate", true)] {
        let mut handshake = Negotiate::scripted([Ok(b"one".to_vec()), wrong()]).with("a");
        assert!(run(handshake.authorization(&challenges(&["Negotiate"]))).unwrap().is_some());
        assert_eq!(run(handshake.confirm(&challenges(&[proof]))).is_ok(), confirmed, "{proof}");
    }
}

#[test]
fn the_error_says_what_is_missing_and_what_to_do() {
    let why = || "the reason".to_owned();
    let cases = [
        (Unavailable::NoLibrary(why()), "there is no GSSAPI library: the reason", "libgssapi-krb5-2"),
        (Unavailable::NoTicket(why()), "there is no ticket to use: the reason", "kinit"),
        (
            Unavailable::Failed(why()),
            "there is no ticket for HTTP/sso.example.com: the reason",
            "kvno HTTP/sso.example.com",
        ),
    ];
    for (unavailable, reason, hint) in cases {
        let error = unavailable.without_password("sso.example.com");
        assert_eq!(error.status(), Status::MissingSetting);
        assert!(error.message().contains("UID and PWD are missing") && error.message().contains(reason), "{error}");
        assert!(error.hint_text().unwrap().contains(hint), "{error:?}");
    }
}
