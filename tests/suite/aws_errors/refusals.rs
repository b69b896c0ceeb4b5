//! Refusals, each with its status, code, request id and what to do about it.

use crate::probe::{Dsn, Machine, Outcome};
use crate::sent::{operations, the};
use rs_auth_sandbox::demo_world::{
    DENIED_KEY, EXPIRED_KEY, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_KEY, USER_SECRET,
};
use rs_auth_sandbox::{Fault, FaultAction, Sandbox};

/// A DSN, the status and code it ends in, and a part of message or hint.
type Case = (&'static str, Dsn, i32, &'static str, &'static str);

fn check(outcome: &Outcome, (name, _, status, code, part): &Case) {
    assert_eq!(outcome.status, *status, "{name}: {}", outcome.told());
    assert_eq!(outcome.code, *code, "{name}: {}", outcome.told());
    assert_eq!(outcome.request_id.len(), 36, "{name}: {}", outcome.request_id);
    assert!((400..500).contains(&outcome.http_status), "{name}: {}", outcome.http_status);
    assert!(outcome.told().contains(part), "{name}: no {part:?} in {}", outcome.told());
    assert_eq!((outcome.stage.as_str(), outcome.plugin.as_str()), ("redshift", "Static"), "{name}");
    assert!(!outcome.retryable && outcome.short_text.contains(code), "{name}: {}", outcome.short_text);
}

#[test]
fn what_the_provisioned_service_refuses() {
    let sandbox = Sandbox::start();
    let keys = Dsn::keys(&sandbox);
    let expired = keys.clone().signed(EXPIRED_KEY, SESSION_SECRET).set("SessionToken", SESSION_TOKEN);
    let no_token = keys.clone().signed(SESSION_KEY, SESSION_SECRET);
    let domain = keys.clone().set("Host", "nowhere.example.com").set("Region", "us-east-1");
    let cases: [Case; 8] = [
        ("wrong secret", keys.clone().signed(USER_KEY, "wrong"), 400, "SignatureDoesNotMatch", "secret access key"),
        ("expired", expired, 400, "ExpiredToken", "refresh them"),
        (
            "unknown key",
            keys.clone().signed("AKIANOBODY", USER_SECRET),
            400,
            "InvalidClientTokenId",
            "check the access key id",
        ),
        ("session token missing", no_token, 400, "InvalidClientTokenId", "session token"),
        ("denied", keys.clone().signed(DENIED_KEY, USER_SECRET), 400, "AccessDenied", "IAM policy"),
        ("no such cluster", keys.clone().set("ClusterId", "no-such"), 401, "ClusterNotFound", "no-such"),
        ("unknown domain", domain, 401, "ClusterNotFound", "give ClusterId or Workgroup"),
        ("bad user", keys.clone().set("DbUser", "0"), 403, "InvalidParameterValue", "DbUser"),
    ];
    let calls = cases.iter().map(|case| case.1.call()).collect::<Vec<_>>();
    let results = Machine::new().recorded(&sandbox, calls);
    for ((outcome, sent), case) in results.iter().zip(&cases) {
        check(outcome, case);
        assert_eq!(operations(sent), ["GetClusterCredentials"], "{}: asked once", case.0);
        let sqlstate = if case.2 == 400 { "28000" } else { "08001" };
        assert_eq!(outcome.sqlstate, sqlstate, "{}", case.0);
    }
    assert_eq!(Machine::new().one(keys.call()).status, 0, "the control");
}

#[test]
fn what_the_serverless_service_refuses() {
    let sandbox = Sandbox::start();
    let keys = Dsn::workgroup(&sandbox);
    let expired = keys.clone().signed(EXPIRED_KEY, SESSION_SECRET).set("SessionToken", SESSION_TOKEN);
    let domain = keys.clone().set("Host", "nowhere.example.com").set("Serverless", "1").set("Region", "us-east-1");
    let cases: [Case; 6] = [
        ("wrong secret", keys.clone().signed(USER_KEY, "wrong"), 400, "InvalidSignatureException", "secret access key"),
        ("expired", expired, 400, "ExpiredTokenException", "refresh them"),
        (
            "unknown key",
            keys.clone().signed("AKIANOBODY", USER_SECRET),
            400,
            "UnrecognizedClientException",
            "check the access key id",
        ),
        ("denied", keys.clone().signed(DENIED_KEY, USER_SECRET), 400, "AccessDeniedException", "IAM policy"),
        ("no such workgroup", keys.clone().set("Workgroup", "no-such"), 401, "ResourceNotFoundException", "no-such"),
        ("unknown domain", domain, 401, "ResourceNotFoundException", "give ClusterId or Workgroup"),
    ];
    let calls = cases.iter().map(|case| case.1.call()).collect::<Vec<_>>();
    for ((outcome, sent), case) in Machine::new().recorded(&sandbox, calls).iter().zip(&cases) {
        check(outcome, case);
        assert_eq!(operations(sent), ["GetCredentials"], "{}: asked once", case.0);
    }
    assert_eq!(Machine::new().one(keys.call()).status, 0, "the control");
}

#[test]
fn what_sts_refuses() {
    let sandbox = Sandbox::start();
    let machine = Machine::with_profiles(&sandbox);
    let role = Dsn::cluster(&sandbox).set("Profile", "sandbox-role");
    let refusal = |code: &str, message: &str| FaultAction::Error {
        code: code.to_owned(),
        message: message.to_owned(),
        status: 403,
    };
    sandbox
        .script(Fault::on("AssumeRole", refusal("AccessDenied", "User is not authorized to perform: sts:AssumeRole")));
    let denied = machine.one(role.call());
    assert_eq!((denied.status, denied.code.as_str(), denied.stage.as_str()), (400, "AccessDenied", "sts"));
    assert!(
        denied.message.contains("sts:AssumeRole") && denied.message.contains("role/sandbox-role"),
        "{}",
        denied.told()
    );
    assert_eq!((denied.plugin.as_str(), denied.http_status), ("Profile", 403));
    assert_eq!(operations(&sandbox.requests()), ["AssumeRole"], "nothing is asked of Redshift");
    sandbox.script(Fault::on("AssumeRole", refusal("RegionDisabledException", "STS is not activated in this region")));
    let disabled = machine.one(role.call());
    assert_eq!(disabled.status, 400);
    assert!(disabled.hint.contains("not activated"), "{}", disabled.told());
    let web = Dsn::cluster(&sandbox).set("Profile", "sandbox-web-identity");
    std::fs::write(machine.path("web_identity_token"), "sandbox.web-identity.expired").unwrap();
    let expired = machine.one(web.call());
    assert_eq!(expired.status, 400, "{}", expired.told());
    assert!(expired.hint.contains("fresh token"), "{}", expired.told());
    assert_eq!(machine.one(role.call()).status, 0, "the control");
}

#[test]
fn a_discovery_that_is_not_allowed_names_the_permission() {
    let sandbox = Sandbox::builder()
        .with_world(|world| world.key_mut(USER_KEY).unwrap().denied.push("redshift:DescribeClusters".to_owned()))
        .start();
    let dsn = Dsn::keys(&sandbox).without("Host").set("ClusterId", "sandbox-cluster").set("Region", "us-east-1");
    let refused = Machine::new().one(dsn.call());
    assert_eq!((refused.status, refused.code.as_str()), (400, "AccessDenied"));
    assert!(refused.told().contains("redshift:DescribeClusters"), "{}", refused.told());
    assert!(refused.hint.contains("give Host"), "{}", refused.told());
    assert_eq!(Machine::new().one(dsn.set("Host", "h.example").call()).status, 0, "the control");
}

#[test]
fn a_clock_that_is_off_is_corrected() {
    for offset in [3600, -3600] {
        let sandbox = Sandbox::builder().with_world(|world| world.clock_offset_seconds = offset).start();
        let results = Machine::new().recorded(&sandbox, [Dsn::keys(&sandbox).call(), Dsn::workgroup(&sandbox).call()]);
        for ((outcome, sent), operation) in results.iter().zip(["GetClusterCredentials", "GetCredentials"]) {
            assert_eq!(outcome.status, 0, "{offset}: {}", outcome.told());
            assert_eq!(operations(sent), [operation, operation]);
            assert_eq!((sent[0].status >= 400, sent[1].status), (true, 200), "refused, then signed by the other clock");
        }
    }
    let sandbox = Sandbox::start();
    let (outcome, sent) = Machine::new().recorded(&sandbox, [Dsn::keys(&sandbox).call()]).remove(0);
    assert_eq!(outcome.status, 0);
    the(&sent, "GetClusterCredentials");
}
