//! AD FS without a password: a real Kerberos ticket, checked by a real Kerberos server's side.

#[path = "../../kerberos/mod.rs"]
mod kerberos;

use super::adfs::ADFS;
use super::{REDSHIFT, ROLE, SIGN_IN_PAGE, STS};
use crate::probe::{Dsn, Machine, Outcome};
use crate::sent::operations;
use kerberos::{Acceptor, HOST, Realm, STRANGER, USER};
use rs_auth_sandbox::identity::INTEGRATED;
use rs_auth_sandbox::{Record, Sandbox};

/// A sandbox whose AD FS asks for tickets of that realm.
fn sandbox(realm: &Realm) -> Sandbox {
    let sandbox = Sandbox::builder().with_world(|world| world.identity_pages.adfs.integrated = true).start();
    let acceptor = Acceptor::new(&realm.keytab());
    sandbox.set_negotiate(&[INTEGRATED], move |token| acceptor.accept(token));
    sandbox
}

fn dsn(sandbox: &Sandbox) -> Dsn {
    ADFS.dsn(sandbox).set("idp_host", HOST).without("UID").without("PWD")
}

fn login(realm: &Realm, sandbox: &Sandbox, dsn: &Dsn) -> (Outcome, Vec<Record>) {
    let machine =
        realm.environment().into_iter().fold(Machine::new(), |machine, (name, value)| machine.env(name, value));
    machine.recorded(sandbox, [dsn.call().log(5)]).remove(0)
}

#[test]
fn the_ticket_of_the_session_signs_in() {
    let realm = Realm::start();
    realm.sign_in("1h");
    let sandbox = sandbox(&realm);
    let (outcome, sent) = login(&realm, &sandbox, &dsn(&sandbox));
    assert_eq!((outcome.status, outcome.role_arn.as_str()), (0, ROLE), "{}", outcome.told());
    // The redirect to the page that asks for a ticket, its 401, and the ticket.
    assert_eq!(operations(&sent), [SIGN_IN_PAGE, INTEGRATED, "IntegratedSignIn", STS, REDSHIFT]);
    assert_eq!(sent[2].signed_by.as_deref(), Some(USER));
    let ticket = sent[2].header("authorization").unwrap();
    assert!(sent.iter().take(2).all(|record| record.header("authorization").is_none()));
    assert!(
        !format!("{:?}", outcome.lines).contains(&ticket["Negotiate ".len()..]),
        "the ticket is no matter for a log"
    );
}

#[test]
fn without_a_ticket_nobody_is_asked() {
    let realm = Realm::start();
    let sandbox = sandbox(&realm);
    let (outcome, sent) = login(&realm, &sandbox, &dsn(&sandbox));
    assert_eq!((outcome.status, sent.len()), (101, 0), "{}", outcome.told());
    assert!(outcome.message.contains("UID and PWD") && outcome.hint.contains("kinit"), "{}", outcome.told());
    // With user and password there is no need for one.
    let (outcome, _) = login(&realm, &sandbox, &ADFS.dsn(&sandbox));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
}

#[test]
fn a_server_that_the_realm_does_not_know() {
    let realm = Realm::start();
    realm.sign_in("1h");
    let sandbox = sandbox(&realm);
    let proxied = dsn(&sandbox).set("idp_host", STRANGER).without("idp_port").set("idp_use_https_proxy", "1");
    let (outcome, sent) = login(&realm, &sandbox, &proxied.through_proxy(sandbox.proxy_port()));
    assert_eq!(outcome.status, 101, "{}", outcome.told());
    assert!(outcome.message.contains(STRANGER) && outcome.hint.contains("kvno"), "{}", outcome.told());
    assert_eq!(operations(&sent), [SIGN_IN_PAGE, INTEGRATED]);
}

#[test]
fn a_ticket_that_is_refused() {
    let realm = Realm::start();
    realm.sign_in("1h");
    let sandbox = sandbox(&realm);
    sandbox.set_negotiate(&[INTEGRATED], |_| Err("not today".to_owned()));
    let (outcome, sent) = login(&realm, &sandbox, &dsn(&sandbox));
    assert_eq!((outcome.status, outcome.stage.as_str()), (300, "idp"), "{}", outcome.told());
    assert!(outcome.message.contains("Kerberos"), "{}", outcome.told());
    assert_eq!(operations(&sent), [SIGN_IN_PAGE, INTEGRATED, INTEGRATED]);
}

#[test]
fn a_provider_that_offers_none() {
    let realm = Realm::start();
    realm.sign_in("1h");
    let sandbox = Sandbox::start();
    let (outcome, sent) = login(&realm, &sandbox, &dsn(&sandbox));
    assert_eq!((outcome.status, sent.len()), (101, 1), "{}", outcome.told());
    assert!(outcome.message.contains("no integrated authentication"), "{}", outcome.told());
}
