//! `IdpTokenAuthPlugin` with AWS keys: `GetIdentityCenterAuthToken` for clusters and workgroups. PY-195, PY-198 to PY-208.

use super::{dsn, now};
use crate::network::closed_port;
use crate::probe::{Dsn, Machine, Outcome};
use crate::sent::{operations, region, the};
use rs_auth_sandbox::demo_world::{
    CLUSTER_DOMAIN, DENIED_KEY, EXPIRED_KEY, SESSION_KEY, SESSION_SECRET, SESSION_TOKEN, USER_SECRET,
};
use rs_auth_sandbox::{Fault, FaultAction, Record, Sandbox};

const CALL: &str = "GetIdentityCenterAuthToken";
const WORKGROUP: &str = "sandbox-workgroup.123456789012.us-east-1.redshift-serverless.amazonaws.com";

fn cluster(sandbox: &Sandbox) -> Dsn {
    let dsn = dsn(sandbox, "IdpTokenAuthPlugin").without("IAM").signed(SESSION_KEY, SESSION_SECRET);
    dsn.set("SessionToken", SESSION_TOKEN)
}

fn workgroup(sandbox: &Sandbox) -> Dsn {
    cluster(sandbox).set("Host", WORKGROUP)
}

fn one(sandbox: &Sandbox, dsn: &Dsn) -> (Outcome, Vec<Record>) {
    Machine::new().recorded(sandbox, [dsn.call()]).remove(0)
}

fn good(outcome: &Outcome) {
    assert_eq!((outcome.status, outcome.kind), (0, 2), "{}", outcome.told());
    assert_eq!((outcome.pair("token_type"), outcome.pair("idp_type")), (Some("SUBJECT_TOKEN"), Some("AwsIdc")));
    assert!(outcome.pair("token").is_some_and(|token| token.len() > 100), "{:?}", outcome.pairs);
}

#[test]
fn a_cluster_by_its_host() {
    let sandbox = Sandbox::start();
    let (outcome, sent) = one(&sandbox, &cluster(&sandbox));
    good(&outcome);
    assert!((outcome.expires - (now() + 300) * 1000).abs() < 5000, "{}", outcome.expires);
    assert_eq!(outcome.port, 5439);
    assert_eq!(operations(&sent), [CALL]);
    assert_eq!(sent[0].service, "redshift");
    assert_eq!(sent[0].parameter("ClusterIds.ClusterIdentifier.1"), Some("sandbox-cluster"));
    assert_eq!((sent[0].signed_by.as_deref(), region(&sent[0]).as_str()), (Some(SESSION_KEY), "us-east-1"));
    assert_eq!(sent[0].header("x-amz-security-token"), Some(SESSION_TOKEN));
}

