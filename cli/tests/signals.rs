//! A signal ends a login, and what would come after it.

use crate::desk::Desk;
use rs_auth_sandbox::{Fault, FaultAction};
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use std::time::{Duration, Instant};

fn stalled(desk: &Desk, signal: Option<Signal>) -> (i32, Duration) {
    desk.sandbox.reset_log();
    if signal.is_some() {
        desk.sandbox.script(Fault::on("GetClusterCredentials", FaultAction::Stall));
    }
    let mut command = desk.command(&["exec", "-d", "sandbox-keys", "--", "touch", "started"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    assert!(desk.sandbox.wait_for_requests(1, Duration::from_secs(30)));
    let since = Instant::now();
    if let Some(signal) = signal {
        let id = i32::try_from(child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), since.elapsed())
}

#[test]
fn a_signal_ends_a_login() {
    let desk = Desk::new();
    let started = desk.home.path().join("started");
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        let (ended, took) = stalled(&desk, Some(signal));
        assert_eq!(ended, code);
        assert!(took < Duration::from_secs(5) && !started.exists(), "{took:?}");
    }
    assert_eq!(stalled(&desk, None).0, 0);
    assert!(started.exists());
}
