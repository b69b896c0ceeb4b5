//! Deadline and cancel end every wait, and at once.

use crate::probe::{Dsn, Machine, Outcome, Step};
use crate::sent::count;
use rs_auth_sandbox::demo_world::{USER_KEY, USER_SECRET};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox, TlsDefect};
use std::net::TcpListener;
use std::time::Duration;

/// What behaviour allows between the event and the return.
const AT_ONCE: u64 = 50;

/// The median: a machine under load may hold one call up.
fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable();
    values[values.len() / 2]
}

/// A stand-in that accepts connections and says nothing.
fn silent() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[test]
fn the_deadline_ends_every_wait_at_once() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall).always());
    sandbox.script(Fault::on("GetCredentials", FaultAction::StallInBody).always());
    let (_listener, silence) = silent();
    let handshake = sandbox.bad_tls(TlsDefect::SilentHandshake);
    let process = "[profile slow]\ncredential_process = /bin/sleep 30\n";
    for (name, dsn) in [
        ("stalled answer", Dsn::keys(&sandbox)),
        ("stalled body", Dsn::workgroup(&sandbox)),
        ("no answer", Dsn::keys(&sandbox).at(&silence)),
        ("handshake", Dsn::keys(&sandbox).at(&handshake)),
        ("program", Dsn::cluster(&sandbox).set("Profile", "slow")),
    ] {
        let machine = Machine::new().file(".aws/config", process);
        let outcomes = machine.run([dsn.call().cache(1).timeout(300).repeat(5)]);
        for outcome in &outcomes {
            assert_eq!((outcome.status, outcome.sqlstate.as_str()), (500, "HYT00"), "{name}: {}", outcome.told());
            assert!(outcome.elapsed_ms >= 300 && outcome.message.contains("0.3 s"), "{name}: {}", outcome.told());
            assert!(outcome.retryable && !outcome.hint.is_empty());
        }
        let late = median(outcomes.iter().map(|outcome| outcome.elapsed_ms - 300));
        assert!(late <= AT_ONCE, "{name}: {late} ms");
    }
}

#[test]
fn cancel_ends_every_wait_at_once() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall).always());
    let process = "[profile slow]\ncredential_process = /bin/sleep 30\n";
    let machine = Machine::new().file(".aws/config", process);
    for dsn in [Dsn::keys(&sandbox), Dsn::cluster(&sandbox).set("Profile", "slow")] {
        let outcomes = machine.run([dsn.call().cache(1).cancel(300).repeat(5)]);
        for outcome in &outcomes {
            assert_eq!((outcome.status, outcome.sqlstate.as_str()), (501, "HY008"), "{}", outcome.told());
            assert!(outcome.elapsed_ms >= 300 && outcome.message.contains("cancelled while"), "{}", outcome.told());
        }
        let late = median(outcomes.iter().map(|outcome| outcome.cancel_ms));
        assert!(late <= AT_ONCE, "{late} ms");
    }
}

#[test]
fn a_cancelled_token_reads_no_profile() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).set("AuthProfile", "sandbox-profile").call();
    let read = |call: &crate::probe::Call| Step::ReadAuthProfile(Box::new(call.clone()));
    let outcomes = Machine::new().run([read(&call.clone().cancel(0)), read(&call)]);
    assert_eq!((outcomes[0].status, outcomes[1].status), (501, 0), "{}", outcomes[0].told());
    assert!(outcomes[0].message.contains("before the call"), "{}", outcomes[0].told());
    assert_eq!(sandbox.requests().len(), 1);
}

#[test]
fn a_secret_that_never_comes_does_not_hold_the_deadline_up() {
    let sandbox = Sandbox::start();
    let machine = Machine::new();
    let pipe = machine.path("pipe");
    let path = std::ffi::CString::new(pipe.to_str().unwrap()).unwrap();
    // SAFETY: a string that ends in NUL.
    assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    let dsn = Dsn::cluster(&sandbox).set("AccessKeyID", "AKIA");
    let dsn = dsn.set("password_source", &format!("file:{}", pipe.display()));
    let outcome = machine.one(dsn.call().timeout(500));
    assert!(matches!(outcome.status, 100 | 500), "{}", outcome.told());
    assert!(outcome.elapsed_ms < 1200, "{} ms", outcome.elapsed_ms);

    // The control: somebody writes, in two pieces and not at once.
    let writer = std::thread::spawn(move || {
        let mut pipe = std::fs::OpenOptions::new().write(true).open(pipe).unwrap();
        let (head, tail) = USER_SECRET.split_at(10);
        for piece in [head, tail] {
            std::thread::sleep(Duration::from_millis(50));
            std::io::Write::write_all(&mut pipe, piece.as_bytes()).unwrap();
        }
    });
    let outcome = machine.one(dsn.set("AccessKeyID", USER_KEY).call().timeout(5000));
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    writer.join().unwrap();
}