#[test]
fn a_workgroup_by_its_host() {
    let sandbox = Sandbox::start();
    let (outcome, sent) = one(&sandbox, &workgroup(&sandbox));
    good(&outcome);
    assert_eq!((operations(&sent), sent[0].service.as_str()), (vec![CALL], "redshift-serverless"));
    assert_eq!(sent[0].header("x-amz-target"), Some("RedshiftServerless.GetIdentityCenterAuthToken"));
    assert_eq!(sent[0].parameter("workgroupNames"), Some(r#"["sandbox-workgroup"]"#));
}

/// PY-200 to PY-202; D-19: the ODBC driver leaves Workgroup and Serverless aside here.
#[test]
fn explicit_keys_win_over_the_host() {
    let sandbox = Sandbox::start();
    let west = cluster(&sandbox).set("ClusterId", "sandbox-west").set("Region", "us-west-2");
    let (outcome, sent) = one(&sandbox, &west);
    good(&outcome);
    assert_eq!(sent[0].parameter("ClusterIds.ClusterIdentifier.1"), Some("sandbox-west"));
    assert_eq!(region(&sent[0]), "us-west-2");
    let named = cluster(&sandbox).set("Host", "alias.example").set("Region", "us-east-1");
    for dsn in [named.clone().set("Serverless", "1"), named] {
        let (outcome, sent) = one(&sandbox, &dsn.set("Workgroup", "sandbox-workgroup"));
        good(&outcome);
        assert_eq!((sent[0].service.as_str(), outcome.host.as_str()), ("redshift-serverless", "alias.example"));
    }
}

/// PY-195: the endpoint is found side by side.
#[test]
fn without_a_host_it_is_found() {
    let sandbox = Sandbox::start();
    let bare = cluster(&sandbox).without("Host").set("Region", "us-west-2").set("ClusterId", "sandbox-west");
    let (outcome, sent) = one(&sandbox, &bare.clone().set("Port", "5439"));
    good(&outcome);
    let mut asked = operations(&sent);
    asked.sort_unstable();
    assert_eq!(asked, ["DescribeClusters", CALL]);
    assert_eq!(
        (outcome.host.as_str(), outcome.port),
        ("sandbox-west.abc123xyz789.us-west-2.redshift.amazonaws.com", 5440)
    );
    let serverless = cluster(&sandbox).without("Host").set("Region", "us-east-1").set("Workgroup", "sandbox-workgroup");
    let (outcome, sent) = one(&sandbox, &serverless);
    good(&outcome);
    assert_eq!((outcome.host.as_str(), sent.len()), (WORKGROUP, 2));
    // A host that is given is not looked for.
    let (outcome, sent) = one(&sandbox, &bare.set("Host", "alias.example"));
    assert_eq!((outcome.status, outcome.host.as_str(), operations(&sent)), (0, "alias.example", vec![CALL]));
}

/// PY-203, PY-204.
#[test]
fn the_api_knows_no_custom_domain() {
    let sandbox = Sandbox::start();
    let domain = cluster(&sandbox).set("Host", CLUSTER_DOMAIN).set("Region", "us-east-1");
    let nothing = cluster(&sandbox).without("Host").set("Region", "us-east-1");
    let endpoint = cluster(&sandbox).set("Host", "my-endpoint-abc.xyz.us-east-1.redshift.amazonaws.com");
    for (dsn, key) in [
        (domain.clone(), "ClusterId"),
        (domain.clone().set("Serverless", "1"), "Workgroup"),
        (nothing, "ClusterId"),
        (endpoint, "ClusterId"),
    ] {
        let (outcome, sent) = one(&sandbox, &dsn);
        assert_eq!((outcome.status, sent.len()), (101, 0), "{}", outcome.told());
        assert!(outcome.message.starts_with(key), "{}", outcome.told());
    }
    good(&one(&sandbox, &domain.set("ClusterId", "sandbox-cluster")).0);
}

/// PY-202.
#[test]
fn without_a_region_nothing_is_asked() {
    let sandbox = Sandbox::start();
    let dsn = cluster(&sandbox).without("Host").set("ClusterId", "sandbox-cluster");
    let (outcome, sent) = one(&sandbox, &dsn);
    assert_eq!((outcome.status, sent.len()), (101, 0), "{}", outcome.told());
    assert!(outcome.message.contains("Region"), "{}", outcome.told());
    let control = Machine::new().env("AWS_REGION", "us-east-1").one(dsn.call());
    good(&control);
}

/// PY-207.
#[test]
fn keys_that_aws_refuses() {
    let sandbox = Sandbox::start();
    for (dsn, code) in [
        (cluster(&sandbox).set("SecretAccessKey", "wrong"), "SignatureDoesNotMatch"),
        (cluster(&sandbox).set("SessionToken", "wrong"), "InvalidClientTokenId"),
        (cluster(&sandbox).set("AccessKeyID", EXPIRED_KEY), "ExpiredToken"),
        (cluster(&sandbox).set("AccessKeyID", "AKIANOBODY"), "InvalidClientTokenId"),
        (workgroup(&sandbox).set("SecretAccessKey", "wrong"), "InvalidSignatureException"),
        (workgroup(&sandbox).set("AccessKeyID", EXPIRED_KEY), "ExpiredTokenException"),
    ] {
        let (outcome, sent) = one(&sandbox, &dsn);
        assert_eq!((outcome.status, outcome.code.as_str()), (400, code), "{}", outcome.told());
        assert_eq!((outcome.stage.as_str(), operations(&sent)), ("redshift", vec![CALL]));
        assert!(!outcome.request_id.is_empty() && outcome.message.contains(CALL), "{}", outcome.told());
    }
    let denied = Machine::new().env("AWS_ACCESS_KEY_ID", DENIED_KEY).env("AWS_SECRET_ACCESS_KEY", USER_SECRET);
    let ambient = cluster(&sandbox).without("AccessKeyID").without("SecretAccessKey").without("SessionToken");
    let outcome = denied.one(ambient.call());
    assert_eq!((outcome.status, outcome.code.as_str()), (400, "AccessDenied"), "{}", outcome.told());
    assert!(outcome.message.contains("redshift:GetIdentityCenterAuthToken"), "{}", outcome.told());
}

#[test]
fn clusters_and_workgroups_that_are_not_there() {
    let sandbox = Sandbox::start();
    for (dsn, code) in [
        (cluster(&sandbox).set("ClusterId", "nowhere"), "ClusterNotFound"),
        (cluster(&sandbox).set("Region", "us-west-2"), "ClusterNotFound"),
        (workgroup(&sandbox).set("Workgroup", "nowhere"), "ResourceNotFoundException"),
    ] {
        let (outcome, _) = one(&sandbox, &dsn);
        assert_eq!((outcome.status, outcome.code.as_str()), (401, code), "{}", outcome.told());
    }
}

/// PY-208, and what is no answer of AWS.
#[test]
fn answers_that_hold_no_token() {
    let sandbox = Sandbox::start();
    let respond = |status, body: &str| FaultAction::Respond { status, headers: Vec::new(), body: body.to_owned() };
    let empty = "<GetIdentityCenterAuthTokenResponse><GetIdentityCenterAuthTokenResult><Token></Token>\
                 </GetIdentityCenterAuthTokenResult></GetIdentityCenterAuthTokenResponse>";
    for (dsn, action, part) in [
        (cluster(&sandbox), respond(200, empty), "without a token"),
        (workgroup(&sandbox), respond(200, r#"{"token":""}"#), "without a token"),
        (cluster(&sandbox), respond(200, "<html>"), "cannot be read"),
        (workgroup(&sandbox), FaultAction::Garbage, "cannot be read"),
        (cluster(&sandbox), respond(502, ""), "502"),
    ] {
        sandbox.script(Fault::on(CALL, action.clone()).times(3));
        let (outcome, _) = one(&sandbox, &dsn);
        assert_eq!((outcome.status, outcome.stage.as_str()), (403, "redshift"), "{action:?}: {}", outcome.told());
        assert!(outcome.message.contains(part), "{part}: {}", outcome.told());
        sandbox.clear_faults();
    }
    good(&one(&sandbox, &cluster(&sandbox)).0);
}

#[test]
fn trouble_that_passes_is_tried_again() {
    let sandbox = Sandbox::start();
    sandbox.script(Fault::on(CALL, FaultAction::Throttle { status: 503, retry_after: 0 }));
    let (outcome, sent) = one(&sandbox, &cluster(&sandbox));
    good(&outcome);
    assert_eq!(operations(&sent), [CALL; 2]);
}

#[test]
fn nobody_listens_or_nobody_answers() {
    let sandbox = Sandbox::start();
    let nowhere = cluster(&sandbox).at(&format!("http://127.0.0.1:{}", closed_port()));
    let outcome = Machine::new().one(nowhere.call());
    assert_eq!((outcome.status, outcome.retryable), (200, true), "{}", outcome.told());
    sandbox.script(Fault::on(CALL, FaultAction::Stall).times(2));
    let outcomes = Machine::new().run([cluster(&sandbox).call().timeout(500), cluster(&sandbox).call().cancel(300)]);
    assert_eq!((outcomes[0].status, outcomes[1].status), (500, 501), "{}", outcomes[0].told());
    assert!(outcomes[0].message.contains("Identity Center token") && outcomes[1].cancel_ms < 500);
}

/// PY-206.
#[test]
fn every_call_fetches_a_new_one() {
    let sandbox = Sandbox::start();
    let calls = [cluster(&sandbox).call().repeat(1), cluster(&sandbox).call()];
    let results = Machine::new().recorded(&sandbox, calls);
    let tokens: Vec<_> = results.iter().map(|(outcome, _)| outcome.pair("token").unwrap()).collect();
    assert_ne!(tokens[0], tokens[1]);
    assert!(results.iter().all(|(outcome, sent)| !outcome.from_cache && operations(sent) == [CALL]));
}

#[test]
fn by_the_regional_endpoint_and_the_proxy() {
    let sandbox = Sandbox::start();
    let proxied = |port: u16| {
        cluster(&sandbox)
            .without("EndPointUrl")
            .set("CaFile", &sandbox.ca_file().display().to_string())
            .through_proxy(port)
    };
    let (outcome, sent) = one(&sandbox, &proxied(sandbox.proxy_port()));
    good(&outcome);
    assert_eq!(the(&sent, CALL).host, "redshift.us-east-1.amazonaws.com");
    assert_eq!(Machine::new().one(proxied(closed_port()).call()).status, 202);
}

#[test]
fn no_secret_is_told() {
    let sandbox = Sandbox::start();
    let good = Machine::new().one(cluster(&sandbox).call().log(5));
    let refused = Machine::new().one(cluster(&sandbox).set("AccessKeyID", EXPIRED_KEY).call().log(5));
    assert_eq!((good.status, refused.status), (0, 400));
    for outcome in [&good, &refused] {
        let told = format!("{} {:?}", outcome.told(), outcome.lines);
        let issued = outcome.pair("token").unwrap_or(SESSION_SECRET);
        for secret in [SESSION_SECRET, SESSION_TOKEN, issued] {
            assert!(!told.contains(secret), "{told}");
        }
    }
}
