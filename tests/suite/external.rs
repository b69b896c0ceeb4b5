//! External: a program of the user's prints the SAML response.

use crate::probe::{Dsn, Machine, Outcome};
use crate::sent::{count, operations, the};
use rs_auth_sandbox::Sandbox;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

const STS: &str = "AssumeRoleWithSAML";

/// A machine with an executable script that is the program, and the response for alice in a file beside it.
struct Desk {
    sandbox: Sandbox,
    machine: Machine,
}

impl Desk {
    fn new(script: &str) -> Self {
        let sandbox = Sandbox::start();
        let machine = Machine::new().file("response", &sandbox.assertion_for("alice"));
        let desk =
            Self { sandbox, machine: machine.file("sso", &format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{script}\n")) };
        desk.allow(0o755);
        desk
    }

    fn allow(&self, mode: u32) {
        std::fs::set_permissions(self.machine.path("sso"), std::fs::Permissions::from_mode(mode)).unwrap();
    }

    fn dsn(&self) -> Dsn {
        let program = self.machine.path("sso").display().to_string();
        Dsn::cluster(&self.sandbox).without("DbUser").set("plugin_name", "External").set("external_program", &program)
    }

    fn one(&self, dsn: &Dsn) -> Outcome {
        self.machine.one(dsn.call().log(5))
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.machine.path(file)).unwrap()
    }
}

fn refused(outcome: &Outcome, status: i32, stage: &str, part: &str) {
    assert_eq!((outcome.status, outcome.stage.as_str()), (status, stage), "{}", outcome.told());
    assert!(outcome.message.contains(part) && outcome.message.contains("external_program"), "{}", outcome.told());
    assert_eq!(outcome.plugin, "External");
}

#[test]
fn what_it_prints_goes_to_sts() {
    let desk = Desk::new("cat > /dev/null; echo working >&2; cat response; echo");
    let (outcome, sent) = desk.machine.recorded(&desk.sandbox, [desk.dsn().call()]).remove(0);
    assert_eq!((outcome.status, outcome.user.as_str()), (0, "IAMA:alice"), "{}", outcome.told());
    assert_eq!(outcome.plugin, "External");
    assert_eq!(operations(&sent), [STS, "GetClusterCredentials"]);
    assert_eq!(the(&sent, STS).parameter("SAMLAssertion"), Some(desk.text("response").as_str()));
    assert!(the(&sent, STS).header("authorization").is_none());
}

/// D-17: the ODBC driver puts all of them on the command line, where every user of the machine can read them.
#[test]
fn it_reads_the_settings_and_they_stand_nowhere_else() {
    let desk = Desk::new("cat > settings; tr '\\0' '\\n' < /proc/$$/cmdline > seen; env >> seen; cat response");
    let dsn = desk.dsn().set("PWD", "c4nary \"; $(id)").set("client_secret", "c4nary2").set("idpport", "8443");
    let dsn = dsn.set("preferred_role", "").set("my_own_key", "mine");
    let outcome = desk.one(&dsn);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    let settings: serde_json::Value = serde_json::from_str(&desk.text("settings")).unwrap();
    for (name, value) in [
        ("PWD", "c4nary \"; $(id)"),
        ("client_secret", "c4nary2"),
        ("idp_port", "8443"),
        ("my_own_key", "mine"),
        ("plugin_name", "External"),
        ("Database", "dev"),
    ] {
        assert_eq!(settings[name], value, "{settings}");
    }
    assert!(settings.get("preferred_role").is_none() && settings.get("idpport").is_none(), "{settings}");
    assert!(desk.text("seen").contains("HOME=") && !desk.text("seen").contains("c4nary"), "{}", desk.text("seen"));
    assert!(!format!("{outcome:?}").contains("c4nary"));
}

#[test]
fn it_need_not_read_its_input() {
    for script in ["exec 0<&-; cat response", "cat response; exit 0"] {
        let desk = Desk::new(script);
        let dsn = desk.dsn().set("my_own_key", &"x".repeat(200_000));
        let outcomes = desk.machine.run([crate::probe::Step::DefaultSigpipe, dsn.call().into()]);
        assert_eq!(outcomes[0].status, 0, "{script}: {}", outcomes[0].told());
    }
    // One that reads late, after it has written more than a pipe holds.
    let desk = Desk::new("head -c 300000 /dev/zero >&2; cat > settings; cat response");
    assert_eq!(desk.one(&desk.dsn().set("my_own_key", &"x".repeat(200_000))).status, 0);
    assert!(desk.text("settings").len() > 200_000);
}

#[test]
fn without_a_program_there_is_no_login() {
    let desk = Desk::new("cat response");
    let outcome = desk.one(&desk.dsn().without("external_program"));
    assert_eq!(outcome.status, 101, "{}", outcome.told());
    assert!(outcome.message.starts_with("external_program"), "{}", outcome.told());
    for path in ["sso", "./sso", "sso --flag"] {
        let outcome = desk.one(&desk.dsn().set("external_program", path));
        assert_eq!((outcome.status, outcome.stage.as_str()), (100, "settings"), "{}", outcome.told());
        assert!(outcome.message.starts_with("external_program must be an absolute path"), "{}", outcome.told());
    }
    assert_eq!((count(&desk.sandbox), desk.one(&desk.dsn()).status), (0, 0));
}

#[test]
fn a_program_that_cannot_be_started() {
    let desk = Desk::new("cat response");
    let missing = desk.one(&desk.dsn().set("external_program", "/nonexistent/sso"));
    refused(&missing, 100, "settings", "No such file");
    // A path is no command line.
    let program = format!("{} --flag", desk.machine.path("sso").display());
    refused(&desk.one(&desk.dsn().set("external_program", &program)), 100, "settings", "No such file");
    desk.allow(0o644);
    let outcome = desk.one(&desk.dsn());
    refused(&outcome, 100, "settings", "ermission denied");
    assert!(outcome.hint.contains("executable"), "{}", outcome.told());
    desk.allow(0o755);
    assert_eq!(desk.one(&desk.dsn()).status, 0);
}

#[test]
fn a_failure_tells_code_and_reason() {
    let desk = Desk::new("cat > /dev/null; echo 'no ticket; password: c4nary' >&2; cat response; exit 7");
    let outcome = desk.one(&desk.dsn());
    refused(&outcome, 302, "idp", "ended with exit code 7; it said: no ticket;");
    assert!(outcome.hint.contains("by hand"), "{}", outcome.told());
    assert!(!format!("{outcome:?}").contains("c4nary"), "{outcome:?}");
    refused(&Desk::new("kill -9 $$").failing(), 302, "idp", "was ended by signal 9");
    refused(&Desk::new("exit 1").failing(), 302, "idp", "said nothing on standard error");
    let long = Desk::new("head -c 100000 /dev/zero | tr '\\0' x >&2; echo the end >&2; exit 1").failing();
    assert!(long.message.ends_with("the end") && long.message.len() < 700, "{}", long.message);
}

impl Desk {
    fn failing(&self) -> Outcome {
        let outcome = self.one(&self.dsn());
        assert_eq!(count(&self.sandbox), 0);
        outcome
    }
}

#[test]
fn what_is_no_response() {
    for (script, part) in [
        ("echo; echo why >&2", "printed nothing; it said: why"),
        ("true", "printed nothing"),
        ("printf '<samlp:Response/>'", "something else than base64"),
        ("echo c4nary: && cat response", "something else than base64"),
        ("head -c 4300000 /dev/zero | tr '\\0' A", "4 MiB"),
    ] {
        let outcome = Desk::new(script).failing();
        refused(&outcome, 303, "assertion", part);
        assert!(!format!("{outcome:?}").contains("c4nary"), "{outcome:?}");
    }
    let outcome = Desk::new("echo bm8gWE1M").failing();
    assert_eq!((outcome.status, outcome.stage.as_str()), (303, "assertion"), "{}", outcome.told());
}

/// Whether a process is there and no zombie.
fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

#[test]
fn it_ends_with_the_call_and_so_do_its_children() {
    let script = "sleep 1000 & echo $$ $! > pids.new; mv pids.new pids; wait";
    for call in [|dsn: &Dsn| dsn.call().timeout(700), |dsn: &Dsn| dsn.call().cancel(500)] {
        let desk = Desk::new(script);
        let outcome = desk.machine.one(call(&desk.dsn()));
        assert!([500, 501].contains(&outcome.status), "{}", outcome.told());
        assert!(outcome.cancel_ms < 300 && outcome.elapsed_ms < 1500, "{outcome:?}");
        assert!(outcome.status == 501 || outcome.message.contains("the program sso"), "{}", outcome.told());
        let pids = desk.text("pids");
        let deadline = Instant::now() + Duration::from_secs(10);
        while pids.split_whitespace().any(is_alive) {
            assert!(Instant::now() < deadline, "{pids} live on");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn a_cancelled_call_starts_nothing() {
    let desk = Desk::new("touch started; cat response");
    assert_eq!(desk.machine.one(desk.dsn().call().cancel(0)).status, 501);
    let refusing =
        [desk.dsn().call().kinds(1 << 2), desk.dsn().without("Host").call(), desk.dsn().set("IAM", "0").call()];
    assert!(desk.machine.run(refusing).iter().all(|outcome| [100, 101].contains(&outcome.status)));
    assert!(!desk.machine.path("started").exists());
    assert!(desk.one(&desk.dsn()).status == 0 && desk.machine.path("started").exists());
}

#[test]
fn it_runs_once_for_many_databases() {
    let desk = Desk::new("cat > /dev/null; echo run >> runs; cat response");
    let other = desk.dsn().set("Database", "other");
    let calls = [desk.dsn().call(), desk.dsn().call(), other.call(), desk.dsn().call().entry("aws")];
    let outcomes = desk.machine.run(calls);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0));
    assert_eq!(desk.text("runs"), "run\n");
    assert_eq!(desk.one(&desk.dsn().set("DisableCache", "1")).status, 0);
    assert_eq!(desk.text("runs"), "run\nrun\n");
}

#[test]
fn only_where_it_is_the_plugin() {
    let desk = Desk::new("touch started; cat response");
    let keys = Dsn::keys(&desk.sandbox).set("external_program", &desk.machine.path("sso").display().to_string());
    assert_eq!(desk.one(&keys).status, 0);
    assert!(!desk.machine.path("started").exists());
}

#[test]
fn an_aws_profile_may_name_it() {
    let desk = Desk::new("cat response");
    let program = desk.machine.path("sso").display().to_string();
    std::fs::create_dir(desk.machine.path(".aws")).unwrap();
    let config = format!("[profile p]\nplugin_name = External\nexternal_program = {program}\nregion = us-east-1\n");
    std::fs::write(desk.machine.path(".aws/config"), config).unwrap();
    let outcome = desk.one(&Dsn::cluster(&desk.sandbox).without("DbUser").set("Profile", "p"));
    assert_eq!((outcome.status, outcome.plugin.as_str()), (0, "External"), "{}", outcome.told());
}

#[test]
fn a_response_whose_time_is_over() {
    let desk = Desk::new("cat old");
    desk.sandbox.with_world(|world| world.identity_pages.assertion.expired = true);
    std::fs::write(desk.machine.path("old"), desk.sandbox.assertion_for("alice")).unwrap();
    let outcome = desk.one(&desk.dsn());
    assert_eq!((outcome.status, outcome.code.as_str()), (400, "ExpiredTokenException"), "{}", outcome.told());
    assert!(outcome.hint.contains("clock"), "{}", outcome.told());
}

#[test]
fn several_programs_run_side_by_side() {
    let desk = Desk::new("cat > /dev/null; sleep 1; cat response");
    let calls = ["a", "b", "c"].map(|key| desk.dsn().set("my_own_key", key).set("UID", key).call());
    let outcomes = desk.machine.run([crate::probe::Step::Together(calls.to_vec())]);
    assert!(outcomes.iter().all(|outcome| outcome.status == 0), "{outcomes:?}");
    assert!(outcomes.iter().all(|outcome| outcome.elapsed_ms < 2700), "{outcomes:?}");
}
