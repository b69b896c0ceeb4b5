//! The stored token, and what becomes of it near its end.

use super::{FILE, KEYS, REDSHIFT, RENEWAL, dsn, file, machine, signed_in, stored};
use crate::probe::{Machine, Outcome};
use crate::sent::{operations, the};
use rs_auth_sandbox::{Fault, FaultAction, Record, Sandbox};
use std::os::unix::fs::PermissionsExt;

fn log_in(sandbox: &Sandbox, machine: &Machine) -> (Outcome, Vec<Record>) {
    machine.recorded(sandbox, [dsn(sandbox).call().cache(1)]).remove(0)
}

#[test]
fn a_fresh_token_is_used_as_it_is() {
    let sandbox = Sandbox::start();
    let signed = signed_in(&sandbox);
    let text = file(&sandbox, &signed, 3600);
    let machine = machine(&sandbox).file(FILE, &text);
    let (outcome, sent) = log_in(&sandbox, &machine);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), [KEYS, REDSHIFT]);
    assert_eq!((sent[0].service.as_str(), sent[0].signed_by.as_deref()), ("sso", None));
    assert_eq!(sent[0].header("x-amz-sso_bearer_token"), Some(signed.1.access_token.as_str()));
    assert_eq!(
        (sent[0].parameter("account_id"), sent[0].parameter("role_name")),
        (Some("123456789012"), Some("Analyst"))
    );
    assert_eq!(std::fs::read_to_string(machine.path(FILE)).unwrap(), text);
    let names: Vec<_> = std::fs::read_dir(machine.path(".aws/sso/cache")).unwrap().collect();
    assert_eq!(names.len(), 1, "no lock is left where none was needed");
}

