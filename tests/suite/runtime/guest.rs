//! Nothing of the library is left when a call has returned, and nothing of the host is changed.

use crate::probe::{Dsn, Machine, Step};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

/// Threads and descriptors before and after.
fn left_behind(machine: &Machine, steps: Vec<Step>) -> [(i64, u16); 2] {
    let steps = [vec![Step::Init, Step::Count], steps, vec![Step::Count]].concat();
    let outcomes = machine.run(steps);
    let counts: Vec<_> =
        outcomes.iter().filter(|outcome| outcome.count > 0).map(|outcome| (outcome.count, outcome.port)).collect();
    <[_; 2]>::try_from(counts).unwrap()
}

#[test]
fn two_hundred_logins_leave_no_thread_and_no_descriptor() {
    let sandbox = Sandbox::start();
    let machine = Machine::with_profiles(&sandbox);
    let plain = Dsn::keys(&sandbox).call().cache(1).repeat(140);
    let tls = Dsn::keys(&sandbox).at(&sandbox.https_url()).set("CaFile", &sandbox.ca_file().display().to_string());
    let process = Dsn::cluster(&sandbox).set("Profile", "sandbox-process").call().cache(1).repeat(20);
    let steps = vec![
        plain.into(),
        tls.call().cache(1).repeat(40).into(),
        process.into(),
        Step::Together(vec![Dsn::keys(&sandbox).call().cache(1); 8]),
    ];
    let [before, after] = left_behind(&machine, steps);
    assert_eq!(before, after);
}

#[test]
fn failures_leave_nothing_either() {
    let sandbox = Sandbox::start();
    let faults = [
        FaultAction::Stall,
        FaultAction::StallInBody,
        FaultAction::Reset,
        FaultAction::Garbage,
        FaultAction::NotHttp,
        FaultAction::Close,
    ];
    for action in faults {
        sandbox.script(Fault::on("GetClusterCredentials", action).times(3));
    }
    let dsn = Dsn::keys(&sandbox);
    let lost = Dsn::cluster(&sandbox).set("Profile", "slow");
    let steps = vec![
        dsn.call().cache(1).timeout(300).repeat(12).into(),
        dsn.call().cache(1).cancel(20).repeat(5).into(),
        dsn.clone().at("https://rs-auth.invalid").call().timeout(2000).into(),
        lost.call().timeout(300).repeat(3).into(),
    ];
    let machine = Machine::new().file(".aws/config", "[profile slow]\ncredential_process = /bin/sleep 30\n");
    let [before, after] = left_behind(&machine, steps);
    assert_eq!(before, after);
}

#[test]
fn a_peer_that_resets_does_not_end_the_host() {
    let sandbox = Sandbox::start();
    let tls = Dsn::keys(&sandbox).at(&sandbox.https_url()).set("CaFile", &sandbox.ca_file().display().to_string());
    for action in [FaultAction::Reset, FaultAction::ResetInBody, FaultAction::Close, FaultAction::Truncate] {
        sandbox.script(Fault::on("GetClusterCredentials", action).times(3));
    }
    let calls = [Step::DefaultSigpipe, tls.call().cache(1).repeat(4).into(), tls.call().into()];
    let statuses: Vec<_> = Machine::new().run(calls).iter().map(|outcome| outcome.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 0]);
}

#[test]
fn the_hosts_panic_hook_stays_the_hosts() {
    let sandbox = Sandbox::start();
    let outcome = Machine::new().one(Step::PanicAfter(Box::new(Dsn::keys(&sandbox).call())));
    assert_eq!((outcome.status, outcome.count), (0, 1), "{}", outcome.told());
}

#[test]
fn init_can_be_called_at_any_time() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let outcomes = Machine::new().run([Step::Init, Step::Init, call.clone().into(), Step::Init, call.into()]);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0), "{outcomes:?}");
    assert!(outcomes[4].from_cache);
}
