//! The calls themselves. With tokens, servers and time limits around them: `ports::negotiate::tests`.

use super::kerberos::{Acceptor, HOST, Realm, USER, in_a_realm};
use super::*;
use std::path::Path;

const MIT: &[&CStr] = &[c"libgssapi_krb5.so.2"];
const HEIMDAL: &[&CStr] = &[c"libgssapi.so.3"];

fn signed_in(test: &str, body: impl FnOnce(&Path)) {
    in_a_realm(&format!("{}::{test}", module_path!()), Realm::start, |realm| realm.sign_in("1h"), body);
}

#[test]
fn a_machine_without_the_library_is_told_from_the_rest() {
    let names: &[&CStr] = &[c"libgssapi-of-nobody.so.2", c"libgssapi-of-nobody.so.3"];
    let Err(Unavailable::NoLibrary(why)) = Negotiation::with(names, SPNEGO, HOST) else { panic!("it was there") };
    assert!(why.contains("nobody.so.2") && why.contains("; ") && why.contains("nobody.so.3"), "{why}");
    // One that loads but is something else.
    let Err(Unavailable::NoLibrary(why)) = Negotiation::with(&[c"libc.so.6"], SPNEGO, HOST) else {
        panic!("libc has it")
    };
    assert!(why.contains("gss_import_name"), "{why}");
    // The control, over the same way: the second name loads.
    assert!(Negotiation::with(&[names[0], MIT[0]], SPNEGO, HOST).is_ok());
}

#[test]
fn a_library_without_spnego_speaks_kerberos() {
    signed_in("a_library_without_spnego_speaks_kerberos", |keytab| {
        let acceptor = Acceptor::new(keytab);
        // 1.2.3: nobody's mechanism.
        for (mechanism, spoken) in [(SPNEGO, SPNEGO), (b"\x2a\x03", KERBEROS)] {
            let mut negotiation = Negotiation::with(MIT, mechanism, HOST).unwrap();
            let step = negotiation.step(None).unwrap();
            let token = step.token.unwrap();
            // RFC 2743 section 3.1: a token begins with its mechanism.
            let name = [&[6, u8::try_from(spoken.len()).unwrap()], spoken].concat();
            assert!(token[..20].windows(name.len()).any(|window| window == name), "{:x?}", &token[..20]);
            assert!(!step.established, "the server has yet to prove itself");
            let (user, reply) = acceptor.accept(&token).unwrap();
            assert_eq!(user, USER);
            let step = negotiation.step(reply.as_deref()).unwrap();
            assert!(step.established && step.token.is_none());
            assert!(negotiation.step(Some(b"more")).unwrap().token.is_none(), "what is done is done");
        }
    });
}

#[test]
fn heimdals_library_will_do() {
    signed_in("heimdals_library_will_do", |keytab| {
        let acceptor = Acceptor::new(keytab);
        let negotiation = Negotiation::with(HEIMDAL, SPNEGO, HOST);
        let mut negotiation = negotiation.expect("this wants Heimdal; on Debian: apt-get install libgssapi3-heimdal");
        let (user, reply) = acceptor.accept(&negotiation.step(None).unwrap().token.unwrap()).unwrap();
        assert_eq!(user, USER);
        assert!(negotiation.step(reply.as_deref()).unwrap().established);

        let mut negotiation = Negotiation::with(HEIMDAL, SPNEGO, HOST).unwrap();
        negotiation.step(None).unwrap();
        assert!(
            matches!(negotiation.step(reply.as_deref()).map(|_| ()), Err(Unavailable::Failed(_))),
            "another's proof"
        );
    });
}

#[test]
fn a_child_of_a_fork_negotiates_too() {
    signed_in("a_child_of_a_fork_negotiates_too", |_| {
        // Another thread has used the library, and is gone in the child.
        std::thread::spawn(|| Negotiation::begin(HOST).unwrap().step(None).map(|_| ())).join().unwrap().unwrap();
        // SAFETY: nothing else runs in this process that could hold a lock; the child ends without running anything of the
        // parent's.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                let step = Negotiation::begin(HOST).and_then(|mut negotiation| negotiation.step(None));
                libc::_exit(i32::from(!step.is_ok_and(|step| step.token.is_some())));
            }
            let mut status = -1;
            assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
            assert_eq!(status, 0);
        }
    });
}

#[test]
fn nothing_of_a_token_shows() {
    let negotiation = Negotiation::with(MIT, SPNEGO, HOST).unwrap();
    assert_eq!(format!("{negotiation:?}"), "Negotiation { established: false, .. }");
}
