//! A forked child may log in at once, whatever the parent's other threads are doing.

use crate::probe::{Dsn, Machine, Step};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

#[test]
fn while_other_threads_log_in() {
    let sandbox = Sandbox::start();
    let role = "[profile slow]\ncredential_process = /bin/sleep 1\n";
    let tls = Dsn::keys(&sandbox).at(&sandbox.https_url()).set("CaFile", &sandbox.ca_file().display().to_string());
    for earlier in [Step::Init, tls.call().into()] {
        let fork = |n: u32| {
            let name = format!("db{n}");
            let of = |user: &str| tls.clone().set("DbUser", user).set("Database", &name).call().repeat(1);
            let slow = Dsn::cluster(&sandbox).set("Profile", "slow").call();
            // The child asks for what a thread of the parent is just asking for, among others.
            Step::Fork { call: Box::new(of("a")), beside: vec![of("a"), of("b"), of("c"), slow] }
        };
        sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Delay { ms: 200 }).times(40));
        let steps: Vec<_> = std::iter::once(earlier).chain((0..6).map(fork)).collect();
        let outcomes = Machine::new().file(".aws/config", role).run(steps);
        for outcome in &outcomes[1..] {
            assert_eq!(outcome.status, 0, "{}", outcome.told());
            assert!(!outcome.from_cache && outcome.elapsed_ms < 5000, "{outcome:?}");
        }
        sandbox.clear_faults();
    }
}

#[test]
fn nothing_of_the_parents_cache_is_the_childs() {
    let sandbox = Sandbox::start();
    let call = Dsn::keys(&sandbox).call();
    let fork = Step::Fork { call: Box::new(call.clone()), beside: Vec::new() };
    let outcomes = Machine::new().run([call.clone().into(), fork, call.into()]);
    let cached: Vec<_> = outcomes.iter().map(|outcome| (outcome.status, outcome.from_cache)).collect();
    assert_eq!(cached, [(0, false), (0, false), (0, true)]);
}
