//! Callbacks run on the caller's thread, in order, and cannot start another login.

use crate::probe::{Dsn, Machine, Runtime, Step};
use rs_auth_sandbox::Sandbox;

#[test]
fn lines_come_on_the_callers_thread_and_in_order() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox).set("AutoCraete", "1");
    let outcomes = Machine::new().run([
        Step::from(dsn.call().log(5)),
        Step::Together(vec![dsn.call().log(5).cache(1); 4]),
        dsn.call().cache(1).log(2).into(),
        dsn.call().cache(1).log(1).into(),
    ]);
    for outcome in &outcomes[..5] {
        assert_eq!((outcome.status, outcome.foreign), (0, 0), "{}", outcome.told());
        let at = |part: &str| outcome.lines.iter().position(|(_, _, line)| line.contains(part));
        let places = ["AutoCraete", "method Static", "region us-east-1", "127.0.0.1"].map(at);
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}: {:#?}", outcome.lines);
        assert!(outcome.lines.iter().all(|(level, target, _)| (1..=5).contains(level) && !target.is_empty()));
    }
    assert_eq!(outcomes[5].lines.len(), 1, "warnings only");
    assert_eq!(outcomes[6].lines.len(), 0, "errors only");
}

#[test]
fn a_login_from_inside_a_callback_is_busy() {
    let sandbox = Sandbox::start();
    let mut call = Dsn::keys(&sandbox).call().log(5);
    call.reenter = true;
    let outcomes = Machine::new().run([call.clone(), call]);
    assert_eq!((outcomes[0].status, outcomes[0].count), (0, 2), "{}", outcomes[0].told());
    assert_eq!(outcomes[1].status, 0);
    // Outside of a callback the same call says what it lacks.
    let bare = Machine::new().one(Dsn::default().call());
    assert_ne!(bare.status, 2);
}

#[test]
fn a_login_works_inside_runtimes_of_the_host() {
    let sandbox = Sandbox::start();
    let dsn = Dsn::keys(&sandbox);
    for runtime in [Runtime::CurrentThread, Runtime::MultiThread] {
        let calls =
            [dsn.call().inside(runtime).log(5), dsn.call().inside(runtime), dsn.call().cache(1).inside(runtime)];
        for outcome in Machine::new().run(calls) {
            assert_eq!((outcome.status, outcome.foreign), (0, 0), "{runtime:?}: {}", outcome.told());
        }
    }
}

#[test]
fn a_log_file_needs_no_host() {
    let sandbox = Sandbox::start();
    for (level, has_trace) in [(None, true), (Some("info"), false)] {
        let machine = Machine::new();
        let path = machine.path("log").display().to_string();
        let machine = machine.env("RS_AUTH_LOG_FILE", &path);
        let machine = level.into_iter().fold(machine, |machine, level: &str| machine.env("RS_AUTH_LOG", level));
        assert_eq!(machine.one(Dsn::keys(&sandbox).call()).status, 0);
        let log = std::fs::read_to_string(&path).unwrap();
        assert!(log.contains(" INFO login ") && log.contains("method Static"), "{log}");
        assert_eq!(log.contains(" TRACE "), has_trace, "{log}");
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap());
        assert_eq!(mode & 0o777, 0o600);
    }
    // Never through a link, never from a DSN; and never a reason to fail.
    let machine = Machine::new().file("target", "");
    std::os::unix::fs::symlink(machine.path("target"), machine.path("link")).unwrap();
    let link = machine.path("link").display().to_string();
    let machine = machine.env("RS_AUTH_LOG_FILE", link);
    let other = machine.path("other").display().to_string();
    assert_eq!(machine.one(Dsn::keys(&sandbox).set("RS_AUTH_LOG_FILE", &other).call()).status, 0);
    assert_eq!(std::fs::read_to_string(machine.path("target")).unwrap(), "");
    assert!(!machine.path("other").exists());
}