#[test]
fn a_token_near_its_end_is_renewed_and_stored_for_aws() {
    let sandbox = Sandbox::start();
    for rotates in [true, false] {
        sandbox.with_world(|world| world.identity_center.rotates = rotates);
        let signed = signed_in(&sandbox);
        let machine =
            machine(&sandbox).file(FILE, &file(&sandbox, &signed, -10).replace('{', r#"{"mine": {"x": 1}, "#));
        std::fs::set_permissions(machine.path(FILE), std::fs::Permissions::from_mode(0o644)).unwrap();
        sandbox.reset_log();
        let (outcome, sent) = log_in(&sandbox, &machine);
        assert_eq!(outcome.status, 0, "{}", outcome.told());
        assert_eq!(operations(&sent), [RENEWAL, KEYS, REDSHIFT]);
        assert_eq!((sent[0].service.as_str(), sent[0].signed_by.as_deref()), ("sso-oidc", None));
        assert_eq!(sent[0].parameter("refreshToken"), signed.1.refresh_token.as_deref());
        let now_there = stored(&machine);
        assert_eq!(now_there["accessToken"].as_str(), sent[1].header("x-amz-sso_bearer_token"));
        let kept = now_there["refreshToken"].as_str() == signed.1.refresh_token.as_deref();
        assert_eq!(kept, !rotates, "{now_there}");
        assert_eq!(now_there["mine"]["x"], 1);
        let mode = std::fs::metadata(machine.path(FILE)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{mode:o}");
        // The renewed one serves the next process.
        let (outcome, sent) = log_in(&sandbox, &machine);
        assert_eq!(
            (outcome.status, operations(&sent).as_slice()),
            (0, [KEYS, REDSHIFT].as_slice()),
            "{}",
            outcome.told()
        );
    }
}

#[test]
fn trouble_with_the_renewal_leaves_the_file_as_it_is() {
    let sandbox = Sandbox::start();
    let signed = signed_in(&sandbox);
    let text = file(&sandbox, &signed, -10);
    let machine = machine(&sandbox).file(FILE, &text);
    let throttled = FaultAction::Error { code: "SlowDownException".to_owned(), message: "x".to_owned(), status: 429 };
    for (action, status) in [
        (FaultAction::Error { code: "InternalServerException".to_owned(), message: "x".to_owned(), status: 503 }, 403),
        (throttled, 402),
        (FaultAction::Reset, 200),
    ] {
        sandbox.script(Fault { times: 3, ..Fault::on(RENEWAL, action) });
        // Somebody is there, and is not asked.
        let outcome = machine.one(dsn(&sandbox).call().cache(1).events(1));
        assert_eq!((outcome.status, outcome.stage.as_str()), (status, "aws"), "{}", outcome.told());
        assert!(outcome.retryable && outcome.events.is_empty(), "{}", outcome.told());
        assert_eq!(std::fs::read_to_string(machine.path(FILE)).unwrap(), text);
        sandbox.clear_faults();
    }
    let stalled = Fault { times: 0, ..Fault::on(RENEWAL, FaultAction::Stall) };
    sandbox.script(stalled);
    let outcome = machine.one(dsn(&sandbox).call().cache(1).timeout(500));
    assert_eq!(outcome.status, 500, "{}", outcome.told());
    assert!(outcome.message.contains("renewing the token of IAM Identity Center"), "{}", outcome.told());
    assert_eq!(std::fs::read_to_string(machine.path(FILE)).unwrap(), text);
    sandbox.clear_faults();
    assert_eq!(log_in(&sandbox, &machine).0.status, 0, "the control");
}

#[test]
fn a_refusal_for_good_names_the_way_back() {
    let sandbox = Sandbox::start();
    let signed = signed_in(&sandbox);
    let machine = machine(&sandbox).file(FILE, &file(&sandbox, &signed, -10));
    sandbox.with_world(|world| world.identity_center.tokens[0].refresh_token = None);
    let (outcome, sent) = log_in(&sandbox, &machine);
    assert_eq!((outcome.status, outcome.sqlstate.as_str()), (404, "28000"), "{}", outcome.told());
    assert!(outcome.message.contains("InvalidGrantException: Invalid refresh token provided"), "{}", outcome.told());
    assert_eq!(outcome.hint, "run `aws sso login --profile p`");
    assert_eq!(operations(&sent), [RENEWAL]);
    assert!(stored(&machine).get("refreshToken").is_none());
    let (outcome, sent) = log_in(&sandbox, &machine);
    assert_eq!((outcome.status, sent.len()), (404, 0), "the refused token is not tried again: {}", outcome.told());
}

#[test]
fn processes_that_renew_at_once_make_one_renewal() {
    let sandbox = Sandbox::start();
    let signed = signed_in(&sandbox);
    let machine = machine(&sandbox).file(FILE, &file(&sandbox, &signed, -10));
    // A renewal that takes its time: without a lock the others would spend the same refresh token.
    sandbox.script(Fault::on(RENEWAL, FaultAction::Delay { ms: 300 }));
    // Machines of their own, since a child reads its steps from its home; the token's directory is the same.
    let others: Vec<_> = (0..3)
        .map(|_| {
            let other = super::machine(&sandbox);
            std::os::unix::fs::symlink(machine.path(".aws/sso"), other.path(".aws/sso")).unwrap();
            other
        })
        .collect();
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let all = others.iter().chain([&machine]);
        let running: Vec<_> = all.map(|machine| scope.spawn(|| machine.one(dsn(&sandbox).call()))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for outcome in &outcomes {
        assert_eq!(outcome.status, 0, "{}", outcome.told());
    }
    assert_eq!(sandbox.requests_for(RENEWAL).len(), 1);
    assert_eq!(sandbox.requests_for(KEYS).len(), 4);
}

#[test]
fn a_session_that_ended_at_the_portal_is_renewed() {
    let sandbox = Sandbox::start();
    let signed = signed_in(&sandbox);
    let machine = machine(&sandbox).file(FILE, &file(&sandbox, &signed, 3600));
    sandbox.with_world(|world| world.identity_center.tokens[0].expires_at = 0);
    let (outcome, sent) = log_in(&sandbox, &machine);
    assert_eq!(outcome.status, 0, "{}", outcome.told());
    assert_eq!(operations(&sent), [KEYS, RENEWAL, KEYS, REDSHIFT]);
}

#[test]
fn a_role_that_is_not_assigned_and_a_session_that_is_not_there() {
    let sandbox = Sandbox::start();
    let signed = signed_in(&sandbox);
    let machine = machine(&sandbox).file(FILE, &file(&sandbox, &signed, 3600));
    let config = std::fs::read_to_string(machine.path(".aws/config")).unwrap();
    let machine = machine.file(".aws/config", &config.replace("= Analyst", "= Owner"));
    let (outcome, sent) = log_in(&sandbox, &machine);
    assert_eq!((outcome.status, outcome.code.as_str()), (400, "ForbiddenException"), "{}", outcome.told());
    assert!(outcome.hint.contains("not assigned"), "{}", outcome.told());
    assert_eq!(operations(&sent), [KEYS]);
    for (from, to, part) in [
        ("[sso-session corp]", "[sso-session other]", "there is no [sso-session corp]"),
        ("sso_region = us-east-1\n", "", "sso_region is missing"),
        ("sso_role_name = Analyst\n", "", "sso_account_id needs sso_role_name"),
    ] {
        let machine = super::machine(&sandbox).file(".aws/config", &config.replace(from, to));
        let (outcome, sent) = log_in(&sandbox, &machine);
        assert_eq!((outcome.status, sent.len()), (100, 0), "{}", outcome.told());
        assert!(outcome.message.contains(part), "{}", outcome.told());
    }
    let machine = machine.file(".aws/config", &config);
    assert_eq!(the(&log_in(&sandbox, &machine).1, REDSHIFT).status, 200, "the control");
}