#[test]
fn cancelled_before_the_call_nothing_is_sent() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    // Not even from the cache.
    let outcomes = Machine::new().run([dsn.call().cancel(0), dsn.call(), dsn.call().cancel(0)]);
    let statuses: Vec<_> = outcomes.iter().map(|outcome| outcome.status).collect();
    assert_eq!((statuses, count(&sandbox)), (vec![501, 0, 501], 1));
    let profile = Dsn::keys(&sandbox).set("AuthProfile", "sandbox-profile").call().cancel(0);
    let read = Machine::new().one(Step::ReadAuthProfile(Box::new(profile)));
    assert_eq!((read.status, count(&sandbox)), (501, 1), "{}", read.told());
}

#[test]
fn a_login_is_finished_or_cancelled_and_nothing_between() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    // The moments around the end of a login.
    let calls = (1..=40).map(|ms| dsn.call().cache(1).cancel(ms));
    let outcomes = Machine::new().run(calls.collect::<Vec<_>>());
    let whole = |outcome: &Outcome| match outcome.status {
        0 => !outcome.password.is_empty(),
        501 => outcome.password.is_empty() && outcome.kind == 0,
        _ => false,
    };
    assert!(outcomes.iter().all(whole), "{outcomes:?}");
    let late = Machine::new().one(dsn.call().cancel(2000));
    assert_eq!(late.status, 0, "a finished login beats a late cancel");
}

#[test]
fn no_limit_means_none() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Delay { ms: 1500 }));
    let dsn = Dsn::keys(&sandbox).set("LoginTimeout", "1");
    assert_eq!(Machine::new().one(dsn.call().timeout(0)).status, 0);
    sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Delay { ms: 500 }));
    assert_eq!(Machine::new().one(dsn.set("LoginTimeout", "0").call()).status, 0);
}

#[test]
fn reading_a_profile_has_the_limits_of_a_login() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on("DescribeAuthenticationProfiles", FaultAction::Stall).times(2));
    let dsn = Dsn::keys(&sandbox).set("AuthProfile", "sandbox-profile").set("LoginTimeout", "1");
    let read = |call: crate::probe::Call| Step::ReadAuthProfile(Box::new(call));
    let outcomes = Machine::new().run([read(dsn.call()), read(dsn.call().timeout(300)), read(dsn.call())]);
    assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [500, 500, 0]);
    assert!(outcomes[0].message.contains("1 s") && outcomes[1].message.contains("0.3 s"), "{outcomes:?}");
}

#[test]
fn a_chain_without_any_keys_says_so_within_a_second() {
    let sandbox = Sandbox::start();
    let (_listener, silence) = silent();
    let refusing = format!("http://127.0.0.1:{}", crate::network::closed_port());
    for (endpoint, part) in [(silence, "no answer from 127.0.0.1 within"), (refusing, "refused")] {
        let machine =
            Machine::new().without_env("AWS_EC2_METADATA_DISABLED").env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &endpoint);
        let outcome = machine.one(Dsn::cluster(&sandbox).call());
        assert_eq!((outcome.status, outcome.sqlstate.as_str()), (404, "28000"), "{}", outcome.told());
        for source in ["environment", "profile 'default'", "web identity", "container", "instance metadata", part] {
            assert!(outcome.message.contains(source), "no {source:?} in {}", outcome.told());
        }
        assert!(outcome.elapsed_ms < 1000, "{} ms", outcome.elapsed_ms);
        assert_eq!((outcome.stage.as_str(), outcome.plugin.as_str(), count(&sandbox)), ("aws", "Default", 0));
    }
    let off = Machine::new().one(Dsn::cluster(&sandbox).call());
    assert!(off.status == 404 && off.message.contains("AWS_EC2_METADATA_DISABLED"), "{}", off.told());
}

#[test]
fn a_kind_that_the_host_does_not_take_is_refused_before_any_request() {
    let sandbox = Sandbox::start();
    let machine = Machine::with_profiles(&sandbox);
    let (keys, role) = (Dsn::keys(&sandbox), Dsn::cluster(&sandbox).set("Profile", "sandbox-role"));
    for dsn in [keys, role] {
        let outcomes = machine.run([dsn.call().kinds(1 << 2), dsn.call().kinds(1 << 2 | 1 << 3)]);
        for outcome in outcomes {
            assert_eq!((outcome.status, count(&sandbox)), (100, 0), "{}", outcome.told());
            assert!(outcome.message.contains("does not take"), "{}", outcome.told());
        }
        let outcomes = machine.run([dsn.call().kinds(1 << 1), dsn.call().kinds(1 << 2)]);
        assert_eq!(outcomes.iter().map(|outcome| outcome.status).collect::<Vec<_>>(), [0, 100], "also from the cache");
        sandbox.reset_log();
    }
}
